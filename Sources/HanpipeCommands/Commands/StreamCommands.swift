import ArgumentParser
import Hanpipe

/// A command that streams: records in, an answer for each out.
protocol StreamingCommand: ReadingCommand {
  var plugins: PluginOptions { get }
  var spec: SpecOptions { get }
  var handling: HandlingOptions { get }
  var work: WorkOptions { get }
}

extension StreamingCommand {
  /// What was asked of the stream.
  var stream: StreamOptions { StreamOptions(input: input, plugins: plugins, spec: spec, handling: handling, work: work) }
}

/// How a streaming command takes its records and its model.
struct HandlingOptions: ParsableArguments {
  @Flag(help: "Stop at the first record that fails, instead of writing an error in its place.")
  var failFast = false
  @Flag(help: "Answer each record at once, even when more are waiting. Input that pauses is always answered.")
  var lineBuffered = false
  @Flag(help: "Answer even if the model was trained with another version of ICU or another lexicon.")
  var allowIdentityMismatch = false
}

/// What the streaming commands share.
struct StreamOptions {
  let input: InputOptions
  let plugins: PluginOptions
  let spec: SpecOptions
  let handling: HandlingOptions
  let work: WorkOptions

  /// Runs a pipeline over the input.
  /// - Parameters:
  ///   - load: called when there is something to read.
  ///   - example: how to call the command, for who gave it nothing to read.
  func run(
    _ renderer: ResultRenderer, example: String, answers: AnswerOptions? = nil, load: () throws -> Pipeline
  ) throws {
    try run(example: example, load: load) { pipeline in
      var renderer = renderer
      if let answers { renderer.rule = try answers.rule(for: pipeline) }
      return renderer
    }
  }

  /// Runs a pipeline over the input.
  /// - Parameter renderer: makes what writes its answers.
  func run(example: String, load: () throws -> Pipeline, renderer: (Pipeline) throws -> any RecordRenderer) throws {
    let reader = try input.reader(example)
    let pipeline = try load()
    let renderer = try renderer(pipeline)
    work.warn(of: pipeline)
    try StreamJob(
      pipeline: pipeline, renderer: renderer, failsFast: handling.failFast, isLineBuffered: handling.lineBuffered,
      expectedBytes: input.expectedBytes, work: work
    ).run(reader)
  }

  /// Loads a pipeline, which must take texts.
  /// - Parameters:
  ///   - output: what it must give; nil: anything.
  ///   - list: words whose convention it is to follow.
  func load(
    _ named: Installation.Named, in environment: ToolEnvironment, expecting output: ValueKind? = nil,
    precision: RecurrentConfiguration.Precision? = nil, list: WordListFile? = nil
  ) throws -> LoadedPipeline {
    let loaded = try LoadedPipeline(
      named.path, plugins.permit(in: environment), choices: spec.choices(isShipped: named.isShipped, list: list),
      allowIdentityMismatch: handling.allowIdentityMismatch, precision: precision)
    try loaded.require(Texts.kind, output, path: named.path)
    return loaded
  }
}

struct RunCommand: StreamingCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs any spec or model: text in, what its last stage gives out.",
    discussion: "Example: hanpipe run pipelines/segment.json reviews.txt --output text")

  @Argument(help: "A spec (JSON) or a model directory.", completion: .file()) var pipeline: String
  @OptionGroup var inputs: FileArguments
  @OptionGroup var format: FormatOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var spec: SpecOptions
  @OptionGroup var handling: HandlingOptions
  @OptionGroup var work: WorkOptions
  @OptionGroup var precision: PrecisionOption
  @Option(help: "jsonl, text or tsv.") var output = ResultFormat.jsonl
  @Flag(inversion: .prefixedNo, help: "Write the text beside the result.") var text = true
  @Flag(help: "Write words with their places too.") var tokens = false

  mutating func run(in environment: ToolEnvironment) throws {
    let renderer = ResultRenderer(format: output, includesText: text, includesTokens: tokens)
    try stream.run(renderer, example: "hanpipe run pipelines/segment.json reviews.txt") {
      try stream.load(Installation.Named(pipeline), in: environment, precision: precision.precision).pipeline
    }
  }
}

struct ClassifyCommand: StreamingCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Labels each record, with probabilities.",
    discussion: """
      Example: cut -f2 reviews.tsv | hanpipe classify --model models/sentiment

      Writes one JSON object for each record: text, label, its probability, and every label's. "empty": true marks a record \
      without a word, "truncated": true one of which the end was not read. Fields of a JSON Lines input pass through.

      With --abstain-below an answer that is not sure enough has null in the place of its label, in tsv and text a ?.
      """)

  @OptionGroup var inputs: FileArguments
  @OptionGroup var format: FormatOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var spec: SpecOptions
  @OptionGroup var handling: HandlingOptions
  @OptionGroup var work: WorkOptions
  @OptionGroup var precision: PrecisionOption
  @Option(help: "A model directory; the shipped models/sentiment without.", completion: .file()) var model: String?
  @OptionGroup var answers: AnswerOptions
  @Option(help: "jsonl, tsv (label, probability, text) or text (the label).") var output = ResultFormat.jsonl
  @Flag(inversion: .prefixedNo, help: "Write the text beside the answer.") var text = true
  @Flag(help: "Write words with their places too.") var tokens = false

  mutating func run(in environment: ToolEnvironment) throws {
    let renderer = ResultRenderer(format: output, includesText: text, includesTokens: tokens)
    try stream.run(renderer, example: "cut -f2 reviews.tsv | hanpipe classify", answers: answers) {
      let named = try Installation.Named(model, variable: "HANPIPE_MODEL", standard: "models/sentiment")
      return try stream.load(named, in: environment, expecting: Predictions.kind, precision: precision.precision).pipeline
    }
  }
}
