internal import CKernels

/// What one time step of a cell reads and writes, for the first `active` rows of a batch sorted by length.
struct CellStep {
  let active: Int
  /// Every second step reads the weights the other way round, what cache still holds first.
  let isOdd: Bool
  /// Input products W·x + b, rows of the cell's `productWidth`.
  let products: Matrix
  /// Which row of `products` each row of the batch reads, beginning at `rowsOffset`; nil: row b reads row b.
  let rows: RowIndices?
  let rowsOffset: Int
  /// active×K, whose products with W the step adds itself (`Cell.addsInputProducts`); `products` is then the bias, or what else is read.
  let inputs: Matrix?
  /// active×stateWidth; nil at the first step, where they are zero.
  let previous: Matrix?
  let hidden: Matrix
  /// The cell state (LSTM), active×stateWidth; `memory` may be `previousMemory`.
  let previousMemory: Matrix?
  let memory: Matrix?
  /// active×gatesWidth, kept for the way back.
  let gates: Matrix?
  /// active×scratchWidth.
  let scratch: Matrix?
  /// activationsWidth floats for each row of the batch, for products in reduced precision.
  let activations: Matrix?
}

/// What the way back through one step reads and writes.
struct CellStepGradient {
  /// active×stateWidth, in: the gradient of h'; out: that of h of the step before, unless this is the first.
  let hidden: Matrix
  /// active×stateWidth (LSTM), in: the gradient of c'; out: that of c.
  let memory: Matrix?
  /// active×productWidth, receives the gradient of the input products; for LSTM it may be the gates' memory.
  let products: Matrix
  /// active×productWidth, receives the gradient of U h where it is another one (GRU).
  let recurrent: Matrix?
}

extension Kernels {
  static func lstmPadded(_ units: Int) -> Int { hp_lstm_padded(units) }

  /// PyTorch's `weight_hh` (4H×H) as `lstmStep` reads it.
  func packLSTMRecurrent(_ weight: Matrix, units: Int) -> Packed {
    precondition(weight.rows == 4 * units && weight.columns == units, "recurrent weights of another shape")
    let packed = FloatBuffer(count: hp_lstm_packed_weights_floats(units, units))
    hp_lstm_pack_weights(units, units, weight.base, weight.stride, packed.pointer(at: 0))
    return Packed(buffer: packed, rows: units, columns: 4 * Self.lstmPadded(units))
  }
  /// Gate-major rows 4H×n in packed order 4Hp×`columns`, padding zero.
  func packLSTMRows(_ rows: Matrix, units: Int, columns: Int) -> Matrix {
    precondition(rows.rows == 4 * units && columns >= rows.columns, "rows of another shape")
    let packed = Matrix(rows: 4 * Self.lstmPadded(units), columns: columns)
    hp_lstm_pack_rows(units, rows.columns, rows.base, rows.stride, packed.base, packed.stride)
    return packed
  }
  /// The way back: the first `columns` of packed rows, gate-major 4H×columns.
  func unpackLSTMRows(_ packed: Matrix, units: Int, columns: Int) -> Matrix {
    precondition(packed.rows == 4 * Self.lstmPadded(units) && packed.columns >= columns, "rows of another shape")
    let rows = Matrix(rows: 4 * units, columns: columns)
    hp_lstm_unpack_rows(units, columns, packed.base, packed.stride, rows.base, rows.stride)
    return rows
  }

  /// One step of an LSTM; see `hp_lstm_step`.
  /// - Parameters:
  ///   - recurrent: Uᵀ, H×4Hp, columns in packed order.
  ///   - input: Wᵀ, likewise, for a step whose input products are not computed.
  func lstmStep(units: Int, recurrent: Packed, input: Packed, _ step: CellStep) {
    let memory = step.checkedLSTM(units: units, inputs: input.rows)
    let width = Self.lstmPadded(units)
    precondition(recurrent.rows == units && recurrent.columns == 4 * width, "recurrent weights of another shape")
    precondition(input.columns == 4 * width, "input weights of another shape")
    let previous = step.previous.map { operand($0, columns: units, recurrent) }
    let inputs = step.inputs.map { operand($0, columns: $0.columns, input) }
    let none = hp_lstm_operand(K: 0, rows: memory.base, ld: 0, packed: memory.base)
    // In place: an array would be an allocation a step, of which a lone text has one for each word.
    let operands: [2 of hp_lstm_operand] = [previous ?? inputs ?? none, inputs ?? none]
    let count = (previous == nil ? 0 : 1) + (inputs == nil ? 0 : 1)
    step.withRows { rows in
      operands.span.withUnsafeBufferPointer { operands in
        hp_lstm_step(
          isa, units, step.active, step.products.base, rows, count, operands.baseAddress, step.previousMemory?.base,
          memory.base, step.hidden.base, step.hidden.stride, step.gates?.base, step.isOdd)
      }
    }
  }
  private func operand(_ rows: Matrix, columns: Int, _ weights: Packed) -> hp_lstm_operand {
    precondition(weights.rows == columns, "rows of \(columns) for weights of \(weights.rows)")
    return hp_lstm_operand(K: columns, rows: rows.base, ld: rows.stride, packed: weights.buffer.pointer(at: 0))
  }

