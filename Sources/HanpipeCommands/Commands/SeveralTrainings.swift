import Hanpipe

/// Several trainings of one command: with several seeds, by folds, or with different settings.
struct SeveralTrainings {
  let command: TrainCommand
  let records: TrainCommand.Records
  let environment: ToolEnvironment

  private var options: TrainingRunOptions { command.runs }
  private var work: WorkOptions { command.work }

  func run(_ checked: CheckedSpec, _ job: TrainingJob) throws {
    Interruption.catchSignals()
    let folder = try folder(checked, job)
    let reporter = TrainingRunsReporter(job.configuration, data: records.data, work: work)
    defer { reporter.clear() }
    let outcome: TrainingRuns
    do {
      outcome = try trainings(job, folder) { event in
        reporter.tell(event)
        return Interruption.isRequested ? .pause : .proceed
      }
    } catch {
      reporter.clear()
      folder?.removeIfEmpty()
      throw error
    }
    reporter.clear()
    let table = TrainingRunsTable(outcome: outcome)
    if !outcome.runs.isEmpty { try Terminal.print(command.json ? table.jsonLines : table.text) }
    guard outcome.isComplete else {
      let count = outcome.runs.count { $0.epochs > 0 }
      Terminal.write(
        folder.map { "saved \($0.path); the same command with --resume continues" }
          ?? "interrupted: \(count) trainings were begun or finished; none is saved")
      throw Interrupted()
    }
    if options.crossValidation != nil {
      try trainOnAll(checked, job, folder)
    } else {
      try saveKept(outcome, checked)
    }
    folder?.remove()
  }

  private func trainings(_ job: TrainingJob, _ folder: RunFolder?, _ observe: TrainingRunsObserver) throws -> TrainingRuns {
    if let folds = options.crossValidation {
      // The folds are dealt from all records: nothing is kept aside before.
      var whole = job
      whole.parts = TrainingParts(training: records.data, validation: records.data[[]])
      return try command.blamed { try CrossValidation(whole, folds: folds).run(archive: folder, observe) }
    }
    if let seeds = options.seeds {
      return try command.blamed {
        try SeedRuns(job, seeds: seeds.seeds(from: job.configuration.seed), keeping: options.keep).run(archive: folder, observe)
      }
    }
    let (command, records, environment) = (command, records, environment)
    let search = SettingSearch(try trials(job), strategy: options.strategy) { choices in
      try command.job(records, environment, choices).1
    }
    return try command.blamed { try search.run(archive: folder, observe) }
  }

  private func trials(_ job: TrainingJob) throws -> [[SpecAssignment]] {
    try options.searchSpace().trials(limit: options.trials, seed: UInt64(job.configuration.seed))
  }

  /// Where the trainings are written down; nil without a model, beside which that would be.
  private func folder(_ checked: CheckedSpec, _ job: TrainingJob) throws -> RunFolder? {
    guard let model = command.model else { return nil }
    let identity = try command.blamed { try RunIdentity(job, records, runs: runs(job)) }
    return try RunFolder(
      saver(model, checked), identity, work: work, interval: .seconds(command.checkpointEvery), resume: command.resume)
  }

  /// What tells the trainings apart.
  private func runs(_ job: TrainingJob) throws -> JSONObject {
    if let folds = options.crossValidation { return ["cross-validation": .integer(folds)] }
    if let seeds = options.seeds {
      let seeds = seeds.seeds(from: job.configuration.seed).map(JSON.integer)
      return ["seeds": .array(seeds), "keep": .string(options.keep.rawValue)]
    }
    let trials = try trials(job).map { JSON.array($0.map { .string($0.description) }) }
    return ["search": .array(trials), "strategy": .string(options.strategy.rawValue)]
  }

  /// The model that cross-validation has measured the making of: learned from all records.
  private func trainOnAll(_ checked: CheckedSpec, _ job: TrainingJob, _ folder: RunFolder?) throws {
    guard let model = command.model else { return }
    if !work.quiet { Terminal.write("training on all records") }
    var saver = try saver(model, checked)
    if let folder { saver = saver.checkpointing(at: folder.pathOfAll) }
    let goesOn = command.resume && ModelDirectory.isModel(saver.checkpointPath)
    let paused = try goesOn ? PausedTraining(saver.checkpointPath, environment) : nil
    var trainer = try command.blamed { try job.trainer(learned: paused?.states) }
    try paused?.resume(&trainer)
    var training = CheckpointedTraining(
      saver: saver, work: work, schedule: CheckpointSchedule(interval: .seconds(command.checkpointEvery))
    ) { _ in }
    try training.run(&trainer)
    let figures = try job.test.map(trainer.measure)
    try save(trainer, figures, saver)
    if let figures, let test = job.test {
      try Terminal.print(figures.told(of: test, by: trainer, asJSON: command.json, threads: work.threadCount))
    }
  }

  private func saveKept(_ outcome: TrainingRuns, _ checked: CheckedSpec) throws {
    guard let kept = outcome.kept, let trainer = outcome.trainer else { return }
    let run = outcome.runs[kept]
    if !run.choices.isEmpty, !command.json {
      let arguments = run.choices.map { "--set \(shellQuoted($0.description))" }.joined(separator: " ")
      try Terminal.print("best: \(run.subject): \(arguments)")
      if let test = run.test { try Terminal.print("test records: \(test.summary)") }
    }
    guard let model = command.model else { return }
    // The spec that made it, seed and settings included.
    try save(trainer, run.test, try saver(model, checked))
    if !work.quiet { Terminal.write("it is the model of \(run.subject)") }
  }

  private func saver(_ model: String, _ checked: CheckedSpec) throws -> ModelSaver {
    ModelSaver(
      path: model, checked: checked, files: try command.dataFiles(), origin: records.origin?.record, precision: command.precision,
      environment: environment)
  }

  private func save(_ trainer: Trainer, _ figures: HeldOutFigures?, _ saver: ModelSaver) throws {
    try saver.save(trainer, test: figures)
    if !work.quiet { Terminal.write("saved \(saver.path)") }
  }
}

/// Tells on stderr how several trainings go: a line each, on a terminal one that moves, and with --verbose a line an epoch.
final class TrainingRunsReporter {
  private let configuration: TrainingConfiguration
  /// All records, before some were kept aside.
  private let data: TrainingData
  private let work: WorkOptions
  private var present: TrainingReporter?
  private var hasDescribed = false

  init(_ configuration: TrainingConfiguration, data: TrainingData, work: WorkOptions) {
    (self.configuration, self.data, self.work) = (configuration, data, work)
  }

  func tell(_ event: TrainingRunsEvent) {
    switch event {
    case .began(let subject, let number, let count, let epochs):
      present = TrainingReporter(
        configuration, work: work, name: "\(subject) (\(number)/\(count))", epochs: epochs, tellsEpochs: work.verbose)
    case .prepared(let job, let trainer): if !hasDescribed { describe(job, trainer) }
    case .training(let event): present?.tell(event)
    case .ended(let run):
      clear()
      if !work.quiet { Terminal.write(run.line) }
    }
  }

  /// Tells of the records once, as one training would: as the first that is trained now sees them.
  private func describe(_ job: TrainingJob, _ trainer: Trainer) {
    hasDescribed = true
    work.warn(of: trainer.pipeline)
    // Test records that cannot be looked at here fail when they are measured.
    do { try TrainingDescription(job: job, trainer: trainer, data: data, work: work).tell() } catch { work.warn("\(error)") }
  }

  func clear() { present?.clear() }
}
