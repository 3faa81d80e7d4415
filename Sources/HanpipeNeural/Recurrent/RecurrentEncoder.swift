public import HanpipeCore
internal import Synchronization

/// Which equations an encoder computes. The kernels know three; another cell is a stage of its own.
public protocol RecurrentCell: Sendable {
  static var type: StageType { get }
  static var summary: String { get }
  static var equations: RecurrentEquations { get }
}

/// A cell that the kernels know.
public struct RecurrentEquations: Sendable {
  let cell: any Cell.Type
  public static let lstm = RecurrentEquations(cell: LSTMCell.self)
  public static let gru = RecurrentEquations(cell: GRUCell.self)
  public static let rnn = RecurrentEquations(cell: RNNCell.self)
}

public enum LSTM: RecurrentCell {
  public static let type: StageType = "lstm"
  public static let summary = "Long short-term memory: reads a record step by step, one vector for all or one a step."
  public static let equations = RecurrentEquations.lstm
}
public enum GRU: RecurrentCell {
  public static let type: StageType = "gru"
  public static let summary = "Gated recurrent unit: as lstm, with three gates' weights instead of four."
  public static let equations = RecurrentEquations.gru
}
public enum SimpleRNN: RecurrentCell {
  public static let type: StageType = "rnn"
  public static let summary = "Plain recurrent network, tanh: as lstm, without gates; forgets soon."
  public static let equations = RecurrentEquations.rnn
}

/// Reads each record step by step: `lstm`, `gru` and `rnn`, from ids (with an embedding of its own) or from a sequence, to one
/// vector a record (the last state; zeros for an empty one) or to one a step.
///
///     let encoder = try RecurrentEncoder<LSTM, PaddedIDs, Vectors>(configuration, state: parameters, .input(shape))
///
/// Its parameters: `embedding.weight` V×E (ids only), then for each layer and direction `layers.0.forward.weight_ih` G·H×inputs,
/// `weight_hh` G·H×H and `bias` G·H, gates in PyTorch's order (LSTM i f g o; GRU r z n with `bias_ih` and `bias_hh`).
///
/// - Complexity: for LSTM with ids 8·H² floating-point operations a token, direction and layer, once the words' input products are
///   in its table; 16·H² (plus 8·H·inputs a word) without.
public struct RecurrentEncoder<Cell: RecurrentCell, Input: RecurrentInput, Output: RecurrentOutput>: TrainableStage {
  public typealias Configuration = RecurrentConfiguration
  public static var type: StageType { Cell.type }
  public static var summary: String { Cell.summary }

  public let configuration: RecurrentConfiguration
  /// E, or the width of the input's steps.
  let inputWidth: Int
  private var prepared = PreparedNetworks()
  private var parameters: Parameters
  public var state: Parameters {
    get { parameters }
    // Not `didSet`, which was measured to copy the embedding for each step: 10 MB at V = 20,000.
    _modify {
      prepared = PreparedNetworks()
      yield &parameters
    }
  }
  /// The code that computes; the fastest by default.
  package var kernels = Kernels.best { didSet { prepared = PreparedNetworks() } }
  /// Bytes that the table of words' input products may take; see `ProductTable`.
  package var tableBudget = ProductTable.budget { didSet { prepared = PreparedNetworks() } }

  public init(_ configuration: RecurrentConfiguration, state: Parameters, _ context: StageContext) throws {
    self.configuration = configuration
    inputWidth = try Self.inputWidth(configuration, context.input)
    let expected = try Self.shapes(configuration, context.input)
    parameters = Parameters(
      try expected.map { name, shape in
        // What a model directory gives does not say that it is touched by row.
        let isEmbedding = name == Self.embeddingName
        return (name, try state.tensor(name, shape: shape, isOwned: !isEmbedding).withRowSparseGradients(isEmbedding))
      })
  }

  private static var embeddingName: String { "embedding.weight" }

