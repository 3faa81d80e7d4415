import ArgumentParser
import Hanpipe

struct SegmentCommand: ToolCommand {
  /// Of the forms of output, those that make sense for words.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, jsonl
    var result: ResultFormat { self == .text ? .text : .jsonl }
  }

  static let configuration = CommandConfiguration(
    commandName: "segment", abstract: "Cuts text into words.",
    discussion: """
      Examples: echo 我不喜欢吃苹果 | hanpipe segment
                hanpipe segment --segmenter neural --user-words mine.tsv news.txt
                hanpipe segment --set 'stages[0].mode=search' news.txt

      --output text writes the words as they stand in the input, with a separator between them and without the white space \
      around them; jsonl gives each word with its place in the text that was read: start and end in bytes of UTF-8, \
      characterStart and characterEnd in Unicode characters, as a string of Python counts.

      The last gives the words inside of long ones too, for a search index.

      A line of --user-words is a word, or TAB-separated columns: text, rule (force, prefer, split), parts.
      """)

  @OptionGroup var stream: StreamOptions
  @OptionGroup var segmenter: SegmenterOptions
  @Option(help: "A spec or model of yours that gives tokens, instead of a shipped segmenter.") var pipeline: String?
  @OptionGroup var precision: PrecisionOption
  @Option(help: "text or jsonl.") var output = Format.text
  @Option(help: ArgumentHelp("What stands between words in text; \\t is a TAB, which no word holds (default: a space)."))
  var separator: String?
  @Flag(help: "Write white space too, each stretch of it as a word: the output without its separators is the input.")
  var keepWhitespace = false

  mutating func validate() throws {
    try segmenter.exclude(pipeline, "--pipeline")
    guard let separator else { return }
    if output == .jsonl { throw ValidationError("--separator needs --output text") }
    if separator.isEmpty || separator.utf8.contains(0x0A) {
      throw ValidationError("--separator: \(JSON.string(separator)) is not allowed; expected text without a line feed")
    }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    var renderer = ResultRenderer(format: output.result, includesText: true, includesTokens: true)
    renderer.tokens.keepsWhitespace = keepWhitespace
    if let separator { renderer.tokens.separator = separator == "\\t" ? [0x09] : Array(separator.utf8) }
    try stream.run(renderer, example: "echo 我不喜欢吃苹果 | hanpipe segment") {
      var loaded = try stream.load(
        segmenter.named(pipeline), in: environment, expecting: Tokens.kind, precision: precision.precision, list: segmenter.list())
      try segmenter.correct(&loaded, stream.work)
      return loaded.pipeline
    }
  }
}
