import Hanpipe
import Testing

@testable import HanpipeTraining

/// Training on records of several segments (128 steps each): what it gives depends neither on threads nor on pauses.
@Suite struct LongTrainingTests {
  /// How steps are computed on the way back.
  enum Way: CaseIterable { case kept, again, window, againWithWindow }

  private static func blueprint(_ way: Way) throws -> Blueprint {
    var encoder: JSONObject = [
      "type": "lstm", "units": 4, "embedding": 3, "bidirectional": true, "layers": 2, "dropout": 0.2, "output": "sequence",
      "recompute": way == .kept || way == .window ? "never" : "always",
    ]
    if way == .window || way == .againWithWindow { encoder["gradientWindow"] = 9 }
    return try HanpipeTrainingTests.blueprint([
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"], encoder, ["type": "max-pooling"],
      ["type": "sigmoid", "labels": ["bad", "good"]],
    ])
  }

  private static let settings: JSONObject = [
    "epochs": 2, "batchSize": 40, "seed": 7, "validationSplit": 0.2, "optimizer": ["type": "adam", "learningRate": 0.01],
  ]

  /// Records of one segment and of two.
  private static let data = LabelledTexts(
    (0..<60).map { (i: Int) -> (String, Int) in
      let count = i % 5 == 0 ? 150 - i / 3 : 20 + i
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
      _ = try trainer.run { _ in .proceed }
      return trainer.weights
    }
    #expect(weights[1] == weights[0])
    #expect(weights[3] == weights[2])
    #expect(weights[2] != weights[0])
  }

  // MARK: Validation

  @Test func `how records are cut to be validated does not matter`() throws {
    let validation = LabelledTexts(
      (0..<2100).map { (i: Int) -> (String, Int) in
        let pairs = i == 1030 || i == 2099 ? 33000 : i % 3
        return (Array(repeating: "w\(i % 11) w\(i % 7)", count: pairs).joined(separator: " "), i % 2)
      })
    let blueprint = try HanpipeTrainingTests.blueprint([
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"],
      ["type": "rnn", "units": 1, "embedding": 1, "output": "sequence"], ["type": "mean-pooling"],
      ["type": "sigmoid", "labels": ["bad", "good"]],
    ])
    let trainer = try Trainer(blueprint, configuration(Self.settings), Self.data, validation: validation, threads: 2)
    let set = try #require(trainer.validation)
    // What `evaluate` cuts them into: two records are longer than a batch may be.
    let ranges = set.inputs.batches(records: 1024, length: 1 << 15)
    #expect(ranges == [0..<1024, 1024..<1030, 1030..<1031, 1031..<2055, 2055..<2099, 2099..<2100])
    let found = try trainer.evaluate(set)
    // The definition: the mean of the records' losses, each computed alone.
    var sum = 0.0
    var right = 0
    for record in 0..<2100 {
      var value = set.gatheredInputs([record])
      for stage in trainer.pipeline.stages[trainer.first...] { value = try stage.process(value) }
      let predictions = try #require(value as? Predictions)
      sum +=
        trainer.loss.value(
          logits: predictions.logits, targets: set.targets([record]), width: 1, weights: set.weights([record]), totalWeight: 1
        ).0
      if predictions.decision(of: 0) == set.labels[record] { right += 1 }
    }
    #expect(abs(found.loss - sum / 2100) <= 1e-12)
    #expect(found.accuracy == Double(right) / 2100)
  }
}
