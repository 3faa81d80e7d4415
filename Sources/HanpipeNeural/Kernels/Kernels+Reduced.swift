internal import CKernels

extension RecurrentConfiguration.Precision {
  /// What the kernels call it; nil: they compute as in training.
  var reduced: hp_precision? {
    switch self {
    case .float32: nil
    case .bf16: .bf16
    case .int8: .int8
    }
  }
}

/// Products of rows that are rounded first, with weights that were rounded ahead; see `hp_reduced_multiply`.
extension Kernels {
  /// The right side B (K×N) of many products in reduced precision.
  struct Reduced: Sendable {
    let precision: hp_precision
    fileprivate let buffer: FloatBuffer
    let rows: Int
    let columns: Int
  }

  /// - Parameter weight: Bᵀ, N×K.
  func pack(_ weight: Matrix, _ precision: hp_precision) -> Reduced {
    let buffer = FloatBuffer(count: hp_reduced_packed_words(isa, precision, weight.rows, weight.columns))
    hp_reduced_pack(isa, precision, weight.rows, weight.columns, weight.base, weight.stride, buffer.pointer(at: 0))
    return Reduced(precision: precision, buffer: buffer, rows: weight.columns, columns: weight.rows)
  }

  /// An LSTM's weights (4H×K, PyTorch's order) as `lstmStep` reads them: K×4Hp.
  func packLSTM(_ weight: Matrix, units: Int, _ precision: hp_precision) -> Reduced {
    precondition(weight.rows == 4 * units, "weights of another shape")
    let buffer = FloatBuffer(count: hp_lstm_reduced_packed_words(isa, precision, units, weight.columns))
    hp_lstm_pack_reduced(isa, precision, units, weight.columns, weight.base, weight.stride, buffer.pointer(at: 0))
    return Reduced(precision: precision, buffer: buffer, rows: weight.columns, columns: 4 * Self.lstmPadded(units))
  }

  /// Floats of scratch that a row of K activations takes.
  static func activationWidth(_ columns: Int) -> Int { hp_reduced_row_words(columns) }

  /// c = a·b. a: M×K, b: K×N, c: M×N.
  /// - Parameter activations: scratch, at least M rows of `activationWidth(K)`.
  func multiply(_ a: Matrix, _ b: Reduced, into c: Matrix, activations: Matrix) {
    precondition(
      a.columns == b.rows && c.rows == a.rows && c.columns == b.columns, "\(a.rows)×\(a.columns) · \(b.rows)×\(b.columns)")
    precondition(activations.isContiguous && activations.count >= a.rows * Self.activationWidth(a.columns), "too little scratch")
    hp_reduced_multiply(
      isa, b.precision, c.rows, c.columns, a.columns, a.base, a.stride, b.buffer.pointer(at: 0), c.base, c.stride,
      activations.base)
  }

  /// One step of an LSTM, as `lstmStep` with weights in float32; see `hp_lstm_step_reduced`.
  func lstmStep(units: Int, recurrent: Reduced, input: Reduced, _ step: CellStep) {
    let memory = step.checkedLSTM(units: units, inputs: input.rows)
    let width = Self.lstmPadded(units)
    precondition(recurrent.rows == units && recurrent.columns == 4 * width, "recurrent weights of another shape")
    precondition(input.columns == 4 * width && input.precision == recurrent.precision, "input weights of another shape")
    guard let activations = step.activations else { preconditionFailure("a step without memory for its activations") }
    let first = activations.rows * Self.activationWidth(units)
    let needed = first + activations.rows * Self.activationWidth(input.rows)
    precondition(activations.isContiguous && activations.rows >= step.active && activations.count >= needed, "too little scratch")
    let previous = step.previous.map { operand($0, columns: units, recurrent, activations.base) }
    let inputs = step.inputs.map { operand($0, columns: input.rows, input, activations.base + first) }
    let none = hp_reduced_operand(K: 0, rows: memory.base, ld: 0, packed: memory.base, scratch: memory.base)
    let operands: [2 of hp_reduced_operand] = [previous ?? inputs ?? none, inputs ?? none]
    let count = (previous == nil ? 0 : 1) + (inputs == nil ? 0 : 1)
    step.withRows { rows in
      operands.span.withUnsafeBufferPointer { operands in
        hp_lstm_step_reduced(
          isa, recurrent.precision, units, step.active, step.products.base, rows, count, operands.baseAddress,
          step.previousMemory?.base, memory.base, step.hidden.base, step.hidden.stride, step.isOdd)
      }
    }
  }
  private func operand(
    _ rows: Matrix, columns: Int, _ weights: Reduced, _ scratch: UnsafeMutablePointer<Float>
  ) -> hp_reduced_operand {
    hp_reduced_operand(K: columns, rows: rows.base, ld: rows.stride, packed: weights.buffer.pointer(at: 0), scratch: scratch)
  }
}
