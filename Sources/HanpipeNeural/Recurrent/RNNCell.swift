internal import HanpipeCore

/// h' = tanh(W x + U h + b): Elman 1990, doi:10.1207/s15516709cog1402_1.
///
/// - Complexity: a step is 2·active·H² floating-point operations, the way back 4·active·H².
struct RNNCell: Cell {
  private let kernels: Kernels
  private let units: Int
  private let recurrent: RecurrentWeights
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

  init(
    _ kernels: Kernels, units: Int, inputs: Int, _ tensors: [Parameters.Tensor],
    precision: RecurrentConfiguration.Precision, isTraining: Bool
  ) {
    self.kernels = kernels
    self.units = units
    recurrent = RecurrentWeights(kernels, weight: tensors[1].matrix(), precision: precision, isTraining: isTraining)
    input = InputWeights(kernels, weight: tensors[0].matrix(), bias: tensors[2].matrix(), isTraining: isTraining)
  }

  var productWidth: Int { units }
  var stateWidth: Int { units }
  var memoryWidth: Int { 0 }
  var gatesWidth: Int { 0 }
  var gates: [(name: String, columns: [Int])] { [] }
  var scratchWidth: Int { units }
  var activationsWidth: Int { recurrent.activationsWidth }
  var hasRecurrentGradient: Bool { false }

  static var addsInputProducts: Bool { false }

  func step(_ step: CellStep) {
    recurrent.products(step)
    kernels.rnnCell(units: units, step)
  }

  func stepBackward(_ step: CellStep, _ gradient: CellStepGradient, isFirst: Bool) {
    kernels.rnnCellBackward(units: units, step, gradient)
    guard !isFirst else { return }
    recurrent.backward.multiply(gradient.products, into: gradient.hidden)
  }

  func add(_ gradient: CellGradient, to gradients: inout Gradients, at index: Int) {
    for (i, part) in [gradient.inputWeight, gradient.recurrentWeight, gradient.bias].enumerated() {
      gradients.withDense(index + i) { kernels.add(part, to: &$0) }
    }
  }
}
