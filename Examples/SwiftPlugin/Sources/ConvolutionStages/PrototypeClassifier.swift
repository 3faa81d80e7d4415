import Glibc
import Hanpipe

/// Each label has a point, and the nearer it is the likelier is the label: softmax(−‖x − p_c‖²).
///
/// Snell et al. 2017, arXiv:1703.05175. Parameter: `prototypes` C×D. The gradient of its output is that of the logits −‖x − p_c‖².
///
///     {"type": "prototypes", "labels": ["negative", "positive"]}
public struct PrototypeClassifier: Classifier {
  public static let type: StageType = "prototypes"
  public static let summary = "Probabilities of labels by the distance to a point of each."

  public struct Configuration: StageConfiguration {
    public var labels: [String] = []
    public init() {}
    public static let settings: [Setting<Self>] = [Setting("labels", \.labels, "Names of the classes.")]
    public func validate(at path: SpecPath) throws(SpecError) { try checkLabels(labels, atLeast: 2, at: path) }
  }

  public var state: Parameters
  private let labels: [String]
  /// D.
  private let width: Int

  public init(_ configuration: Configuration, state: Parameters, _ context: StageContext) throws {
    labels = configuration.labels
    width = try Self.width(context.input)
    self.state = Parameters([("prototypes", try state.tensor("prototypes", shape: [labels.count, width]))])
  }

  public static func initialParameters(
    _ configuration: Configuration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters {
    let shape = [configuration.labels.count, try width(input)]
    return Parameters([("prototypes", Initializers.glorotUniform(shape, inputs: shape[1], outputs: shape[0], &generator))])
  }

  private static func width(_ input: ValueShape) throws -> Int {
    guard let width = input.width else { throw StateError.unknownShape("how wide a vector is") }
    return width
  }

  public func process(_ input: Vectors) throws -> Predictions {
    guard input.width == width else { throw StateError.shape("a vector", found: [input.width], expected: [width]) }
    let prototypes = state.tensors[0].values
    var logits: [Float] = []
    var probabilities: [Float] = []
    for record in 0..<input.count {
      let row = labels.indices.map { label in
        -(0..<width).reduce(Float(0)) { sum, i in
          let difference = input.values[record * width + i] - prototypes[label * width + i]
          return sum + difference * difference
        }
      }
      let largest = row.max() ?? 0
      let shares = row.map { exp($0 - largest) }
      let sum = shares.reduce(0, +)
      logits += row
      probabilities += shares.map { $0 / sum }
    }
    return Predictions(task: .multiClass, labels: labels, logits: logits, probabilities: probabilities)
  }

  public func forward(_ input: Vectors, _ pass: TrainingPass) throws -> (output: Predictions, pullback: Pullback) {
    let output = try process(input)
    return (
      output,
      { [width, prototypes = state.tensors[0].values, classes = labels.count] logitGradient, gradients in
        var inputGradient = [Float](repeating: 0, count: input.values.count)
        gradients.withDense(0) { prototypeGradient in
          for record in 0..<input.count {
            for label in 0..<classes {
              let gradient = 2 * logitGradient[record * classes + label]
              for i in 0..<width {
                let change = gradient * (input.values[record * width + i] - prototypes[label * width + i])
                prototypeGradient[label * width + i] += change
                inputGradient[record * width + i] -= change
              }
            }
          }
        }
        return inputGradient
      }
    )
  }
}
