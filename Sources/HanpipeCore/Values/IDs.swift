/// One id a token; ragged, in one array.
public struct TokenIDs: StageValue, Equatable {
  public static let kind: ValueKind = "ids"
  /// The id that stands for padding.
  public static let padding: Int32 = 0
  /// The id of every word that the vocabulary does not hold.
  public static let unknown: Int32 = 1

  public private(set) var ids: [Int32] = []
  /// Record `i` has the ids `starts[i]..<starts[i + 1]`.
  public private(set) var starts: [Int] = [0]

  public init() {}
  public init(_ records: some Sequence<[Int32]>) { for record in records { append(record) } }
  public var count: Int { starts.count - 1 }
  public func length(of record: Int) -> Int { starts[record + 1] - starts[record] }
  public subscript(records: Range<Int>) -> TokenIDs {
    var part = TokenIDs()
    part.ids = Array(ids[starts[records.lowerBound]..<starts[records.upperBound]])
    part.starts = starts[records.lowerBound...records.upperBound].map { $0 - starts[records.lowerBound] }
    return part
  }
  public mutating func append(_ record: some Sequence<Int32>) {
    ids.append(contentsOf: record)
    starts.append(ids.count)
  }
  public func ids(of record: Int) -> ArraySlice<Int32> { ids[starts[record]..<starts[record + 1]] }
}

/// Where padding goes, and which end is cut off.
public enum Side: String, CaseIterable, Sendable, SettingValue { case pre, post }

/// B×T ids and B lengths.
///
/// Only the real ids are stored, ragged: padding is a number (`steps`) and a side until somebody asks for the rectangle
/// (`rectangle()`), so that one long record among many short ones costs nothing.
public struct PaddedIDs: DifferentiableValue {
  public typealias Gradient = NoGradient
  public static let kind: ValueKind = "padded"

  /// The ids of record `i` are `ids[starts[i]..<starts[i + 1]]`.
  public var ids: [Int32]
  public var starts: [Int]
  /// T, the width of the rectangle.
  public var steps: Int
  public var side: Side

  /// - Precondition: no record is longer than `steps`; nil means the longest.
  public init(_ records: TokenIDs, steps: Int? = nil, side: Side = .post) {
    ids = records.ids
    starts = records.starts
    self.side = side
    let longest = (0..<records.count).map { records.starts[$0 + 1] - records.starts[$0] }.max() ?? 0
    precondition(steps ?? longest >= longest, "a record of \(longest) ids in \(steps ?? 0) steps")
    self.steps = steps ?? longest
  }

  public var count: Int { starts.count - 1 }
  public func length(of record: Int) -> Int { starts[record + 1] - starts[record] }
  public var lengths: [Int] { (0..<count).map { starts[$0 + 1] - starts[$0] } }
  public func ids(of record: Int) -> ArraySlice<Int32> { ids[starts[record]..<starts[record + 1]] }

  public subscript(records: Range<Int>) -> PaddedIDs { self[Array(records)] }
  public subscript(records: [Int]) -> PaddedIDs {
    var part = TokenIDs()
    for record in records { part.append(ids(of: record)) }
    return PaddedIDs(part, steps: steps, side: side)
  }

  public static func joined(_ parts: [PaddedIDs]) -> PaddedIDs? {
    guard let first = parts.first else { return nil }
    var ids = TokenIDs()
    for part in parts { for record in 0..<part.count { ids.append(part.ids(of: record)) } }
    return PaddedIDs(ids, steps: parts.map(\.steps).max(), side: first.side)
  }

  /// B×T, row by row, padding written out: what `pad_sequences` gives.
  public func rectangle() -> [Int32] {
    var result = [Int32](repeating: TokenIDs.padding, count: count * steps)
    for record in 0..<count {
      let row = ids(of: record)
      let offset = record * steps + (side == .pre ? steps - row.count : 0)
      result.replaceSubrange(offset..<offset + row.count, with: row)
    }
    return result
  }

  /// Padding is invisible: two batches match if the ids within the lengths do.
  public func matches(_ other: PaddedIDs) -> Bool { ids == other.ids && starts == other.starts }
}
