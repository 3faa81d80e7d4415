internal import HanpipeCore

/// Zeros for a share of all inputs, and for the others what keeps their sum: "inverted" dropout (Srivastava et al. 2014,
/// jmlr.org/papers/v15/srivastava14a). Each record's numbers depend on its place in the whole batch only, not on the shard.
struct DropoutMask {
  /// A bit for each input of each row, set where it is kept: 16 bytes a row of 128, where factors would be 512.
  private var bits: [UInt64]
  private let columns: Int
  private let wordsPerRow: Int
  /// What the others are multiplied by.
  private let factor: Float

  private init(rows: Int, columns: Int, rate: Float) {
    self.columns = columns
    wordsPerRow = (columns + 63) / 64
    bits = [UInt64](repeating: 0, count: rows * wordsPerRow)
    factor = 1 / (1 - rate)
  }

  /// For each input of each row of a layout.
  init(_ layout: StepLayout, columns: Int, rate: Float, layer: Int, _ pass: TrainingPass) {
    self.init(rows: layout.rowCount, columns: columns, rate: rate)
    for (slot, record) in layout.records.enumerated() {
      var generator = pass.generator(record: record, use: 0x4C61_7965_72 &+ layer)
      for step in 0..<layout.lengths[slot] { draw(layout.base[step] + slot, rate, &generator) }
    }
  }

  /// For each input of each row; record i has the rows starts[i]..<starts[i + 1].
  init(starts: [Int], columns: Int, rate: Float, _ pass: TrainingPass) {
    self.init(rows: starts.last ?? 0, columns: columns, rate: rate)
    for record in 0..<starts.count - 1 {
      var generator = pass.generator(record: record, use: 0x4865_6164)
      for row in starts[record]..<starts[record + 1] { draw(row, rate, &generator) }
    }
  }

  private mutating func draw(_ row: Int, _ rate: Float, _ generator: inout SeededGenerator) {
    for column in 0..<columns where generator.uniform() >= rate {
      bits[row * wordsPerRow + column / 64] |= 1 << UInt64(column % 64)
    }
  }

  /// All rows.
  func apply(to matrix: Matrix) { apply(to: matrix, rows: 0..<matrix.rows, order: nil) }

  /// - Parameters:
  ///   - matrix: a row for each of `rows`.
  ///   - order: which row of the mask each row has; nil: the same.
  func apply(to matrix: Matrix, rows: Range<Int>, order: RowIndices?) {
    precondition(matrix.rows == rows.count && matrix.columns == columns, "a mask of another shape")
    for row in rows {
      let first = (order.map { Int($0.values[row]) } ?? row) * wordsPerRow
      for column in 0..<columns {
        let isKept = bits[first + column / 64] >> UInt64(column % 64) & 1 != 0
        matrix[row - rows.lowerBound, column] *= isKept ? factor : 0
      }
    }
  }
}