  private static func inputWidth(_ configuration: RecurrentConfiguration, _ input: ValueShape) throws -> Int {
    if Input.isIDs { return configuration.embedding }
    guard let width = input.width else { throw StateError.unknownShape("how wide a step is") }
    return width
  }

  /// Every parameter's name and shape, in order.
  private static func shapes(
    _ configuration: RecurrentConfiguration, _ input: ValueShape
  ) throws -> [(name: String, shape: [Int])] {
    var width = try inputWidth(configuration, input)
    var shapes: [(String, [Int])] = []
    if Input.isIDs {
      guard let size = input.vocabularySize else { throw StateError.unknownShape("how many words there are") }
      shapes.append((embeddingName, [size, width]))
    }
    for layer in 0..<configuration.layers {
      for direction in ["forward", "backward"].prefix(configuration.directions) {
        for (name, shape) in Cell.equations.cell.shapes(units: configuration.units, inputs: width) {
          shapes.append(("layers.\(layer).\(direction).\(name)", shape))
        }
      }
      width = configuration.outputWidth
    }
    return shapes
  }

  public static func initialParameters(
    _ configuration: RecurrentConfiguration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters {
    let shapes = try shapes(configuration, input)
    var tensors: [Parameters.Tensor] = []
    if Input.isIDs {
      tensors.append(Initializers.uniform(shapes[0].shape, limit: 0.05, isRowSparse: true, &generator))
    }
    var width = try inputWidth(configuration, input)
    for _ in 0..<configuration.layers {
      for _ in 0..<configuration.directions {
        tensors += Cell.equations.cell.initial(units: configuration.units, inputs: width, &generator)
      }
      width = configuration.outputWidth
    }
    return Parameters(zip(shapes, tensors).map { ($0.name, $1) })
  }

  public static func outputShape(_ configuration: RecurrentConfiguration, for input: ValueShape) -> ValueShape {
    ValueShape(width: configuration.outputWidth)
  }
  public func outputShape(for input: ValueShape) -> ValueShape { Self.outputShape(configuration, for: input) }

  public func process(_ input: Input) throws -> Output {
    let values = try encode(input, Output.isSequence ? .steps : .last)
    return Output(encoded: values, starts: input.recurrentSteps.starts, width: configuration.outputWidth)
  }

  /// - Throws: `NeuralError` if the input does not fit the weights.
  func encode(_ input: Input, _ states: Trace.States) throws -> [Float] {
    let steps = input.recurrentSteps
    try check(steps)
    return network(isTraining: false).encode(NetworkInput(steps: steps, embedding: embedding), states)
  }

  public func forward(_ input: Input, _ pass: TrainingPass) throws -> (output: Output, pullback: Pullback) {
    let steps = input.recurrentSteps
    try check(steps)
    let network = network(isTraining: true)
    let (values, record) = network.forward(
      steps, embedding: embedding, isSequence: Output.isSequence, pass.isExact ? configuration.exact : configuration, pass)
    let output = Output(encoded: values, starts: steps.starts, width: configuration.outputWidth)
    // The closure holds no parameters: the optimiser then changes them in place.
    return (
      output,
      { outputGradient, gradients in
        let inputGradient = network.backward(
          record, outputGradient: outputGradient, isSequence: Output.isSequence, &gradients, first: Input.isIDs ? 1 : 0)
        if Input.isIDs {
          gradients.withRows(0) { Self.add(inputGradient, of: record.ids, to: &$0) }
          return Input.gradient([])
        }
        return Input.gradient(Self.inBatchOrder(inputGradient, record))
      }
    )
  }

  var embedding: Parameters.Tensor { Input.isIDs ? state.tensors[0] : Parameters.Tensor(zeros: [0]) }

  func network(isTraining: Bool) -> RecurrentNetwork {
    prepared.network(isTraining: isTraining) {
      RecurrentNetwork(
        kernels, configuration, Cell.equations.cell, inputWidth: inputWidth, tensors: state.tensors[(Input.isIDs ? 1 : 0)...],
        isTraining: isTraining,
        words: Input.isIDs && !isTraining ? .init(size: state.tensors[0].shape[0], budget: tableBudget) : nil)
    }
  }

  /// The network for steps of which some columns are words' vectors, `words.columns`.
  /// - Parameter source: of those vectors: what was prepared for others is of no use.
  func network(_ words: RecurrentNetwork.Words, of source: EmbeddingRevision) -> RecurrentNetwork {
    prepared.network(of: source) {
      RecurrentNetwork(
        kernels, configuration, Cell.equations.cell, inputWidth: inputWidth, tensors: state.tensors[...], isTraining: false,
        words: words)
    }
  }

  func check(_ steps: RecurrentSteps) throws {
    switch steps {
    case .ids(let ids, _):
      try NeuralError.check(ids, vocabularySize: state.tensors[0].shape[0])
    case .rows(_, _, let width):
      guard width == inputWidth else { throw NeuralError.width(found: width, expected: inputWidth) }
    }
  }

  private static func add(_ rows: Matrix, of ids: [Int32], to gradient: inout RowGradients) {
    let values = rows.array()
    for (row, id) in ids.enumerated() { gradient.add(values[row * rows.columns..<(row + 1) * rows.columns], to: id) }
  }

  private static func inBatchOrder(_ gradient: Matrix, _ record: RecurrentNetwork.Record) -> [Float] {
    FloatBuffer.makeArray(count: gradient.count) {
      gradient.scatter(to: Matrix($0, rows: gradient.rows, columns: gradient.columns), record.sources[0])
    }
  }
}

/// What a batch cannot be to a stage that learned another shape.
public enum NeuralError: Error, Equatable, CustomStringConvertible {
  case unknownID(Int32, vocabularySize: Int)
  case width(found: Int, expected: Int)
  /// A head with a wide part, and nothing but it.
  case noDeepPart(width: Int, logits: Int)

