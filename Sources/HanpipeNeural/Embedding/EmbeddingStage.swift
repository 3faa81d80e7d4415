public import HanpipeCore

/// One state of an embedding: another object once the state has changed, for what is computed from it and kept.
final class EmbeddingRevision: Sendable {}

/// A value of which each step has some ids.
public protocol EmbeddableIDs: DifferentiableValue, ExportableValue where Gradient == NoGradient {
  /// All ids; negative ones stand for none.
  var embeddedIDs: [Int32] { get }
  /// The ids of step `s`, counted over all records, are `embeddedIDs[bounds[s]..<bounds[s + 1]]`.
  var bounds: [Int] { get }
  /// In steps: record `i` has the steps `starts[i]..<starts[i + 1]`.
  var starts: [Int] { get }
  /// Whether a vector that was never learned should add nothing.
  static var startsAtZero: Bool { get }
  /// In an exported network: for each step the sum of its ids' rows of a table (V×W).
  static func exportedSums(_ input: Exported, _ table: String, width: Int, to graph: inout NetworkGraph) -> ExportedSequence
  /// In an exported network: all ids of a record in one row, -1 for none.
  static func exportedRow(_ input: Exported, to graph: inout NetworkGraph) -> String
}
extension FeatureIDs: EmbeddableIDs {
  public var embeddedIDs: [Int32] { ids }
  public static var startsAtZero: Bool { true }
}
extension PaddedIDs: EmbeddableIDs {
  public var embeddedIDs: [Int32] { ids }
  public var bounds: [Int] { Array(0...ids.count) }
  public static var startsAtZero: Bool { false }
}

/// A learned vector for each id: of a step with several ids their sum, or of a record the mean over all its ids (the bag of fastText,
/// Joulin et al. 2016, arXiv:1607.01759) or their sum by `BagWeights`, which suits a linear classifier.
///
/// Parameters: `weight` V×W. Of ids of a vocabulary it starts uniform in ±0.05; of features at 0, so that one that was never seen says
/// nothing.
public struct EmbeddingStage<Input: EmbeddableIDs, Output: RecurrentOutput>: TrainableStage {
  public static var type: StageType { "embedding" }
  public static var summary: String { "A learned vector for each id; the sum over a step's ids, or the mean over a record's." }
  public typealias Configuration = EmbeddingConfiguration

  private var parameters: Parameters
  public var state: Parameters {
    get { parameters }
    _modify {
      revision = EmbeddingRevision()
      yield &parameters
    }
  }
  /// Whose identity stands for the state as it is.
  private(set) var revision = EmbeddingRevision()
  let configuration: EmbeddingConfiguration

  public init(_ configuration: EmbeddingConfiguration, state: Parameters, _ context: StageContext) throws {
    self.configuration = configuration
    let shape = try Self.shape(configuration, context.input)
    parameters = Parameters([("weight", try state.tensor("weight", shape: shape).withRowSparseGradients(true))])
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
    try embed(input.embeddedIDs, of: input, Self.rowBounds(of: input), factor: 1)
  }

  public func forward(_ input: Input, _ pass: TrainingPass) throws -> (output: Output, pullback: Pullback) {
    let rate = Float(pass.dropout(configuration.dropout))
    let bounds = Self.rowBounds(of: input)
    let ids = rate > 0 ? Self.dropped(input, rate: rate, pass) : input.embeddedIDs
    // A mean over fewer ids needs no scaling, nor does a sum that is normalized; others do.
    let factor = Output.isSequence ? 1 / (1 - rate) : 1
    let output = try embed(ids, of: input, bounds, factor: factor)
    let (width, scale, isNormalized) = (configuration.width, Float(configuration.scale) * factor, isNormalized)
    return (
      output,
      { outputGradient, gradients in
        gradients.withRows(0) { rows in
          for row in 0..<bounds.count - 1 {
            let ids = ids[bounds[row]..<bounds[row + 1]]
            let gradient = outputGradient[row * width..<(row + 1) * width]
            if isNormalized {
              BagWeights(ids).addGradient(gradient, scale: scale, to: &rows)
            } else {
              let scale = scale * Self.share(ids)
              let scaled = gradient.map { scale * $0 }
              for id in ids where id >= 0 { rows.add(scaled[...], to: id) }
            }
          }
        }
        return NoGradient()
      }
    )
  }

  private func embed(_ ids: [Int32], of input: Input, _ bounds: [Int], factor: Float) throws -> Output {
    Output(encoded: try rows(ids, bounds, factor: factor), starts: input.starts, width: configuration.width)
  }

  /// The rows of the output.
  /// - Parameters:
  ///   - ids: as many as the input has.
  ///   - bounds: those of each row of the output.
  /// - Throws: `NeuralError.unknownID`.
  func rows(_ ids: [Int32], _ bounds: [Int], factor: Float) throws -> [Float] {
    let width = configuration.width
    let scale = Float(configuration.scale) * factor
    if isNormalized {
      var values = [Float](repeating: 0, count: (bounds.count - 1) * width)
      for row in 0..<bounds.count - 1 {
        let weights = BagWeights(ids[bounds[row]..<bounds[row + 1]])
        try weights.add(state.tensors[0].values, width: width, scale: scale, to: &values, at: row * width)
      }
      return values
    }
    var values = try Kernels.rowSums(
      ids, bounds: bounds, of: state.tensors[0].values, width: width, scale: Output.isSequence ? scale : 1)
    if !Output.isSequence {
      for row in 0..<bounds.count - 1 {
        let share = scale * Self.share(ids[bounds[row]..<bounds[row + 1]])
        for i in row * width..<(row + 1) * width { values[i] *= share }
      }
    }
    return values
  }

  var isNormalized: Bool { configuration.output == .normalized }

  /// Where the ids of each row of the output begin: of a step, or of a record.
  static func rowBounds(of input: Input) -> [Int] {
    let bounds = input.bounds
    return Output.isSequence ? bounds : input.starts.map { bounds[$0] }
  }

  /// What the sum over a row's ids is multiplied by.
  static func share(_ ids: ArraySlice<Int32>) -> Float {
    Output.isSequence ? 1 : 1 / Float(max(1, ids.count { $0 >= 0 }))
  }

  /// The ids without a share of them; each record's draws depend on its place in the whole batch only, not on the shard.
  private static func dropped(_ input: Input, rate: Float, _ pass: TrainingPass) -> [Int32] {
    var ids = input.embeddedIDs
    let (bounds, starts) = (input.bounds, input.starts)
    for record in 0..<input.count {
      var generator = pass.generator(record: record, use: 0x456D_6265_64)
      for place in bounds[starts[record]]..<bounds[starts[record + 1]] where ids[place] >= 0 {
        if generator.uniform() < rate { ids[place] = Kernels.noRow }
      }
    }
    return ids
  }
}
