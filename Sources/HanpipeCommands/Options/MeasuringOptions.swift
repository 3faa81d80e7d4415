import ArgumentParser
import Hanpipe

/// What commands that measure models share.
struct MeasuringOptions: ParsableArguments {
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

  @Option(help: "text or json.") var output = Format.text
  @Flag(help: "The same as --output json.") var json = false
  @Flag(help: "Answer even if a model was trained with another version of ICU or another lexicon.")
  var allowIdentityMismatch = false
  @OptionGroup var precision: PrecisionOption

  var isJSON: Bool { json || output == .json }

  func load(_ path: String, _ environment: ToolEnvironment, _ choices: SpecChoices) throws -> LoadedPipeline {
    try LoadedPipeline(
      path, environment, choices: choices, allowIdentityMismatch: allowIdentityMismatch, precision: precision.precision)
  }
}

extension InputOptions {
  /// The records to measure a classifier on.
  /// - Throws: as `LabelledData`; `NothingToMeasure`, or what is wrong with the first record, if none is left.
  func labelledData(_ example: String, of classifier: (labels: [String], allowsMany: Bool)) throws -> LabelledData {
    let reader = try reader(example, requiresLabel: true, standard: .tsv, classifier: classifier)
    let data = try LabelledData(reader, labels: classifier.labels, allowsMany: classifier.allowsMany)
    guard data.records.count > 0 else { throw data.first ?? NothingToMeasure(files: files.isEmpty ? ["-"] : files) }
    return data
  }
}

/// Inputs without a record.
struct NothingToMeasure: Error, CustomStringConvertible {
  let files: [String]
  var expected = "lines of the form: label TAB text"
  var description: String { "\(spoken(files)): no record to measure on; expected \(expected)" }
}
