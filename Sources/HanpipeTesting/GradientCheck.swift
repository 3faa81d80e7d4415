public import HanpipeCore
public import Testing

/// A value whose floats a gradient check can read.
public protocol GradientOutput: DifferentiableValue where Gradient == [Float] {
  /// What the gradient is with respect to, in its order.
  var elements: [Float] { get }
}
extension Vectors: GradientOutput { public var elements: [Float] { values } }
extension Sequences: GradientOutput { public var elements: [Float] { values } }
extension Predictions: GradientOutput { public var elements: [Float] { logits } }

/// A value whose floats, if it has any, a gradient check can change.
public protocol GradientInput: DifferentiableValue {
  var elements: [Float] { get }
  func replacing(elements: [Float]) -> Self
  static func elements(of gradient: Gradient) -> [Float]
}
extension Vectors: GradientInput {
  public func replacing(elements: [Float]) -> Vectors { Vectors(values: elements, width: width, count: count) }
  public static func elements(of gradient: [Float]) -> [Float] { gradient }
}
extension Sequences: GradientInput {
  public func replacing(elements: [Float]) -> Sequences { Sequences(values: elements, starts: starts, width: width) }
  public static func elements(of gradient: [Float]) -> [Float] { gradient }
}
extension PaddedIDs: GradientInput {
  public var elements: [Float] { [] }
  public func replacing(elements: [Float]) -> PaddedIDs { self }
  public static func elements(of gradient: NoGradient) -> [Float] { [] }
}

/// Compares a stage's way back with what small changes of its input and its parameters do to its output:
///
///     @Test func gradients() { try GradientCheck(myStage, samples).check() }
///
/// The scalar that is differentiated is Σ r·y with random r, and its derivative is estimated from four values,
/// (8·(f(h) − f(−h)) − (f(2h) − f(−2h)))/12h, which is exact to h⁴.
public struct GradientCheck<S: DifferentiableStage> where S.Input: GradientInput, S.Output: GradientOutput {
  private let stage: S
  private let samples: S.Input
  private let pass = TrainingPass(seed: 7)
  private let step: Float
  private let tolerance: Double

  /// - Parameters:
  ///   - samples: with differing, not too large values (a stage with a kink, such as a maximum, must not have it within 2·step).
  ///   - step: h. 1/64 balances float32 rounding (2⁻²⁴/h) against curvature (h⁴).
  ///   - tolerance: allowed difference, relative to the largest gradient of the same parameter.
  public init(_ stage: S, _ samples: S.Input, step: Float = 1 / 64, tolerance: Double = 1e-3) {
    self.stage = stage
    self.samples = samples
    self.step = step
    self.tolerance = tolerance
  }

  /// Checks the gradient of the input.
  public func checkInput(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let (weights, gradient, _) = try analytic(Parameters())
    try compare(
      "the input", samples.elements, S.Input.elements(of: gradient), weights, sourceLocation
    ) { elements in try stage.forward(samples.replacing(elements: elements), pass).output.elements }
  }

  fileprivate func analytic(_ parameters: Parameters) throws -> ([Float], S.Input.Gradient, Gradients) {
    let (output, pullback) = try stage.forward(samples, pass)
    var generator = SeededGenerator(seed: 42)
    let weights = output.elements.map { _ in 2 * generator.uniform() - 1 }
    var gradients = Gradients(zerosLike: parameters)
    let inputGradient = pullback(weights, &gradients)
    return (weights, inputGradient, gradients)
  }

  fileprivate func compare(
    _ name: String, _ values: [Float], _ gradient: [Float], _ weights: [Float], _ sourceLocation: SourceLocation,
    _ output: ([Float]) throws -> [Float]
  ) throws {
    #expect(gradient.count == values.count, "\(name): a gradient for each element", sourceLocation: sourceLocation)
    guard gradient.count == values.count else { return }
    let largest = gradient.reduce(0) { max($0, Double(abs($1))) }
    for i in values.indices {
      func value(_ steps: Float) throws -> (value: Double, size: Double) {
        var changed = values
        changed[i] += steps * step
        let products = zip(weights, try output(changed)).map { Double($0) * Double($1) }
        return (products.reduce(0, +), products.reduce(0) { $0 + abs($1) })
      }
      let (a, b, c, d) = (try value(1), try value(-1), try value(2), try value(-2))
      let estimate = (8 * (a.value - b.value) - (c.value - d.value)) / (12 * Double(step))
      // Outputs are good to some units in the last place, 8 of them here; the estimate divides by h.
      let rounding = 8 * 0x1p-24 * a.size * 1.5 / Double(step)
      #expect(
        abs(estimate - Double(gradient[i])) <= tolerance * largest + rounding,
        "\(name)[\(i)]: the way back says \(gradient[i]), small changes say \(estimate)", sourceLocation: sourceLocation)
    }
  }
}

extension GradientCheck where S: TrainableStage {
  /// Checks the gradients of every parameter and of the input.
  public func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let (weights, _, gradients) = try analytic(stage.state)
    for (index, name) in stage.state.names.enumerated() {
      let tensor = stage.state.tensors[index]
      var gradient = [Float](repeating: 0, count: tensor.values.count)
      switch gradients.tensors[index] {
      case .dense(let values): gradient = values
      case .rows(let rows):
        for (row, id) in rows.ids.enumerated() {
          let first = Int(id) * rows.width
          gradient.replaceSubrange(first..<first + rows.width, with: rows.values[row * rows.width..<(row + 1) * rows.width])
        }
      }
      try compare(name, tensor.values, gradient, weights, sourceLocation) { values in
        var changed = stage
        changed.state.tensors[index].values = values
        return try changed.forward(samples, pass).output.elements
      }
    }
    var none = Gradients(zerosLike: stage.state)
    let inputGradient = try stage.forward(samples, pass).pullback(weights, &none)
    try compare("the input", samples.elements, S.Input.elements(of: inputGradient), weights, sourceLocation) {
      try stage.forward(samples.replacing(elements: $0), pass).output.elements
    }
  }
}
