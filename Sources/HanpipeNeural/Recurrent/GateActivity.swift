public import HanpipeCore

/// What a direction of a layer of a recurrent stage did at each step of a batch.
public struct GateActivity: Sendable {
  /// From 0.
  public let layer: Int
  public let isBackward: Bool
  /// Of the columns: the cell's gates (their mean over the units), and of the states of cell and hidden units, and of how much the
  /// latter changed since the step before in reading order, the root of the mean square.
  public let names: [String]
  /// A row of `names.count` floats for each step, in the batch's order.
  public let values: [Float]
  /// Record `i` has the rows `starts[i]..<starts[i + 1]`.
  public let starts: [Int]
}

/// A stage that reads step by step, and whose activations can be shown.
public protocol GatedStage<Input, Output>: Stage {
  /// One for each layer and direction, the lowest layer first.
  func activity(_ input: Input) throws -> [GateActivity]
}

extension RecurrentEncoder: GatedStage {
  public func activity(_ input: Input) throws -> [GateActivity] {
    let steps = input.recurrentSteps
    try check(steps)
    return network(isTraining: true).activity(steps, embedding: embedding, configuration.exact)
  }
}

extension RecurrentNetwork {
  func activity(_ input: RecurrentSteps, embedding: Parameters.Tensor, _ configuration: RecurrentConfiguration) -> [GateActivity] {
    let record = forward(input, embedding: embedding, isSequence: true, configuration, .exact).record
    return cells.indices.flatMap { layer in
      (0..<directions).map { direction in activity(layer, direction, record, starts: input.starts) }
    }
  }

  private func activity(_ layer: Int, _ direction: Int, _ record: Record, starts: [Int]) -> GateActivity {
    let cell = cells[layer][direction]
    let gates = cell.gates
    let names = gates.map(\.name) + (cell.memoryWidth > 0 ? ["cell"] : []) + ["hidden", "change"]
    var values = [Float](repeating: 0, count: record.layout.rowCount * names.count)
    let before = Matrix.zeros(rows: record.layout.count, columns: units)
    for (segment, range) in record.segments.enumerated() {
      let trace: SegmentTrace
      switch record.layers[layer].segments[direction][segment] {
      case .kept(let kept): trace = kept
      case .start(let state): trace = self.trace(layer, direction, range, from: state, record)
      }
      for step in range {
        for (slot, row) in trace.rows(step, record.layout).enumerated() {
          var means = gates.map { gate in trace.gates.map { $0.mean(row, gate.columns) } ?? 0 }
          if let memory = trace.memory { means.append(Self.rootMeanSquare(units) { memory[row, $0] }) }
          means.append(Self.rootMeanSquare(units) { trace.hidden[row, $0] })
          means.append(Self.rootMeanSquare(units) { trace.hidden[row, $0] - before[slot, $0] })
          before[slot..<slot + 1].copy(from: trace.hidden[row..<row + 1].columns(0..<units))
          let place = Int(record.sources[direction].values[record.layout.base[step] + slot])
          for (column, mean) in means.enumerated() { values[place * names.count + column] = mean }
        }
      }
    }
    return GateActivity(layer: layer, isBackward: direction == 1, names: names, values: values, starts: starts)
  }

  private static func rootMeanSquare(_ count: Int, _ value: (Int) -> Float) -> Float {
    Float(((0..<count).reduce(0.0) { $0 + Double(value($1)) * Double(value($1)) } / Double(count)).squareRoot())
  }
}

extension Matrix {
  /// Of some columns of a row.
  fileprivate func mean(_ row: Int, _ columns: [Int]) -> Float {
    Float(columns.reduce(0.0) { $0 + Double(self[row, $1]) } / Double(max(1, columns.count)))
  }
}
