import Hanpipe

/// Several trainings of one command: with several seeds, by folds, or with different settings.
struct SeveralTrainings {
  let command: TrainCommand
  let records: TrainCommand.Records
  let environment: ToolEnvironment

  private var options: TrainingRunOptions { command.runs }
  private var work: WorkOptions { command.work }

  func run(_ checked: CheckedSpec, _ job: TrainingJob) throws {
    try command.blamed { try describe(job) }
    Interruption.catchSignals()
    let reporter = TrainingRunsReporter(job.configuration, work: work)
    defer { reporter.clear() }
    let outcome: TrainingRuns
    do {
      outcome = try trainings(job) { event in
        reporter.tell(event)
        return Interruption.isRequested ? .pause : .proceed
      }
    } catch {
      reporter.clear()
      throw error
    }
    reporter.clear()
    let table = TrainingRunsTable(outcome: outcome)
    if !outcome.runs.isEmpty { try Terminal.print(command.json ? table.jsonLines : table.text) }
    guard outcome.isComplete else {
      Terminal.write("interrupted: \(outcome.runs.count { $0.epochs > 0 }) trainings were begun or finished; none is saved")
      throw Interrupted()
    }
    if options.crossValidation != nil {
      try trainOnAll(checked, job)
    } else {
      try saveKept(outcome, checked)
    }
  }

  /// Tells of the records once, as one training would.
  private func describe(_ job: TrainingJob) throws {
    guard !work.quiet else { return }
    let trainer = try job.trainer()
    work.warn(of: trainer.pipeline)
    try TrainingDescription(job: job, trainer: trainer, data: records.data, work: work).tell()
  }

  private func trainings(_ job: TrainingJob, _ observe: TrainingRunsObserver) throws -> TrainingRuns {
    if let folds = options.crossValidation {
      // The folds are dealt from all records: nothing is kept aside before.
      var whole = job
      whole.parts = TrainingParts(training: records.data, validation: records.data[[]])
      return try command.blamed { try CrossValidation(whole, folds: folds).run(observe) }
    }
    if let seeds = options.seeds {
      return try command.blamed {
        try SeedRuns(job, seeds: seeds.seeds(from: job.configuration.seed), keeping: options.keep).run(observe)
      }
    }
    let trials = try options.searchSpace().trials(limit: options.trials, seed: UInt64(job.configuration.seed))
    let (command, records, environment) = (command, records, environment)
    let search = SettingSearch(trials, strategy: options.strategy) { choices in
      try command.job(records, environment, choices).1
    }
    return try command.blamed { try search.run(observe) }
  }

  /// The model that cross-validation has measured the making of: learned from all records.
  private func trainOnAll(_ checked: CheckedSpec, _ job: TrainingJob) throws {
    guard let model = command.model else { return }
    if !work.quiet { Terminal.write("training on all records") }
    var trainer = try command.blamed { try job.trainer() }
    var training = CheckpointedTraining(
      saver: try saver(model, checked), work: work, schedule: CheckpointSchedule(interval: .seconds(command.checkpointEvery))
    ) { _ in }
    try training.run(&trainer)
    let figures = try job.test.map(trainer.measure)
    try save(trainer, figures, training.saver)
    training.saver.removeCheckpoint()
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
      path: model, checked: checked, files: try command.dataFiles(), precision: command.precision, environment: environment)
  }

  private func save(_ trainer: Trainer, _ figures: HeldOutFigures?, _ saver: ModelSaver) throws {
    try saver.save(trainer, test: figures)
    if !work.quiet { Terminal.write("saved \(saver.path)") }
  }
}

/// Tells on stderr how several trainings go: a line each, on a terminal one that moves, and with --verbose a line an epoch.
final class TrainingRunsReporter {
  private let configuration: TrainingConfiguration
  private let work: WorkOptions
  private var present: TrainingReporter?

  init(_ configuration: TrainingConfiguration, work: WorkOptions) {
    self.configuration = configuration
    self.work = work
  }

  func tell(_ event: TrainingRunsEvent) {
    switch event {
    case .began(let subject, let number, let count, let epochs):
      present = TrainingReporter(
        configuration, work: work, name: "\(subject) (\(number)/\(count))", epochs: epochs, tellsEpochs: work.verbose)
    case .training(let event): present?.tell(event)
    case .ended(let run):
      clear()
      if !work.quiet { Terminal.write(run.line) }
    }
  }

  func clear() { present?.clear() }
}
