import ArgumentParser
import Hanpipe

/// What the streaming commands share.
struct StreamOptions: ParsableArguments {
  @OptionGroup var input: InputOptions
  @Flag(help: "Stop at the first record that fails, instead of writing an error in its place.")
  var failFast = false
  @Flag(help: "Answer each record at once, even when more are waiting. Input that pauses is always answered.")
  var lineBuffered = false
  @Flag(help: "Answer even if the model was trained with another version of ICU or another lexicon.")
  var allowIdentityMismatch = false
  @OptionGroup var work: WorkOptions

  /// Runs the pipeline at `path` over the input.
  func run(
    _ path: String, in environment: ToolEnvironment, expecting output: ValueKind? = nil, format: ResultFormat,
    precision: RecurrentConfiguration.Precision? = nil, tokens: Bool, text: Bool, example: String
  ) throws {
    let reader = try input.reader(example)
    let loaded = try LoadedPipeline(
      path, environment, allowIdentityMismatch: allowIdentityMismatch, precision: precision)
    try loaded.require(Texts.kind, output, path: path)
    work.warn(of: loaded.pipeline)
    let renderer = ResultRenderer(format: format, includesText: text, includesTokens: tokens)
    try StreamJob(
      pipeline: loaded.pipeline, renderer: renderer, failsFast: failFast, isLineBuffered: lineBuffered,
      expectedBytes: input.expectedBytes, work: work
    ).run(reader)
  }
}

struct RunCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs any spec or model: text in, what its last stage gives out.",
    discussion: "Example: hanpipe run pipelines/segment.json reviews.txt --output text")

  @Argument(help: "A spec (JSON) or a model directory.") var pipeline: String
  @OptionGroup var stream: StreamOptions
  @OptionGroup var precision: PrecisionOption
  @Option(help: "jsonl, text or tsv.") var output = ResultFormat.jsonl
  @Flag(inversion: .prefixedNo, help: "Write the text beside the result.") var text = true
  @Flag(help: "Write words with their byte offsets too.") var tokens = false

  mutating func run(in environment: ToolEnvironment) throws {
    try stream.run(
      pipeline, in: environment, format: output, precision: precision.precision, tokens: tokens, text: text,
      example: "hanpipe run pipelines/segment.json reviews.txt")
  }
}

struct SegmentCommand: ToolCommand {
  /// Of the forms of output, those that make sense for words.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, jsonl
    var result: ResultFormat { self == .text ? .text : .jsonl }
  }

  static let configuration = CommandConfiguration(
    commandName: "segment", abstract: "Cuts text into words.",
    discussion: """
      Example: echo 我不喜欢吃苹果 | hanpipe segment

      --output text separates words by a space; jsonl gives each word with its byte offsets in the text that was read.
      """)

  @OptionGroup var stream: StreamOptions
  @Option(help: "A spec or model that gives tokens; the shipped pipelines/segment.json without.") var pipeline: String?
  @Option(help: "text or jsonl.") var output = Format.text

  mutating func run(in environment: ToolEnvironment) throws {
    try stream.run(
      try pipeline ?? Installation.find("pipelines/segment.json"), in: environment, expecting: Tokens.kind,
      format: output.result, tokens: true, text: true, example: "echo 我不喜欢吃苹果 | hanpipe segment")
  }
}

struct ClassifyCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Labels each record, with probabilities.",
    discussion: """
      Example: cut -f2 reviews.tsv | hanpipe classify --model models/sentiment

      Writes one JSON object for each record: text, label, its probability, and every label's. "empty": true marks a record \
      without a word, "truncated": true one of which the end was not read. Fields of a JSON Lines input pass through.
      """)

  @OptionGroup var stream: StreamOptions
  @OptionGroup var precision: PrecisionOption
  @Option(help: "A model directory; the shipped models/sentiment without.") var model: String?
  @Option(help: "jsonl, tsv (label, probability, text) or text (the label).") var output = ResultFormat.jsonl
  @Flag(inversion: .prefixedNo, help: "Write the text beside the answer.") var text = true
  @Flag(help: "Write words with their byte offsets too.") var tokens = false

  mutating func run(in environment: ToolEnvironment) throws {
    try stream.run(
      try model ?? Installation.find("models/sentiment"), in: environment, expecting: Predictions.kind, format: output,
      precision: precision.precision, tokens: tokens, text: text, example: "cut -f2 reviews.tsv | hanpipe classify")
  }
}
