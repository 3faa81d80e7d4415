import Hanpipe
import Testing

/// An LSTM behind branches of which one embeds words: it reads the words' products from a table and the other rows as they are.
@Suite struct JointEncoderTests {
  private static let words: [JSON] = [["type": "vocabulary"], ["type": "padding"], ["type": "embedding", "width": 5, "scale": 3]]
  private static func grams(_ width: Int) -> [JSON] {
    [["type": "ngrams", "orders": [1, 2], "window": 1, "buckets": 512], ["type": "embedding", "width": .integer(width), "scale": 2]]
  }
  private static let arrangements: [[[JSON]]] = [[words, grams(3)], [grams(8), words], [grams(2), words, grams(1)], [words, words]]
  private static let encoders: [JSONObject] = [
    ["type": "lstm", "units": 6, "bidirectional": true], ["type": "lstm", "units": 17, "layers": 2, "bidirectional": true],
    ["type": "lstm", "units": 16, "output": "last"],
  ]
  /// More than a chunk, and empty ones.
  private static let texts = Texts((0..<300).map { i in (0..<i % 7).map { "w\((i * 31 + $0 * 7) % 23)" }.joined(separator: " ") })

  /// Whitespace, branches, and an encoder, each with weights far from where training begins.
  private func pipeline(_ branches: [[JSON]], _ encoder: JSONObject) throws -> Pipeline {
    var encoder = encoder
    if encoder["output"] == nil { encoder["output"] = "sequence" }
    let isSequence = encoder["output"] == "sequence"
    let trainer = try Trainer(
      blueprint(
        [["type": "whitespace"], ["type": "concatenate", "branches": .array(branches.map(JSON.array))], encoder]
          + (isSequence ? [["type": "mean-pooling"]] : []) + [["type": "sigmoid", "labels": ["bad", "good"]]]),
      configuration(["epochs": 1]), .madeUp(100, seed: 1))
    var pipeline = trainer.pipeline
    var generator = SeededGenerator(seed: 9)
    for stage in 1...2 { redraw(&pipeline, stage, &generator) }
    return pipeline
  }

  private func redraw(_ pipeline: inout Pipeline, _ stage: Int, _ generator: inout SeededGenerator) {
    _ = pipeline.withParameters(of: stage) { parameters in
      for i in parameters.tensors.indices {
        for j in parameters.tensors[i].values.indices { parameters.tensors[i].values[j] = generator.uniform() - 0.5 }
      }
    }
  }

  /// What both stages give in one go, and one after the other.
  private func answers(_ pipeline: Pipeline) throws -> (joint: [Float], apart: [Float]) {
    let tokens = try pipeline.stages[0].process(Self.texts)
    let joint = try #require(pipeline.stages[1].merged(with: pipeline.stages[2])).process(tokens)
    let apart = try pipeline.stages[2].process(pipeline.stages[1].process(tokens))
    func values(_ value: any StageValue) throws -> [Float] {
      try #require((value as? Sequences)?.values ?? (value as? Vectors)?.values)
    }
    #expect((joint as? Sequences)?.starts == (apart as? Sequences)?.starts && joint.count == Self.texts.count)
    return (try values(joint), try values(apart))
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  @Test(arguments: arrangements, encoders)
  func `it gives what the stages give one after the other`(_ branches: [[JSON]], _ encoder: JSONObject) throws {
    var pipeline = try pipeline(branches, encoder)
    let (joint, apart) = try answers(pipeline)
    #expect(distance(joint, apart) < 1e-5 && Set(joint).count > 1000)
    // Rounded, the rows of words and others have scales of their own, where side by side they have one.
    try pipeline.set("precision", to: "int8", ofStage: 2)
    let reduced = try answers(pipeline).joint
    #expect(distance(reduced, joint) < 0.05 && reduced != joint)
  }

  @Test func `it follows either stage's weights when they change`() throws {
    var pipeline = try pipeline(Self.arrangements[0], Self.encoders[0])
    var generator = SeededGenerator(seed: 10)
    var before = try answers(pipeline).joint
    for stage in [1, 2] {
      redraw(&pipeline, stage, &generator)
      let (joint, apart) = try answers(pipeline)
      #expect(distance(joint, apart) < 1e-5 && distance(joint, before) > 0.01)
      before = joint
    }
  }

  @Test func `all that is read of its rows may be their products`() throws {
    let pipeline = try pipeline(Self.arrangements[0], Self.encoders[0])
    let rows = try #require(try pipeline.trace(Self.texts, through: 0..<3).last as? Sequences)
    var generator = SeededGenerator(seed: 4)
    let shape = ValueShape(width: rows.width)
    var state = try CRFTagger.initialParameters(.init(), input: shape, &generator)
    for i in state.tensors[0].values.indices { state.tensors[0].values[i] = 4 * generator.uniform() - 2 }
    let tagger = AnyStage(try CRFTagger(.init(), state: state, .input(shape)))
    let both = try #require(pipeline.stages[1].merged(with: pipeline.stages[2]))
    let three = try #require(both.merged(with: tagger))
    let tokens = try pipeline.stages[0].process(Self.texts)
    let (tags, expected) = (try three.process(tokens) as? Tags, try tagger.process(rows) as? Tags)
    #expect(try #require(tags).matches(#require(expected)))
    #expect(distance(tags?.scores?.steps ?? [], expected?.scores?.steps ?? [1]) < 1e-4)
  }

  @Test func `what cannot be read apart is read side by side`() throws {
    for encoder: JSONObject in [["type": "gru", "units": 4], ["type": "rnn", "units": 4]] {
      let pipeline = try pipeline(Self.arrangements[0], encoder)
      #expect(pipeline.stages[1].merged(with: pipeline.stages[2]) == nil)
    }
    for branches in [[Self.words], [Self.grams(2), Self.grams(3)]] {
      let pipeline = try pipeline(branches, Self.encoders[0])
      #expect(pipeline.stages[1].merged(with: pipeline.stages[2]) == nil)
    }
  }

  @Test func `branches with other steps fail their record only`() throws {
    var words = Self.words
    words[1] = ["type": "padding", "maximum": 2]
    let pipeline = try pipeline([words, Self.grams(2)], Self.encoders[0])
    let outcomes = pipeline.outcomes(of: Texts(["w1 w2", "w1 w2 w3", "bad"]))
    #expect(outcomes.map(\.records) == [0..<1, 1..<2, 2..<3])
    let failure = #expect(throws: StageFailure.self) { try outcomes[1].outcome.get() }
    #expect(failure?.stage == "stages[1] (concatenate)" && failure?.underlying as? BranchMismatch == BranchMismatch(branch: 1))
    #expect((try? outcomes[0].outcome.get()) != nil && (try? outcomes[2].outcome.get()) != nil)
  }
}
