internal import HanpipeCore

/// One direction of one layer with its weights prepared for the kernels.
///
/// A row of input products is W·x + b in the cell's own order, `productWidth` floats; W and its gradient have their rows in that
/// order too.
protocol Cell: Sendable {
  /// Names and shapes in the order in which they are stored and drawn.
  static func shapes(units: Int, inputs: Int) -> [(name: String, shape: [Int])]
  /// Keras' defaults.
  static func initial(units: Int, inputs: Int, _ generator: inout some RandomNumberGenerator) -> [Parameters.Tensor]

  /// - Parameters:
  ///   - tensors: as `shapes` says.
  ///   - precision: of the products that a step computes; float32 while training.
  init(
    _ kernels: Kernels, units: Int, inputs: Int, _ tensors: [Parameters.Tensor],
    precision: RecurrentConfiguration.Precision, isTraining: Bool)

  /// The operator that computes the same elsewhere.
  static var exported: ExportedEquations { get }

  var productWidth: Int { get }
  /// Columns of the hidden state, of which the first H count.
  var stateWidth: Int { get }
  /// Columns of the cell state; 0 without.
  var memoryWidth: Int { get }
  /// Floats a row that the way back needs besides the states.
  var gatesWidth: Int { get }
  /// The gates whose activations are among those floats, each unit's in one of the columns.
  var gates: [(name: String, columns: [Int])] { get }
  var scratchWidth: Int { get }
  /// Floats a row of scratch for products in reduced precision; 0 in float32.
  var activationsWidth: Int { get }
  /// Whether the gradient of U h differs from that of W x.
  var hasRecurrentGradient: Bool { get }
  var input: InputWeights { get }
  /// Whether `step` can compute W·x itself: products that are read once then never stand in memory.
  static var addsInputProducts: Bool { get }

  func step(_ step: CellStep)
  /// - Parameter isFirst: nothing before it: the gradient of h of the step before is not computed.
  func stepBackward(_ step: CellStep, _ gradient: CellStepGradient, isFirst: Bool)
  /// Adds to the gradients that begin at parameter `index`.
  func add(_ gradient: CellGradient, to gradients: inout Gradients, at index: Int)
}

/// A cell's gradients, rows in the order of a product row.
struct CellGradient {
  /// productWidth×E.
  let inputWeight: Matrix
  /// productWidth×stateWidth.
  let recurrentWeight: Matrix
  /// 1×productWidth: the sum of the gradients of W x + b, and of U h where it is another one.
  let bias: Matrix
  let recurrentBias: Matrix?
}

/// U of a cell whose products with it are computed before the step: `gru` and `rnn`.
struct RecurrentWeights: Sendable {
  private enum Forward {
    case float32(Kernels.Packed)
    case reduced(Kernels.Reduced)
  }
  private let kernels: Kernels
  private let forward: Forward
  /// U.
  let backward: BackwardWeights
  let activationsWidth: Int

  /// - Parameter weight: U, productWidth×H.
  init(_ kernels: Kernels, weight: Matrix, precision: RecurrentConfiguration.Precision, isTraining: Bool) {
    self.kernels = kernels
    if let reduced = precision.reduced {
      forward = .reduced(kernels.pack(weight, reduced))
      activationsWidth = Kernels.activationWidth(weight.columns)
    } else {
      forward = .float32(kernels.pack(weight, transposed: true))
      activationsWidth = 0
    }
    backward = BackwardWeights(kernels, weight, isTraining: isTraining)
  }

  /// U h of a step that has states before it, to its scratch.
  func products(_ step: CellStep) {
    guard let previous = step.previous?[0..<step.active], let scratch = step.scratch?[0..<step.active] else { return }
    switch forward {
    case .float32(let weights): kernels.multiply(previous, weights, into: scratch)
    case .reduced(let weights):
      guard let activations = step.activations else { preconditionFailure("a step without memory for its activations") }
      kernels.multiply(previous, weights, into: scratch, activations: activations)
    }
  }
}

/// Weights as the way back reads them; nothing unless prepared for training.
struct BackwardWeights: Sendable {
  private let kernels: Kernels
  private let packed: Kernels.Packed?

  /// - Parameter weight: asked for while training alone.
  init(_ kernels: Kernels, _ weight: @autoclosure () -> Matrix, isTraining: Bool) {
    self.kernels = kernels
    packed = isTraining ? kernels.pack(weight()) : nil
  }

  /// result = or += gradient·weight.
  func multiply(_ gradient: Matrix, into result: Matrix, accumulate: Bool = false) {
    guard let packed else { preconditionFailure("weights that were not prepared for training") }
    kernels.multiply(gradient, packed, into: result, accumulate: accumulate)
  }
}

/// W and b of a cell, rows in the order of a product row.
struct InputWeights: Sendable {
  private let kernels: Kernels
  /// Wᵀ (E×productWidth), for the way forward.
  let forward: Kernels.Packed
  /// W, productWidth×E.
  private let backward: BackwardWeights
  /// 1×productWidth.
  let bias: Matrix

  /// - Parameter weight: productWidth×E.
  init(_ kernels: Kernels, weight: Matrix, bias: Matrix, isTraining: Bool) {
    self.kernels = kernels
    forward = kernels.pack(weight, transposed: true)
    backward = BackwardWeights(kernels, weight, isTraining: isTraining)
    self.bias = bias
  }

  /// products = inputs·Wᵀ + b, for rows of inputs.
  func products(of inputs: Matrix, into products: Matrix, hasBias: Bool = true) {
    if hasBias { products.fillRows(with: bias) }
    kernels.multiply(inputs, forward, into: products, accumulate: hasBias)
  }
  /// inputs·Wᵀ, + b.
  func products(of inputs: Matrix, hasBias: Bool = true) -> Matrix {
    let products = Matrix(rows: inputs.rows, columns: bias.columns)
    self.products(of: inputs, into: products, hasBias: hasBias)
    return products
  }
  /// inputGradient = or += productGradient·W.
  func inputGradient(of productGradient: Matrix, into inputGradient: Matrix, accumulate: Bool) {
    backward.multiply(productGradient, into: inputGradient, accumulate: accumulate)
  }
}

extension Parameters.Tensor {
  /// A copy of its floats, one row for a vector.
  func matrix() -> Matrix {
    shape.count == 1 ? Matrix(values, rows: 1, columns: shape[0]) : Matrix(values, rows: shape[0], columns: rowWidth)
  }
  /// Some columns of a matrix, multiplied by a number.
  func columns(_ columns: [Int], times factor: Float = 1) -> Self {
    let (all, width) = (values, rowWidth)
    return Self(
      shape: [shape[0], columns.count], values: (0..<shape[0]).flatMap { row in columns.map { factor * all[row * width + $0] } })
  }
}
