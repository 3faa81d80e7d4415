internal import HanpipeCore

extension RecurrentNetwork {
  /// What the way back needs of one layer.
  struct LayerRecord {
    /// Rows of the layer's inputs, and for each row of the layout the one it read (nil: the same).
    let inputs: Matrix
    let rows: RowIndices?
    let mask: DropoutMask?
    let products: Products
    let traces: [Trace]
  }

  /// What the way back needs of a batch.
  struct Record {
    let layout: StepLayout
    let source: RowIndices
    var layers: [LayerRecord] = []
    /// The words of an input of ids: those that the rows of the first layer's inputs stand for.
    var ids: [Int32] = []
  }

  /// Like `encode`, keeping what `backward` needs. The whole batch (a shard of one) is computed together.
  func forward(
    _ input: RecurrentSteps, embedding: Parameters.Tensor, isSequence: Bool, dropout: Float, _ pass: TrainingPass
  ) -> (output: [Float], record: Record) {
    let starts = input.starts
    let layout = StepLayout(starts: starts)
    var record = Record(layout: layout, source: layout.sourceRows(starts))
    for layer in cells.indices {
      var rows: RowIndices?
      var inputs: Matrix
      if layer > 0 {
        inputs = joined(record.layers[layer - 1].traces, layout, cells[layer - 1][0])
      } else {
        (inputs, rows) = firstInputs(input, embedding, &record, isRepeated: dropout > 0)
      }
      var mask: DropoutMask?
      if dropout > 0 {
        let drawn = DropoutMask(layout, columns: inputs.columns, rate: dropout, layer: layer, pass)
        inputs = drawn.applied(to: inputs)
        mask = drawn
      }
      let products = self.products(layer, of: inputs, rows: rows)
      record.layers.append(
        LayerRecord(
          inputs: inputs, rows: rows, mask: mask, products: products,
          traces: run(layer, products, layout, keep: .training)))
    }
    let count = isSequence ? starts.last ?? 0 : starts.count - 1
    let output = FloatBuffer.makeArray(count: count * outputWidth) { [traces = record.layers[cells.count - 1].traces] buffer in
      let output = Matrix(buffer, rows: count, columns: outputWidth)
      if isSequence {
        write(traces, layout, to: output, record.source)
      } else {
        writeLast(traces, layout, to: output)
      }
    }
    return (output, record)
  }

  /// The rows that the first layer reads: one for each different word, or with `isRepeated` (dropout, which differs from step to
  /// step) one for each row of the layout.
  private func firstInputs(
    _ input: RecurrentSteps, _ embedding: Parameters.Tensor, _ record: inout Record, isRepeated: Bool
  ) -> (Matrix, RowIndices?) {
    switch input {
    case .rows(let values, _, let width):
      let steps = Matrix(rows: record.source.count, columns: width)
      steps.gather(from: values, record.source)
      return (steps, nil)
    case .ids(let ids, _):
      let tokens = record.source.values.map { ids[Int($0)] }
      if isRepeated {
        record.ids = tokens
        let steps = Matrix(rows: tokens.count, columns: inputWidth)
        steps.gather(from: embedding, RowIndices(tokens, limit: embedding.count / inputWidth))
        return (steps, nil)
      }
      let distinct = DistinctIDs(tokens, limit: embedding.count / inputWidth)
      record.ids = distinct.ids
      return (embed(distinct, embedding), distinct.rows)
    }
  }

  // MARK: The way back

  /// Adds the gradients of the layers' weights, which begin at parameter `first`, and gives that of the first layer's inputs.
  /// - Parameter outputGradient: as `forward`'s output.
  /// - Complexity: about twice the way forward.
  func backward(
    _ record: Record, outputGradient: [Float], isSequence: Bool, _ gradients: inout Gradients, first: Int
  ) -> Matrix {
    let layout = record.layout
    var rowGradient: Matrix?  // of a layer's joined states, forward order
    var inputGradient = Matrix(rows: 0, columns: inputWidth)
    let parameters = cells.map { layer in
      layer.map { type(of: $0).shapes(units: units, inputs: 1).count }.reduce(0, +)
    }
    for layer in cells.indices.reversed() {
      let place = first + parameters[..<layer].reduce(0, +)
      let incoming = (0..<directions).map { direction -> OutputGradient in
        if let rowGradient { return .steps(part(rowGradient, direction, layout)) }
        return isSequence
          ? .steps(part(outputGradient, direction, record)) : .last(lastPart(outputGradient, direction, record))
      }
      inputGradient = backward(layer, record, incoming, &gradients, place)
      record.layers[layer].mask?.apply(to: inputGradient)
      rowGradient = inputGradient
    }
    return inputGradient
  }

  /// The gradient of a direction's hidden states.
  enum OutputGradient {
    /// Of each record's last one, by slot: B×stateWidth.
    case last(Matrix)
    /// Of all, in the direction's order: rowCount×stateWidth.
    case steps(Matrix)
  }

