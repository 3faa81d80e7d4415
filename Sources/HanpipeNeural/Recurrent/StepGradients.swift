/// The way back of one direction through the steps of a layout, segment by segment, the last segment first.
struct StepGradients {
  private let kernels: Kernels
  private let cell: any Cell
  private let layout: StepLayout
  /// Steps of a window of truncated backpropagation; nil: no end.
  private let window: Int?
  /// B×stateWidth: the gradients of the state before the segment that comes next.
  private let hidden: Matrix
  private let memory: Matrix?

  init(_ kernels: Kernels, _ cell: any Cell, _ layout: StepLayout, window: Int?) {
    (self.kernels, self.cell, self.layout, self.window) = (kernels, cell, layout, window)
    hidden = .zeros(rows: layout.count, columns: cell.stateWidth)
    memory = cell.memoryWidth == 0 ? nil : .zeros(rows: layout.count, columns: cell.memoryWidth)
  }

  /// The gradient of the state after each record's last step, by slot. Records that are not active yet keep it until theirs.
  func setLast(_ gradient: Matrix) { hidden.columns(0..<gradient.columns).copy(from: gradient) }

  /// Whether nothing comes back to these steps, as behind the window of a single output.
  /// - Parameter incoming: as in `back`.
  func isDone(with steps: Range<Int>, incoming: Matrix?) -> Bool {
    guard window != nil else { return false }
    let active = layout.active[steps.lowerBound]
    return hidden[0..<active].isZero && memory.map { $0[0..<active].isZero } != false && incoming.map(\.isZero) != false
  }

  /// Goes back through one segment. The trace's gates are used up.
  /// - Parameter incoming: the gradient of the states of its steps, a row each, H columns; nil: of none.
  /// - Returns: a row for each row of the trace, `productWidth` floats: the gradients of the input products and, where they
  ///   differ, those of U h (otherwise the same matrix).
  func back(_ trace: SegmentTrace, incoming: Matrix?) -> (products: Matrix, recurrent: Matrix) {
    // An LSTM's gates and their gradients have the same places.
    let products: Matrix
    if cell.memoryWidth > 0, let gates = trace.gates {
      products = gates
    } else {
      products = Matrix(rows: trace.hidden.rows, columns: cell.productWidth)
    }
    let recurrent = cell.hasRecurrentGradient ? Matrix(rows: trace.hidden.rows, columns: cell.productWidth) : products
    for step in trace.steps.reversed() {
      let active = layout.active[step]
      let here = trace.rows(step, layout)
      if let incoming { kernels.add(incoming[here], to: hidden[0..<active].columns(0..<incoming.columns)) }
      cell.stepBackward(
        trace.step(step, layout, nil, scratch: nil),
        CellStepGradient(
          hidden: hidden[0..<active], memory: memory.map { $0[0..<active] }, products: products[here],
          recurrent: cell.hasRecurrentGradient ? recurrent[here] : nil),
        isFirst: step == 0)
      if let window { cut(before: step, window) }
    }
    return (products, recurrent)
  }

  /// Windows are counted from each record's last step, so that neither the records beside it nor the segments matter.
  private func cut(before step: Int, _ window: Int) {
    for slot in 0..<layout.active[step] where (layout.lengths[slot] - step) % window == 0 {
      hidden[slot..<slot + 1].clear()
      memory?[slot..<slot + 1].clear()
    }
  }
}
