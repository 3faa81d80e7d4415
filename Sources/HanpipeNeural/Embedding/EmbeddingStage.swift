public import HanpipeCore

/// A value of which each step has some ids.
public protocol EmbeddableIDs: DifferentiableValue where Gradient == NoGradient {
  /// All ids; negative ones stand for none.
  var embeddedIDs: [Int32] { get }
  /// In steps: record `i` has the steps `starts[i]..<starts[i + 1]`.
  var starts: [Int] { get }
  /// Ids a step.
  var idsPerStep: Int { get }
  /// Whether a vector that was never learned should add nothing.
  static var startsAtZero: Bool { get }
}
extension FeatureIDs: EmbeddableIDs {
  public var embeddedIDs: [Int32] { ids }
  public var idsPerStep: Int { slots }
  public static var startsAtZero: Bool { true }
}
extension PaddedIDs: EmbeddableIDs {
  public var embeddedIDs: [Int32] { ids }
  public var idsPerStep: Int { 1 }
  public static var startsAtZero: Bool { false }
}

/// A learned vector for each id: of a step with several ids their sum, or of a record the mean over all its ids (the bag of fastText,
/// Joulin et al. 2016, arXiv:1607.01759).
///
/// Parameters: `weight` V×W. Of ids of a vocabulary it starts uniform in ±0.05; of features at 0, so that one that was never seen says
/// nothing.
public struct EmbeddingStage<Input: EmbeddableIDs, Output: RecurrentOutput>: TrainableStage {
  public static var type: StageType { "embedding" }
  public static var summary: String { "A learned vector for each id; the sum over a step's ids, or the mean over a record's." }
  public typealias Configuration = EmbeddingConfiguration

  public var state: Parameters
  let configuration: EmbeddingConfiguration

  public init(_ configuration: EmbeddingConfiguration, state: Parameters, _ context: StageContext) throws {
    self.configuration = configuration
    let shape = try Self.shape(configuration, context.input)
    self.state = Parameters([("weight", try state.tensor("weight", shape: shape).withRowSparseGradients(true))])
  }

  private static func shape(_ configuration: EmbeddingConfiguration, _ input: ValueShape) throws -> [Int] {
    guard let size = input.vocabularySize else { throw StateError.unknownShape("how many ids there are") }
    return [size, configuration.width]
  }

  public static func initialParameters(
    _ configuration: EmbeddingConfiguration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters {
    let shape = try shape(configuration, input)
    if Input.startsAtZero { return Parameters([("weight", Parameters.Tensor(zeros: shape, isRowSparse: true))]) }
    let values = Initializers.uniform(shape[0] * shape[1], limit: 0.05, &generator)
    return Parameters([("weight", Parameters.Tensor(shape: shape, values: values, isRowSparse: true))])
  }

  public static func outputShape(_ configuration: EmbeddingConfiguration, for input: ValueShape) -> ValueShape {
    ValueShape(width: configuration.width)
  }
  public func outputShape(for input: ValueShape) -> ValueShape { Self.outputShape(configuration, for: input) }

  public func process(_ input: Input) throws -> Output {
    try check(input)
    return embed(input.embeddedIDs, of: input, factor: 1)
  }

  public func forward(_ input: Input, _ pass: TrainingPass) throws -> (output: Output, pullback: Pullback) {
    try check(input)
    let rate = Float(pass.dropout(configuration.dropout))
    let ids = rate > 0 ? Self.dropped(input, rate: rate, pass) : input.embeddedIDs
    // A mean over fewer ids needs no scaling, a sum does.
    let factor = Output.isSequence ? 1 / (1 - rate) : 1
    let output = embed(ids, of: input, factor: factor)
    let (width, scale) = (configuration.width, Float(configuration.scale) * factor)
    return (
      output,
      { outputGradient, gradients in
        gradients.withRows(0) { rows in
          for (row, places) in Self.places(of: input).enumerated() {
            let scale = scale * Self.share(ids[places])
            let gradient = outputGradient[row * width..<(row + 1) * width].map { scale * $0 }
            for id in ids[places] where id >= 0 { rows.add(gradient[...], to: id) }
          }
        }
        return NoGradient()
      }
    )
  }

  func check(_ input: Input) throws {
    let size = state.tensors[0].shape[0]
    var largest: Int32 = -1
    for id in input.embeddedIDs { largest = max(largest, id) }
    guard Int(largest) < size else { throw NeuralError.unknownID(largest, vocabularySize: size) }
  }

  private func embed(_ ids: [Int32], of input: Input, factor: Float) -> Output {
    Output(encoded: rows(ids, of: input, factor: factor), starts: input.starts, width: configuration.width)
  }

  /// The rows of the output.
  /// - Parameter ids: as many as the input has.
  func rows(_ ids: [Int32], of input: Input, factor: Float) -> [Float] {
    let (table, width) = (state.tensors[0].values, configuration.width)
    let scale = Float(configuration.scale) * factor
    return Output.isSequence
      ? Kernels.rowSums(ids[...], slots: input.idsPerStep, of: table, width: width, scale: scale)
      : Self.places(of: input).flatMap { places in
        places.isEmpty
          ? [Float](repeating: 0, count: width)
          : Kernels.rowSums(ids[places], slots: places.count, of: table, width: width, scale: scale * Self.share(ids[places]))
      }
  }

  /// For each row of the output the places of its ids.
  static func places(of input: Input) -> [Range<Int>] {
    let slots = input.idsPerStep
    if Output.isSequence { return (0..<(input.starts.last ?? 0)).map { $0 * slots..<($0 + 1) * slots } }
    return (0..<input.count).map { input.starts[$0] * slots..<input.starts[$0 + 1] * slots }
  }

  /// What the sum over a row's ids is multiplied by.
  static func share(_ ids: ArraySlice<Int32>) -> Float {
    Output.isSequence ? 1 : 1 / Float(max(1, ids.count { $0 >= 0 }))
  }

  /// The ids without a share of them; each record's draws depend on its place in the whole batch only, not on the shard.
  private static func dropped(_ input: Input, rate: Float, _ pass: TrainingPass) -> [Int32] {
    var ids = input.embeddedIDs
    let slots = input.idsPerStep
    for record in 0..<input.count {
      var generator = pass.generator(record: record, use: 0x456D_6265_64)
      for place in input.starts[record] * slots..<input.starts[record + 1] * slots where ids[place] >= 0 {
        if generator.uniform() < rate { ids[place] = FeatureIDs.none }
      }
    }
    return ids
  }
}
