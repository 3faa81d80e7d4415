public import ArgumentParser
public import Hanpipe

struct TrainCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learns a model from labelled records or segmented text.",
    discussion: """
      Examples: hanpipe train spec.json --data reviews.tsv --model models/mine
                hanpipe train spec.json --data a.tsv --test b.tsv --seeds 5
                hanpipe train spec.json --data a.tsv --search 'stages[4].units=8,16'
                hanpipe train spec.json --data b.tsv --from models/a --model models/b

      Reads label TAB text (--input for other forms). A label is one of the names in the spec's last stage, or its place in that \
      list, from 0. A spec that ends in tags (crf) learns from lines of words with spaces between them.

      Ctrl-C ends after the present step and saves a checkpoint beside the model; --resume continues from it to the \
      very same weights as a training that was never interrupted. One is also written after epochs, and within long ones, so that \
      a training that was killed goes on too. Of several trainings, those that are over are not trained again.

      Figures of test records (--test) and of several trainings (--seeds, --cross-validation, --search) go to stdout.
      """)

  @Argument(help: "The spec (JSON).", completion: .file()) var spec: String
  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Labelled records or segmented lines to learn from.", valueName: "file"), completion: .file())
  var data: [String]
  @Option(
    help: ArgumentHelp("The directory to save the model in; one that is there is replaced at the end.", valueName: "directory"),
    completion: .file())
  var model: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Records to validate on, instead of the spec's \"validationSplit\".", valueName: "file"), completion: .file())
  var validation: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Records to measure the finished model on; the figures go to stdout.", valueName: "file"), completion: .file())
  var test: [String] = []
  @Option(
    help: ArgumentHelp(
      "Begin from a trained model: stages that agree with one of its own start with what that knows, its vocabulary included.",
      valueName: "model"), completion: .file())
  var from: String?
  @Option(help: "Instead of the spec's \"seed\".") var seed: Int?
  @Option(help: "Instead of the spec's \"epochs\".") var epochs: Int?
  @Option(help: ArgumentHelp("Instead of the learning rate of the spec's optimiser.", valueName: "rate")) var learningRate: Double?
  @Option(help: "How weights are stored: f32, or f16 at half the size.") var precision = WeightPrecision.f32
  @Flag(help: "Continue from the checkpoint beside the model.") var resume = false
  @Option(
    help: ArgumentHelp("The longest time between two checkpoints; 0: after each step.", valueName: "seconds"))
  var checkpointEvery = Int(CheckpointSchedule.standardInterval.components.seconds)
  @Flag(help: "Check spec and data, say what they hold, and train nothing.") var dryRun = false
  @Option(
    help: ArgumentHelp("Draw the learning curves, anew after each epoch (SVG). \"hanpipe curves\" draws a model's.", valueName: "file"),
    completion: .file())
  var curves: String?
  @Flag(help: "Figures on stdout as JSON, a line a training.") var json = false
  @OptionGroup var runs: TrainingRunOptions
  @OptionGroup var changes: SpecOptions
  @OptionGroup var format: FormatOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var work: WorkOptions

  mutating func validate() throws {
    if data.isEmpty { throw ValidationError("--data needs a file, or - for stdin") }
    if model == nil, !dryRun, !runs.areSeveral { throw ValidationError("--model says where to save; or ask for --dry-run") }
    if let epochs, epochs < 1 { throw ValidationError("--epochs: \(epochs) is not allowed; expected a number from 1") }
    if let seed, seed < 0 { throw ValidationError("--seed: \(seed) is not allowed; expected a number from 0") }
    if let learningRate {
      do { changes.assignments.append(try SpecAssignment("training.optimizer.learningRate=\(learningRate)")) } catch {
        throw ValidationError("--learning-rate: \(learningRate) is not allowed; expected a number")
      }
    }
    if checkpointEvery < 0 {
      throw ValidationError("--checkpoint-every: \(checkpointEvery) is not allowed; expected a number of seconds from 0")
    }
    guard runs.areSeveral else { return }
    if resume, model == nil { throw ValidationError("--resume continues what stands beside the model; --model says where") }
    if curves != nil { throw ValidationError("--curves draws one training; it does not go with --seeds, --cross-validation or --search") }
    if runs.crossValidation != nil, !validation.isEmpty {
      throw ValidationError("--cross-validation takes the spec's \"validationSplit\" of each training's folds; leave out --validation")
    }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let environment = plugins.permit(in: environment)
    if !dryRun { try curves.map { try FileContent.checkReplaceable($0, as: .svg) } }
    let records = try readRecords(try checked(environment), environment)
    if let model, !dryRun { try ModelDirectory.checkWritable(model) }
    let (checked, job) = try job(records, environment)
    if runs.areSeveral, !dryRun {
      return try SeveralTrainings(command: self, records: records, environment: environment).run(checked, job)
    }
    let paused = try resume ? pausedModel(environment) : nil
    let identity = try dryRun ? nil : blamed { try RunIdentity.single(job, records) }
    if let paused {
      try ModelOrigin.check(records.origin?.record, against: paused.origin)
      try identity.map(paused.check)
    }
    var trainer = try blamed { try job.trainer(learned: paused?.states) }
    try paused?.resume(&trainer)
    work.warn(of: trainer.pipeline)
    try TrainingDescription(job: job, trainer: trainer, data: records.data, work: work).tell()
    if dryRun { return }
    guard let model else { return }
    var saver = ModelSaver(
      path: model, checked: checked, files: try dataFiles(), origin: records.origin?.record, precision: precision,
      environment: environment)
    saver.identity = identity
    try train(&trainer, job, saver)
  }

  // MARK: Records

  /// What the files hold.
  struct Records {
    let data: TrainingData
    /// nil for the spec's share of the data.
    let validation: TrainingData?
    let test: TrainingData?
    /// The model to begin from.
    let origin: ModelOrigin?
  }

  private func readRecords(_ checked: CheckedSpec, _ environment: ToolEnvironment) throws -> Records {
    // It takes less time than the records do to find out that it is none.
    let origin = try from.map { try ModelOrigin($0, environment, work: work) }
    let progress = ProgressLine(quiet: work.quiet)
    defer { progress.clear() }
    progress.draw("reading \(spoken(data))")
    let data = try read(self.data, checked, progress)
    func held(_ files: [String]) throws -> TrainingData? {
      guard !files.isEmpty else { return nil }
      let held = try read(files, checked, progress)
      if held.count == 0 { throw NothingToMeasure(files: files) }
      return held
    }
    return Records(data: data, validation: try held(validation), test: try held(test), origin: origin)
  }

  private func read(_ files: [String], _ checked: CheckedSpec, _ progress: ProgressLine) throws -> TrainingData {
    if checked.blueprint.outputKind == Tags.kind {
      let criteria = checked.blueprint.criteria
      let reader = RecordReader(
        files, try format.recordFormat(requiresLabel: criteria != nil, standard: criteria == nil ? .lines : .tsv), strict: format.strict)
      let data = try SegmentedTexts(reader, criteria: criteria)
      try WrongEncoding.check(reader.repairs)
      progress.clear()
      work.warn(of: reader.repairs)
      return .segmented(data)
    }
    let classifier: (labels: [String], allowsMany: Bool)
    do { classifier = try classifierLabels(checked.blueprint) } catch { throw FileError(spec, error) }
    let reader = RecordReader(
      files, try format.recordFormat(requiresLabel: true, standard: .tsv, classifier: classifier), strict: format.strict)
    let data = try LabelledData(reader, labels: classifier.labels, allowsMany: classifier.allowsMany)
    if let first = data.first {
      throw RefusedRecords(count: data.refused, first: first, remedy: data.remedy(place: checked.blueprint.links.count - 1))
    }
    progress.clear()
    work.warn(of: data)
    return .labelled(data.records)
  }

  // MARK: The training

  private func checked(_ environment: ToolEnvironment, _ choices: [SpecAssignment] = []) throws -> CheckedSpec {
    var all = changes.choices
    all.assignments += choices
    return try CheckedSpec(spec, environment, choices: all)
  }

  /// The training that the command line describes.
  /// - Parameter choices: settings to try, beside those of the command line.
  func job(
    _ records: Records, _ environment: ToolEnvironment, _ choices: [SpecAssignment] = []
  ) throws -> (CheckedSpec, TrainingJob) {
    var checked = try checked(environment, choices)
    var configuration = try checked.training()
    // What is tried wins over an option.
    func isTried(_ key: String) -> Bool { choices.contains { "\($0.place)" == "training.\(key)" } }
    if let seed, !isTried("seed") { configuration.seed = seed }
    if let epochs, !isTried("epochs") { configuration.epochs = epochs }
    try checked.setTraining(configuration, environment)
    // Cross-validation keeps records aside itself, fold by fold.
    let parts =
      records.validation.map { TrainingParts(training: records.data, validation: $0) } ?? records.data.split(configuration)
    let job = TrainingJob(
      checked.blueprint, configuration: configuration, parts: parts, test: records.test, from: records.origin?.model,
      threads: work.threadCount, resource: checked.root.reader)
    return (checked, job)
  }

  /// Says of an error whether the records or the spec are at fault.
  func blamed<R>(_ body: () throws -> R) throws -> R {
    do { return try body() } catch let error as TrainingError where error.isAboutRecords {
      throw FileError(spoken(data), error)
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(spec, error)
    }
  }

  /// The files that a model's card names.
  func dataFiles() throws -> [DataFile] { try (data + validation).map(DataFile.init) }

  private func train(_ trainer: inout Trainer, _ job: TrainingJob, _ saver: ModelSaver) throws {
    if !resume, ModelDirectory.isModel(saver.checkpointPath) {
      work.warn("\(saver.checkpointPath) holds a training that was not finished and will be replaced; --resume continues it")
    }
    var training = CheckpointedTraining(
      saver: saver, work: work, schedule: CheckpointSchedule(interval: .seconds(checkpointEvery))
    ) { [curves] history in
      try curves.map { try FileContent.replace($0, Array(LearningCurves(history).svg.utf8)) }
    }
    try training.run(&trainer)
    if let calibration = trainer.calibration, !work.quiet { Terminal.write(calibration.text(trainer.configuration)) }
    let figures = try job.test.map(trainer.measure)
    try saver.save(trainer, test: figures)
    saver.removeCheckpoint()
    if !work.quiet {
      if Terminal.canAnimate, let plot = LearningCurves(trainer.history).text(width: Terminal.width) { Terminal.write(plot) }
      Terminal.write("saved \(saver.path)")
    }
    if let figures, let test = job.test {
      try Terminal.print(figures.told(of: test, by: trainer, asJSON: json, threads: work.threadCount))
    }
  }

  private func pausedModel(_ environment: ToolEnvironment) throws -> PausedTraining {
    let path = ModelSaver.checkpointPath(of: model ?? "")
    guard ModelDirectory.isModel(path) else { throw NoCheckpoint(path: path) }
    return try PausedTraining(path, environment)
  }
}

extension WeightPrecision: ExpressibleByArgument {}

extension TrainingError {
  /// Whether the data is at fault, not the spec.
  fileprivate var isAboutRecords: Bool {
    switch self {
    case .noRecords, .noSegmentedRecords, .oneClass, .unknownLabel, .ambiguousLabel, .labelCount, .tooFewRecords, .noValidation: true
    case .notTrainable, .diverged, .checkpoint, .nothingInCommon: false
    }
  }
}
