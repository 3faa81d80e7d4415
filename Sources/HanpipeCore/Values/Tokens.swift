/// Words of a batch of texts, as byte ranges; ragged, in one array.
///
/// The ranges lie in the texts as the normalisers left them; `originalRange` gives the bytes in the text that was read.
public struct Tokens: StageValue, Equatable {
  public static let kind: ValueKind = "tokens"

  /// A byte range into one record's text.
  public struct Span: Sendable, Equatable {
    public var start: Int32
    public var end: Int32
    public init(_ start: Int, _ end: Int) {
      self.start = Int32(start)
      self.end = Int32(end)
    }
    public var range: Range<Int> { Int(start)..<Int(end) }
  }

  public let texts: Texts
  /// All records' tokens, one record after the other.
  public private(set) var spans: [Span]
  /// Record `i` has the tokens `starts[i]..<starts[i + 1]`.
  public private(set) var starts: [Int]
  /// What stages that read these tokens made of them; nil where nobody else reads them.
  package private(set) var shared: SharedResults?

  /// No record yet: append as many as `texts` has.
  public init(_ texts: Texts) {
    self.texts = texts
    spans = []
    starts = [0]
    starts.reserveCapacity(texts.count + 1)
  }

  public var count: Int { starts.count - 1 }
  public func length(of record: Int) -> Int { starts[record + 1] - starts[record] }

  public subscript(records: Range<Int>) -> Tokens {
    var part = Tokens(texts[records])
    for record in records { part.append(validated: spans(of: record)) }
    return part
  }

  /// Appends the next record's tokens: byte ranges into its text, rising, disjoint, not empty, on character boundaries.
  /// - Throws: `ContractViolation.badRange` if they are not.
  public mutating func append(_ ranges: some Sequence<Range<Int>>) throws { try append(Array(ranges)) }

  /// The same of an array. Not generic: whoever calls is in another module, and would run through witness tables, range by range.
  public mutating func append(_ ranges: [Range<Int>]) throws {
    shared = nil
    let record = count
    let utf8 = texts.utf8(of: record)
    var last = 0
    let before = spans.count
    for range in ranges {
      guard range.lowerBound >= last, !range.isEmpty, range.upperBound <= utf8.count,
        isBoundary(range.lowerBound, in: utf8), isBoundary(range.upperBound, in: utf8)
      else {
        spans.removeSubrange(before...)
        throw ContractViolation.badRange(record: record, range)
      }
      spans.append(Span(range.lowerBound, range.upperBound))
      last = range.upperBound
    }
    starts.append(spans.count)
  }

  /// Appends the next record's tokens without looking at them: for segmenters that are right by construction.
  package mutating func append(validated record: some Sequence<Span>) {
    shared = nil
    spans.append(contentsOf: record)
    starts.append(spans.count)
  }

  public static func == (a: Tokens, b: Tokens) -> Bool { a.texts == b.texts && a.spans == b.spans && a.starts == b.starts }

  public func spans(of record: Int) -> ArraySlice<Span> { spans[starts[record]..<starts[record + 1]] }

  /// A token's bytes, as the normalisers left them.
  public func utf8(of span: Span, record: Int) -> ArraySlice<UInt8> {
    let base = texts.starts[record]
    return texts.bytes[base + Int(span.start)..<base + Int(span.end)]
  }
  /// One record's words, as the normalisers left them.
  public func words(of record: Int) -> [String] {
    spans(of: record).map { String(decoding: utf8(of: $0, record: record), as: UTF8.self) }
  }
  /// Where one record's tokens stand in the text that was read.
  public func originalRanges(of record: Int) -> [Range<Int>] {
    texts.originalRanges(of: spans(of: record).map(\.range), record: record)
  }
  /// One record's words, as the user typed them.
  public func originalWords(of record: Int) -> [String] {
    let utf8 = texts.originalUTF8(of: record)
    return originalRanges(of: record).map {
      String(decoding: utf8[utf8.startIndex + $0.lowerBound..<utf8.startIndex + $0.upperBound], as: UTF8.self)
    }
  }
}

extension Tokens: SharingValue {
  package func sharingResults() -> Tokens {
    var tokens = self
    tokens.shared = shared ?? SharedResults()
    return tokens
  }
}
