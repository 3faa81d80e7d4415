import Hanpipe
import Testing

@testable import HanpipeTraining

@Suite struct TrainingRunsTests {
  private static let epochs = 4

  private static func job(_ training: JSONObject = JSONObject(), records: Int = 60, test: Int = 20, threads: Int = 1) throws -> TrainingJob {
    var object: JSONObject = [
      "optimizer": ["type": "adam", "learningRate": 0.02], "epochs": .integer(epochs), "batchSize": 8, "validationSplit": 0.2,
    ]
    for (key, value) in training.members { object[key] = value }
    let configuration = try configuration(object)
    let data = TrainingData.labelled(.madeUp(records, seed: 1))
    return TrainingJob(
      try blueprint(smallSpec, training: configuration.json), configuration: configuration, parts: data.split(configuration),
      test: test > 0 ? .labelled(.madeUp(test, seed: 2)) : nil, threads: threads)
  }

  private static func tagger(threads: Int = 1) throws -> TrainingJob {
    let configuration = try configuration([
      "optimizer": ["type": "adam", "learningRate": 0.03], "epochs": 3, "batchSize": 8, "validationSplit": 0.2,
    ])
    let stages: [JSONObject] = [
      ["type": "characters"], ["type": "vocabulary", "minimumCount": 1], ["type": "padding"],
      ["type": "lstm", "units": 6, "embedding": 6, "output": "sequence"], ["type": "crf"],
    ]
    let words = ["我", "喜欢", "苹果汁", "不"]
    var generator = SeededGenerator(seed: 7)
    func lines(_ count: Int) -> TrainingData {
      .segmented(
        SegmentedTexts(
          (0..<count).map { i in (0..<4).map { _ in words.randomElement(using: &generator)! }.joined(separator: " ") + " \(i)" }))
    }
    return TrainingJob(
      try blueprint(stages, training: configuration.json), configuration: configuration, parts: lines(40).split(configuration),
      test: lines(10), threads: threads)
  }

  private func proceed(_: TrainingRunsEvent) -> TrainingControl { .proceed }

  // MARK: Seeds

  @Test func `a run of several is the training that its spec says, alone`() throws {
    let outcome = try SeedRuns(Self.job(), seeds: [3, 4, 5]).run(proceed)
    #expect(outcome.runs.map(\.subject) == [.seed(3), .seed(4), .seed(5)])
    for (run, seed) in zip(outcome.runs, [3, 4, 5]) {
      // All validate on what seed 42 draws.
      let alone = try Self.job(["seed": .integer(seed), "splitSeed": 42])
      var trainer = try alone.trainer()
      _ = try trainer.run { _ in .proceed }
      #expect(run.result == trainer.history.last)
      #expect(run.test == (try alone.test.map(trainer.measure)))
    }
    let kept = try #require(outcome.kept)
    let best = outcome.runs.map { $0.result?.validationAccuracy ?? 0 }.max()
    #expect(outcome.runs[kept].result?.validationAccuracy == best)
    let trainer = try #require(outcome.trainer)
    #expect(trainer.configuration.seed == 3 + kept && trainer.configuration.splitSeed == 42)
    #expect(trainer.pipeline.blueprint.spec.training?["seed"] == .integer(3 + kept))
  }

  @Test func `the first or the median may be kept`() throws {
    let first = try SeedRuns(Self.job(), seeds: [3, 4, 5], keeping: .first).run(proceed)
    #expect(first.kept == 0 && first.trainer?.configuration.seed == 3)
    let median = try SeedRuns(Self.job(), seeds: [3, 4, 5], keeping: .median).run(proceed)
    let ranked = median.runs.indices.sorted { a, b in
      let (x, y) = (median.runs[a].result!, median.runs[b].result!)
      return (-x.validationAccuracy!, x.validationLoss!, a) < (-y.validationAccuracy!, y.validationLoss!, b)
    }
    #expect(median.kept == ranked[1] && median.trainer?.configuration.seed == 3 + ranked[1])
  }

