internal import HanpipeCore

/// What becomes of a direction's states: their products with some weights, computed while a step's states are in cache.
struct StepProjection {
  /// K×stateWidth, zeros behind the units.
  private let weight: Matrix
  /// 1×K, zeros: nothing is added.
  private let none: Matrix

  /// - Parameter projection: of the direction's units.
  init(_ projection: Projection, stateWidth: Int) {
    weight = Matrix.zeros(rows: projection.outputs, columns: stateWidth)
    let given = Matrix(projection.weight, rows: projection.outputs, columns: projection.inputs)
    weight.columns(0..<projection.inputs).copy(from: given)
    none = Matrix.zeros(rows: 1, columns: projection.outputs)
  }

  /// K.
  var width: Int { weight.rows }

  func products(of states: Matrix, into products: Matrix, _ kernels: Kernels) {
    kernels.scores(of: states, weight, none, into: products)
  }
}

extension RecurrentNetwork {
  /// The products of each step's encoding with some weights, a row a step. No states stand in memory but those of two steps.
  /// - Precondition: the projection takes `outputWidth` floats.
  func projected(_ input: NetworkInput, by projection: Projection) -> [Float] {
    let starts = input.starts
    prepare(input)
    let projections = cells[cells.count - 1].enumerated().map { direction, cell in
      StepProjection(projection.columns(direction * units..<(direction + 1) * units), stateWidth: cell.stateWidth)
    }
    let sorted = StepLayout.sorted(starts)
    let rows = starts.last ?? 0
    return FloatBuffer.makeArray(count: rows * projection.outputs) { buffer in
      let output = Matrix(buffer, rows: rows, columns: projection.outputs)
      output.clear()
      for start in stride(from: 0, to: sorted.count, by: chunk) {
        let layout = StepLayout(records: sorted[start..<min(start + chunk, sorted.count)], starts: starts)
        let source = layout.sourceRows(starts)
        let traces = traces(layout, input, source, keep: .last, projections)
        for (direction, trace) in traces.enumerated() {
          let rows = direction == 0 ? source : source.reordered(by: layout.reversedRows())
          trace.products?.scatter(addingTo: output, rows)
        }
      }
    }
  }
}
