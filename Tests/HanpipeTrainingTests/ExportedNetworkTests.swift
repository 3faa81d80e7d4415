import Glibc
import Hanpipe
import HanpipeCore
import Testing

/// Networks as operators, against what ONNX Runtime computed with them (`Tests/Fixtures/make_onnx.py`).
@Suite struct ExportedNetworkTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let stages: [JSONObject]
    var testDescription: String { name }
  }

  private static let words: [JSONObject] = [["type": "whitespace"], ["type": "vocabulary"], ["type": "padding", "maximum": 6]]
  private static let binary: [JSONObject] = [["type": "sigmoid", "labels": ["bad", "good"], "temperature": 1.5]]
  private static func branches(_ branches: [[JSONObject]]) -> JSONObject {
    ["type": "concatenate", "branches": .array(branches.map { .array($0.map(JSON.object)) })]
  }
  private static func grams(_ settings: JSONObject) -> JSONObject {
    var object: JSONObject = ["type": "ngrams", "buckets": 64]
    for (key, value) in settings.members { object[key] = value }
    return object
  }

  static let cases: [Case] = [
    Case(name: "lstm, last state", stages: words + [["type": "lstm", "units": 5, "embedding": 4, "dropout": 0.5]] + binary),
    Case(
      name: "lstm, two layers in both directions, last state",
      stages: words + [["type": "lstm", "units": 3, "embedding": 4, "layers": 2, "bidirectional": true]] + binary),
    Case(
      name: "lstm, two layers in both directions, attention",
      stages: words + [
        ["type": "lstm", "units": 3, "embedding": 4, "layers": 2, "bidirectional": true, "output": "sequence"],
        ["type": "attention-pooling", "units": 5],
      ] + binary),
    Case(
      name: "gru, in both directions, largest values, three labels",
      stages: words + [
        ["type": "gru", "units": 4, "embedding": 3, "bidirectional": true, "output": "sequence"],
        ["type": "max-pooling"], ["type": "softmax", "labels": ["a", "b", "c"], "dropout": 0.1],
      ]),
    Case(
      name: "rnn, mean, labels that do not exclude each other",
      stages: words + [
        ["type": "rnn", "units": 4, "embedding": 3, "output": "sequence"], ["type": "mean-pooling"],
        ["type": "sigmoid", "labels": ["a", "b", "c"]],
      ]),
    Case(
      name: "embedding, then gru",
      stages: words + [["type": "embedding", "width": 4, "scale": 2], ["type": "gru", "units": 3]] + binary),
    Case(name: "mean of embeddings", stages: words + [["type": "embedding", "width": 4, "output": "mean", "scale": 3]] + binary),
    Case(name: "normalised bag of words", stages: words + [["type": "embedding", "width": 4, "output": "normalized"]] + binary),
    Case(
      name: "n-grams of steps",
      stages: [words[0], grams(["orders": [1, 2], "window": 1]), ["type": "embedding", "width": 3], ["type": "lstm", "units": 3]] + binary),
    Case(
      name: "mean of n-grams", stages: [words[0], grams(["bag": true]), ["type": "embedding", "width": 3, "output": "mean"]] + binary),
    Case(
      name: "words beside a linear classifier of n-grams",
      stages: [
        words[0],
        branches([
          [words[1], words[2], ["type": "lstm", "units": 3, "embedding": 4]],
          [grams(["bag": true, "minimumCount": 2]), ["type": "embedding", "width": 1, "output": "normalized", "scale": 20]],
        ]),
        ["type": "sigmoid", "labels": ["bad", "good"], "wide": true, "temperature": 2],
      ]),
    Case(
      name: "branches that share ids, and branches in branches",
      stages: words + [
        branches([
          [["type": "embedding", "width": 3], branches([[["type": "max-pooling"]], [["type": "gru", "units": 2]]])],
          [["type": "embedding", "width": 2, "output": "mean"]],
        ])
      ] + binary),
    Case(
      name: "dense layers, over words' vectors beside states and over a record",
      stages: words + [
        branches([
          [["type": "lstm", "units": 2, "embedding": 3, "bidirectional": true, "output": "sequence"]], [["type": "embedding", "width": 3]],
        ]),
        ["type": "dense", "units": 4, "activation": "tanh", "dropout": 0.2], ["type": "max-pooling"],
        ["type": "dense", "units": 3], ["type": "dense", "units": 2, "activation": "linear"],
      ] + binary),
    Case(
      name: "tags",
      stages: [
        ["type": "characters"],
        branches([
          [words[1], ["type": "padding"], ["type": "lstm", "units": 3, "embedding": 3, "output": "sequence"]],
          [grams(["orders": [1], "window": 1]), ["type": "embedding", "width": 2]],
        ]), ["type": "crf"],
      ]),
  ]

  static let texts = ["a b c a", "c", "", "b b never a c d b a b", "d a"]

  /// What is counted, counted in a few texts; weights by a formula, so that they are the same wherever the test runs.
  private func made(_ stages: [JSONObject], registry: StageRegistry? = nil) throws -> Pipeline {
    var pipeline = Pipeline(try Blueprint(PipelineSpec(stages: stages), registry: registry ?? .standard))
    try Self.extend(&pipeline, Texts(["a b c", "a b d", "b a", "c d"]))
    return pipeline
  }

  private static func extend(_ pipeline: inout Pipeline, _ texts: Texts) throws {
    for i in pipeline.stages.count..<pipeline.blueprint.links.count {
      try pipeline.append(state: state(of: pipeline.link(i), after: pipeline, texts), resource: .none)
    }
  }

  private static func state(of link: Blueprint.Link, after pipeline: Pipeline, _ texts: Texts) throws -> StateReader? {
    var writer = StateWriter()
    switch link.factory.learning {
    case .none, .given: return nil
    case .counting(let make):
      var fitter = try make(link.node, link.path)
      try fitter.observe(#require(try pipeline.trace(texts).last))
      writer = try fitter.finish()
    case .gradients(let initial):
      var generator = SeededGenerator(seed: 1)
      let parameters = try initial(link.node, link.path, pipeline.shapes.last ?? ValueShape(), &generator)
      for (k, (name, tensor)) in zip(parameters.names, parameters.tensors).enumerated() {
        let values = (0..<tensor.count).map { Float((k * 131 + $0 * 37 + $0 / 5) % 97 - 48) / 64 }
        writer.write(Parameters.Tensor(shape: tensor.shape, values: values), as: name)
      }
    case .branches(let branches):
      for (b, links) in branches.enumerated() {
        var branch = pipeline.continued(by: links)
        try extend(&branch, texts)
        for (i, inner) in links.enumerated() {
          guard let state = try branch.stages[pipeline.stages.count + i].state() else { continue }
          writer.write(state, prefix: Branch.prefix(branch: b, stage: i, inner.type))
        }
      }
    }
    return writer.reader
  }

  /// HANPIPE_WRITE_ONNX=DIR writes the files from which make_onnx.py makes the figures.
  @Test(arguments: cases) func `ONNX Runtime computes with these very bytes what we compute`(_ example: Case) throws {
    let pipeline = try made(example.stages)
    let network = try ExportedNetwork(pipeline)
    let examples = try network.examples(Texts(Self.texts))
    if let folder = getenv("HANPIPE_WRITE_ONNX").map({ String(cString: $0) }) {
      let metadata = network.facts + [("examples", JSON.array(examples.map(JSON.object)).description)]
      try ONNXFile(network.graph, name: "test", about: "", metadata: metadata).write(to: "\(folder)/\(example.name).onnx")
    }
    let bytes = try ONNXFile(network.graph, name: "test", about: "", metadata: []).bytes()
    let figures = try #require(try fixture("onnx.json")["cases"]?[example.name])
    #expect(SHA256.hex(bytes) == figures["sha256"]?.stringValue, "another graph: make the figures anew")
    let outputs = try #require(figures["outputs"]?.objectValue)
    try #require(!outputs.members.isEmpty && examples.count == Self.texts.count)
    for (name, records) in outputs.members {
      for (record, expected) in try #require(records.arrayValue).map(\.flat).enumerated() {
        let found = try #require(examples[record][name]).flat
        try #require(found.count == expected.count)
        let largest = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(largest <= 1e-5, "\(name) of \(Self.texts[record]): \(found), not \(expected)")
      }
    }
  }

  @Test func `facts say how to make the ids, and what the answers mean`() throws {
    let network = try ExportedNetwork(made(Self.cases[10].stages))
    let facts = Dictionary(network.facts.map { ($0.name, $0.value) }) { first, _ in first }
    #expect(facts.count == network.facts.count)
    #expect(facts["task"] == "binary" && facts["threshold"] == "0.5")
    #expect(facts["labels"] == #"["bad", "good"]"#)
    // By falling count, then by their bytes.
    #expect(facts["branch0_ids.vocabulary"] == "<pad>\n<unk>\na\nb\nc\nd\n")
    #expect(facts["branch0_ids.unknown"] == "1" && facts["branch0_ids.padding"] == "0")
    #expect(facts["branch0_ids.maximum"] == "6" && facts["branch0_ids.truncate"] == "post")
    #expect(facts["branch1_ids.none"] == "-1")
    // 2^22 bits in base64: four letters for three bytes, and four for the last two.
    #expect(facts["branch1_ids.filter"]?.utf8.count == 699_052)
    let stages = try JSON(parsing: Array(#require(facts["branch1_ids.stages"]).utf8)).arrayValue ?? []
    let types = stages.compactMap { $0["type"]?.stringValue }
    #expect(types == ["whitespace", "ngrams"])
    #expect(network.graph.inputs.map(\.name) == ["branch0_ids", "branch0_lengths", "branch1_ids"])
  }

  @Test func `what is no answer, no network, or has no operators is refused with its place`() throws {
    #expect(throws: ExportError.noNetwork) { try ExportedNetwork(made([["type": "whitespace"]])) }
    #expect(throws: ExportError.noNetwork) { try ExportedNetwork(made(Self.words)) }
    let vectors = Self.words + [["type": "lstm", "units": 2, "embedding": 2]]
    let error = #expect(throws: ExportError.self) { try ExportedNetwork(made(vectors)) }
    #expect(
      error?.description
        == "stages[3] (lstm): cannot be exported: it gives vectors, not the answer of a classifier or a tagger, which ends a network")
    var registry = try StageRegistry.standard
    try registry.register(Doubling.self)
    let pipeline = try made(vectors + [["type": "doubling"]] + Self.binary, registry: registry)
    let reason = "no ONNX operators are known that compute what this stage computes"
    #expect(throws: ExportError.stage("stages[4] (doubling)", reason: reason)) { try ExportedNetwork(pipeline) }
  }
}

/// A stage that says nothing about its operators.
private struct Doubling: ConfiguredStage, DifferentiableStage {
  static let type: StageType = "doubling"
  init(_ configuration: NoConfiguration, _ context: StageContext) {}
  func process(_ input: Vectors) -> Vectors { Vectors(values: input.values.map { 2 * $0 }, width: input.width, count: input.count) }
  func forward(_ input: Vectors, _ pass: TrainingPass) -> (output: Vectors, pullback: Pullback) {
    (process(input), { gradient, _ in gradient.map { 2 * $0 } })
  }
}

extension JSON {
  /// All numbers, in their order.
  fileprivate var flat: [Double] { arrayValue.map { $0.flatMap(\.flat) } ?? [doubleValue ?? .nan] }
}