  /// The elementwise part of the way back; see `hp_lstm_step_backward`.
  func lstmStepBackward(units: Int, _ step: CellStep, _ gradient: CellStepGradient) {
    let width = Self.lstmPadded(units)
    guard let gates = step.gates, let memory = step.memory, let memoryGradient = gradient.memory else {
      preconditionFailure("a step whose gates were not kept")
    }
    step.check(gradient.hidden, width)
    step.check(memoryGradient, width)
    step.check(memory, width)
    step.check(step.previousMemory, width)
    step.check(gates, 4 * width)
    step.check(gradient.products, 4 * width)
    precondition(memoryGradient.isContiguous && memory.isContiguous && gates.isContiguous && gradient.products.isContiguous)
    hp_lstm_step_backward(
      isa, units, step.active, gates.base, step.previousMemory?.base, memory.base, gradient.hidden.base, gradient.hidden.stride,
      memoryGradient.base, gradient.products.base)
  }

  /// One step of a GRU, `step.scratch` holding U h; see `hp_gru_cell`.
  func gruCell(units: Int, recurrentBias: Matrix, _ step: CellStep) {
    step.check(productWidth: 3 * units, stateWidth: units, gatesWidth: 4 * units)
    step.check(step.scratch, 3 * units)
    precondition(recurrentBias.count == 3 * units, "a bias of another length")
    precondition(step.scratch?.isContiguous != false && step.gates?.isContiguous != false)
    step.withRows { rows in
      hp_gru_cell(
        isa, units, step.active, step.products.base, rows, step.previous == nil ? nil : step.scratch?.base, recurrentBias.base,
        step.previous?.base, step.previous?.stride ?? units, step.hidden.base, step.hidden.stride, step.gates?.base)
    }
  }
  /// See `hp_gru_cell_backward`; what passes through U is not in it.
  func gruCellBackward(units: Int, _ step: CellStep, _ gradient: CellStepGradient) {
    guard let gates = step.gates, let recurrent = gradient.recurrent else {
      preconditionFailure("a step whose gates were not kept")
    }
    step.check(gates, 4 * units)
    step.check(gradient.hidden, units)
    step.check(gradient.products, 3 * units)
    step.check(recurrent, 3 * units)
    step.check(step.previous, units)
    precondition(gradient.hidden.isContiguous && gradient.products.isContiguous && recurrent.isContiguous && gates.isContiguous)
    hp_gru_cell_backward(
      isa, units, step.active, gates.base, step.previous?.base, step.previous?.stride ?? units, gradient.hidden.base,
      gradient.hidden.stride, gradient.products.base, recurrent.base, gradient.hidden.base)
  }

  /// One step of a plain recurrent network, `step.scratch` holding U h; see `hp_rnn_cell`.
  func rnnCell(units: Int, _ step: CellStep) {
    step.check(productWidth: units, stateWidth: units, gatesWidth: 0)
    step.check(step.scratch, units)
    precondition(step.scratch?.isContiguous != false)
    step.withRows { rows in
      hp_rnn_cell(
        isa, units, step.active, step.products.base, rows, step.previous == nil ? nil : step.scratch?.base, nil,
        step.hidden.base, step.hidden.stride)
    }
  }
  /// See `hp_rnn_cell_backward`.
  func rnnCellBackward(units: Int, _ step: CellStep, _ gradient: CellStepGradient) {
    step.check(step.hidden, units)
    step.check(gradient.hidden, units)
    step.check(gradient.products, units)
    precondition(gradient.products.isContiguous)
    hp_rnn_cell_backward(
      isa, units, step.active, step.hidden.base, step.hidden.stride, gradient.hidden.base, gradient.hidden.stride,
      gradient.products.base)
  }
}

extension CellStep {
  /// The memory of an LSTM's step, once all shapes have been checked.
  func checkedLSTM(units: Int, inputs: Int) -> Matrix {
    let width = Kernels.lstmPadded(units)
    guard let memory else { preconditionFailure("an LSTM has a memory") }
    check(productWidth: 4 * width, stateWidth: width, gatesWidth: 4 * width)
    check(memory, width)
    check(previousMemory, width)
    check(self.inputs, inputs)
    precondition(memory.isContiguous && previousMemory?.isContiguous != false && gates?.isContiguous != false)
    return memory
  }
  /// Lends the address of the rows' numbers.
  func withRows(_ body: (UnsafePointer<Int32>?) -> Void) {
    guard let rows else { return body(nil) }
    rows.values.withUnsafeBufferPointer { values in body(values.baseAddress.map { $0 + rowsOffset }) }
  }
  fileprivate func check(_ matrix: Matrix?, _ columns: Int) {
    guard let matrix else { return }
    precondition(matrix.rows >= active && matrix.columns == columns, "\(matrix.rows)×\(matrix.columns) for \(active)×\(columns)")
  }
  fileprivate func check(productWidth: Int, stateWidth: Int, gatesWidth: Int) {
    check(previous, stateWidth)
    check(hidden, stateWidth)
    check(gates, gatesWidth)
    precondition(products.columns == productWidth && products.isContiguous, "products of another width")
    if let rows {
      precondition(rows.limit <= products.rows && rowsOffset >= 0 && rowsOffset + active <= rows.count, "rows that are not there")
    } else {
      precondition(products.rows >= active, "too few products")
    }
  }
}
