/// The state of a direction between two steps, for the records that go on: the first rows are theirs, by slot.
struct CellState {
  let hidden: Matrix
  let memory: Matrix?

  /// In memory of its own, so that the steps that it came from can be forgotten.
  func copied() -> CellState {
    func copy(_ matrix: Matrix) -> Matrix {
      let result = Matrix(rows: matrix.rows, columns: matrix.columns)
      result.copy(from: matrix)
      return result
    }
    return CellState(hidden: copy(hidden), memory: memory.map(copy))
  }
}

/// What a direction of a layer computed in consecutive steps: all that the way back through them needs.
///
/// Its matrices have a row for each row of the layout in these steps. Floats a row: stateWidth, memoryWidth and gatesWidth of the
/// cell, for an LSTM of H = 128 3 KB.
struct SegmentTrace {
  let steps: Range<Int>
  /// The state before the first of the steps; nil at the beginning.
  let start: CellState?
  let hidden: Matrix
  let memory: Matrix?
  let gates: Matrix?

  /// Input products, rows of `productWidth`.
  struct Products {
    let matrix: Matrix
    /// For each row of the layout, in the direction's order, the row of `matrix`; nil: one for each row of the segment.
    let rows: RowIndices?
    /// A row for each row of the segment, whose products the steps add themselves; `matrix` is then the bias.
    let inputs: Matrix?

    /// Of rows that share their products, such as words that repeat.
    init(matrix: Matrix, rows: RowIndices?) { (self.matrix, self.rows, inputs) = (matrix, rows, nil) }
    /// Of rows that are read once.
    /// - Parameter inputs: a row for each row of the segment.
    init(_ cell: any Cell, of inputs: Matrix) {
      rows = nil
      if type(of: cell).addsInputProducts {
        (matrix, self.inputs) = (cell.input.bias, inputs)
      } else {
        (matrix, self.inputs) = (Matrix(rows: inputs.rows, columns: cell.productWidth), nil)
        cell.input.products(of: inputs, into: matrix)
      }
    }
  }

  /// Runs a cell over some steps.
  init(_ cell: any Cell, _ layout: StepLayout, _ steps: Range<Int>, from start: CellState?, _ products: Products) {
    let count = layout.rows(steps).count
    self.steps = steps
    self.start = start
    hidden = Matrix(rows: count, columns: cell.stateWidth)
    memory = cell.memoryWidth == 0 ? nil : Matrix(rows: count, columns: cell.memoryWidth)
    gates = cell.gatesWidth == 0 ? nil : Matrix(rows: count, columns: cell.gatesWidth)
    let scratch = cell.scratchWidth == 0 ? nil : Matrix(rows: layout.active[steps.lowerBound], columns: cell.scratchWidth)
    // The bias is every row's.
    let biases = products.inputs.map { _ in RowIndices([Int32](repeating: 0, count: layout.active[steps.lowerBound]), limit: 1) }
    for step in steps { cell.step(self.step(step, layout, products, biases: biases, scratch: scratch)) }
  }

  /// The arguments of one step.
  /// - Parameter products: nil on the way back, which does not read them.
  func step(
    _ step: Int, _ layout: StepLayout, _ products: Products?, biases: RowIndices? = nil, scratch: Matrix?
  ) -> CellStep {
    let active = layout.active[step]
    let here = rows(step, layout)
    let previous = previous(step, layout)
    return CellStep(
      active: active, isOdd: step % 2 == 1,
      products: products.map { $0.rows == nil && biases == nil ? $0.matrix[here] : $0.matrix } ?? Matrix(rows: 0, columns: 0),
      rows: biases ?? products?.rows, rowsOffset: biases == nil ? layout.base[step] : 0, inputs: products?.inputs.map { $0[here] },
      previous: previous?.hidden, hidden: hidden[here],
      previousMemory: previous?.memory, memory: memory.map { $0[here] }, gates: gates.map { $0[here] }, scratch: scratch,
      activations: nil)
  }

  /// The rows of one step.
  func rows(_ step: Int, _ layout: StepLayout) -> Range<Int> {
    let first = layout.base[step] - layout.base[steps.lowerBound]
    return first..<first + layout.active[step]
  }

  /// The state before a step, of the records that have that step; nil at the beginning.
  private func previous(_ step: Int, _ layout: StepLayout) -> CellState? {
    let active = layout.active[step]
    if step == steps.lowerBound {
      return start.map { start in CellState(hidden: start.hidden[0..<active], memory: start.memory.map { $0[0..<active] }) }
    }
    return state(after: step - 1, layout, count: active)
  }

  /// The state after a step.
  /// - Parameter count: of the first so many records.
  func state(after step: Int, _ layout: StepLayout, count: Int) -> CellState {
    let first = rows(step, layout).lowerBound
    return CellState(hidden: hidden[first..<first + count], memory: memory.map { $0[first..<first + count] })
  }

  /// The hidden state before each row, for the gradient of U: a row for each row from the first that has one.
  func hiddenBefore(_ layout: StepLayout) -> Matrix {
    let later = steps.lowerBound == 0 ? steps.dropFirst() : steps
    let result = Matrix(rows: layout.rows(later).count, columns: hidden.columns)
    for step in later {
      guard let previous = previous(step, layout) else { continue }
      let first = layout.base[step] - layout.base[later.lowerBound]
      result[first..<first + previous.hidden.rows].copy(from: previous.hidden)
    }
    return result
  }
}
