/// The hidden states that a direction of a layer computed. Training has `SegmentTrace`.
struct Trace {
  enum States {
    /// The state after each record's last step.
    case last
    /// The states of all steps.
    case steps
    /// The largest value of each unit over each record's steps: computed while a step's states are in cache.
    case maximum
  }
  /// `steps`: a row for each row of the layout; else two matrices of B×stateWidth, for even and odd steps.
  let hidden: Matrix
  /// Of `maximum`: B×stateWidth.
  private let maximum: Matrix?
  /// B×memoryWidth.
  private let memory: Matrix?
  private let keep: States
  /// The products of all steps' states with a projection's weights, a row for each row of the layout.
  let products: Matrix?

  /// Runs a cell over all steps.
  /// - Parameters:
  ///   - products: input products, rows of `productWidth`; with `inputs` what their products are added to: the bias, or those of words.
  ///   - rows: for each row of the layout, in this direction's order, the row of `products`; nil: the same.
  ///   - inputs: a row for each row of the layout, in this direction's order, for a cell that `addsInputProducts`.
  ///   - projection: what is to become of all steps' states, whatever is kept.
  init(
    _ cell: any Cell, _ layout: StepLayout, products: Matrix, rows: RowIndices?, inputs: Matrix?, keep: States,
    projection: StepProjection? = nil, _ kernels: Kernels
  ) {
    let stored = keep == .steps ? layout.rowCount : 2 * layout.count
    let hidden = Matrix(rows: stored, columns: cell.stateWidth)
    let memory = cell.memoryWidth == 0 ? nil : Matrix(rows: layout.count, columns: cell.memoryWidth)
    let maximum = keep == .maximum ? Matrix(rows: layout.count, columns: cell.stateWidth) : nil
    (self.hidden, self.memory, self.maximum, self.keep) = (hidden, memory, maximum, keep)
    self.products = projection.map { Matrix(rows: layout.rowCount, columns: $0.width) }
    let scratch = cell.scratchWidth == 0 ? nil : Matrix(rows: layout.count, columns: cell.scratchWidth)
    let activations = cell.activationsWidth == 0 ? nil : Matrix(rows: layout.count, columns: cell.activationsWidth)
    for step in 0..<layout.stepCount {
      let arguments = self.step(
        step, layout, products: products, rows: rows, inputs: inputs, scratch: scratch, activations: activations)
      cell.step(arguments)
      if let projection, let projected = self.products {
        projection.products(of: arguments.hidden, into: projected[layout.rows(step..<step + 1)], kernels)
      }
      guard let reached = maximum?[0..<layout.active[step]] else { continue }
      if step == 0 { reached.copy(from: arguments.hidden) } else { kernels.maximum(of: arguments.hidden, and: reached) }
    }
  }

  /// The arguments of one step.
  private func step(
    _ step: Int, _ layout: StepLayout, products: Matrix, rows: RowIndices?, inputs: Matrix?, scratch: Matrix?,
    activations: Matrix?
  ) -> CellStep {
    let active = layout.active[step]
    let here = layout.base[step]..<layout.base[step] + active
    var previous: Range<Int>?
    if step > 0 { previous = layout.base[step - 1]..<layout.base[step - 1] + active }
    let memory = memory.map { $0[0..<active] }
    let hiddenRows = keep == .steps ? here : alternate(step, layout, active)
    let hiddenBefore = keep != .steps && step > 0 ? alternate(step - 1, layout, active) : previous
    return CellStep(
      active: active, isOdd: step % 2 == 1, products: rows == nil ? products[here] : products, rows: rows,
      rowsOffset: here.lowerBound,
      inputs: inputs.map { $0[here] },
      previous: hiddenBefore.map { hidden[$0] }, hidden: hidden[hiddenRows],
      previousMemory: step > 0 ? memory : nil, memory: memory, gates: nil, scratch: scratch, activations: activations)
  }

  /// A record that ends leaves its state behind, because later steps write fewer rows.
  private func alternate(_ step: Int, _ layout: StepLayout, _ active: Int) -> Range<Int> {
    let first = step % 2 * layout.count
    return first..<first + active
  }

  /// The state that was kept of the record in `slot`, one row; of `steps` the last.
  /// - Precondition: the record has a step.
  func kept(_ slot: Int, _ layout: StepLayout) -> Matrix {
    if let maximum { return maximum[slot..<slot + 1] }
    let last = layout.lengths[slot] - 1
    let row = (keep == .steps ? layout.base[last] : last % 2 * layout.count) + slot
    return hidden[row..<row + 1]
  }
}
