import ArgumentParser
import Glibc
import Hanpipe

struct SegmentCommand: StreamingCommand {
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
                echo 研究生命起源 | hanpipe segment --user-words mine.tsv --why

      --output text writes the words as they stand in the input, with a separator between them and without the white space \
      around them; jsonl gives each word with its place in the text that was read: start and end in bytes of UTF-8, \
      characterStart and characterEnd in Unicode characters, as a string of Python counts.

      The mode search gives the words inside of long ones too, for a search index.

      A line of --user-words is a word, or TAB-separated columns: text, rule (force, prefer, split), parts.

      --why writes a line for each word with the rule that made it one, and lines for words of yours that stand in the text and \
      are none, with what kept them from it; a blank line ends each record. jsonl has the same as "why" of each token, and "missed".
      """)

  @OptionGroup var inputs: FileArguments
  @OptionGroup var format: FormatOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var spec: SpecOptions
  @OptionGroup var handling: HandlingOptions
  @OptionGroup var work: WorkOptions
  @OptionGroup var segmenter: SegmenterOptions
  @Option(help: "A spec or model of yours that gives tokens, instead of a shipped segmenter.", completion: .file()) var pipeline: String?
  @OptionGroup var precision: PrecisionOption
  @Option(help: "text or jsonl.") var output = Format.text
  @Option(help: ArgumentHelp("What stands between words in text; \\t is a TAB, which no word holds (default: a space)."))
  var separator: String?
  @Flag(help: "Write white space too, each stretch of it as a word: the output without its separators is the input.")
  var keepWhitespace = false
  @Flag(help: "Say of each word which rule made it one, and of your words that are none why not.") var why = false
  @Option(help: "Colours with --why in text: auto (on a terminal, without NO_COLOR), always or never.") var color = ColorChoice.auto

  mutating func validate() throws {
    try segmenter.exclude(pipeline, "--pipeline")
    if why, separator != nil { throw ValidationError("--separator does not go with --why, which writes a line for each word") }
    if why, keepWhitespace { throw ValidationError("--keep-whitespace does not go with --why, which tells of words") }
    if color != .auto, !why || output != .text { throw ValidationError("--color needs --why and --output text") }
    guard let separator else { return }
    if output == .jsonl { throw ValidationError("--separator needs --output text") }
    if separator.isEmpty || separator.utf8.contains(0x0A) {
      throw ValidationError("--separator: \(JSON.string(separator)) is not allowed; expected a character or more, no line feed among them")
    }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    var renderer = ResultRenderer(format: output.result, includesText: true, includesTokens: true)
    renderer.tokens.keepsWhitespace = keepWhitespace
    if let separator { renderer.tokens.separator = separator == "\\t" ? [0x09] : Array(separator.utf8) }
    let named = try segmenter.named(pipeline)
    try stream.run(example: "echo 我不喜欢吃苹果 | hanpipe segment") {
      var loaded = try stream.load(
        named, in: environment, expecting: Tokens.kind, precision: precision.precision, list: segmenter.list())
      try segmenter.correct(&loaded, stream.work)
      return loaded.pipeline
    } renderer: { pipeline in
      if !why { return renderer }
      // What a spec of the user's names is the user's; a shipped one's lexicon is not.
      return WordReasonRenderer(
        pipeline: pipeline, format: output.result, colors: color.colors(for: STDOUT_FILENO),
        files: named.isShipped ? Set(segmenter.files) : nil)
    }
  }
}
