/// A batch of records' text: one UTF-8 buffer and where each record starts in it.
///
/// A normaliser gives other texts than it takes, but the value remembers the original ones and how the bytes correspond, so
/// that whatever is found in the normalised text can be shown in the text that the user typed. The UTF-8 is always valid.
public struct Texts: StageValue, Equatable {
  public static let kind: ValueKind = "text"

  /// All records' UTF-8, one after the other.
  public private(set) var bytes: [UInt8]
  /// Record `i` is `bytes[starts[i]..<starts[i + 1]]`.
  public private(set) var starts: [Int]
  /// How the records correspond to what was read; nil while nothing was changed.
  private var source: Source?

  private struct Source: Equatable {
    var bytes: [UInt8]
    var starts: [Int]
    /// One for each round that changed a record of the batch, the earliest first. Never empty, and none is the identity:
    /// a batch, and a part of it that was changed alone, are equal.
    var rounds: [TextAlignment]
  }

  public init() {
    bytes = []
    starts = [0]
  }

  public init(_ values: some Sequence<String>) {
    self.init()
    for value in values { append(value.utf8) }
  }

  /// Appends one record. Bytes that are not UTF-8 are replaced by U+FFFD, so that the value's promise holds.
  public mutating func append(_ utf8: some Sequence<UInt8>) {
    precondition(source == nil, "only texts that were read can grow")
    let start = bytes.count
    bytes.append(contentsOf: utf8)
    if !isValidUTF8(bytes[start...]) {
      let repaired = String(decoding: bytes[start...], as: UTF8.self)
      bytes.removeSubrange(start...)
      bytes.append(contentsOf: repaired.utf8)
    }
    starts.append(bytes.count)
  }

  /// Appends one record whose bytes the caller knows to be UTF-8.
  public mutating func append(validated utf8: ArraySlice<UInt8>) {
    precondition(source == nil, "only texts that were read can grow")
    bytes.append(contentsOf: utf8)
    starts.append(bytes.count)
  }

  public var count: Int { starts.count - 1 }
  public func length(of record: Int) -> Int { starts[record + 1] - starts[record] }

  public subscript(records: Range<Int>) -> Texts {
    var part = Texts()
    let base = starts[records.lowerBound]
    part.bytes = Array(bytes[base..<starts[records.upperBound]])
    part.starts = starts[records.lowerBound...records.upperBound].map { $0 - base }
    if let source {
      let base = source.starts[records.lowerBound]
      let rounds = source.rounds.map { $0[records] }.filter { !$0.isIdentity }
      if !rounds.isEmpty {
        part.source = Source(
          bytes: Array(source.bytes[base..<source.starts[records.upperBound]]),
          starts: source.starts[records.lowerBound...records.upperBound].map { $0 - base }, rounds: rounds)
      }
    }
    return part
  }

  /// The bytes of one record, as the stages before left them.
  public func utf8(of record: Int) -> ArraySlice<UInt8> { bytes[starts[record]..<starts[record + 1]] }
  /// The text of one record, as the stages before left it.
  public func text(of record: Int) -> String { String(decoding: utf8(of: record), as: UTF8.self) }
  /// The bytes of one record, as they were read.
  public func originalUTF8(of record: Int) -> ArraySlice<UInt8> {
    source.map { $0.bytes[$0.starts[record]..<$0.starts[record + 1]] } ?? utf8(of: record)
  }
  /// The text of one record, as it was read.
  public func originalText(of record: Int) -> String { String(decoding: originalUTF8(of: record), as: UTF8.self) }

  /// Where a byte range of the record's present text comes from, as a byte range into its original text.
  ///
  /// Inside of what an edit replaced, a byte stands for the whole stretch that was there. Of inserted text alone, the origin
  /// is empty.
  /// - Complexity: O(log(edits of the record)) for each round of edits.
  public func originalRange(of range: Range<Int>, record: Int) -> Range<Int> {
    source?.rounds.reversed().reduce(range) { $1.range(before: $0, record: record) } ?? range
  }

  /// `originalRange` of many ranges of a record: fast where they rise.
  func originalRanges(of ranges: [Range<Int>], record: Int) -> [Range<Int>] {
    source?.rounds.reversed().reduce(ranges) { $1.ranges(before: $0, record: record) } ?? ranges
  }

  /// The same records with each text changed by `edits`, the correspondence with the original text kept.
  ///
  /// - Parameter edits: for record `i`, replacements of byte ranges of its present text: rising, not overlapping, inside the
  ///   record and on character boundaries.
  /// - Throws: `ContractViolation.badRange` if they are not.
  public func applying(_ edits: (_ record: Int, _ utf8: ArraySlice<UInt8>) throws -> [TextEdit]) throws -> Texts {
    var result = Texts()
    result.bytes.reserveCapacity(bytes.count)
    result.starts.reserveCapacity(starts.count)
    var round = TextAlignment()
    for record in 0..<count {
      let old = utf8(of: record)
      let edits = try edits(record, old)
      try TextEdit.check(edits, utf8: old, record: record)
      var at = old.startIndex
      for edit in edits {
        result.bytes.append(contentsOf: old[at..<old.startIndex + edit.range.lowerBound])
        result.bytes.append(contentsOf: edit.replacement)
        at = old.startIndex + edit.range.upperBound
      }
      result.bytes.append(contentsOf: old[at...])
      result.starts.append(result.bytes.count)
      round.append(edits)
    }
    guard !round.isIdentity else { return self }
    result.source = Source(
      bytes: source?.bytes ?? bytes, starts: source?.starts ?? starts, rounds: (source?.rounds ?? []) + [round])
    return result
  }
}

/// A replacement of a byte range by other UTF-8.
public struct TextEdit: Sendable, Equatable {
  public var range: Range<Int>
  public var replacement: [UInt8]
  public init(_ range: Range<Int>, _ replacement: some Sequence<UInt8>) {
    self.range = range
    self.replacement = Array(replacement)
  }

  static func check(_ edits: [TextEdit], utf8: ArraySlice<UInt8>, record: Int) throws {
    var last = 0
    for edit in edits {
      guard edit.range.lowerBound >= last, edit.range.upperBound <= utf8.count,
        isBoundary(edit.range.lowerBound, in: utf8), isBoundary(edit.range.upperBound, in: utf8),
        isValidUTF8(edit.replacement[...])
      else { throw ContractViolation.badRange(record: record, edit.range) }
      last = edit.range.upperBound
    }
  }
}
