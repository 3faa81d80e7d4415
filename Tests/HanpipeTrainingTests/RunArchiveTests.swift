import Hanpipe
import Testing

@testable import HanpipeTraining

/// Several trainings that are written down, ended anywhere, and go on.
@Suite struct RunArchiveTests {
  /// An archive in memory. What it holds went through the forms in which files have it.
  private final class Memory: RunArchive {
    private(set) var ended: [(number: Int, leg: Int, json: JSON)] = []
    private(set) var checkpoints: [Int: (states: [StateReader?], checkpoint: Checkpoint)] = [:]
    private(set) var trainersMade = 0

    func ended(_ subject: TrainingRun.Subject, number: Int, leg: Int) -> TrainingRun? {
      ended.first { $0.number == number && $0.leg == leg }.flatMap { TrainingRun(subject, $0.json) }
    }
    func trainer(_ number: Int, _ job: TrainingJob) throws -> Trainer? {
      guard let (states, checkpoint) = checkpoints[number] else { return nil }
      trainersMade += 1
      var trainer = try job.trainer(learned: states)
      try trainer.resume(checkpoint)
      return trainer
    }
    func isDue(isEpochEnd: Bool) -> Bool { isEpochEnd }
    func note(_ trainer: Trainer, number: Int) { try? pause(trainer, number: number) }
    func pause(_ trainer: Trainer, number: Int) throws {
      let checkpoint = trainer.checkpoint()
      checkpoints[number] = (
        try trainer.states,
        Checkpoint(progress: try JSON(parsing: checkpoint.progress.description.utf8), tensors: checkpoint.tensors)
      )
    }
    func end(_ run: TrainingRun, number: Int, leg: Int, _ trainer: Trainer?, keeping kept: Set<Int>) {
      if let trainer { try? pause(trainer, number: number) }
      ended.append((number, leg, try! JSON(parsing: JSON.object(run.json).description.utf8)))
      checkpoints = checkpoints.filter { kept.contains($0.key) }
    }
  }

  private static func job(_ training: JSONObject = JSONObject()) throws -> TrainingJob {
    var object: JSONObject = [
      "optimizer": ["type": "adam", "learningRate": 0.02], "epochs": 4, "batchSize": 8, "validationSplit": 0.2,
      "averaging": ["decay": 0.9, "every": 2], "earlyStopping": ["patience": 2],
    ]
    for (key, value) in training.members { object[key] = value }
    let configuration = try configuration(object)
    let data = TrainingData.labelled(.madeUp(160, seed: 1))
    return TrainingJob(
      try blueprint(smallSpec, training: configuration.json), configuration: configuration, parts: data.split(configuration),
      test: .labelled(.madeUp(30, seed: 2)))
  }

  enum Kind: String, CaseIterable { case best, median, folds, random, halving }

  private func run(_ kind: Kind, _ archive: Memory?, _ observe: TrainingRunsObserver) throws -> TrainingRuns {
    let job = try Self.job()
    switch kind {
    case .best, .median:
      return try SeedRuns(job, seeds: [3, 4, 5], keeping: kind == .best ? .best : .median).run(archive: archive, observe)
    case .folds:
      var whole = job
      whole.parts = TrainingParts(training: job.parts.training, validation: job.parts.training[[]])
      return try CrossValidation(whole, folds: 3).run(archive: archive, observe)
    case .random, .halving:
      let trials = try SearchSpace(["training.optimizer.learningRate=0.001,0.003,0.01,0.03"]).trials(limit: 9, seed: 1)
      return try SettingSearch(trials, strategy: kind == .random ? .random : .halving) { choices in
        var spec = job.blueprint.spec
        for choice in choices { try choice.apply(to: &spec, defaults: .object(["training": .object(job.configuration.json)])) }
        return TrainingJob(
          try Blueprint(spec, registry: .standard), configuration: try TrainingConfiguration(spec), parts: job.parts, test: job.test
        )
      }.run(archive: archive, observe)
    }
  }

  /// Stopped after every 13 steps, which are in the middle of an epoch of 16 or 11 most times.
  @Test(arguments: Kind.allCases) func `trainings that are paused again and again come to the same`(_ kind: Kind) throws {
    var all = 0
    let whole = try run(kind, nil) { event in
      if case .training(.step) = event { all += 1 }
      return .proceed
    }
    let archive = Memory()
    var (steps, begun, outcome) = (0, 0, TrainingRuns?.none)
    for _ in 0..<200 {
      var left = 13
      outcome = try run(kind, archive) { event in
        switch event {
        case .began: begun += 1
        case .training(.step):
          steps += 1
          left -= 1
        default: break
        }
        return left <= 0 ? .pause : .proceed
      }
      if outcome?.isComplete == true { break }
    }
    let end = try #require(outcome)
    #expect(end.isComplete && end.runs == whole.runs && end.kept == whole.kept)
    #expect(end.trainer?.weights == whole.trainer?.weights && end.trainer?.history == whole.trainer?.history)
    #expect(end.trainer?.calibration == whole.trainer?.calibration)
    // Not one step was taken twice.
    #expect(steps == all && archive.trainersMade > 3)
    // Once more, when all is over: nothing is trained.
    begun = 0
    let again = try run(kind, archive) { event in
      if case .began = event { begun += 1 }
      return .proceed
    }
    #expect(begun == 0 && again.runs == whole.runs && again.trainer?.weights == whole.trainer?.weights)
  }

  @Test func `only what may be needed again is kept`() throws {
    let archive = Memory()
    let outcome = try run(.best, archive) { _ in .proceed }
    #expect(archive.checkpoints.keys.sorted() == [try #require(outcome.kept)])
    let folds = Memory()
    _ = try run(.folds, folds) { _ in .proceed }
    #expect(folds.checkpoints.isEmpty && folds.ended.count == 3)
  }

  @Test func `figures of all kinds come back as they were`() throws {
    var trainer = try Trainer(
      blueprint(MultiLabelTests.spec), configuration(["epochs": 2, "validationSplit": 0.2]), MultiLabelTests.data(60, seed: 1))
    _ = try trainer.run { _ in .proceed }
    var run = TrainingRun(.fold(2))
    run.note(trainer)
    run.test = try trainer.measure(.labelled(MultiLabelTests.data(20, seed: 2)))
    #expect(run.test?.report != nil)
    #expect(TrainingRun(.fold(2), try JSON(parsing: JSON.object(run.json).description.utf8)) == run)
    var failed = TrainingRun(.seed(1))
    failed.failure = "diverged"
    #expect(TrainingRun(.seed(1), .object(failed.json)) == failed)
    #expect(TrainingRun(.seed(1), ["epochs": 1, "result": ["epoch": 1]]) == nil)
  }

  @Test func `of labels that do not exclude each other, the run with the higher micro-F1 is better`() {
    func run(_ figures: JSONObject) -> TrainingRun {
      var object: JSONObject = ["epoch": 1, "loss": 1, "accuracy": 0, "learningRate": 1]
      for (key, value) in figures.members { object[key] = value }
      var run = TrainingRun(.seed(1))
      run.result = EpochRecord(.object(object))
      return run
    }
    let whole = run(["validationAccuracy": 0.5, "validationMicroF1": 0.6, "validationLoss": 0.1])
    let parts = run(["validationAccuracy": 0.4, "validationMicroF1": 0.7, "validationLoss": 0.2])
    #expect(parts.isBetter(than: whole) && !whole.isBetter(than: parts))
    // Without it, accuracy.
    #expect(run(["validationAccuracy": 0.5]).isBetter(than: run(["validationAccuracy": 0.4])))
  }
}
