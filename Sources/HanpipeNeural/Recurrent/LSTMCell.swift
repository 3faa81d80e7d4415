internal import HanpipeCore

/// i = σ(W_i x + U_i h + b_i), f = σ(…), g = tanh(…), o = σ(…); c' = f⊙c + i⊙g; h' = o⊙tanh(c').
///
/// Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, with the forget gate of Gers et al. 2000.
///
/// - Complexity: a step is 8·active·H² floating-point operations, the way back 16·active·H².
struct LSTMCell: Cell {
  private let kernels: Kernels
  private let units: Int
  /// Uᵀ as the step's kernel reads it.
  private let recurrent: Kernels.Packed
  /// U, 4Hp×Hp, for dh = dgates·U; training only.
  private let recurrentBackward: Kernels.Packed?
  let input: InputWeights

  static func shapes(units: Int, inputs: Int) -> [(name: String, shape: [Int])] {
    [("weight_ih", [4 * units, inputs]), ("weight_hh", [4 * units, units]), ("bias", [4 * units])]
  }

  static func initial(units: Int, inputs: Int, _ generator: inout some RandomNumberGenerator) -> [Parameters.Tensor] {
    var bias = Parameters.Tensor(zeros: [4 * units])
    for j in units..<2 * units { bias.values[j] = 1 }  // remember, to begin with: Jozefowicz et al. 2015
    return [
      Initializers.glorotUniform([4 * units, inputs], inputs: inputs, outputs: 4 * units, &generator),
      Initializers.orthogonal(rows: 4 * units, columns: units, &generator), bias,
    ]
  }

  init(_ kernels: Kernels, units: Int, inputs: Int, _ tensors: [Parameters.Tensor], isTraining: Bool) {
    self.kernels = kernels
    self.units = units
    let width = Kernels.lstmPadded(units)
    let hidden = tensors[1].matrix()
    recurrent = kernels.packLSTMRecurrent(hidden, units: units)
    recurrentBackward = isTraining ? kernels.pack(kernels.packLSTMRows(hidden, units: units, columns: width)) : nil
    let bias = kernels.packLSTMRows(Matrix(tensors[2].values, rows: 4 * units, columns: 1), units: units, columns: 1)
    input = InputWeights(
      kernels, weight: kernels.packLSTMRows(tensors[0].matrix(), units: units, columns: inputs),
      bias: Matrix(bias.buffer, rows: 1, columns: 4 * width), isTraining: isTraining)
  }

  var productWidth: Int { 4 * stateWidth }
  var stateWidth: Int { Kernels.lstmPadded(units) }
  var memoryWidth: Int { stateWidth }
  var gatesWidth: Int { 4 * stateWidth }
  var scratchWidth: Int { 0 }
  var hasRecurrentGradient: Bool { false }

  var addsInputProducts: Bool { true }

  func step(_ step: CellStep) { kernels.lstmStep(units: units, recurrent: recurrent, input: input.forward, step) }

  func stepBackward(_ step: CellStep, _ gradient: CellStepGradient, isFirst: Bool) {
    kernels.lstmStepBackward(units: units, step, gradient)
    guard !isFirst else { return }
    guard let recurrentBackward else { preconditionFailure("weights that were not prepared for training") }
    kernels.multiply(gradient.products, recurrentBackward, into: gradient.hidden)
  }

  func add(_ gradient: CellGradient, to gradients: inout Gradients, at index: Int) {
    let bias = Matrix(gradient.bias.buffer, rows: productWidth, columns: 1)
    let parts = [
      (gradient.inputWeight, gradient.inputWeight.columns), (gradient.recurrentWeight, units), (bias, 1),
    ]
    for (i, (packed, columns)) in parts.enumerated() {
      let rows = kernels.unpackLSTMRows(packed, units: units, columns: columns)
      gradients.withDense(index + i) { kernels.add(rows, to: &$0) }
    }
  }
}