  @Test func `threads change nothing`() throws {
    let one = try SeedRuns(Self.job(threads: 1), seeds: [1, 2]).run(proceed)
    let three = try SeedRuns(Self.job(threads: 3), seeds: [1, 2]).run(proceed)
    #expect(one.runs == three.runs && one.trainer?.weights == three.trainer?.weights)
  }

  @Test func `a training that diverges fails alone`() throws {
    let wild = try Self.job(["optimizer": ["type": "sgd", "learningRate": 100, "l2": 10], "epochs": 30])
    #expect(throws: RunsFailed.self) { try SeedRuns(wild, seeds: [1, 2]).run(proceed) }
  }

  @Test func `a pause ends all, and says so`() throws {
    var steps = 0
    let outcome = try SeedRuns(Self.job(), seeds: [1, 2, 3]).run { event in
      if case .training(.step) = event { steps += 1 }
      // In the second training.
      return steps > Self.epochs * 6 + 2 ? .pause : .proceed
    }
    #expect(!outcome.isComplete && outcome.runs.map(\.subject) == [.seed(1)])
  }

  // MARK: Cross-validation

  @Test func `each fold is measured by a training that did not see it`() throws {
    let job = try Self.job()
    let whole = LabelledTexts.madeUp(60, seed: 1)
    var all = job
    all.parts = TrainingParts(training: .labelled(whole), validation: .labelled(LabelledTexts()))
    let outcome = try CrossValidation(all, folds: 3).run(proceed)
    #expect(outcome.runs.map(\.subject) == [.fold(1), .fold(2), .fold(3)])
    #expect(outcome.runs.map { $0.test?.records ?? 0 }.reduce(0, +) == 60)
    #expect(outcome.trainer == nil)
    // By hand: the second fold.
    let folds = try Folds(.labelled(whole), count: 3, seed: 42)
    var part = all
    part.parts = TrainingData.labelled(whole[folds.others(than: 1)]).split(job.configuration)
    #expect(part.parts.validation.count > 0)
    var trainer = try part.trainer()
    _ = try trainer.run { _ in .proceed }
    #expect(try outcome.runs[1].test == trainer.measure(.labelled(whole[folds.records[1]])))
    let mean = outcome.runs.map { $0.test?.accuracy ?? 0 }.reduce(0, +) / 3
    let spread = try #require(outcome.spreads.first { $0.name == "testAccuracy" }?.spread)
    #expect(abs(spread.mean - mean) < 1e-12 && spread.count == 3)
  }

  @Test func `a tagger is cross-validated and repeated alike`() throws {
    let job = try Self.tagger()
    let folds = try CrossValidation(job, folds: 2).run(proceed)
    #expect(folds.runs.allSatisfy { $0.test?.wordF1 != nil && $0.result?.validationWordF1 != nil })
    let seeds = try SeedRuns(Self.tagger(threads: 2), seeds: [1, 2]).run(proceed)
    #expect(seeds.runs.allSatisfy { $0.test?.records == 10 })
    #expect(seeds.spreads.map(\.name).contains("testWordF1"))
  }

  // MARK: Search

  private static func search(
    _ space: [String], limit: Int, _ strategy: SettingSearch.Strategy, training: JSONObject = JSONObject()
  ) throws -> SettingSearch {
    let trials = try SearchSpace(space).trials(limit: limit, seed: 1)
    return SettingSearch(trials, strategy: strategy) { choices in
      let base = try job(training)
      var spec = base.blueprint.spec
      for choice in choices { try choice.apply(to: &spec, defaults: .object(["training": .object(base.configuration.json)])) }
      let configuration = try TrainingConfiguration(spec)
      return TrainingJob(
        try Blueprint(spec, registry: .standard), configuration: configuration, parts: base.parts, test: base.test)
    }
  }