  /// Columns of a gradient in forward order, as those of one direction's states.
  private func part(_ gradient: Matrix, _ direction: Int, _ layout: StepLayout) -> Matrix {
    let columns = gradient.columns(direction * units..<(direction + 1) * units)
    return padded(rows: layout.rowCount) { states in
      if direction == 0 { states.copy(from: columns) } else { states.gather(from: columns, layout.reversedRows()) }
    }
  }
  /// The same of a gradient in the batch's order, one row a step.
  private func part(_ gradient: [Float], _ direction: Int, _ record: Record) -> Matrix {
    let steps = Matrix(gradient, rows: record.source.limit, columns: outputWidth)
    let columns = steps.columns(direction * units..<(direction + 1) * units)
    let rows = direction == 0 ? record.source : record.source.reordered(by: record.layout.reversedRows())
    return padded(rows: record.layout.rowCount) { $0.gather(from: columns, rows) }
  }
  /// The same, one row a record, by slot.
  private func lastPart(_ gradient: [Float], _ direction: Int, _ record: Record) -> Matrix {
    let rows = Matrix(gradient, rows: record.layout.count, columns: outputWidth)
    let order = RowIndices(record.layout.records.map(Int32.init), limit: record.layout.count)
    return padded(rows: order.count) { $0.gather(from: rows.columns(direction * units..<(direction + 1) * units), order) }
  }
  /// rows×stateWidth, the first H columns filled, padding zero.
  private func padded(rows: Int, _ fill: (Matrix) -> Void) -> Matrix {
    let width = cells[0][0].stateWidth
    let result = width == units ? Matrix(rows: rows, columns: width) : .zeros(rows: rows, columns: width)
    fill(result.columns(0..<units))
    return result
  }

  /// One layer: adds its weights' gradients, gives that of the rows of its inputs.
  private func backward(
    _ layer: Int, _ record: Record, _ incoming: [OutputGradient], _ gradients: inout Gradients, _ first: Int
  ) -> Matrix {
    let saved = record.layers[layer]
    let layout = record.layout
    let inputGradient = Matrix(rows: saved.inputs.rows, columns: saved.inputs.columns)
    var index = first
    for direction in 0..<directions {
      let cell = cells[layer][direction]
      let rows = self.rows(saved.rows, direction, layout)
      let steps = StepGradients(
        kernels, cell, layout, saved.traces[direction], products: saved.products.matrices[direction],
        rows: self.rows(saved.products.rows, direction, layout), incoming: incoming[direction])
      // The gradients of equal words are added first: the products below are then as small as the way forward's.
      var products = steps.products
      if let rows {
        products = .zeros(rows: saved.inputs.rows, columns: cell.productWidth)
        kernels.addRows(steps.products, to: products, rows)
      }
      let inputWeight = Matrix(rows: cell.productWidth, columns: saved.inputs.columns)
      kernels.multiply(products, transposeA: true, saved.inputs, into: inputWeight)
      cell.input.inputGradient(of: products, into: inputGradient, accumulate: direction > 0)
      let bias = Matrix.zeros(rows: 1, columns: cell.productWidth)
      kernels.addColumnSums(of: products, to: bias)
      let gradient = CellGradient(
        inputWeight: inputWeight, recurrentWeight: recurrentWeight(cell, layout, steps, saved.traces[direction]), bias: bias,
        recurrentBias: cell.hasRecurrentGradient ? columnSums(of: steps.recurrent) : nil)
      cell.add(gradient, to: &gradients, at: index)
      index += type(of: cell).shapes(units: units, inputs: 1).count
    }
    return inputGradient
  }

  private func columnSums(of matrix: Matrix) -> Matrix {
    let sums = Matrix.zeros(rows: 1, columns: matrix.columns)
    kernels.addColumnSums(of: matrix, to: sums)
    return sums
  }

  /// dU = Σ (gradient of U h)ᵀ·h over all steps but the first, in one product.
  private func recurrentWeight(_ cell: any Cell, _ layout: StepLayout, _ steps: StepGradients, _ trace: Trace) -> Matrix {
    let result = Matrix(rows: cell.productWidth, columns: cell.stateWidth)
    guard layout.stepCount > 1 else {
      result.clear()
      return result
    }
    let first = layout.base[1]
    let before = Matrix(rows: layout.rowCount - first, columns: cell.stateWidth)
    for step in 1..<layout.stepCount {
      let active = layout.active[step]
      let here = layout.base[step] - first
      let previous = layout.base[step - 1]
      before[here..<here + active].copy(from: trace.hidden[previous..<previous + active])
    }
    kernels.multiply(steps.recurrent[first..<layout.rowCount], transposeA: true, before, into: result)
    return result
  }
}

/// The gradients of the input products of one direction (and of U h, where they differ), in the direction's order.
struct StepGradients {
  let products: Matrix
  let recurrent: Matrix

  /// Goes back through all steps. The trace's gates are used up.
  init(
    _ kernels: Kernels, _ cell: any Cell, _ layout: StepLayout, _ trace: Trace, products: Matrix, rows: RowIndices?,
    incoming: RecurrentNetwork.OutputGradient
  ) {
    let width = cell.stateWidth
    // An LSTM's gates and their gradients have the same places.
    let gradient =
      cell.memoryWidth > 0
      ? trace.gates ?? Matrix(rows: 0, columns: 0) : Matrix(rows: layout.rowCount, columns: cell.productWidth)
    let recurrent = cell.hasRecurrentGradient ? Matrix(rows: layout.rowCount, columns: cell.productWidth) : gradient
    let hidden = Matrix.zeros(rows: layout.count, columns: width)
    let memory = cell.memoryWidth == 0 ? nil : Matrix.zeros(rows: layout.count, columns: width)
    // Rows that are not active yet keep what stands here until their last step.
    if case .last(let last) = incoming { hidden.copy(from: last) }
    for step in (0..<layout.stepCount).reversed() {
      let active = layout.active[step]
      let here = layout.base[step]..<layout.base[step] + active
      if case .steps(let all) = incoming { kernels.add(all[here], to: hidden[0..<active]) }
      cell.stepBackward(
        trace.step(step, layout, products: products, rows: rows, scratch: nil),
        CellStepGradient(
          hidden: hidden[0..<active], memory: memory.map { $0[0..<active] }, products: gradient[here],
          recurrent: cell.hasRecurrentGradient ? recurrent[here] : nil),
        isFirst: step == 0)
    }
    (self.products, self.recurrent) = (gradient, recurrent)
  }
}
