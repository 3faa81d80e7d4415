public import HanpipeCore

/// What a recurrent encoder reads: ids, whose embedding it learns, or steps of floats.
public enum RecurrentSteps: Sendable {
  /// Record i has `ids[starts[i]..<starts[i + 1]]`.
  case ids([Int32], starts: [Int])
  /// Record i has the rows starts[i]..<starts[i + 1] of `width` floats.
  case rows([Float], starts: [Int], width: Int)

  var starts: [Int] {
    switch self {
    case .ids(_, let starts), .rows(_, let starts, _): starts
    }
  }
}

/// What a network reads when a model answers.
struct NetworkInput {
  let steps: RecurrentSteps
  /// V×E; empty for steps of floats.
  let embedding: Parameters.Tensor
  /// Floats of each step beside its word (`RecurrentNetwork.Words.columns`), `width` of them.
  var beside: (values: [Float], width: Int)?

  var starts: [Int] { steps.starts }
}

/// A value that a recurrent encoder can read.
public protocol RecurrentInput: DifferentiableValue, ExportableValue {
  /// Whether the encoder needs an embedding.
  static var isIDs: Bool { get }
  var recurrentSteps: RecurrentSteps { get }
  /// - Parameter rows: the gradient of `.rows`; empty for ids.
  static func gradient(_ rows: [Float]) -> Gradient
  /// The steps in an exported network.
  /// - Parameters:
  ///   - embedding: the table of ids' vectors (V×E), for ids.
  ///   - width: of a step.
  static func exportedSteps(_ input: Exported, embedding: String?, width: Int, to graph: inout NetworkGraph) -> ExportedSequence
}

extension PaddedIDs: RecurrentInput {
  public static var isIDs: Bool { true }
  public var recurrentSteps: RecurrentSteps { .ids(ids, starts: starts) }
  public static func gradient(_ rows: [Float]) -> NoGradient { NoGradient() }
  public static func exportedSteps(
    _ input: ExportedIDs, embedding: String?, width: Int, to graph: inout NetworkGraph
  ) -> ExportedSequence {
    let ids = graph.add("Transpose", [input.ids], [("perm", .integers([1, 0]))])
    return ExportedSequence(steps: graph.add("Gather", [embedding ?? "", ids]), width: width, lengths: input.lengths)
  }
}

extension Sequences: RecurrentInput {
  public static var isIDs: Bool { false }
  public var recurrentSteps: RecurrentSteps { .rows(values, starts: starts, width: width) }
  public static func gradient(_ rows: [Float]) -> [Float] { rows }
  public static func exportedSteps(
    _ input: ExportedSequence, embedding: String?, width: Int, to graph: inout NetworkGraph
  ) -> ExportedSequence { input }
}

/// A value that a recurrent encoder can give.
public protocol RecurrentOutput: DifferentiableValue, ExportableValue where Gradient == [Float] {
  /// One row a step, not one a record.
  static var isSequence: Bool { get }
  /// - Parameters:
  ///   - values: rows of `width` floats.
  ///   - starts: of the input's steps.
  init(encoded values: [Float], starts: [Int], width: Int)
  /// In an exported network: that of the two that stands for this value, and only that one is made.
  static func exported(
    _ graph: inout NetworkGraph, steps: (inout NetworkGraph) -> ExportedSequence, record: (inout NetworkGraph) -> ExportedVectors
  ) -> Exported
}

extension Vectors: RecurrentOutput {
  public static var isSequence: Bool { false }
  public init(encoded values: [Float], starts: [Int], width: Int) {
    self.init(values: values, width: width, count: starts.count - 1)
  }
  public static func exported(
    _ graph: inout NetworkGraph, steps: (inout NetworkGraph) -> ExportedSequence, record: (inout NetworkGraph) -> ExportedVectors
  ) -> ExportedVectors { record(&graph) }
}

extension Sequences: RecurrentOutput {
  public static var isSequence: Bool { true }
  public init(encoded values: [Float], starts: [Int], width: Int) {
    self.init(values: values, starts: starts, width: width)
  }
  public static func exported(
    _ graph: inout NetworkGraph, steps: (inout NetworkGraph) -> ExportedSequence, record: (inout NetworkGraph) -> ExportedVectors
  ) -> ExportedSequence { steps(&graph) }
}
