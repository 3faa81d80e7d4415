public import HanpipeCore

/// A probability for each label by itself: σ((W x + b)/T). With two labels one probability, that of the second ("binary"); otherwise
/// any number of labels may hold ("multi-label"). With `wide`, the last K numbers of a record are added to W x + b.
///
/// Parameters: `weight` K×D (D without the wide part), `bias` K; K is 1 for "binary". The gradient of its output is that of the logits.
public struct SigmoidHead: Classifier {
  public static let type: StageType = "sigmoid"
  public static let summary = "Probabilities of two labels, or of several that do not exclude each other."

  public enum Task: String, CaseIterable, Sendable, SettingValue {
    case binary
    case multiLabel = "multi-label"
  }

  public struct Configuration: StageConfiguration {
    public var labels: [String] = []
    public var threshold = 0.5
    public var task: Task?
    public var dropout = 0.0
    public var temperature = 1.0
    public var wide = false
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("labels", \.labels, "Names of the classes; for a binary task first that of 0, then that of 1."),
      Setting("threshold", \.threshold, in: 0...1, "From which probability a label is given."),
      Setting("task", \.task, "\"binary\": one of two labels; \"multi-label\": any number; null: binary if there are two."),
      Setting("dropout", \.dropout, in: 0...0.95, "Share of the inputs set to zero while training."),
      Setting("temperature", \.temperature, in: Temperature.bounds, Temperature.help),
      Setting("wide", \.wide, Wide.help),
    ]
    public static var schemaRules: JSONObject {
      var rules = labelRules(atLeast: 1)
      rules["if"] = ["properties": ["task": ["const": "binary"]], "required": ["task"]]
      rules["then"] = ["properties": ["labels": ["minItems": 2, "maxItems": 2]]]
      return rules
    }

    public func validate(at path: SpecPath) throws(SpecError) {
      try checkLabels(labels, atLeast: task == .binary ? 2 : 1, at: path)
      if task == .binary, labels.count != 2 {
        throw .badValue(path["task"], found: "\"binary\"", allowed: "\"multi-label\" with \(labels.count) labels")
      }
    }
    var isBinary: Bool { task.map { $0 == .binary } ?? (labels.count == 2) }
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
      outputs: configuration.isBinary ? 1 : configuration.labels.count, input, temperature: configuration.temperature,
      isWide: configuration.wide)
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
    Predictions(
      task: configuration.isBinary ? .binary : .multiLabel, labels: configuration.labels, logits: logits,
      probabilities: logits.map { Float(Mathematics.sigmoid(Double($0))) }, threshold: Float(configuration.threshold))
  }
}
