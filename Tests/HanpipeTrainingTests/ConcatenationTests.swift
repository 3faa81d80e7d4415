import Hanpipe
import HanpipeTesting
import Testing

@Suite struct ConcatenationTests {
  private static let words: [JSON] = [
    ["type": "vocabulary", "minimumCount": 2], ["type": "padding"],
    ["type": "lstm", "units": 3, "embedding": 4, "bidirectional": true, "dropout": 0.1, "output": "sequence"],
  ]
  private static let grams: [JSON] = [
    ["type": "ngrams", "orders": [1, 2], "window": 1, "buckets": 512], ["type": "embedding", "width": 2, "dropout": 0.1],
  ]
  private static func concatenate(_ branches: [[JSON]]) -> JSONObject {
    ["type": "concatenate", "branches": .array(branches.map(JSON.array))]
  }
  private static let classifier: [JSONObject] = [
    ["type": "whitespace"], concatenate([words, grams]),
    concatenate([[["type": "max-pooling"]], [["type": "mean-pooling"]], [["type": "attention-pooling"]]]),
    ["type": "sigmoid", "labels": ["bad", "good"]],
  ]

  private func trained(
    _ stages: [JSONObject] = classifier, epochs: Int = 4, threads: Int = 2, settings: JSONObject = JSONObject()
  ) throws -> Trainer {
    var object = settings
    object["epochs"] = .integer(epochs)
    object["optimizer"] = ["type": "adam", "learningRate": 0.02]
    var trainer = try Trainer(
      blueprint(stages), configuration(object), LabelledTexts.madeUp(200, seed: 1), validation: LabelledTexts.madeUp(50, seed: 2),
      threads: threads)
    _ = try trainer.run { _ in .proceed }
    return trainer
  }

