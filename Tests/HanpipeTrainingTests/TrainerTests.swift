import Hanpipe
import Testing

@Suite struct TrainerTests {
  @Test(arguments: [1, 16, 17, 32, 40, 100, 129, 500])
  func `shards of a batch have as many steps each as their records allow`(count: Int) {
    var generator = SeededGenerator(seed: 8)
    let lengths = (0..<count).map { _ in Int.random(in: 0...200, using: &generator) }
    let records = (0..<count).shuffled(using: &generator)
    let dealt = Trainer.dealt(records) { lengths[$0] }
    #expect(dealt.sorted() == Array(0..<count), "every record once")
    let shards = Trainer.shards(of: count)
    if shards.count == 1 { #expect(dealt == records) }
    let sums = shards.filter { $0.count == shards[0].count }.map { $0.reduce(0) { $0 + lengths[dealt[$1]] } }
    let (least, most) = (sums.min() ?? 0, sums.max() ?? 0)
    #expect(most - least <= 200, "no further apart than one record")
    #expect(Trainer.dealt(records) { lengths[$0] } == dealt)
  }

  static let settings: JSONObject = [
    "epochs": 3, "batchSize": 40, "seed": 7, "validationSplit": 0.2, "clipping": ["norm": 1],
    "earlyStopping": ["monitor": "loss", "patience": 5], "optimizer": ["type": "adam", "learningRate": 0.01],
  ]
  static let data = LabelledTexts.madeUp(230, seed: 1)

  @Test func `the same seed gives the same bits with any number of threads`() throws {
    var one = try Trainer(blueprint(smallSpec), configuration(Self.settings), Self.data, threads: 1)
    _ = try one.run { _ in .proceed }
    for threads in [2, 5] {
      var many = try Trainer(blueprint(smallSpec), configuration(Self.settings), Self.data, threads: threads)
      _ = try many.run { _ in .proceed }
      #expect(many.weights == one.weights)
      #expect(many.history == one.history)
    }
    var settings = Self.settings
    settings["seed"] = 8
    var other = try Trainer(blueprint(smallSpec), configuration(settings), Self.data)
    _ = try other.run { _ in .proceed }
    #expect(other.weights != one.weights)
  }

  @Test(arguments: [1, 3, 7, 10, 14])
  func `a training that was paused and continued gives the bits of one that was not`(_ pauseAfter: Int) throws {
    let blueprint = try blueprint(smallSpec)
    let configuration = try configuration(Self.settings)
    var whole = try Trainer(blueprint, configuration, Self.data)
    #expect(try whole.run { _ in .proceed })
    var broken = try Trainer(blueprint, configuration, Self.data)
    var steps = 0
    let finished = try broken.run { event in
      if case .step = event { steps += 1 }
      return steps >= pauseAfter ? .pause : .proceed
    }
    #expect(!finished)
    let checkpoint = broken.checkpoint()
    // As a file gives it back.
    let read = Checkpoint(progress: try JSON(parsing: checkpoint.progress.description), tensors: checkpoint.tensors)
    var continued = try Trainer(blueprint, configuration, Self.data, learned: broken.states)
    try continued.resume(read)
    #expect(try continued.run { _ in .proceed })
    #expect(continued.weights == whole.weights)
    #expect(continued.history == whole.history)
  }

  @Test func `a checkpoint of other data or settings is refused`() throws {
    let blueprint = try blueprint(smallSpec)
    let trainer = try Trainer(blueprint, configuration(Self.settings), Self.data)
    let checkpoint = trainer.checkpoint()
    var other = try Trainer(blueprint, configuration(Self.settings), .madeUp(100, seed: 1))
    #expect(throws: TrainingError.checkpoint("it was made with other data: 184 training records, now 80")) {
      try other.resume(checkpoint)
    }
    var settings = Self.settings
    settings["batchSize"] = 10
    var changed = try Trainer(blueprint, configuration(settings), Self.data)
    #expect(
      throws: TrainingError.checkpoint("it was made with other training settings; restore them, or train anew without --resume")
    ) {
      try changed.resume(checkpoint)
    }
  }

  @Test func `it learns, and early stopping restores the best epoch`() throws {
    var settings = Self.settings
    settings["epochs"] = 60
    settings["earlyStopping"] = ["monitor": "loss", "patience": 2]
    var trainer = try Trainer(blueprint(smallSpec), configuration(settings), Self.data)
    var best = 0
    var weightsOfBest: [[Float]] = []
    var stopped = false
    // The trainer cannot be looked at while it runs, so pause after each epoch.
    while !trainer.isFinished {
      var isBest = false
      _ = try trainer.run { event in
        switch event {
        case .epoch(let record, let better):
          isBest = better
          if better { best = record.epoch }
          return .pause
        case .stoppedEarly: stopped = true
        case .step: break
        }
        return .proceed
      }
      if isBest, !trainer.isFinished { weightsOfBest = trainer.weights }
    }
    let last = try #require(trainer.history.last)
    #expect(stopped == (last.epoch < 60))
    if stopped { #expect(trainer.weights == weightsOfBest) }
    #expect(best > 1)
    #expect((trainer.history[best - 1].validationAccuracy ?? 0) > 0.95)
  }

  @Test func `a loss that is not a number stops training and keeps the last good weights`() throws {
    var settings = Self.settings
    settings["optimizer"] = ["type": "sgd", "learningRate": 100, "l2": 10]
    settings["clipping"] = .null
    settings["epochs"] = 20
    var trainer = try Trainer(blueprint(smallSpec), configuration(settings), Self.data)
    let error = try #require(throws: TrainingError.self) { _ = try trainer.run { _ in .proceed } }
    guard case .diverged(let epoch, let step, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect((epoch, step) > (1, 1))
    #expect(trainer.weights.allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  @Test func `data that cannot be learned from is refused`() throws {
    let blueprint = try blueprint(smallSpec)
    let configuration = try configuration([:])
    #expect(throws: TrainingError.noRecords) { try Trainer(blueprint, configuration, LabelledTexts()) }
    #expect(throws: TrainingError.oneClass("good", count: 2)) {
      try Trainer(blueprint, configuration, LabelledTexts([("a", 1), ("b", 1)]))
    }
    #expect(throws: TrainingError.labelCount(2, line: nil)) {
      try Trainer(blueprint, configuration, LabelledTexts(texts: Texts(["a"]), labels: [[0, 1]]))
    }
    #expect(throws: TrainingError.notTrainable("none of its stages learns by gradients")) {
      try Trainer(try HanpipeTrainingTests.blueprint([["type": "whitespace"]]), configuration, Self.data)
    }
  }

  @Test func `the F1 of words is nothing to stop a classifier by`() throws {
    var settings = Self.settings
    settings["earlyStopping"] = ["monitor": "f1"]
    let error = try #require(throws: SpecError.self) {
      _ = try Trainer(blueprint(smallSpec), configuration(settings), Self.data)
    }
    #expect(
      "\(error)"
        == #"training.earlyStopping.monitor: "f1" is not allowed; expected "loss" or "accuracy" for a classifier; "f1" is of words"#)
  }

  @Test func `balanced class weights make a rare class count as much as the others`() throws {
    #expect(try ClassWeights.balanced.weights(labels: ["a", "b"], counts: [30, 10]) == [40.0 / 60, 2])
    #expect(try ClassWeights.given(["b": 3]).weights(labels: ["a", "b"], counts: [1, 1]) == [1, 3])
    let error = try #require(throws: SpecError.self) {
      _ = try ClassWeights.given(["c": 3]).weights(labels: ["a", "b"], counts: [1, 1])
    }
    #expect("\(error)" == #"training.classWeights: unknown key "c"; known are "a", "b""#)
  }

  @Test func `a split keeps the labels' shares, and the seed decides it`() {
    let parts = Self.data.split(share: 0.2, seed: 3)
    #expect(parts.validation.count == 46 && parts.training.count == 184)
    #expect(parts.validation.counts(labels: 2) == [23, 23])
    #expect(Self.data.split(share: 0.2, seed: 3).validation.texts == parts.validation.texts)
    #expect(Self.data.split(share: 0.2, seed: 4).validation.texts != parts.validation.texts)
  }

  static let mistakes: [(JSONObject, String)] = [
    (["epochs": 0], "training.epochs: 0 is not allowed; expected an integer from 1 to 1000000"),
    (
      ["epoch": 5],
      #"training: unknown key "epoch"; did you mean "epochs"? known are "loss", "optimizer", "schedule", "epochs", "batchSize", "shuffle", "validationSplit", "earlyStopping", "clipping", "averaging", "vectors", "classWeights", "labelSmoothing", "metrics", "seed", "splitSeed""#
    ),
    (
      ["loss": "mse"],
      #"training.loss: "mse" is not allowed; expected one of "auto", "binary-crossentropy", "categorical-crossentropy""#
    ),
    (
      ["earlyStopping": ["patience": 0]], "training.earlyStopping.patience: 0 is not allowed; expected an integer from 1 to 1000000"
    ),
    (
      ["classWeights": "equal"],
      #"training.classWeights: "equal" is not allowed; expected null, "balanced", or an object of a positive number for each label"#
    ),
    (["classWeights": ["a": -1]], "training.classWeights.a: -1 is not allowed; expected a number above 0"),
  ]
  @Test(arguments: mistakes)
  func `a mistake in the training settings is named by its path`(_ object: JSONObject, _ message: String) throws {
    let error = try #require(throws: SpecError.self) { try configuration(object) }
    #expect("\(error)" == message)
  }
}
