internal import HanpipeCore

/// Zeros for a share of all inputs, and for the others what keeps their sum: "inverted" dropout (Srivastava et al. 2014,
/// jmlr.org/papers/v15/srivastava14a). Each record's numbers depend on its place in the whole batch only, not on the shard.
struct DropoutMask {
  private let factors: [Float]
  private let columns: Int

  /// A factor for each input of each row of a layout.
  init(_ layout: StepLayout, columns: Int, rate: Float, layer: Int, _ pass: TrainingPass) {
    self.columns = columns
    var factors = [Float](repeating: 0, count: layout.rowCount * columns)
    for (slot, record) in layout.records.enumerated() {
      var generator = pass.generator(record: record, use: 0x4C61_7965_72 &+ layer)
      for step in 0..<layout.lengths[slot] {
        let row = (layout.base[step] + slot) * columns
        Self.draw(&factors, row..<row + columns, rate, &generator)
      }
    }
    self.factors = factors
  }

  /// A factor for each input of each record.
  init(records: Int, columns: Int, rate: Float, _ pass: TrainingPass) {
    self.columns = columns
    var factors = [Float](repeating: 0, count: records * columns)
    for record in 0..<records {
      var generator = pass.generator(record: record, use: 0x4865_6164)
      Self.draw(&factors, record * columns..<(record + 1) * columns, rate, &generator)
    }
    self.factors = factors
  }

  private static func draw(_ factors: inout [Float], _ range: Range<Int>, _ rate: Float, _ generator: inout SeededGenerator) {
    let kept = 1 / (1 - rate)
    for i in range where generator.uniform() >= rate { factors[i] = kept }
  }

  func apply(to matrix: Matrix) {
    precondition(matrix.count == factors.count && matrix.columns == columns, "a mask of another shape")
    for row in 0..<matrix.rows { for column in 0..<columns { matrix[row, column] *= factors[row * columns + column] } }
  }
  func applied(to matrix: Matrix) -> Matrix {
    let result = Matrix(rows: matrix.rows, columns: matrix.columns)
    result.copy(from: matrix)
    apply(to: result)
    return result
  }
}
