import HanpipeCore
import HanpipeNeural
import HanpipeTesting
import Testing

@Suite struct HeadAndPoolingTests {
  private let steps = sequences([3, 0, 6, 1, 3], width: 4)
  private let vectors = Vectors(values: sequences([5], width: 4).values, width: 4, count: 5)

  @Test func `pooling and heads keep the contract of a stage`() throws {
    try StageContract(MaxPooling(NoConfiguration(), .none), samples: steps).check()
    try StageContract(MeanPooling(NoConfiguration(), .none), samples: steps).check()
    try StageContract(attention(), samples: steps).check()
    try StageContract(softmax(), samples: vectors).check()
    try StageContract(sigmoid(["a", "b"]), samples: vectors).check()
    try StageContract(sigmoid(["a", "b", "c"]), samples: vectors).check()
  }

  @Test func `an empty record is pooled to zeros`() throws {
    for values in [
      MaxPooling(NoConfiguration(), .none).process(steps).values, MeanPooling(NoConfiguration(), .none).process(steps).values,
      try attention().process(steps).values,
    ] { #expect(Array(values[4..<8]) == [0, 0, 0, 0]) }
  }

  @Test func `the maximum and the mean are those of the steps`() {
    let input = Sequences(values: [1, -4, 3, -2], starts: [0, 2], width: 2)
    #expect(MaxPooling(NoConfiguration(), .none).process(input).values == [3, -2])
    #expect(MeanPooling(NoConfiguration(), .none).process(input).values == [2, -3])
  }

  @Test func `a temperature divides the logits, and the likeliest label stays`() throws {
    let (plain, warm) = (try softmax().process(vectors), try softmax(temperature: 4).process(vectors))
    #expect(warm.logits == plain.logits.map { $0 / 4 })
    for record in 0..<5 {
      #expect(warm.decision(of: record) == plain.decision(of: record))
      #expect((warm.probabilities(of: record).max() ?? 1) < (plain.probabilities(of: record).max() ?? 0))
    }
    let binary = try sigmoid(["no", "yes"], temperature: 4).process(vectors)
    #expect(binary.logits == (try sigmoid(["no", "yes"]).process(vectors).logits.map { $0 / 4 }))
    try StageContract(sigmoid(["a", "b"], temperature: 4), samples: vectors).check()
  }

  @Test func `a wide part is added to the logits before the temperature`() throws {
    var settings = SoftmaxHead.Configuration()
    (settings.labels, settings.temperature, settings.wide) = (["a", "b"], 2, true)
    let state = Parameters([
      ("weight", .init(shape: [2, 2], values: [1, 2, -1, 0.5])), ("bias", .init(shape: [2], values: [0.25, 0])),
    ])
    let stage = try SoftmaxHead(settings, state: state, .input(ValueShape(width: 4)))
    // (1·3 + 2·4 + 0.25 + 10)/2 and (−1·3 + 0.5·4 + 0 + 20)/2; the second record's wide part alone.
    let output = try stage.process(Vectors(values: [3, 4, 10, 20, 0, 0, -1, 1], width: 4, count: 2))
    #expect(output.logits == [10.625, 9.5, -0.375, 0.5])
    try StageContract(softmax(isWide: true), samples: vectors).check()
    try StageContract(sigmoid(["a", "b"], isWide: true), samples: vectors).check()
  }

  @Test func `a wide part that leaves nothing for the network is refused`() throws {
    var settings = SigmoidHead.Configuration()
    (settings.labels, settings.wide) = (["a", "b", "c"], true)
    var generator = SeededGenerator(seed: 1)
    let error = #expect(throws: NeuralError.self) {
      try SigmoidHead.initialParameters(settings, input: ValueShape(width: 3), &generator)
    }
    #expect(
      error?.description == "the input is 3 floats wide, but \"wide\" takes the last 3, a logit each, and needs others before them; put a branch "
        + "that gives 3 behind the others of \"concatenate\", or leave \"wide\" out")
  }

  @Test func `two labels are a binary task, other numbers are not`() throws {
    let binary = try sigmoid(["no", "yes"]).process(vectors)
    #expect(binary.task == .binary && binary.logits.count == 5 && binary.probabilities.count == 10)
    let multi = try sigmoid(["a", "b", "c"]).process(vectors)
    #expect(multi.task == .multiLabel && multi.probabilities.count == 15)
    let classes = try softmax().process(vectors)
    #expect(classes.task == .multiClass)
    #expect(abs(classes.probabilities[0..<3].reduce(0, +) - 1) < 1e-6)
  }

  @Test func `logits at both ends give probabilities`() throws {
    var settings = SigmoidHead.Configuration()
    settings.labels = ["a", "b"]
    let state = Parameters([
      ("weight", .init(shape: [1, 1], values: [1])), ("bias", .init(shape: [1], values: [0])),
    ])
    let stage = try SigmoidHead(settings, state: state, .input(ValueShape(width: 1)))
    let output = try stage.process(Vectors(values: [-100, 0, 100, .infinity, -.infinity], width: 1, count: 5))
    let second = (0..<5).map { output.probabilities[2 * $0 + 1] }
    #expect(second == [Float(3.720075976e-44), 0.5, 1, 1, 0])
  }

  @Test(arguments: [
    (
      #"{"type": "sigmoid"}"#,
      "stages[0]: \"labels\" is missing; expected the names of the classes, as in [\"negative\", \"positive\"]"
    ),
    (#"{"type": "softmax", "labels": ["a"]}"#, "stages[0].labels: [\"a\"] is not allowed; expected at least 2 labels"),
    (
      #"{"type": "softmax", "labels": ["a", "b", "a"]}"#,
      "stages[0].labels[2]: \"a\" is not allowed; expected a name that differs from labels[0]"
    ),
    (#"{"type": "softmax", "labels": ["a", ""]}"#, "stages[0].labels[1]: \"\" is not allowed; expected a name that is not empty"),
    (
      #"{"type": "sigmoid", "labels": ["a", "b", "c"], "task": "binary"}"#,
      "stages[0].task: \"binary\" is not allowed; expected \"multi-label\" with 3 labels"
    ),
  ])
  func `labels that cannot be are refused`(stage: String, message: String) throws {
    var registry = StageRegistry()
    try NeuralStages.register(in: &registry)
    let spec = try PipelineSpec(parsing: Array("{\"stages\": [\(stage)]}".utf8))
    let error = #expect(throws: SpecError.self) { try Blueprint(spec, registry: registry) }
    #expect(error?.description == message)
  }

  @Test func `settings and neighbours choose the encoder's types`() throws {
    var registry = StageRegistry()
    try NeuralStages.register(in: &registry)
    let text = """
      {"stages": [{"type": "lstm", "output": "sequence"}, {"type": "gru", "output": "sequence"}, {"type": "rnn"},
                  {"type": "softmax", "labels": ["a", "b"]}]}
      """
    let blueprint = try Blueprint(PipelineSpec(parsing: Array(text.utf8)), registry: registry)
    #expect(blueprint.links.map(\.factory.inputKind) == ["padded", "sequence", "sequence", "vectors"])
    #expect(blueprint.outputKind == "prediction")
    let wrong = try PipelineSpec(parsing: Array(#"{"stages": [{"type": "lstm"}, {"type": "max-pooling"}]}"#.utf8))
    #expect(throws: SpecError.self) { try Blueprint(wrong, registry: registry) }
  }
}
