import ArgumentParser
import Hanpipe

struct EvaluateCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a model on labelled records.",
    discussion: """
      Example: hanpipe evaluate --model models/sentiment held-out.tsv

      Reads label TAB text (--input for other forms) and prints accuracy, log-loss, ROC AUC, precision, recall and F1 a label, \
      and the confusion matrix. Records that cannot be read are counted, left out, and make the exit status 1.
      """)

  @OptionGroup var input: InputOptions
  @Option(help: "A model directory; the shipped models/sentiment without.") var model: String?
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "Answer even if the model was trained with another version of ICU or another lexicon.")
  var allowIdentityMismatch = false
  @OptionGroup var precision: PrecisionOption
  @OptionGroup var work: WorkOptions

  mutating func run(in environment: ToolEnvironment) throws {
    let reader = try input.reader(
      "hanpipe evaluate --model models/sentiment held-out.tsv", requiresLabel: true, standard: .tsv)
    let path = try model ?? Installation.find("models/sentiment")
    let loaded = try LoadedPipeline(
      path, environment, allowIdentityMismatch: allowIdentityMismatch, precision: precision.precision)
    let (labels, allowsMany) = try classifierLabels(loaded.pipeline.blueprint)
    let data = try LabelledData(reader, labels: labels, allowsMany: allowsMany)
    guard data.records.count > 0 else { throw data.first ?? NothingToMeasure(files: input.files.isEmpty ? ["-"] : input.files) }
    let report = try measure(data.records, loaded.pipeline)
    try Terminal.print(json ? report.json.description : report.text)
    work.warn(of: data.repairs)
    if let first = data.first {
      Terminal.write(leftOut(data.refused, first))
      throw ExitCode.failure
    }
  }

  private func measure(_ data: LabelledTexts, _ pipeline: Pipeline) throws -> ClassificationReport {
    // Bytes are bounded too: the states of 1,024 records of 5,000 words would take gigabytes.
    let parts = data.texts.batches(records: 1024, length: 1 << 18)
    let answers = try concurrentMap(parts.count, threads: work.threadCount) { i in
      try pipeline.trace(data.texts[parts[i]]).last as? Predictions
    }
    guard let first = answers.first ?? nil else { throw TrainingError.noRecords }
    var counter = ClassificationCounter(task: first.task, labels: first.labels)
    for (part, answer) in zip(parts, answers) {
      guard let answer else { continue }
      counter.add(answer, truths: data.labels[part])
    }
    return counter.report()
  }
}

/// Inputs without a record.
struct NothingToMeasure: Error, CustomStringConvertible {
  let files: [String]
  var description: String { "\(spoken(files)): no record to measure on; expected lines of the form: label TAB text" }
}
