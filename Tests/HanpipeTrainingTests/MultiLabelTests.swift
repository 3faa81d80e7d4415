import Hanpipe
import Testing

/// Records of which each word that has a meaning gives a label of its own: none, one or several.
@Suite struct MultiLabelTests {
  static let spec: [JSONObject] = [
    ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"],
    ["type": "lstm", "units": 8, "embedding": 8, "dropout": 0.1, "output": "sequence"], ["type": "max-pooling"],
    ["type": "sigmoid", "labels": ["room", "food", "price"]],
  ]
  static func data(_ count: Int, seed: UInt64) -> LabelledTexts {
    var generator = SeededGenerator(seed: seed)
    var data = LabelledTexts()
    for _ in 0..<count {
      let labels = (0..<3).filter { _ in Bool.random(using: &generator) }
      var words =
        (0..<4).map { _ in "w\(Int.random(in: 0..<20, using: &generator))" } + labels.map { ["bed", "soup", "cheap"][$0] }
      words.shuffle(using: &generator)
      data.texts.append(words.joined(separator: " ").utf8)
      data.labels.append(labels)
    }
    return data
  }
  private func trainer(epochs: Int, learned: [StateReader?]? = nil) throws -> Trainer {
    let settings: JSONObject = [
      "epochs": .integer(epochs), "optimizer": ["type": "adam", "learningRate": 0.03], "seed": 5, "validationSplit": 0.2,
    ]
    return try Trainer(blueprint(Self.spec), configuration(settings), Self.data(160, seed: 1), learned: learned)
  }

  @Test func `any number of labels is learned, and F1 told for each epoch`() throws {
    var trainer = try trainer(epochs: 25)
    _ = try trainer.run { _ in .proceed }
    let last = try #require(trainer.history.last)
    #expect(try #require(last.validationAccuracy) > 0.8 && #require(last.validationMicroF1) > 0.9)
    #expect(try #require(last.microF1) > 0.9 && #require(last.macroF1) > 0.9 && #require(last.validationMacroF1) > 0.9)
    #expect(EpochRecord(last.json) == last)
    let answers = try #require(
      try trainer.pipeline.trace(Texts(["w1 soup w2 cheap", "w1 w2", "bed soup cheap w3"])).last as? Predictions)
    #expect((0..<3).map(answers.decision) == [[1, 2], [], [0, 1, 2]])
    // Which word speaks for which label.
    let explanation = try Explainer(trainer.pipeline).explain(Texts(["w1 soup w2 cheap"]), label: 2)[0]
    #expect(explanation.parts.max { $0.score < $1.score }?.range == 11..<16)
  }

  @Test func `a training that was interrupted in an epoch goes on to the same weights and figures`() throws {
    var whole = try trainer(epochs: 2)
    _ = try whole.run { _ in .proceed }
    var paused = try trainer(epochs: 2)
    _ = try paused.run { event in
      if case .step(epoch: 2, step: 2, _, _, _, _) = event { return .pause }
      return .proceed
    }
    var resumed = try trainer(epochs: 2, learned: paused.states)
    try resumed.resume(paused.checkpoint())
    _ = try resumed.run { _ in .proceed }
    #expect(resumed.weights == whole.weights && resumed.history == whole.history)
  }

  @Test func `validation records have the rare sets of labels too`() {
    // 40 records, all with a set of their own but for two.
    var data = LabelledTexts()
    for record in 0..<40 {
      data.texts.append("text \(record)".utf8)
      data.labels.append((0..<6).filter { record >> $0 & 1 == 1 })
    }
    let (training, validation) = data.split(share: 0.25, seed: 3)
    #expect(validation.count == 10 && training.count == 30)
    #expect(data.split(share: 0.25, seed: 3).validation.labels == validation.labels)
    #expect(data.split(share: 0.25, seed: 4).training.count == 30)
  }
}
