internal import HanpipeCore

/// The order in which the steps of a batch are computed: records by length, the longest first, and all records' step t before
/// any step t + 1. The records that have a step t are then a prefix, and no padding is computed.
///
/// Row `base[t] + slot` is step t of the record in `slot`. A backward direction has the same rows: its row `base[s] + slot` is the
/// step lengths[slot] - 1 - s.
struct StepLayout: Sendable {
  /// The record of each slot.
  let records: [Int]
  /// By slot, falling.
  let lengths: [Int]
  /// How many records have step t.
  let active: [Int]
  /// The first row of step t; one more than there are steps.
  let base: [Int]

  /// - Parameters:
  ///   - records: sorted by `sorted(_:)`.
  ///   - starts: record i has the steps starts[i]..<starts[i + 1].
  init(records: ArraySlice<Int>, starts: [Int]) {
    self.records = Array(records)
    lengths = records.map { starts[$0 + 1] - starts[$0] }
    var active = [Int](repeating: 0, count: lengths.first ?? 0)
    var slots = lengths.count
    for step in active.indices {
      while slots > 0, lengths[slots - 1] <= step { slots -= 1 }
      active[step] = slots
    }
    var base = [0]
    base.reserveCapacity(active.count + 1)
    for count in active { base.append(base[base.count - 1] + count) }
    self.active = active
    self.base = base
  }

  /// The whole batch.
  init(starts: [Int]) { self.init(records: Self.sorted(starts)[...], starts: starts) }

  /// All records, the longest first, in their order among equals.
  static func sorted(_ starts: [Int]) -> [Int] {
    (0..<starts.count - 1).sorted { a, b in
      let (x, y) = (starts[a + 1] - starts[a], starts[b + 1] - starts[b])
      return x == y ? a < b : x > y
    }
  }

  var count: Int { records.count }
  var stepCount: Int { active.count }
  var rowCount: Int { base[base.count - 1] }
  /// The rows of some steps.
  func rows(_ steps: Range<Int>) -> Range<Int> { base[steps.lowerBound]..<base[steps.upperBound] }

  /// All steps, cut into ranges of √T, but not below 128: shorter ones save little (16 records' states and gates of 128 steps are
  /// 6 MB at H = 128), and each costs a pass over the gradients of the weights.
  var segments: [Range<Int>] {
    chunks(of: stepCount, size: max(128, Int(Double(stepCount).squareRoot().rounded(.up))))
  }

  /// A record's value for each of its rows, in either direction.
  func spread(_ values: [Float]) -> [Float] { active.flatMap { count in records[..<count].map { values[$0] } } }

  /// For each row the place of its step in the batch, counted from the first record's first.
  func sourceRows(_ starts: [Int]) -> RowIndices {
    var rows = [Int32](repeating: 0, count: rowCount)
    for (slot, record) in records.enumerated() {
      for step in 0..<lengths[slot] { rows[base[step] + slot] = Int32(starts[record] + step) }
    }
    return RowIndices(rows, limit: starts.last ?? 0)
  }

  /// For each row of a backward direction the row of the same step in a forward one. Its own inverse.
  func reversedRows() -> RowIndices {
    var rows = [Int32](repeating: 0, count: rowCount)
    for (slot, length) in lengths.enumerated() {
      for step in 0..<length { rows[base[step] + slot] = Int32(base[length - 1 - step] + slot) }
    }
    return RowIndices(rows, limit: rowCount)
  }
}
