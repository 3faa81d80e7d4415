import ArgumentParser
import Hanpipe

struct CompareCommand: ReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Tests whether one model is better than another, on the same records.",
    discussion: """
      Example: hanpipe compare models/old models/new held-out.tsv

      Reads label TAB text (--input for other forms), asks both models, and prints their figures, the difference in accuracy with \
      its interval (95 %, paired bootstrap over records), and McNemar's test: how probable so large a difference would be if \
      there were none. Fewer than 25 records that only one of them answers right: the exact binomial test; else chi-squared with \
      continuity correction. Then the records on which they differ, the surest first.

      Both models need the same labels, in any order. Records that cannot be read are counted, left out, and make the exit status 1.
      """)

  @Argument(help: "A model directory or spec.", completion: .file()) var first: String
  @Argument(help: "Another one.", completion: .file()) var second: String
  @OptionGroup var inputs: FileArguments
  @OptionGroup var format: FormatOptions
  @Option(help: ArgumentHelp("How many records are shown on which they differ.", valueName: "count")) var examples = 10
  @Option(help: ArgumentHelp("Draws the samples for intervals.", valueName: "number")) var seed: UInt64 = 42
  @OptionGroup var measuring: MeasuringOptions
  @OptionGroup var root: RootOption
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var work: WorkOptions

  mutating func validate() throws {
    if examples < 0 { throw ValidationError("--examples: \(examples) is not allowed; expected a number from 0") }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let environment = plugins.permit(in: environment)
    let example = "hanpipe compare models/old models/new held-out.tsv"
    _ = try input.sources(example)
    let models = try [first, second].map { path in
      let loaded = try measuring.load(path, environment, SpecChoices(root: root.choice))
      work.warn(of: loaded.pipeline)
      return loaded.pipeline
    }
    let classifiers = try zip([first, second], models).map { path, pipeline in
      do { return try classifierLabels(pipeline.blueprint) } catch { throw FileError(path, error) }
    }
    guard Set(classifiers[0].labels) == Set(classifiers[1].labels), classifiers[0].allowsMany == classifiers[1].allowsMany else {
      throw DifferentLabels(
        first: first, second: second, labels: classifiers.map(\.labels), allowMany: classifiers.map(\.allowsMany))
    }
    let data = try input.labelledData(example, of: classifiers[0])
    let comparison = try ModelComparison(
      paths: [first, second], pipelines: models, data.records, labels: classifiers.map(\.labels), seed: seed,
      threads: work.threadCount)
    try Terminal.print(measuring.isJSON ? comparison.json(examples: examples).description : comparison.text(examples: examples))
    work.warn(of: data.repairs)
    try failIfLeftOut(data.refused, data.first)
  }
}

/// Two models that cannot be measured on the same records.
private struct DifferentLabels: Error, CustomStringConvertible {
  let first: String
  let second: String
  let labels: [[String]]
  let allowMany: [Bool]

  var description: String {
    if Set(labels[0]) == Set(labels[1]) {
      let (many, one) = allowMany[0] ? (first, second) : (second, first)
      return "\(many) gives a record any number of labels, \(one) exactly one; they cannot be compared record by record"
    }
    func spoken(_ labels: [String]) -> String { labels.map { "\"\($0)\"" }.joined(separator: ", ") }
    return "the models have different labels: \(first) has \(spoken(labels[0])); \(second) has \(spoken(labels[1])); "
      + "name them alike, or compare models that were trained on the same labels"
  }
}
