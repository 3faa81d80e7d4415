/// A stage that can say what it computes as operators of a `NetworkGraph`: what the exported network gives is what `process` gives.
public protocol ExportableStage<Input, Output>: Stage where Input: ExportableValue, Output: ExportableValue {
  /// Adds the stage's operators and weights. What only training does, such as dropout, has none.
  /// - Throws: `ExportError.stage` for settings that no operators stand for.
  func export(_ input: Input.Exported, to graph: inout NetworkGraph) throws(ExportError) -> Output.Exported
}

/// A value that can flow between stages of an exported network.
public protocol ExportableValue: StageValue {
  /// The tensors that stand for a batch of it.
  associatedtype Exported: Sendable
  /// How a network takes such a value from outside.
  /// - Parameter prefix: of the inputs' names.
  static func exportedInput(_ prefix: String, _ shape: ValueShape, of graph: inout NetworkGraph) -> Exported
  /// One record, as the network takes it: what each input, without its prefix, holds of it.
  func exportedRecord(_ record: Int) -> JSONObject
}

/// A stage that gives ids, or changes which there are, and can say what another program must know to do the same.
public protocol IDDescribingStage: Stage {
  /// Facts by name, such as the words in the order of their ids.
  var idFacts: [(name: String, value: String)] { get }
}

/// What makes an exported network's numbers an answer: facts by name (`labels`, `task`).
public struct ExportedAnswer: Sendable {
  public var facts: [(name: String, value: String)]
  public init(facts: [(name: String, value: String)]) { self.facts = facts }
}

/// Why a model cannot be exported.
public enum ExportError: Error, Equatable, CustomStringConvertible {
  /// A stage, by its label, and what is in the way.
  case stage(String, reason: String)
  case noNetwork
  /// More bytes than one file can have.
  case tooLarge(bytes: Int, allowed: Int)

  public var description: String {
    switch self {
    case .stage(let stage, let reason): "\(stage): cannot be exported: \(reason)"
    case .noNetwork: "none of its stages is part of a network, so there is nothing to export"
    case .tooLarge(let bytes, let allowed):
      "the file would have \(bytes) bytes, but an ONNX file has at most \(allowed), as Protobuf allows; train with fewer words "
        + "(\"maximumSize\"), \"buckets\", or a narrower \"embedding\""
    }
  }
}