  @Test func `all of a small space is tried, and the best is kept`() throws {
    let outcome = try Self.search(["stages[3].units=2,8", "training.optimizer.learningRate=0.0001,0.02"], limit: 9, .random).run(proceed)
    #expect(outcome.runs.count == 4 && outcome.runs.allSatisfy { $0.epochs == Self.epochs })
    let kept = try #require(outcome.kept)
    let accuracies = outcome.runs.map { $0.result?.validationAccuracy ?? 0 }
    #expect(accuracies[kept] == accuracies.max())
    // Only what was chosen is measured by the test records.
    #expect(outcome.runs.indices.allSatisfy { (outcome.runs[$0].test != nil) == ($0 == kept) })
    #expect(outcome.trainer?.history.last == outcome.runs[kept].result)
  }

  @Test func `halving trains the better third on, as if it had never waited`() throws {
    let space = ["training.optimizer.learningRate=0.00001,0.0001,0.001,0.003,0.01,0.02,0.03,0.05,0.1"]
    let long: JSONObject = ["epochs": 9]
    let halved = try Self.search(space, limit: 9, .halving, training: long).run(proceed)
    #expect(halved.runs.map(\.epochs).sorted() == [1, 1, 1, 1, 1, 1, 3, 3, 9])
    let whole = try Self.search(space, limit: 9, .random, training: long).run(proceed)
    let kept = try #require(halved.kept)
    #expect(halved.runs[kept].epochs == 9 && halved.runs[kept].result == whole.runs[kept].result)
    // Who went on was among the best three after the first epoch.
    func first(_ i: Int) -> Double { whole.runs[i].result == nil ? 0 : firstEpochs[i] }
    let firstEpochs = try Self.search(space, limit: 9, .random, training: ["epochs": 1]).run(proceed).runs.map {
      $0.result?.validationAccuracy ?? 0
    }
    let on = halved.runs.indices.filter { halved.runs[$0].epochs > 1 }
    let out = halved.runs.indices.filter { halved.runs[$0].epochs == 1 }
    #expect(on.map(first).min()! >= out.map(first).max()!)
  }

  @Test func `a search without validation records is refused`() throws {
    let search = try Self.search(["stages[3].units=2,8"], limit: 2, .random, training: ["validationSplit": 0])
    #expect(throws: TrainingError.noValidation) { try search.run(proceed) }
  }
}

@Suite struct SearchSpaceTests {
  private func trials(_ texts: [String], limit: Int = 1000, seed: UInt64 = 1) throws -> [[String]] {
    try SearchSpace(texts).trials(limit: limit, seed: seed).map { $0.map(\.description) }
  }

