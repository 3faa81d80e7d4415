import ArgumentParser
import Hanpipe

struct EvaluateCommand: ReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a model on labelled records, or on segmented text.",
    discussion: """
      Examples: hanpipe evaluate --model models/sentiment held-out.tsv
                hanpipe evaluate --model models/sentiment held-out.tsv --report report.html
                hanpipe evaluate --segmentation gold.txt --training-words words.txt

      Reads label TAB text (--input for other forms) and prints accuracy, log-loss, ROC AUC, expected calibration error (ECE), \
      precision, recall and F1 a label, with intervals (95 %), and the confusion matrix. Records that cannot be read are counted, \
      left out, and make the exit status 1.

      With --segmentation: joins the words of each line, segments the text, and prints precision, recall and F1 of the words as \
      SIGHAN's Bakeoffs define them, an interval for F1 (95 %, bootstrap over sentences), and the commonest mistakes. Words of \
      a record that fails count as missed, and it makes the exit status 1.
      """)

  @OptionGroup var inputs: FileArguments
  @OptionGroup var format: FormatOptions
  @Option(
    help: "A model directory or spec; the shipped models/sentiment without, or a shipped segmenter for --segmentation.",
    completion: .file())
  var model: String?
  @OptionGroup var segmentation: SegmentationOptions
  @OptionGroup var segmenter: SegmenterOptions
  @OptionGroup var answers: AnswerOptions
  @Option(
    help: ArgumentHelp("Also write a page with charts, calibration and mistakes, which any browser shows.", valueName: "file.html"),
    completion: .file())
  var report: String?
  @OptionGroup var measuring: MeasuringOptions
  @OptionGroup var spec: SpecOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var work: WorkOptions

  mutating func validate() throws {
    try segmenter.exclude(model, "--model")
    guard segmentation.gold != nil else {
      if segmenter.segmenter != nil || segmenter.userWords != nil || segmenter.wordList != nil {
        throw ValidationError("--segmenter, --user-words and --word-list need --segmentation")
      }
      return
    }
    if report != nil || answers.isGiven {
      throw ValidationError("--report, --threshold and --abstain-below are for labels; they do not go with --segmentation")
    }
    if let file = input.files.first {
      throw ValidationError("--segmentation names the only file to measure on; \(file) is one too many")
    }
    if input.format.choosesForm {
      throw ValidationError("--segmentation reads segmented text; --input, --header and the --…-field options do not go with it")
    }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let environment = plugins.permit(in: environment)
    if let gold = segmentation.gold { return try measureWords(gold, environment) }
    let example = "hanpipe evaluate --model models/sentiment held-out.tsv"
    _ = try input.sources(example)
    try report.map { try FileContent.checkReplaceable($0, as: .html) }
    let named = try Installation.Named(model, variable: "HANPIPE_MODEL", standard: "models/sentiment")
    let loaded = try load(named, environment)
    work.warn(of: loaded.pipeline)
    let rule = try answers.rule(for: loaded.pipeline)
    let classifier = try classifierLabels(loaded.pipeline.blueprint)
    let data = try input.labelledData(example, of: classifier)
    let measurement = try Measurement(data.records, loaded.pipeline, rule, threads: work.threadCount)
    let evaluation = try Evaluation(
      measurement, seed: segmentation.seed ?? 42, abstainBelow: rule.abstainBelow, threads: work.threadCount)
    try Terminal.print(measuring.isJSON ? evaluation.json.description : evaluation.text)
    if let report {
      let page = try EvaluationPage(
        evaluation, model: named.path, data: input.files, texts: data.records.texts, pipeline: loaded.pipeline,
        shownMistakes: segmentation.shownMistakes, threads: work.threadCount)
      try FileContent.replace(report, Array(page.html.utf8))
    }
    work.warn(of: data)
    try failIfLeftOut(data.refused, data.first)
  }

  private func load(_ named: Installation.Named, _ environment: ToolEnvironment) throws -> LoadedPipeline {
    try measuring.load(named.path, environment, spec.choices(isShipped: named.isShipped, list: segmenter.list()))
  }

  private func measureWords(_ gold: String, _ environment: ToolEnvironment) throws {
    let named = try segmenter.named(model)
    var loaded = try load(named, environment)
    try loaded.require(Texts.kind, Tokens.kind, path: named.path)
    try segmenter.correct(&loaded, work)
    work.warn(of: loaded.pipeline)
    let evaluator = SegmentationEvaluator(
      loaded.pipeline, known: try segmentation.knownWords(strict: input.format.strict, work),
      listsMistakes: segmentation.shownMistakes > 0, seed: segmentation.seed ?? 42, threads: work.threadCount)
    let reader = RecordReader([gold], strict: input.format.strict)
    let progress = ProgressLine(quiet: work.quiet)
    defer { progress.clear() }
    let outcome = try evaluator.evaluate(reader) { records in progress.draw("\(grouped(records)) records") }
    progress.clear()
    if outcome.score.goldWords == 0, outcome.failures == 0 {
      throw NothingToMeasure(files: [gold], expected: "segmented text, words separated by white space, a sentence a line")
    }
    let limit = segmentation.shownMistakes
    try Terminal.print(measuring.isJSON ? outcome.json(mistakes: limit).description : outcome.text(mistakes: limit))
    work.warn(of: reader.repairs)
    if let first = outcome.firstFailure {
      let (failures, records) = (grouped(outcome.failures), grouped(outcome.score.records))
      Terminal.write("hanpipe: \(failures) of \(records) records failed, and their words count as missed; the first: \(first)")
      throw ExitCode.failure
    }
  }
}
