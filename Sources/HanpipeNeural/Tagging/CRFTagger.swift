public import HanpipeCore

/// A tag for each step, the best path of a linear-chain conditional random field over W h + b (Lafferty et al. 2001; with a BiLSTM
/// below, Huang et al. 2015, arXiv:1508.01991).
///
/// Parameters: `weight` K×D, `bias` K, `transitions` K×K (row from, column to), `start` K, `end` K. Where the tags are B, M, E, S,
/// what marks no words (B after B, M at the end) is impossible, in training too. The gradient of its output is that of the scores.
///
/// - Complexity: 2·K·D + K² floating-point operations a step.
public struct CRFTagger: Tagger, ProjectionReader {
  public static let type: StageType = "crf"
  public static let summary = "A tag for each step, chosen together with its neighbours'; B/M/E/S mark words."

  public struct Configuration: StageConfiguration {
    public var tags = ["B", "M", "E", "S"]
    public var dropout = 0.0
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting(
        "tags", \.tags,
        "Names of the tags. Of B, M, E, S (or B-type and so on), which mark words, only what makes whole words may follow."),
      Setting("dropout", \.dropout, in: 0...0.95, "Share of the inputs set to zero while training."),
    ]
    private static let mostTags = 1024
    // The tags have a default, so none is required.
    public static var schemaRules: JSONObject {
      var rules = labelRules(atLeast: 2, key: "tags", atMost: mostTags)
      rules["required"] = nil
      return rules
    }

    public func validate(at path: SpecPath) throws(SpecError) {
      try checkLabels(tags, atLeast: 2, at: path, key: "tags")
      guard tags.count <= Self.mostTags else {
        throw .badValue(path["tags"], found: "\(tags.count) tags", allowed: "at most \(Self.mostTags)")
      }
      guard TagScheme(tags).hasPath(tags.count) else {
        throw .badValue(
          path["tags"], found: JSON.array(tags.map(JSON.string)).description,
          allowed: "tags with \"S\" (or \"S-type\"), without which a record of one step has none")
      }
    }
  }

  public var state: Parameters
  package var kernels = Kernels.best
  let configuration: Configuration
  private let layer: DenseLayer
  private let scheme: TagScheme

  public init(_ configuration: Configuration, state: Parameters, _ context: StageContext) throws {
    self.configuration = configuration
    scheme = TagScheme(configuration.tags)
    layer = try DenseLayer(outputs: configuration.tags.count, context.input)
    let k = configuration.tags.count
    var checked = try layer.parameters(of: state)
    checked = Parameters(
      Array(zip(checked.names, checked.tensors))
        + (try [("transitions", [k, k]), ("start", [k]), ("end", [k])].map { ($0, try state.tensor($0, shape: $1)) }))
    self.state = checked
  }

  public static func initialParameters(
    _ configuration: Configuration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters {
    let k = configuration.tags.count
    let projection = try DenseLayer(outputs: k, input).initialParameters(&generator)
    return Parameters(
      Array(zip(projection.names, projection.tensors))
        + [("transitions", [k, k]), ("start", [k]), ("end", [k])].map { ($0, Parameters.Tensor(zeros: $1)) })
  }

  public func process(_ input: Sequences) throws -> Tags {
    if isNarrow { try layer.check(input.width) }
    let logits =
      isNarrow
      ? kernels.scores(of: input.values, state.tensors[0].values, state.tensors[1].values)
      : layer.logits(try layer.matrix(input), state, kernels)
    return tags(logits, input.starts)
  }

  // A product's tiles are 32 columns wide, of which a few tags would use an eighth: 14 % of a segmentation, as it was measured.
  private var isNarrow: Bool { configuration.tags.count <= 8 }

  public var projection: Projection? { isNarrow ? Projection(state.tensors[0].values, outputs: configuration.tags.count) : nil }
  public func process(products: Sequences) throws -> Tags {
    var logits = products.values
    let (bias, k) = (state.tensors[1].values, configuration.tags.count)
    var tag = 0
    for i in logits.indices {
      logits[i] += bias[tag]
      tag = tag + 1 == k ? 0 : tag + 1
    }
    return tags(logits, products.starts)
  }

  public func forward(_ input: Sequences, _ pass: TrainingPass) throws -> (output: Tags, pullback: Pullback) {
    let (logits, pullback) = try layer.forward(input, state, dropout: pass.dropout(configuration.dropout), kernels, pass)
    return (
      tags(logits, input.starts),
      { outputGradient, gradients in
        for (i, values) in [outputGradient.transitions, outputGradient.starts, outputGradient.ends].enumerated() {
          gradients.withDense(2 + i) { sum in for j in values.indices { sum[j] += values[j] } }
        }
        return pullback(outputGradient.steps, &gradients)
      }
    )
  }

  private func tags(_ logits: [Float], _ records: [Int]) -> Tags {
    let scores = TagScores(steps: logits, transitions: transitions, starts: starts, ends: ends)
    var decoder = ViterbiDecoder(scores)
    return Tags(names: configuration.tags, values: decoder.decode(starts: records), starts: records, scores: scores)
  }

  /// K×K, minus infinity where a tag may not follow another.
  var transitions: [Float] {
    let (k, values) = (configuration.tags.count, state.tensors[2].values)
    return (0..<k * k).map { scheme.mayFollow($0 / k, $0 % k) ? values[$0] : -.infinity }
  }
  /// K, minus infinity for a tag that no record begins with.
  var starts: [Float] { zip(state.tensors[3].values, 0...).map { scheme.mayBegin($1) ? $0 : -.infinity } }
  /// K, minus infinity for a tag that no record ends with.
  var ends: [Float] { zip(state.tensors[4].values, 0...).map { scheme.mayEnd($1) ? $0 : -.infinity } }
}
