import HanpipeCore

/// Records dealt into K folds for cross-validation.
///
/// - Each label's records are spread over the folds as evenly as whole records allow.
/// - Records with the same text (but for white space) come into the same fold: none is learned that is measured.
/// - Where a record goes depends on the texts, the labels and the seed, not on the order of the records.
public struct Folds: Sendable, Equatable {
  /// The records of each fold, rising.
  public private(set) var records: [[Int]]

  public var count: Int { records.count }

  /// - Parameter count: K, from 2.
  /// - Throws: `TrainingError.tooFewRecords` if there are fewer different texts than folds.
  public init(_ data: TrainingData, count: Int, seed: UInt64) throws(TrainingError) {
    var groups: [ComparedText: [Int]] = [:]
    for record in 0..<data.count { groups[ComparedText(data.texts.utf8(of: record)), default: []].append(record) }
    guard groups.count >= count, count > 1 else { throw .tooFewRecords(found: groups.count, folds: count) }
    records = [[Int]](repeating: [], count: count)
    var totals = [Int](repeating: 0, count: count)
    var ofStratum: [[Int]: [Int]] = [:]
    let labels = data.labels
    for group in Self.inDrawnOrder(groups, seed) {
      // Of a text that is labelled in two ways, the labels that come first in the spec's list.
      let stratum = labels.map { labels in group.map { labels[$0] }.min { $0.lexicographicallyPrecedes($1) } ?? [] } ?? []
      var own = ofStratum[stratum] ?? [Int](repeating: 0, count: count)
      let fold = (0..<count).min { (own[$0], totals[$0], $0) < (own[$1], totals[$1], $1) } ?? 0
      records[fold] += group
      own[fold] += group.count
      totals[fold] += group.count
      ofStratum[stratum] = own
    }
    for fold in records.indices { records[fold].sort() }
  }

  /// The records outside of a fold, rising.
  public func others(than fold: Int) -> [Int] {
    records.indices.filter { $0 != fold }.flatMap { records[$0] }.sorted()
  }

  /// The groups in an order that their texts and the seed decide.
  private static func inDrawnOrder(_ groups: [ComparedText: [Int]], _ seed: UInt64) -> [[Int]] {
    groups.map { (key: draw($0.key.utf8, seed), text: $0.key.utf8, records: $0.value) }
      .sorted { $0.key != $1.key ? $0.key < $1.key : $0.text.lexicographicallyPrecedes($1.text) }
      .map(\.records)
  }

  private static func draw(_ text: ArraySlice<UInt8>, _ seed: UInt64) -> UInt64 {
    // FNV-1a (Fowler, Noll & Vo), stirred with the seed.
    let hash = text.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return SeededGenerator(seed: seed, 0x464F_4C44, hash).state
  }
}