  @Test func `each branch gives its own columns, as it would alone`() throws {
    let trainer = try trained()
    let texts = Texts(["w1 w2 good w3", "", "bad", "w1 unheard-of w1"])
    let stages = trainer.pipeline.stages
    let tokens = try stages[0].process(texts)
    let joined = try #require(try stages[1].process(tokens) as? Sequences)
    #expect(joined.width == 8 && joined.starts == [0, 4, 4, 5, 8] && trainer.pipeline.shapes[1].width == 8)
    // The stages inside, made anew from what the composite stage wrote.
    let state = try #require(try stages[1].state())
    for (b, (nodes, columns)) in [(Self.words, 0..<6), (Self.grams, 6..<8)].enumerated() {
      let alone = try blueprint([["type": "whitespace"]] + nodes.compactMap(\.objectValue))
      var pipeline = Pipeline(alone)
      try pipeline.append(state: nil, resource: ResourceReader { throw StateError.missing($0.path) })
      for (i, node) in nodes.enumerated() {
        let prefix = "branches.\(b).\(i).\(node["type"]?.stringValue ?? "")."
        let own = StateReader(
          tensors: state.tensors.filter { $0.name.hasPrefix(prefix) }.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) },
          files: Dictionary(
            uniqueKeysWithValues: state.files.filter { $0.name.hasPrefix(prefix) }
              .map { (String($0.name.dropFirst(prefix.count)), $0.bytes) }))
        try pipeline.append(state: own, resource: ResourceReader { throw StateError.missing($0.path) })
      }
      let expected = try #require(try pipeline.trace(texts).last as? Sequences)
      #expect(expected.starts == joined.starts)
      for row in 0..<8 {
        #expect(
          Array(joined.values[row * 8 + columns.lowerBound..<row * 8 + columns.upperBound])
            == Array(expected.values[row * columns.count..<(row + 1) * columns.count]))
      }
    }
  }

  @Test func `a tagger reads what stands side by side without its being put there`() throws {
    let stages = try trained(epochs: 1).pipeline.stages
    let tokens = try stages[0].process(Texts(["w1 w2 good w3", "", "bad", "w1 unheard-of w1"]))
    let shape = ValueShape(width: 8)
    var generator = SeededGenerator(seed: 4)
    let settings = CRFTagger.Configuration()
    var state = try CRFTagger.initialParameters(settings, input: shape, &generator)
    for i in state.tensors[0].values.indices { state.tensors[0].values[i] = 4 * generator.uniform() - 2 }
    let tagger = try CRFTagger(settings, state: state, .input(shape))
    let both = try #require(stages[1].merged(with: AnyStage(tagger)))
    let tags = try #require(try both.process(tokens) as? Tags)
    let expected = try tagger.process(try #require(try stages[1].process(tokens) as? Sequences))
    #expect(tags.matches(expected))
    let (scores, others) = (tags.scores?.steps ?? [], expected.scores?.steps ?? [0])
    #expect(scores.count == 8 * 4 && zip(scores, others).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(Set(scores).count > 8, "the scores of the steps differ")
  }

  @Test func `small changes of each parameter change the output as the way back says`() throws {
    // Without a maximum, whose kinks small changes would cross.
    var smooth = Self.classifier
    smooth[2] = Self.concatenate([[["type": "mean-pooling"]], [["type": "attention-pooling"]]])
    var stages = try trained(smooth, epochs: 1).pipeline.stages
    let tokens = try stages[0].process(Texts(["w1 w2 good w3", "", "bad w7", "w1 unheard-of w1"]))
    // No dropout where it was not asked for: the pass draws it by its seed, so that it is the same each time.
    let pass = TrainingPass(seed: 7)
    func output(_ stages: [AnyStage]) throws -> [Float] {
      let inner = try stages[1].forward(tokens, pass).output
      return try #require(try stages[2].forward(inner, pass).output as? Vectors).values
    }
    let (inner, first) = try stages[1].forward(tokens, pass)
    let (outer, second) = try stages[2].forward(inner, pass)
    let values = try #require(outer as? Vectors).values
    var generator = SeededGenerator(seed: 3)
    let weights = values.map { _ in 2 * generator.uniform() - 1 }
    var gradients = [Gradients(zerosLike: stages[1].parameters), Gradients(zerosLike: stages[2].parameters)]
    _ = try first(second(weights, &gradients[1]), &gradients[0])
    var checked = 0
    for stage in 1...2 {
      for (index, tensor) in stages[stage].parameters.tensors.enumerated() {
        var gradient = [Float](repeating: 0, count: tensor.count)
        switch gradients[stage - 1].tensors[index] {
        case .dense(let values): gradient = values
        case .rows(let rows):
          for (row, id) in rows.ids.enumerated() {
            for i in 0..<rows.width { gradient[Int(id) * rows.width + i] = rows.values[row * rows.width + i] }
          }
        }
        // The largest few of each parameter; those that are zero stay so.
        for i in gradient.indices.sorted(by: { abs(gradient[$0]) > abs(gradient[$1]) }).prefix(6) {
          func value(_ step: Float) throws -> Double {
            _ = stages[stage].withParameters { $0.tensors[index].values[i] += step }
            defer { _ = stages[stage].withParameters { $0.tensors[index].values[i] -= step } }
            return zip(weights, try output(stages)).reduce(0) { $0 + Double($1.0) * Double($1.1) }
          }
          let estimate = (try value(1 / 256) - value(-1 / 256)) * 128
          #expect(abs(estimate - Double(gradient[i])) < 2e-3 * max(1, abs(estimate)), "\(stages[stage].parameters.names[index])[\(i)]")
          checked += 1
        }
      }
    }
    #expect(checked > 60)
  }

  @Test func `it learns, on any number of threads the same, and goes on after a pause to the same bits`() throws {
    let averaging: JSONObject = ["averaging": ["decay": 0.9, "every": 3], "earlyStopping": ["monitor": "loss", "patience": 9]]
    let whole = try trained(settings: averaging)
    #expect(try #require(whole.history.last?.validationAccuracy) > 0.9)
    #expect(try trained(threads: 5, settings: averaging).weights == whole.weights)
    var object = averaging
    (object["epochs"], object["optimizer"]) = (4, ["type": "adam", "learningRate": 0.02])
    func trainer(_ learned: [StateReader?]?) throws -> Trainer {
      try Trainer(
        blueprint(Self.classifier), configuration(object), LabelledTexts.madeUp(200, seed: 1),
        validation: LabelledTexts.madeUp(50, seed: 2), learned: learned)
    }
    var paused = try trainer(nil)
    var steps = 0
    _ = try paused.run { event in
      if case .step = event { steps += 1 }
      return steps == 11 ? .pause : .proceed
    }
    var rest = try trainer(paused.states)
    try rest.resume(paused.checkpoint())
    #expect(try rest.run { _ in .proceed })
    #expect(rest.weights == whole.weights && rest.history == whole.history)
  }

  @Test func `the averaged weights are the running mean of those after each step`() throws {
    func trainer(_ averaging: JSON, epochs: Int = 2) throws -> Trainer {
      let object: JSONObject = [
        "epochs": .integer(epochs), "batchSize": 20, "averaging": averaging, "optimizer": ["type": "sgd", "learningRate": 0.5],
      ]
      return try Trainer(blueprint(smallSpec), configuration(object), LabelledTexts.madeUp(60, seed: 1))
    }
    // Without averaging, step by step: each pause shows the weights after one more step.
    var plain = try trainer(.null)
    var mean: [[Float]] = []
    for step in 1...6 {
      _ = try plain.run { if case .step = $0 { .pause } else { .proceed } }
      guard step % 2 == 0 else { continue }
      let kept = step == 2 ? 0 : min(0.5, Float(step / 2) / Float(step / 2 + 9))
      mean = mean.isEmpty ? plain.weights : zip(mean, plain.weights).map { zip($0, $1).map { $0 + (1 - kept) * ($1 - $0) } }
    }
    var averaged = try trainer(["decay": 0.5, "every": 2])
    _ = try averaged.run { _ in .proceed }
    for (own, expected) in zip(averaged.weights, mean) { #expect(zip(own, expected).allSatisfy { abs($0 - $1) < 1e-5 }) }
    #expect(averaged.weights != plain.weights)
  }

  static let mistakes: [(JSONObject, String)] = [
    (["type": "concatenate"], "stages[1]: \"branches\" is missing; expected an array of at least one chain, each an array of stages"),
    (concatenate([[]]), "stages[1].branches[0]: [] is not allowed; expected an array of at least one stage"),
    (
      concatenate([words, Array(words.dropLast())]),
      "stages[1]: its branches give sequence and padded, but only rows of one kind can stand side by side; make all give sequence "
        + "or all give vectors (by pooling, for example)"
    ),
    (concatenate([[["type": "vocabulary"]]]), "stages[1]: its branches give ids, but only sequence and vectors can stand side by side"),
    (
      concatenate([[["type": "padding"]]]),
      "stages[1].branches[0][0] takes ids, but stages[0] gives tokens; between them belongs \"vocabulary\""
    ),
    (
      concatenate([words, [["type": "vocabulary", "minimumCuont": 2]]]),
      "stages[1].branches[1][0]: unknown key \"minimumCuont\"; did you mean \"minimumCount\"? known are \"minimumCount\", "
        + "\"maximumSize\", \"file\""
    ),
  ]
  @Test(arguments: mistakes) func `what does not fit is refused with its place`(_ node: JSONObject, _ message: String) {
    let error = #expect(throws: SpecError.self) { try blueprint([["type": "whitespace"], node]) }
    #expect(error?.description == message)
  }

  @Test func `branches with other steps fail their record only`() throws {
    let chopped: [JSON] = [
      ["type": "vocabulary"], ["type": "padding", "maximum": 2], ["type": "embedding", "width": 2],
    ]
    let trainer = try trained([
      ["type": "whitespace"], Self.concatenate([Self.grams, Self.words]), ["type": "max-pooling"],
      ["type": "sigmoid", "labels": ["bad", "good"]],
    ])
    let states = try trainer.pipeline.state()
    #expect(states.count == 4)
    let cutting = try Trainer(
      blueprint([
        ["type": "whitespace"], Self.concatenate([chopped, Self.grams]), ["type": "max-pooling"],
        ["type": "sigmoid", "labels": ["bad", "good"]],
      ]), configuration(["epochs": 1]), LabelledTexts.madeUp(20, seed: 1))
    let outcomes = cutting.pipeline.outcomes(of: Texts(["w1 w2", "w1 w2 w3", "bad"]))
    #expect(outcomes.map(\.records) == [0..<1, 1..<2, 2..<3])
    #expect(throws: StageFailure.self) { try outcomes[1].outcome.get() }
    #expect((try? outcomes[0].outcome.get()) != nil && (try? outcomes[2].outcome.get()) != nil)
  }

  // MARK: Branches in branches

  @Test func `branches inside of a branch learn what they would learn beside the others`() throws {
    let words: JSON = [
      ["type": "vocabulary"], ["type": "padding"], ["type": "lstm", "units": 6, "embedding": 5, "output": "sequence"], ["type": "max-pooling"],
    ]
    let grams: JSON = [["type": "ngrams", "orders": [1, 2], "bag": true, "buckets": 64], ["type": "embedding", "width": 3, "output": "mean"]]
    func stages(_ second: JSON) -> [JSONObject] {
      [
        ["type": "whitespace"], ["type": "concatenate", "branches": [words, second]],
        ["type": "sigmoid", "labels": ["bad", "good"]],
      ]
    }
    let settings = try configuration(["epochs": 3, "batchSize": 8, "validationSplit": 0.2])
    var flat = try Trainer(blueprint(stages(grams)), settings, .madeUp(80, seed: 3))
    // The same first weights, under the names that they have there.
    var inner = StateWriter()
    for (name, tensor) in try #require(try flat.pipeline.state()[1]).tensors {
      let isInner = name.hasPrefix("branches.1.")
      inner.write(tensor, as: isInner ? "branches.1.0.concatenate.branches.0." + name.dropFirst("branches.1.".count) : name)
    }
    for file in try #require(try flat.pipeline.state()[1]).files { inner.write(file.bytes, as: file.name) }
    let head = try flat.pipeline.state()[2]?.reader
    var nested = try Trainer(
      blueprint(stages([["type": "concatenate", "branches": [grams]]])), settings, .madeUp(80, seed: 3),
      learned: [nil, inner.reader, head])
    #expect(nested.weights == flat.weights)
    let before = nested.weights
    _ = try flat.run { _ in .proceed }
    _ = try nested.run { _ in .proceed }
    #expect(nested.weights != before && nested.weights == flat.weights && nested.history == flat.history)
    let texts = LabelledTexts.madeUp(20, seed: 4).texts
    let (a, b) = (try nested.pipeline.trace(texts).last as? Predictions, try flat.pipeline.trace(texts).last as? Predictions)
    #expect(try #require(a).probabilities == #require(b).probabilities)
  }

  @Test func `unknown words are counted in a branch of a branch too`() throws {
    let words: JSON = [
      ["type": "vocabulary", "minimumCount": 30], ["type": "padding"], ["type": "embedding", "width": 3], ["type": "max-pooling"],
    ]
    func trainer(_ branch: JSON) throws -> Trainer {
      try Trainer(
        blueprint([
          ["type": "whitespace"], ["type": "concatenate", "branches": [branch]], ["type": "sigmoid", "labels": ["bad", "good"]],
        ]), configuration(["epochs": 1]), .madeUp(40, seed: 3))
    }
    let flat = try trainer(words)
    let nested = try trainer([["type": "concatenate", "branches": [words]]])
    #expect(try #require(flat.unknownShares.training) > 0)
    #expect(nested.unknownShares.training == flat.unknownShares.training)
  }
}
