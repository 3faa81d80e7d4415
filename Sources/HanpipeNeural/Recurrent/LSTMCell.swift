internal import HanpipeCore

/// i = σ(W_i x + U_i h + b_i), f = σ(…), g = tanh(…), o = σ(…); c' = f⊙c + i⊙g; h' = o⊙tanh(c').
///
/// Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, with the forget gate of Gers et al. 2000.
///
/// - Complexity: a step is 8·active·H² floating-point operations, the way back 16·active·H².
struct LSTMCell: Cell {
  private let kernels: Kernels
  private let units: Int
  /// What the step's kernel reads: Uᵀ, and in reduced precision Wᵀ too.
  private enum StepWeights {
    case float32(recurrent: Kernels.Packed)
    case reduced(recurrent: Kernels.Reduced, input: Kernels.Reduced)
  }
  private let weights: StepWeights
  /// U, 4Hp×Hp, for dh = dgates·U.
  private let recurrentBackward: BackwardWeights
  let input: InputWeights
  let activationsWidth: Int

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

  init(
    _ kernels: Kernels, units: Int, inputs: Int, _ tensors: [Parameters.Tensor],
    precision: RecurrentConfiguration.Precision, isTraining: Bool
  ) {
    self.kernels = kernels
    self.units = units
    let width = Kernels.lstmPadded(units)
    let hidden = tensors[1].matrix()
    let inputWeight = tensors[0].matrix()
    if let reduced = precision.reduced {
      weights = .reduced(
        recurrent: kernels.packLSTM(hidden, units: units, reduced),
        input: kernels.packLSTM(inputWeight, units: units, reduced))
      activationsWidth = Kernels.activationWidth(units) + Kernels.activationWidth(inputs)
    } else {
      weights = .float32(recurrent: kernels.packLSTMRecurrent(hidden, units: units))
      activationsWidth = 0
    }
    recurrentBackward = BackwardWeights(
      kernels, kernels.packLSTMRows(hidden, units: units, columns: width), isTraining: isTraining)
    let bias = kernels.packLSTMRows(Matrix(tensors[2].values, rows: 4 * units, columns: 1), units: units, columns: 1)
    input = InputWeights(
      kernels, weight: kernels.packLSTMRows(inputWeight, units: units, columns: inputs),
      bias: Matrix(bias.buffer, rows: 1, columns: 4 * width), isTraining: isTraining)
  }

  var productWidth: Int { 4 * stateWidth }
  var stateWidth: Int { Kernels.lstmPadded(units) }
  var memoryWidth: Int { stateWidth }
  var gatesWidth: Int { 4 * stateWidth }
  var gates: [(name: String, columns: [Int])] {
    // Where the kernels keep each unit's gates is asked of them: gate-major numbers, from 1, in packed order.
    let numbers = Matrix((1...4 * units).map { Float($0) }, rows: 4 * units, columns: 1)
    let order = kernels.packLSTMRows(numbers, units: units, columns: 1)
    return [("input", 0), ("forget", 1), ("output", 3)].map { name, gate in
      (name, (0..<order.rows).filter { gate * units < Int(order[$0, 0]) && Int(order[$0, 0]) <= (gate + 1) * units })
    }
  }
  var scratchWidth: Int { 0 }
  var hasRecurrentGradient: Bool { false }

  static var addsInputProducts: Bool { true }

  func step(_ step: CellStep) {
    switch weights {
    case .float32(let recurrent): kernels.lstmStep(units: units, recurrent: recurrent, input: input.forward, step)
    case .reduced(let recurrent, let input): kernels.lstmStep(units: units, recurrent: recurrent, input: input, step)
    }
  }

  func stepBackward(_ step: CellStep, _ gradient: CellStepGradient, isFirst: Bool) {
    kernels.lstmStepBackward(units: units, step, gradient)
    if !isFirst { recurrentBackward.multiply(gradient.products, into: gradient.hidden) }
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
