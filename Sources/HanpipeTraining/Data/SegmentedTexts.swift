public import HanpipeCore
import HanpipeText

/// Texts with the words that people saw in them.
public struct SegmentedTexts: Sendable {
  /// Without what stood between the words.
  public private(set) var texts = Texts()
  /// Where each word ends, in bytes of its text; all records' one after the other.
  private var ends: [Int32] = []
  /// Record i has the words starts[i]..<starts[i + 1].
  private var starts = [0]

  public init() {}

  /// Lines of words with white space between them.
  public init(_ lines: some Sequence<String>) {
    self.init()
    for line in lines { append(Array(line.utf8)[...]) }
  }

  /// Appends one record.
  /// - Parameters:
  ///   - line: valid UTF-8; words with white space between them (`SegmentedLine`).
  ///   - mark: a word that is put before and behind it; see `CriterionMark`.
  public mutating func append(_ line: ArraySlice<UInt8>, mark: [UInt8]? = nil) {
    if let mark { return append((mark + [0x20] + line + [0x20] + mark)[...]) }
    let line = SegmentedLine(line)
    texts.append(validated: line.text[...])
    ends.append(contentsOf: line.ends.lazy.map(Int32.init))
    starts.append(ends.count)
  }

  public var count: Int { texts.count }
  /// The words of all records.
  public var wordCount: Int { ends.count }

  /// Where each word of a record ends, in bytes of its text.
  func wordEnds(of record: Int) -> ArraySlice<Int32> { ends[starts[record]..<starts[record + 1]] }

  public subscript(records: [Int]) -> SegmentedTexts {
    var part = SegmentedTexts()
    for record in records {
      part.texts.append(validated: texts.utf8(of: record))
      part.ends.append(contentsOf: ends[starts[record]..<starts[record + 1]])
      part.starts.append(part.ends.count)
    }
    return part
  }

  /// Whether a word of the record ends at or before each of its tokens' last byte and after that of the token before: for tokens of
  /// a pipeline that was given these texts, whatever it did to them.
  ///
  /// A token belongs to the word that its first byte stands in, so that a character that two words share is the first one's. The last
  /// token ends a word.
  func wordEnds(at tokens: Tokens, record: Int, tokenRecord: Int) -> [Bool] {
    var word = starts[record]
    let words = tokens.originalRanges(of: tokenRecord).map { range in
      while word + 1 < starts[record + 1], Int(ends[word]) <= range.lowerBound { word += 1 }
      return word
    }
    return words.indices.map { $0 + 1 == words.count || words[$0] != words[$0 + 1] }
  }

  /// Cuts off a validation part: a share of the records, drawn by `seed`.
  ///
  /// - Parameter share: from 0 to below 1 of the records; at least one record stays on each side if there are two.
  public func split(share: Double, seed: UInt64) -> (training: SegmentedTexts, validation: SegmentedTexts) {
    guard share > 0, count > 1 else { return (self, SegmentedTexts()) }
    var generator = SeededGenerator(seed: seed, 0x5350_4C49)
    let size = min(count - 1, max(1, Int((Double(count) * share).rounded())))
    let held = Set((0..<count).shuffled(using: &generator).prefix(size))
    return (self[(0..<count).filter { !held.contains($0) }], self[held.sorted()])
  }
}