  /// - Throws: `unknownID`.
  static func check(_ ids: [Int32], vocabularySize size: Int) throws(NeuralError) {
    if let bad = ids.first(where: { $0 < 0 || Int($0) >= size }) { throw .unknownID(bad, vocabularySize: size) }
  }

  public var description: String {
    switch self {
    case .unknownID(let id, let size): "the id \(id) is none of the \(size) that the embedding knows"
    case .width(let found, let expected): "the input is \(found) floats wide, but the weights take \(expected)"
    case .noDeepPart(let width, let logits):
      "the input is \(width) floats wide, but \"wide\" takes the last \(logits), a logit each, and needs others before them; put a branch that "
        + "gives \(logits) behind the others of \"concatenate\", or leave \"wide\" out"
    }
  }
}

/// The weights of one state as the kernels read them, made when first needed.
private final class PreparedNetworks: Sendable {
  private struct Networks {
    var serving: RecurrentNetwork?
    var training: RecurrentNetwork?
    var ofWords: (source: EmbeddingRevision, network: RecurrentNetwork)?
  }
  private let networks = Mutex(Networks())

  /// Whoever comes while another thread prepares waits for it.
  func network(isTraining: Bool, _ make: () -> RecurrentNetwork) -> RecurrentNetwork {
    networks.withLock { networks in
      if let network = isTraining ? networks.training : networks.serving { return network }
      let network = make()
      if isTraining { networks.training = network } else { networks.serving = network }
      return network
    }
  }

  /// Likewise one with words' vectors from elsewhere.
  func network(of source: EmbeddingRevision, _ make: () -> RecurrentNetwork) -> RecurrentNetwork {
    networks.withLock { networks in
      if let (known, network) = networks.ofWords, known === source { return network }
      let network = make()
      networks.ofWords = (source, network)
      return network
    }
  }
}
