internal import HanpipeCore

/// The way back of training.
extension RecurrentNetwork {
  /// Adds the gradients of the layers' weights, which begin at parameter `first`, and gives that of the rows of the first layer's
  /// inputs (`Record.ids`, or the steps in the layout's order).
  /// - Parameter outputGradient: as `forward`'s output.
  /// - Complexity: about twice the way forward, and once more what was not kept.
  func backward(
    _ record: Record, outputGradient: [Float], isSequence: Bool, _ gradients: inout Gradients, first: Int
  ) -> Matrix {
    backward(record, outputGradient, isSequence: isSequence, learns: true, &gradients, first)
  }

  /// The gradient of the rows of the first layer's inputs alone: those of the weights, a third of the work, are not computed.
  private func inputGradient(_ record: Record, outputGradient: [Float], isSequence: Bool) -> Matrix {
    var none = Gradients(zerosLike: Parameters())
    return backward(record, outputGradient, isSequence: isSequence, learns: false, &none, 0)
  }

  /// Of a way forward with factors, for each step (in the batch's order) the product of its word's vector, without its factor, and the
  /// gradient of what was read in its place.
  ///
  /// With g the gradient of the input products, (g·W)·x = g·(W·x), and W·x is there from the way forward: no gradient of a vector is
  /// computed.
  func inputProducts(_ record: Record, outputGradient: [Float], isSequence: Bool) -> [Float] {
    let products = inputGradient(record, outputGradient: outputGradient, isSequence: isSequence)
    return FloatBuffer.makeArray(count: products.rows) {
      products.scatter(to: Matrix($0, rows: products.rows, columns: 1), record.sources[0])
    }
  }

  private func backward(
    _ record: Record, _ outputGradient: [Float], isSequence: Bool, learns: Bool, _ gradients: inout Gradients, _ first: Int
  ) -> Matrix {
    var incoming = isSequence ? OutputGradient.sequence(outputGradient) : .last(outputGradient)
    var inputGradient = Matrix(rows: 0, columns: inputWidth)
    let parameters = cells.map { layer in
      layer.map { type(of: $0).shapes(units: units, inputs: 1).count }.reduce(0, +)
    }
    for layer in cells.indices.reversed() {
      inputGradient = backward(
        layer, record, incoming, learns: learns, &gradients, first + parameters[..<layer].reduce(0, +))
      incoming = .rows(inputGradient)
    }
    return inputGradient
  }

  /// The gradient of a layer's states, `outputWidth` floats a row.
  enum OutputGradient {
    /// Of each record's last one, by record.
    case last([Float])
    /// Of all, in the batch's order.
    case sequence([Float])
    /// Of all, in the layout's.
    case rows(Matrix)
  }

  /// The gradient of a direction's states in some rows, H columns; nil if it has only that of the last states.
  private func part(_ gradient: OutputGradient, _ direction: Int, _ rows: Range<Int>, _ record: Record) -> Matrix? {
    let result: Matrix
    switch gradient {
    case .last: return nil
    case .sequence(let values):
      result = Matrix(rows: rows.count, columns: outputWidth)
      result.gather(from: values, record.sources[direction][rows])
    case .rows(let matrix):
      if let order = record.orders[direction] {
        result = Matrix(rows: rows.count, columns: outputWidth)
        result.gather(from: matrix, order[rows])
      } else {
        result = matrix[rows]
      }
    }
    return result.columns(direction * units..<(direction + 1) * units)
  }

  /// One layer: adds its weights' gradients, gives that of the rows of its inputs.
  private func backward(
    _ layer: Int, _ record: Record, _ incoming: OutputGradient, learns: Bool, _ gradients: inout Gradients, _ first: Int
  ) -> Matrix {
    let inputs = record.layers[layer].inputs
    let inputGradient =
      record.layers[layer].factors == nil
      ? Matrix.zeros(rows: inputs.rows, columns: inputs.columns) : .zeros(rows: record.layout.rowCount, columns: 1)
    var index = first
    for direction in 0..<directions {
      let cell = cells[layer][direction]
      let sums = learns ? CellGradient(zerosFor: cell, inputs: inputs.columns) : nil
      backward(layer, direction, record, incoming, sums, to: inputGradient)
      if let sums { cell.add(sums, to: &gradients, at: index) }
      index += type(of: cell).shapes(units: units, inputs: 1).count
    }
    return inputGradient
  }

