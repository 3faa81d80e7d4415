/// The part of a pipeline that a `NetworkGraph` can compute: in each branch from the first stage that learns by gradients on, to the
/// answer.
///
/// A chain's inputs are `ids` and `lengths`, or what the first stage takes instead (`steps`, `vectors`); those of the branches of a
/// `concatenate` begin with `branch0_`, `branch1_` and so on, unless they share what it takes.
public struct ExportedNetwork: Sendable {
  public private(set) var graph = NetworkGraph()
  /// What the numbers mean, in and out: `labels`, `task`; `ids.vocabulary`, `branch0_ids.stages`.
  public private(set) var facts: [(name: String, value: String)] = []
  private let pipeline: Pipeline

  /// - Throws: `ExportError` with the first stage that no operators stand for.
  public init(_ pipeline: Pipeline) throws(ExportError) {
    self.pipeline = pipeline
    guard pipeline.stages.contains(where: \.isNetwork) else { throw .noNetwork }
    var facts: [(name: String, value: String)] = []
    let answer = try Self.add(pipeline, nil, ValueShape(), Front(), to: &graph, &facts)
    guard let answer = answer as? ExportedAnswer else {
      let last = pipeline.link(pipeline.stages.count - 1)
      throw .stage(
        last.label, reason: "it gives \(last.factory.outputKind), not the answer of a classifier or a tagger, which ends a network")
    }
    self.facts = answer.facts + facts
  }

  /// What stands between the texts and an input of the network.
  private struct Front {
    var prefix = ""
    var links: [Blueprint.Link] = []
    var facts: [(name: String, value: String)] = []

    /// With the stages before the network of one more chain.
    func adding(_ chain: Pipeline, through end: Int) -> Front {
      var front = self
      for i in 0..<end {
        front.links.append(chain.link(i))
        front.facts += (chain.stages[i].base as? any IDDescribingStage)?.idFacts ?? []
      }
      return front
    }
    func branch(_ number: Int) -> Front {
      var front = self
      front.prefix += "branch\(number)_"
      return front
    }
    /// What another program has to know.
    var named: [(name: String, value: String)] {
      let stages = JSON.array(links.map { .object($0.node) }).description
      return ([("stages", stages)] + facts).map { ("\(prefix)ids.\($0.0)", $0.1) }
    }
  }

  /// Where a chain's part of the network begins, and the type by which values come in there; nil where the branches of the stage there
  /// have inputs of their own.
  private static func start(of chain: Pipeline) -> (index: Int, input: (any StageValue.Type)?) {
    guard let first = chain.stages.firstIndex(where: \.isNetwork) else {
      return (chain.stages.count, chain.stages.indices.last.map { chain.link($0).factory.outputType })
    }
    let type = chain.link(first).factory.inputType
    return (first, chain.stages[first].composite == nil || type is any ExportableValue.Type ? type : nil)
  }

  /// Adds a chain.
  /// - Parameters:
  ///   - value: what the stage around it takes in the network; nil if it has inputs of its own.
  ///   - shape: of that stage's input.
  private static func add(
    _ chain: Pipeline, _ value: (any Sendable)?, _ shape: ValueShape, _ front: Front, to graph: inout NetworkGraph,
    _ facts: inout [(name: String, value: String)]
  ) throws(ExportError) -> any Sendable {
    var (value, index, front) = (value, 0, front)
    if value == nil {
      let start = start(of: chain)
      index = start.index
      front = front.adding(chain, through: index)
      if let type = start.input {
        guard let type = type as? any ExportableValue.Type else {
          throw .stage(chain.link(min(index, chain.stages.count - 1)).label, reason: "a network takes no \(type.kind)")
        }
        value = type.input(front.prefix, index > 0 ? chain.shapes[index - 1] : shape, of: &graph)
        facts += front.named
      }
    }
    while index < chain.stages.count {
      let stage = chain.stages[index]
      let link = chain.link(index)
      let before = index > 0 ? chain.shapes[index - 1] : shape
      if let composite = stage.composite {
        var parts: [any Sendable] = []
        for (number, branch) in composite.chains.enumerated() {
          parts.append(try add(branch, value, before, front.branch(number), to: &graph, &facts))
        }
        graph.scope = scope(link)
        value = try composite.exported(parts, to: &graph)
      } else {
        graph.scope = scope(link)
        do { value = try stage.export(value, to: &graph) } catch .stage(_, let reason) { throw .stage(link.label, reason: reason) }
      }
      index += 1
    }
    guard let value else { throw .noNetwork }
    return value
  }

  /// `stages_1_branches_0_3_lstm_`: names in ONNX are identifiers.
  private static func scope(_ link: Blueprint.Link) -> String {
    "\(link.path) \(link.type)".split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "_") + "_"
  }

  // MARK: Examples

  /// Texts with what goes into the network for them and what comes out, by which another program can check itself: of each `text`,
  /// `inputs`, and `logits` and `probabilities`, or `emissions` and `tags`.
  /// - Throws: `StageFailure`.
  public func examples(_ texts: Texts) throws -> [JSONObject] {
    let inputs = try Self.inputs(of: pipeline, texts, "")
    guard let answer = try pipeline.trace(texts).last as? any ExportableValue else { return [] }
    let names = Set(graph.inputs.map(\.name))
    return (0..<texts.count).map { record in
      var taken = JSONObject()
      for (prefix, value) in inputs {
        for (key, part) in value.exportedRecord(record).members where names.contains(prefix + key) { taken[prefix + key] = part }
      }
      var example: JSONObject = ["text": .string(texts.text(of: record)), "inputs": .object(taken)]
      for (key, part) in answer.exportedRecord(record).members { example[key] = part }
      return example
    }
  }

  /// What comes into each input's chain, by the inputs' prefix.
  private static func inputs(
    of chain: Pipeline, _ value: any StageValue, _ prefix: String
  ) throws -> [(prefix: String, value: any ExportableValue)] {
    let start = start(of: chain)
    let values = try chain.trace(value, through: 0..<start.index)
    let reached = values[values.count - 1]
    if start.input != nil { return (reached as? any ExportableValue).map { [(prefix, $0)] } ?? [] }
    return try chain.stages[start.index].chains.enumerated().flatMap { try inputs(of: $1, reached, "\(prefix)branch\($0)_") }
  }
}

extension AnyStage {
  /// Whether it belongs to the network, not to what makes its inputs.
  fileprivate var isNetwork: Bool { takesGradients || base is any ExportableStage }

  /// `ExportableStage.export`.
  fileprivate func export(_ input: (any Sendable)?, to graph: inout NetworkGraph) throws(ExportError) -> any Sendable {
    func run<S: ExportableStage>(_ stage: S, _ graph: inout NetworkGraph) throws(ExportError) -> any Sendable {
      guard let input = input as? S.Input.Exported else {
        throw .stage("", reason: "the stage before it gives no \(S.Input.kind) to a network")
      }
      return try stage.export(input, to: &graph)
    }
    guard let stage = base as? any ExportableStage else {
      throw .stage("", reason: "no ONNX operators are known that compute what this stage computes")
    }
    return try run(stage, &graph)
  }
}

extension ExportableValue {
  fileprivate static func input(_ prefix: String, _ shape: ValueShape, of graph: inout NetworkGraph) -> any Sendable {
    exportedInput(prefix, shape, of: &graph)
  }
}
