internal import HanpipeCore

/// r = σ(W_r x + b_r + U_r h + c_r), z = σ(…), n = tanh(W_n x + b_n + r⊙(U_n h + c_n)); h' = (1 - z)⊙n + z⊙h.
///
/// Cho et al. 2014, doi:10.3115/v1/D14-1179, with the reset after the product, as in PyTorch and in Keras' `reset_after`.
///
/// - Complexity: a step is 6·active·H² floating-point operations, the way back 12·active·H².
struct GRUCell: Cell {
  private let kernels: Kernels
  private let units: Int
  private let recurrent: RecurrentWeights
  private let recurrentBias: Matrix
  let input: InputWeights

  static func shapes(units: Int, inputs: Int) -> [(name: String, shape: [Int])] {
    [
      ("weight_ih", [3 * units, inputs]), ("weight_hh", [3 * units, units]), ("bias_ih", [3 * units]),
      ("bias_hh", [3 * units]),
    ]
  }

  static func initial(units: Int, inputs: Int, _ generator: inout some RandomNumberGenerator) -> [Parameters.Tensor] {
    [
      Initializers.glorotUniform([3 * units, inputs], inputs: inputs, outputs: 3 * units, &generator),
      Initializers.orthogonal(rows: 3 * units, columns: units, &generator),
      Parameters.Tensor(zeros: [3 * units]), Parameters.Tensor(zeros: [3 * units]),
    ]
  }

  init(
    _ kernels: Kernels, units: Int, inputs: Int, _ tensors: [Parameters.Tensor],
    precision: RecurrentConfiguration.Precision, isTraining: Bool
  ) {
    self.kernels = kernels
    self.units = units
    recurrent = RecurrentWeights(kernels, weight: tensors[1].matrix(), precision: precision, isTraining: isTraining)
    recurrentBias = tensors[3].matrix()
    input = InputWeights(kernels, weight: tensors[0].matrix(), bias: tensors[2].matrix(), isTraining: isTraining)
  }

  var productWidth: Int { 3 * units }
  var stateWidth: Int { units }
  var memoryWidth: Int { 0 }
  var gatesWidth: Int { 4 * units }
  var gates: [(name: String, columns: [Int])] { [("reset", Array(0..<units)), ("update", Array(units..<2 * units))] }
  var scratchWidth: Int { 3 * units }
  var activationsWidth: Int { recurrent.activationsWidth }
  var hasRecurrentGradient: Bool { true }

  static var addsInputProducts: Bool { false }

  func step(_ step: CellStep) {
    recurrent.products(step)
    kernels.gruCell(units: units, recurrentBias: recurrentBias, step)
  }

  func stepBackward(_ step: CellStep, _ gradient: CellStepGradient, isFirst: Bool) {
    kernels.gruCellBackward(units: units, step, gradient)
    guard !isFirst, let products = gradient.recurrent else { return }
    recurrent.backward.multiply(products, into: gradient.hidden, accumulate: true)
  }

  func add(_ gradient: CellGradient, to gradients: inout Gradients, at index: Int) {
    let parts = [gradient.inputWeight, gradient.recurrentWeight, gradient.bias, gradient.recurrentBias]
    for (i, part) in parts.enumerated() {
      guard let part else { continue }
      gradients.withDense(index + i) { kernels.add(part, to: &$0) }
    }
  }
}