  /// One direction: adds its weights' gradients to `sums`, and that of the rows of its inputs; with factors the products of
  /// `inputProducts` in that one's place.
  /// - Parameter sums: nil if they are not wanted.
  private func backward(
    _ layer: Int, _ direction: Int, _ record: Record, _ incoming: OutputGradient, _ sums: CellGradient?, to inputGradient: Matrix
  ) {
    let layout = record.layout
    let cell = cells[layer][direction]
    let saved = record.layers[layer]
    // The gradients of equal words are added first: the products below are then as small as the way forward's.
    let shared = saved.factors != nil ? nil : saved.products.map { Matrix.zeros(rows: $0[direction].rows, columns: cell.productWidth) }
    let steps = StepGradients(kernels, cell, layout, window: record.window)
    if case .last(let values) = incoming {
      let gradient = Matrix(values, rows: layout.count, columns: outputWidth).columns(direction * units..<(direction + 1) * units)
      let bySlot = Matrix(rows: layout.count, columns: units)
      bySlot.gather(from: gradient, RowIndices(layout.records.map(Int32.init), limit: layout.count))
      steps.setLast(bySlot)
    }
    for (segment, range) in record.segments.enumerated().reversed() {
      let rows = layout.rows(range)
      let incoming = part(incoming, direction, rows, record)
      if steps.isDone(with: range, incoming: incoming) { continue }
      let trace: SegmentTrace
      switch saved.segments[direction][segment] {
      case .kept(let kept): trace = kept
      case .start(let state): trace = self.trace(layer, direction, range, from: state, record)
      }
      let gradient = steps.back(trace, incoming: incoming)
      if let sums { addRecurrent(gradient, trace, layout, to: sums) }
      if saved.factors != nil, let products = saved.products, let places = saved.rows[direction] {
        addProducts(gradient.products, products[direction], places[rows], record.orders[direction]?[rows], rows, to: inputGradient)
      } else if let shared, let places = saved.rows[direction] {
        kernels.addRows(gradient.products, to: shared, places[rows])
      } else {
        addInputs(layer, direction, rows, record, gradient.products, sums?.inputWeight, to: inputGradient)
      }
    }
    if let shared {
      if let sums { kernels.multiply(shared, transposeA: true, saved.inputs, into: sums.inputWeight) }
      cell.input.inputGradient(of: shared, into: inputGradient, accumulate: direction > 0)
    }
  }

  /// Adds what a segment gives to the gradients of U and of the biases.
  private func addRecurrent(
    _ gradient: (products: Matrix, recurrent: Matrix), _ trace: SegmentTrace, _ layout: StepLayout, to sums: CellGradient
  ) {
    kernels.addColumnSums(of: gradient.products, to: sums.bias)
    if let bias = sums.recurrentBias { kernels.addColumnSums(of: gradient.recurrent, to: bias) }
    let before = trace.hiddenBefore(layout)
    let rows = gradient.recurrent.rows
    kernels.multiply(
      gradient.recurrent[rows - before.rows..<rows], transposeA: true, before, into: sums.recurrentWeight, accumulate: true)
  }

  /// Adds the product of each row of a gradient with the row of `inputs` at its place, in the layout's forward order.
  private func addProducts(
    _ gradient: Matrix, _ inputs: Matrix, _ places: RowIndices, _ order: RowIndices?, _ rows: Range<Int>, to sums: Matrix
  ) {
    for row in 0..<gradient.rows {
      let target = order.map { Int($0.values[row]) } ?? rows.lowerBound + row
      sums[target, 0] += Float(kernels.dot(row: row, of: gradient, row: Int(places.values[row]), of: inputs))
    }
  }

  /// Adds what some rows that share nothing give to the gradients of W and of the layer's inputs.
  private func addInputs(
    _ layer: Int, _ direction: Int, _ rows: Range<Int>, _ record: Record, _ products: Matrix, _ weight: Matrix?,
    to inputGradient: Matrix
  ) {
    let saved = record.layers[layer]
    if let weight {
      kernels.multiply(products, transposeA: true, inputs(layer, direction, rows, record), into: weight, accumulate: true)
    }
    let gradient = Matrix(rows: rows.count, columns: saved.inputs.columns)
    cells[layer][direction].input.inputGradient(of: products, into: gradient, accumulate: false)
    saved.mask?.apply(to: gradient, rows: rows, order: record.orders[direction])
    if let places = saved.rows[direction] {
      kernels.addRows(gradient, to: inputGradient, places[rows])
    } else {
      kernels.add(gradient, to: inputGradient[rows])
    }
  }
}

extension CellGradient {
  /// - Parameter inputs: E.
  fileprivate init(zerosFor cell: any Cell, inputs: Int) {
    self.init(
      inputWeight: .zeros(rows: cell.productWidth, columns: inputs),
      recurrentWeight: .zeros(rows: cell.productWidth, columns: cell.stateWidth),
      bias: .zeros(rows: 1, columns: cell.productWidth),
      recurrentBias: cell.hasRecurrentGradient ? .zeros(rows: 1, columns: cell.productWidth) : nil)
  }
}
