public import HanpipeCore

/// The settings of `dense`.
public struct DenseConfiguration: StageConfiguration {
  public var units = 64
  public var activation = Activation.relu
  public var dropout = 0.0
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("units", \.units, in: 1...8192, "Floats of what it gives."),
    Setting("activation", \.activation, "What follows the product: \"relu\" max(0, z), \"tanh\", or \"linear\" for nothing."),
    Setting("dropout", \.dropout, in: 0...0.95, "Share of the inputs that are zero while training, drawn anew each time; the others grow to match."),
  ]
}

/// A fully connected layer: y = a(W x + b) with dropout on x, of each record's vector or of each step's.
///
/// Over steps, below a pooling, it mixes what stands side by side there; with words' vectors beside an encoder's states that is the
/// recurrent convolutional network of Lai et al. 2015, doi:10.1609/aaai.v29i1.9513. Parameters: `weight` H×D, `bias` H.
///
/// - Complexity: 2·H·D floating-point operations a row.
public struct Dense<Value: FloatRows>: TrainableStage {
  public static var type: StageType { "dense" }
  public static var summary: String { "A fully connected layer with an activation, for each record's vector or each step's." }
  public typealias Configuration = DenseConfiguration

  public var state: Parameters
  package var kernels = Kernels.best
  let configuration: DenseConfiguration
  private let layer: DenseLayer

  public init(_ configuration: DenseConfiguration, state: Parameters, _ context: StageContext) throws {
    self.configuration = configuration
    layer = try DenseLayer(outputs: configuration.units, context.input)
    self.state = try layer.parameters(of: state)
  }

  public static func initialParameters(
    _ configuration: DenseConfiguration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters {
    try DenseLayer(outputs: configuration.units, input).initialParameters(&generator)
  }

  public static func outputShape(_ configuration: DenseConfiguration, for input: ValueShape) -> ValueShape {
    ValueShape(width: configuration.units)
  }
  public func outputShape(for input: ValueShape) -> ValueShape { Self.outputShape(configuration, for: input) }

  public func process(_ input: Value) throws -> Value {
    output(layer.logits(try layer.matrix(input), state, kernels), of: input)
  }

  public func forward(_ input: Value, _ pass: TrainingPass) throws -> (output: Value, pullback: Pullback) {
    let (logits, pullback) = try layer.forward(input, state, dropout: pass.dropout(configuration.dropout), kernels, pass)
    let output = output(logits, of: input)
    return (
      output,
      { [activation = configuration.activation] outputGradient, gradients in
        pullback(activation.gradient(outputGradient, at: output.values), &gradients)
      }
    )
  }

  private func output(_ logits: [Float], of input: Value) -> Value {
    var values = logits
    configuration.activation.apply(to: &values, kernels)
    return input.withRows(values, width: configuration.units)
  }
}
