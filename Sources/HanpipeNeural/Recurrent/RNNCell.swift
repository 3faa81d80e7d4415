internal import HanpipeCore

/// h' = tanh(W x + U h + b): Elman 1990, doi:10.1207/s15516709cog1402_1.
///
/// - Complexity: a step is 2·active·H² floating-point operations, the way back 4·active·H².
struct RNNCell: Cell {
  private let kernels: Kernels
  private let units: Int
  /// Uᵀ for the way forward, U for the way back.
  private let recurrent: Kernels.Packed
  private let recurrentBackward: Kernels.Packed?
  let input: InputWeights

  static func shapes(units: Int, inputs: Int) -> [(name: String, shape: [Int])] {
    [("weight_ih", [units, inputs]), ("weight_hh", [units, units]), ("bias", [units])]
  }

  static func initial(units: Int, inputs: Int, _ generator: inout some RandomNumberGenerator) -> [Parameters.Tensor] {
    [
      Initializers.glorotUniform([units, inputs], inputs: inputs, outputs: units, &generator),
      Initializers.orthogonal(rows: units, columns: units, &generator), Parameters.Tensor(zeros: [units]),
    ]
  }

  init(_ kernels: Kernels, units: Int, inputs: Int, _ tensors: [Parameters.Tensor], isTraining: Bool) {
    self.kernels = kernels
    self.units = units
    let hidden = tensors[1].matrix()
    recurrent = kernels.pack(hidden, transposed: true)
    recurrentBackward = isTraining ? kernels.pack(hidden) : nil
    input = InputWeights(kernels, weight: tensors[0].matrix(), bias: tensors[2].matrix(), isTraining: isTraining)
  }

  var productWidth: Int { units }
  var stateWidth: Int { units }
  var memoryWidth: Int { 0 }
  var gatesWidth: Int { 0 }
  var scratchWidth: Int { units }
  var hasRecurrentGradient: Bool { false }

  var addsInputProducts: Bool { false }

  func step(_ step: CellStep) {
    if let previous = step.previous, let scratch = step.scratch {
      kernels.multiply(previous[0..<step.active], recurrent, into: scratch[0..<step.active])
    }
    kernels.rnnCell(units: units, step)
  }

  func stepBackward(_ step: CellStep, _ gradient: CellStepGradient, isFirst: Bool) {
    kernels.rnnCellBackward(units: units, step, gradient)
    guard !isFirst else { return }
    guard let recurrentBackward else { preconditionFailure("weights that were not prepared for training") }
    kernels.multiply(gradient.products, recurrentBackward, into: gradient.hidden)
  }

  func add(_ gradient: CellGradient, to gradients: inout Gradients, at index: Int) {
    for (i, part) in [gradient.inputWeight, gradient.recurrentWeight, gradient.bias].enumerated() {
      gradients.withDense(index + i) { kernels.add(part, to: &$0) }
    }
  }
}
