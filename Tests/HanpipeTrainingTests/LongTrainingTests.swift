import Glibc
import Hanpipe
import Testing

@testable import HanpipeTraining

/// Training on records of several segments (128 steps each): what it gives depends neither on threads nor on pauses.
@Suite struct LongTrainingTests {
  /// How steps are computed on the way back.
  enum Way: CaseIterable { case kept, again, window, againWithWindow }

  private static func blueprint(_ way: Way) throws -> Blueprint {
    var encoder: JSONObject = [
      "type": "lstm", "units": 4, "embedding": 3, "bidirectional": true, "dropout": 0.2, "output": "sequence",
      "recompute": way == .kept || way == .window ? "never" : "always",
    ]
    if way == .window || way == .againWithWindow { encoder["gradientWindow"] = 9 }
    return try HanpipeTrainingTests.blueprint([
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"], encoder, ["type": "max-pooling"],
      ["type": "sigmoid", "labels": ["bad", "good"]],
    ])
  }

  private static let settings: JSONObject = [
    "epochs": 2, "batchSize": 20, "seed": 7, "validationSplit": 0.2, "optimizer": ["type": "adam", "learningRate": 0.01],
  ]

  /// Records of one segment and of two; 38 to train on, in steps of two shards.
  private static let data = LabelledTexts(
    (0..<48).map { (i: Int) -> (String, Int) in
      let count = i % 5 == 0 ? 150 - i / 3 : 10 + i
      let words = (0..<count).map { (j: Int) -> String in "w\((j * 7 + i * 3) % 23)" }
      return (words.joined(separator: " "), i % 2)
    })

  @Test(arguments: Way.allCases)
  func `neither threads nor a pause change a bit`(_ way: Way) throws {
    let blueprint = try Self.blueprint(way)
    let configuration = try configuration(Self.settings)
    var whole = try Trainer(blueprint, configuration, Self.data)
    #expect(try whole.run { _ in .proceed })
    for threads in [2, 5] {
      var many = try Trainer(blueprint, configuration, Self.data, threads: threads)
      #expect(try many.run { _ in .proceed })
      #expect(many.weights == whole.weights)
      #expect(many.history == whole.history)
    }
    var broken = try Trainer(blueprint, configuration, Self.data)
    #expect(try !broken.run { _ in .pause })
    let checkpoint = broken.checkpoint()
    // As a file gives it back.
    let read = Checkpoint(progress: try JSON(parsing: checkpoint.progress.description), tensors: checkpoint.tensors)
    var continued = try Trainer(blueprint, configuration, Self.data, threads: 2, learned: broken.states)
    #expect(continued.weights == broken.weights)
    #expect(continued.weights != whole.weights, "steps are left")
    try continued.resume(read)
    #expect(try continued.run { _ in .proceed })
    #expect(continued.weights == whole.weights)
    #expect(continued.history == whole.history)
  }

  @Test func `to compute steps again changes no bit, and a window does`() throws {
    let weights = try Way.allCases.map { way in
      var trainer = try Trainer(Self.blueprint(way), configuration(Self.settings), Self.data)
      _ = try trainer.run { event in if case .step = event { .pause } else { .proceed } }
      return trainer.weights
    }
    #expect(weights[1] == weights[0])
    #expect(weights[3] == weights[2])
    #expect(weights[2] != weights[0])
  }

  // MARK: Validation

  @Test func `records that are validated in several batches have the mean of what each has alone`() throws {
    // Two are longer than the 32,768 steps of a batch.
    let validation = LabelledTexts(
      (0..<1100).map { (i: Int) -> (String, Int) in
        let pairs = i == 30 || i == 1099 ? 17000 : i % 3
        return (Array(repeating: "w\(i % 11) w\(i % 7)", count: pairs).joined(separator: " "), i % 2)
      })
    let blueprint = try HanpipeTrainingTests.blueprint([
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"],
      ["type": "rnn", "units": 1, "embedding": 1, "output": "sequence"], ["type": "mean-pooling"],
      ["type": "sigmoid", "labels": ["bad", "good"]],
    ])
    let trainer = try Trainer(blueprint, configuration(Self.settings), Self.data, validation: validation, threads: 2)
    let found = try trainer.evaluate(try #require(trainer.validation))
    // −log of the right label's probability, each record through the whole pipeline alone.
    var losses: [Double] = []
    var right = 0
    for record in 0..<validation.count {
      let text = validation.texts[record..<record + 1]
      let answer = try #require(try trainer.pipeline.trace(text).last as? Predictions)
      let label = validation.labels[record][0]
      let z = Double(answer.logits[0])
      losses.append(log(1 + exp(label == 1 ? -z : z)))
      if answer.decision(of: 0) == [label] { right += 1 }
    }
    #expect(abs(found.loss - losses.reduce(0, +)) < 1e-12 * losses.reduce(0, +))
    #expect((found.right, found.records) == (right, 1100))
    #expect(found.weight == 1100)
  }
}
