public import HanpipeCore

/// Probabilities of labels that exclude each other: softmax((W x + b)/T), T the temperature (Guo et al. 2017,
/// arXiv:1706.04599). With `wide`, the last C numbers of a record are added to W x + b.
///
/// Parameters: `weight` C×D (D without the wide part), `bias` C. The gradient of its output is that of the logits.
public struct SoftmaxHead: Classifier {
  public static let type: StageType = "softmax"
  public static let summary = "Probabilities of labels that exclude each other."

  public struct Configuration: StageConfiguration {
    public var labels: [String] = []
    public var dropout = 0.0
    public var temperature = 1.0
    public var wide = false
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("labels", \.labels, "Names of the classes."),
      Setting("dropout", \.dropout, in: 0...0.95, "Share of the inputs set to zero while training."),
      Setting("temperature", \.temperature, in: Temperature.bounds, Temperature.help),
      Setting("wide", \.wide, Wide.help),
    ]
    public static var schemaRules: JSONObject { labelRules(atLeast: 2) }
    public func validate(at path: SpecPath) throws(SpecError) { try checkLabels(labels, atLeast: 2, at: path) }
  }

  public var state: Parameters
  package var kernels = Kernels.best
  let configuration: Configuration
  let layer: ClassifierLayer

  public init(_ configuration: Configuration, state: Parameters, _ context: StageContext) throws {
    self.configuration = configuration
    layer = try Self.layer(configuration, context.input)
    self.state = try layer.parameters(of: state)
  }

  private static func layer(_ configuration: Configuration, _ input: ValueShape) throws -> ClassifierLayer {
    try ClassifierLayer(
      outputs: configuration.labels.count, input, temperature: configuration.temperature, isWide: configuration.wide)
  }

  public static func initialParameters(
    _ configuration: Configuration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters {
    try layer(configuration, input).initialParameters(&generator)
  }

  public func process(_ input: Vectors) throws -> Predictions {
    predictions(try layer.logits(input, state, kernels))
  }

  public func forward(_ input: Vectors, _ pass: TrainingPass) throws -> (output: Predictions, pullback: Pullback) {
    let (logits, pullback) = try layer.forward(input, state, dropout: pass.dropout(configuration.dropout), kernels, pass)
    return (predictions(logits), pullback)
  }

  private func predictions(_ logits: [Float]) -> Predictions {
    var probabilities: [Float] = []
    probabilities.reserveCapacity(logits.count)
    for start in stride(from: 0, to: logits.count, by: layer.outputs) {
      var row = logits[start..<start + layer.outputs].map(Double.init)
      _ = Mathematics.softmax(&row)
      probabilities += row.map { Float($0) }
    }
    return Predictions(
      task: .multiClass, labels: configuration.labels, logits: logits, probabilities: probabilities)
  }
}