  @Test func `lists are values of JSON, or words`() throws {
    #expect(try trials(["a=1,2.5", "b=x,\"y\""].map { "training." + $0 }) == [
      ["training.a=1", "training.b=\"x\""], ["training.a=1", "training.b=\"y\""],
      ["training.a=2.5", "training.b=\"x\""], ["training.a=2.5", "training.b=\"y\""],
    ])
    #expect(try trials([#"training.c=[1,2],{"type":"sgd"}"#]).map(\.[0]) == ["training.c=[1, 2]", #"training.c={"type": "sgd"}"#])
    #expect(try trials(["stages[4].units=3..5"]).map(\.[0]) == ["stages[4].units=3", "stages[4].units=4", "stages[4].units=5"])
  }

  @Test func `a wide range is drawn from on a logarithmic scale`() throws {
    let values = try trials(["training.rate=0.0001..0.01"], limit: 400).map { Double($0[0].split(separator: "=")[1])! }
    #expect(values.allSatisfy { 0.0001...0.01 ~= $0 })
    // Half of them lie below the middle of the logarithms: 400 draws, five standard deviations of 10.
    #expect(abs(values.count { $0 < 0.001 } - values.count / 2) < 50)
    let even = try trials(["training.dropout=0.1..0.5"], limit: 400).map { Double($0[0].split(separator: "=")[1])! }
    #expect(abs(even.count { $0 < 0.3 } - even.count / 2) < 50)
  }

  @Test func `draws are different, and depend on the seed alone`() throws {
    let space = ["training.a=0..1000", "training.b=0.5..0.6"]
    let drawn = try trials(space, limit: 50)
    #expect(Set(drawn).count == 50)
    #expect(try drawn == trials(space, limit: 50) && drawn != trials(space, limit: 50, seed: 2))
  }

  @Test func `a file says the same`() throws {
    let json = try JSON(
      parsing: #"{"stages[4].units": [32, 64], "training.rate": {"from": 0.001, "to": 0.002, "scale": "log"}}"#.utf8)
    let drawn = try SearchSpace(json: json).trials(limit: 5, seed: 1)
    #expect(drawn.count == 5 && drawn.allSatisfy { "\($0[0].place)" == "stages[4].units" && "\($0[1].place)" == "training.rate" })
  }

  @Test(arguments: [
    ("stages[4].units", "stages[4].units: expected PATH=a,b,c or PATH=from..to"),
    ("training.a=", "training.a=: a value is missing"),
    ("training.a=1,,2", "training.a=1,,2: a value is missing"),
    ("training.a=2..1", "training.a: the range from 2 to 1 is empty"),
  ])
  func `what is no space is said`(_ text: String, _ message: String) {
    let error = #expect(throws: SearchSpace.Malformed.self) { try SearchSpace([text]) }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    ("[]", "expected an object, such as {\"stages[4].units\": [32, 64]}"),
    (#"{"training.a": []}"#, "training.a: no value to try"),
    (#"{"training.a": {"from": 0, "to": 1, "scale": "log"}}"#, "training.a: a logarithmic scale begins above 0, not at 0"),
    (#"{"training.a": {"from": 1, "to": 2, "scale": "big"}}"#, "training.a: the scale \"big\" is not allowed; expected \"log\" or \"linear\""),
  ])
  func `so is a file that is none`(_ text: String, _ message: String) throws {
    let json = try JSON(parsing: text.utf8)
    let error = #expect(throws: SearchSpace.Malformed.self) { try SearchSpace(json: json) }
    #expect(error?.description == message)
  }
}

@Suite struct SpreadTests {
  @Test func `mean and standard deviation, by hand`() throws {
    // (2, 4, 4, 4, 5, 5, 7, 9): mean 5, squares 32, 32/7.
    let spread = try #require(Spread([2, 4, 4, 4, 5, 5, 7, 9]))
    #expect(spread.mean == 5 && spread.minimum == 2 && spread.maximum == 9 && spread.count == 8)
    #expect(abs(try #require(spread.standardDeviation) - 2.138089935299395) < 1e-12)
    #expect(Spread([]) == nil && Spread([3])?.standardDeviation == nil)
  }
}

@Suite struct CheckpointScheduleTests {
  @Test func `one is due after the interval, and after an epoch unless writing would cost a twentieth`() {
    var schedule = CheckpointSchedule(interval: .seconds(60))
    #expect(!schedule.isDue(isEpochEnd: false, now: .seconds(59)) && schedule.isDue(isEpochEnd: false, now: .seconds(60)))
    // Nothing is known of the cost yet.
    #expect(schedule.isDue(isEpochEnd: true, now: .seconds(1)))
    schedule.wrote(from: .seconds(1), to: .seconds(2))
    #expect(!schedule.isDue(isEpochEnd: true, now: .seconds(21)) && schedule.isDue(isEpochEnd: true, now: .seconds(22)))
    #expect(!schedule.isDue(isEpochEnd: false, now: .seconds(22)))
    // Writing takes long: the interval rules.
    schedule.wrote(from: .seconds(30), to: .seconds(40))
    #expect(schedule.isDue(isEpochEnd: true, now: .seconds(100)))
    #expect(CheckpointSchedule(interval: .zero).isDue(isEpochEnd: false, now: .zero))
  }
}
