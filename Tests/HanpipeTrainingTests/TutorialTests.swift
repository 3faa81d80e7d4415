import Hanpipe
import Testing

/// The origin's example against Keras (Tests/Fixtures/make_tutorial.py).
@Suite struct TutorialTests {
  static let stages: [JSONObject] = [
    ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"],
    ["type": "lstm", "units": 128, "embedding": 128], ["type": "sigmoid", "labels": ["0", "1"]],
  ]
  static let texts = ["我 喜欢 吃 苹果", "我 不 喜欢 吃 苹果"]
  static let data = LabelledTexts([(texts[0], 1), (texts[1], 0)])

  /// The fixture's formula: the same numbers in Python and here.
  static func fill(_ number: UInt32, _ shape: [Int], scale: Double) -> Parameters.Tensor {
    Parameters.Tensor(
      shape: shape,
      values: (0..<UInt32(shape.reduce(1, *))).map { i in
        var u = i &* 2_654_435_761 &+ number &* 40503
        u ^= u >> 15
        u = u &* 2_246_822_519
        u ^= u >> 13
        return Float((Double(u >> 8) / 16_777_216 - 0.5) * scale)
      })
  }

  @Test func `from the same weights, 100 epochs give Keras' losses and probabilities`() throws {
    let keras = try fixture("tutorial.json")
    let scales = try #require(keras["weights"]?["tensors"]?.arrayValue).map { $0["scale"]?.doubleValue ?? 0 }
    let bias = Parameters.Tensor(shape: [512], values: (0..<512).map { (128..<256).contains($0) ? 1 : 0 })
    var lstm = StateWriter()
    var head = StateWriter()
    var embedding = Self.fill(0, [7, 128], scale: scales[0])
    embedding = Parameters.Tensor(shape: embedding.shape, values: embedding.values, isRowSparse: true)
    lstm.write(embedding, as: "embedding.weight")
    lstm.write(Self.fill(1, [512, 128], scale: scales[1]), as: "layers.0.forward.weight_ih")
    lstm.write(Self.fill(2, [512, 128], scale: scales[2]), as: "layers.0.forward.weight_hh")
    lstm.write(bias, as: "layers.0.forward.bias")
    head.write(Self.fill(4, [1, 128], scale: scales[4]), as: "weight")
    head.write(Parameters.Tensor(zeros: [1]), as: "bias")
    var trainer = try Trainer(
      blueprint(Self.stages), configuration(["epochs": 100, "batchSize": 32]), Self.data,
      learned: [nil, nil, nil, lstm.reader, head.reader])
    #expect(try trainer.run { _ in .proceed })
    let losses = try #require(keras["loss"]).doubles
    #expect(trainer.history.count == 100)
    for (record, expected) in zip(trainer.history, losses) {
      // Keras' own float32 losses stay within 2e-4 of the float64 run.
      #expect(abs(record.loss - expected) <= 4e-4 * expected, "epoch \(record.epoch)")
    }
    for (record, expected) in zip(trainer.history, try #require(keras["float64"]?["first_losses"]).doubles) {
      #expect(abs(record.loss - expected) < 2e-6)
    }
    #expect(trainer.history.map(\.accuracy) == keras["accuracy"]?.doubles)
    let answers = try trainer.pipeline.typed(Texts.self, Predictions.self).process(Texts(Self.texts))
    let expected = try #require(keras["probabilities_after"]).doubles
    #expect(abs(Double(answers.probabilities[1]) - expected[0]) < 1e-6)
    #expect(abs(Double(answers.probabilities[3]) - expected[1]) < 1e-6)
  }

  @Test(arguments: [0, 1, 42, 2026])
  func `from any seed, it learns that 不 turns the meaning`(_ seed: Int) throws {
    var trainer = try Trainer(
      blueprint(Self.stages), configuration(["epochs": 100, "batchSize": 32, "seed": .integer(seed)]), Self.data)
    #expect(try trainer.run { _ in .proceed })
    let answers = try trainer.pipeline.typed(Texts.self, Predictions.self).process(Texts(Self.texts))
    #expect(answers.probabilities[1] > 0.99)
    #expect(answers.probabilities[3] < 0.01)
  }
}
