public import ArgumentParser
public import Hanpipe

struct TrainCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learns a model from labelled records or segmented text.",
    discussion: """
      Example: hanpipe train pipelines/sentiment.json --data reviews.tsv --model models/mine

      Reads label TAB text (--input for other forms). A label is one of the names in the spec's last stage, or its place in that \
      list, from 0. A spec that ends in tags (crf) learns from lines of words with spaces between them.

      Ctrl-C ends after the present step and saves a checkpoint beside the model; --resume continues from it to the \
      very same weights as a training that was never interrupted.
      """)

  @Argument(help: "The spec (JSON).") var spec: String
  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Labelled records or segmented lines to learn from.", valueName: "file"))
  var data: [String]
  @Option(
    help: ArgumentHelp("The directory to save the model in; one that is there is replaced at the end.", valueName: "directory"))
  var model: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Records to validate on, instead of the spec's \"validationSplit\".", valueName: "file"))
  var validation: [String] = []
  @Option(help: "Instead of the spec's \"seed\".") var seed: Int?
  @Option(help: "Instead of the spec's \"epochs\".") var epochs: Int?
  @Option(help: "How weights are stored: f32, or f16 at half the size.") var precision = WeightPrecision.f32
  @Flag(help: "Continue from the checkpoint beside the model.") var resume = false
  @Flag(help: "Check spec and data, say what they hold, and train nothing.") var dryRun = false
  @OptionGroup var changes: SpecOptions
  @OptionGroup var format: FormatOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var work: WorkOptions

  mutating func validate() throws {
    if data.isEmpty { throw ValidationError("--data needs a file, or - for stdin") }
    if model == nil, !dryRun { throw ValidationError("--model says where to save; or ask for --dry-run") }
    if let epochs, epochs < 1 { throw ValidationError("--epochs: \(epochs) is not allowed; expected a number from 1") }
    if let seed, seed < 0 { throw ValidationError("--seed: \(seed) is not allowed; expected a number from 0") }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let environment = plugins.permit(in: environment)
    var checked = try CheckedSpec(spec, environment, choices: changes.choices)
    var configuration = try checked.training()
    configuration.seed = seed ?? configuration.seed
    configuration.epochs = epochs ?? configuration.epochs
    try checked.setTraining(configuration, environment)
    let training = try read(data, checked)
    let held = validation.isEmpty ? nil : try read(validation, checked)
    if let held, held.count == 0 { throw NothingToMeasure(files: validation) }
    if let held { warnOfOverlap(held.texts.overlap(with: training.texts), of: held.count) }
    if let model, !dryRun { try ModelDirectory.checkWritable(model) }
    let paused = try resume ? pausedModel(environment) : nil
    var trainer: Trainer
    do {
      trainer = try training.trainer(
        checked, configuration, validation: held, threads: work.threadCount, learned: paused?.states)
    } catch let error as TrainingError where error.isAboutRecords {
      throw FileError(spoken(data), error)
    } catch {
      throw FileError(spec, error)
    }
    try paused.map { try trainer.resume($0.checkpoint) }
    work.warn(of: trainer.pipeline)
    describe(trainer, training)
    if dryRun { return }
    guard let model else { return }
    let saver = ModelSaver(
      path: model, checked: checked, data: data, validation: validation, precision: precision, environment: environment)
    try train(&trainer, saver)
  }

  // MARK: Data

  private func read(_ files: [String], _ checked: CheckedSpec) throws -> TrainingData {
    if checked.blueprint.outputKind == Tags.kind {
      let criteria = checked.blueprint.criteria
      let reader = RecordReader(
        files, try format.recordFormat(requiresLabel: criteria != nil, standard: criteria == nil ? .lines : .tsv), strict: format.strict)
      let data = try SegmentedTexts(reader, criteria: criteria)
      work.warn(of: reader.repairs)
      return .segmented(data)
    }
    let classifier: (labels: [String], allowsMany: Bool)
    do { classifier = try classifierLabels(checked.blueprint) } catch { throw FileError(spec, error) }
    let reader = RecordReader(
      files, try format.recordFormat(requiresLabel: true, standard: .tsv, classifier: classifier), strict: format.strict)
    let data = try LabelledData(reader, labels: classifier.labels, allowsMany: classifier.allowsMany)
    if let first = data.first { throw RefusedRecords(count: data.refused, first: first) }
    work.warn(of: data.repairs)
    return .labelled(data.records)
  }

  private func warnOfOverlap(_ count: Int, of total: Int) {
    if count > 0 { work.warn("\(count) of \(total) validation records stand in the training data too") }
  }

  private func describe(_ trainer: Trainer, _ data: TrainingData) {
    let parts: String
    switch data {
    case .labelled(let data):
      warn(of: data.duplicates)
      let counts = data.counts(labels: trainer.head.names.count)
      let none = data.labels.count(where: \.isEmpty)
      parts =
        zip(trainer.head.names, counts).map { "\($0) \(grouped($1))" }.joined(separator: ", ")
        + (none > 0 ? "; without a label \(grouped(none))" : "")
    case .segmented(let data): parts = "\(grouped(data.wordCount)) words"
    }
    guard !work.quiet else { return }
    Terminal.write("\(grouped(data.count)) records (\(parts))")
    let words = trainer.pipeline.shapes.compactMap(\.vocabularySize).first.map { ", \(grouped($0)) words" } ?? ""
    Terminal.write(
      "\(grouped(trainer.trainingCount)) to train on, \(grouped(trainer.validationCount)) to validate on\(words), "
        + "\(grouped(trainer.pipeline.parameterCount)) parameters")
    let unknown = trainer.unknownShares
    if let training = unknown.training {
      let validation = unknown.validation.map { ", \(decimal($0 * 100, 1)) % of those to validate on" } ?? ""
      Terminal.write("unknown words: \(decimal(training * 100, 1)) % of those to train on\(validation)")
    }
  }

  private func warn(of duplicates: (count: Int, contradicting: Int)) {
    guard duplicates.count > 0 else { return }
    let other = duplicates.contradicting > 0 ? ", \(grouped(duplicates.contradicting)) of them with another label" : ""
    work.warn("\(grouped(duplicates.count)) records repeat an earlier one\(other)")
  }

  // MARK: Training

  private func train(_ trainer: inout Trainer, _ saver: ModelSaver) throws {
    let reporter = TrainingReporter(epochs: trainer.configuration.epochs, work: work)
    Interruption.catchSignals()
    let finished: Bool
    do {
      finished = try trainer.run { event in
        reporter.tell(event)
        return Interruption.isRequested ? .pause : .proceed
      }
    } catch {
      reporter.clear()
      // Weights from before the step that failed are good, if an epoch has been completed. They go beside: what stands in the
      // model's place may be better.
      if let last = trainer.history.last {
        do {
          try saver.saveCheckpoint(trainer)
          Terminal.write("saved \(saver.checkpointPath) with the last good weights, of epoch \(last.epoch) or later")
        } catch {
          // Why training ended is said last, whatever else went wrong.
          Terminal.write(error)
        }
      }
      throw error
    }
    reporter.clear()
    if finished {
      if let calibration = trainer.calibration, !work.quiet { Terminal.write(calibration.text) }
      try saver.save(trainer)
      saver.removeCheckpoint()
      if !work.quiet { Terminal.write("saved \(saver.path)") }
      return
    }
    try saver.saveCheckpoint(trainer)
    Terminal.write("saved \(saver.checkpointPath); the same command with --resume continues")
    throw Interrupted()
  }

  private func pausedModel(_ environment: ToolEnvironment) throws -> PausedTraining {
    let path = ModelSaver.checkpointPath(of: model ?? "")
    guard ModelDirectory.isModel(path) else { throw NoCheckpoint(path: path) }
    return try PausedTraining(path, environment)
  }
}

extension WeightPrecision: ExpressibleByArgument {}

/// Nothing to resume.
private struct NoCheckpoint: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path): there is no such checkpoint; train without --resume" }
}

extension TrainingError {
  /// Whether the data is at fault, not the spec.
  fileprivate var isAboutRecords: Bool {
    switch self {
    case .noRecords, .noSegmentedRecords, .oneClass, .unknownLabel, .labelCount: true
    case .notTrainable, .diverged, .checkpoint: false
    }
  }
}
