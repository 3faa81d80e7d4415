import Glibc
import Testing

/// What a newcomer types first, and mistypes.
@Suite struct UsageTests {
  static let commands = [
    "", "run", "segment", "classify", "explain", "train", "evaluate", "compare", "vocabulary", "vocabulary build",
    "vocabulary show", "vectors", "export", "validate", "stages", "schema", "benchmark", "curves",
  ]

  /// HANPIPE_WRITE_HELP=1 writes the files instead of comparing them.
  @Test(arguments: commands)
  func `help is as it was written down`(_ command: String) throws {
    let arguments = command.split(separator: " ").map(String.init)
    let outcome = try Tool.run(arguments + ["--help"])
    let name = arguments.isEmpty ? "hanpipe" : arguments.joined(separator: "-")
    let path = Tool.packageRoot + "/Tests/EndToEndTests/Help/\(name).txt"
    if getenv("HANPIPE_WRITE_HELP") != nil { try Files.write(outcome.output, to: path) }
    #expect(outcome == .success(try Files.text(path)))
    // A terminal is 80 wide; what is to be copied may be longer.
    for line in outcome.lines where !line.hasPrefix("USAGE") { #expect(line.count <= 80, "\(line)") }
  }

  @Test func `the version is one line on stdout`() throws {
    let outcome = try Tool.run(["--version"])
    #expect(outcome.status == .exit(0))
    #expect(outcome.errors == "")
    #expect(outcome.lines.count == 1)
    #expect(outcome.text.split(separator: ".").count == 3)
  }

  @Test(.enabled(if: Files.isThere("/bin/bash")), arguments: [
    (["classify", "--model", "mo"], "model"), (["classify", "rev"], "reviews.tsv"),
    (["train", "spec.json", "--data", "rev"], "reviews.tsv"), (["evaluate", "--report", "rev"], "reviews.tsv"),
    (["validate", "mo"], "model"), (["class"], "classify"), (["segment", "--segmenter", "ne"], "neural"),
  ])
  func `bash completes names of files where a file is meant`(_ words: [String], _ completed: String) throws {
    let workspace = Workspace()
    try workspace.write("", to: "reviews.tsv")
    try Files.makeDirectory(workspace["model"])
    try workspace.write(try Tool.run(["--generate-completion-script", "bash"]).text, to: "script")
    // As bash asks for the last word.
    let ask = """
      source ./script; COMP_WORDS=(hanpipe "$@"); COMP_CWORD=$#; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
      _hanpipe hanpipe "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"; printf '%s\\n' "${COMPREPLY[@]}"
      """
    let child = try Child("/bin/bash", ["-c", ask, "bash"] + words, directory: workspace.path, environment: ["PATH": "/usr/bin:/bin"])
    child.closeInput()
    let outcome = child.finish()
    #expect(outcome.lines == [completed], "\(outcome)")
  }

  @Test func `nothing at all shows the help`() throws {
    #expect(try Tool.run([]) == (try Tool.run(["--help"])))
  }

  static let seeHelp = "Usage: hanpipe segment [<options>] [<file> ...]\n  See 'hanpipe segment --help' for more information.\n"
  static let seeAll = "Usage: hanpipe <subcommand>\n  See 'hanpipe --help' for more information.\n"
  static let all =
    "Commands: run, segment, classify, explain, train, evaluate, compare, vocabulary, vectors, export, validate, stages, schema, benchmark, curves, help\n"

  @Test(arguments: [
    (["help", "sgment"], "Error: there is no command \"sgment\". Did you mean \"segment\"? \(all)\(seeAll)"),
    (["sgment"], "Error: there is no command \"sgment\". Did you mean \"segment\"? \(all)\(seeAll)"),
    (["frobnicate"], "Error: there is no command \"frobnicate\". \(all)\(seeAll)"),
    (["segment", "--outptu", "text"], "Error: Unknown option '--outptu'. Did you mean '--output'?\n\(seeHelp)"),
    (
      ["segment", "--threads", "0"],
      "Error: --threads: 0 is not allowed; expected a number from 1 to 1024\n\(seeHelp)"
    ),
    (
      ["segment", "--threads", "x"],
      "Error: The value 'x' is invalid for '--threads <count>'\nHelp:  --threads <count>  Threads to work with; "
        + "the result is the same with any number.\n\(seeHelp)"
    ),
    (["segment", "-q", "-v"], "Error: --quiet and --verbose exclude each other\n\(seeHelp)"),
    (
      ["segment", "--text-field", "2"],
      "Error: --text-field, --label-field and --id-field need --input tsv, csv or jsonl\n\(seeHelp)"
    ),
    (["segment", "--header"], "Error: --header needs --input tsv or csv\n\(seeHelp)"),
    (
      ["segment", "--output", "tsv"],
      "Error: The value 'tsv' is invalid for '--output <output>'. Please provide one of 'text' and 'jsonl'.\n"
        + "Help:  --output <output>  text or jsonl.\n\(seeHelp)"
    ),
  ])
  func `wrong usage is told with what would be right`(_ arguments: [String], _ message: String) throws {
    #expect(try Tool.run(arguments, input: "我\n") == .failure(message, status: 64))
  }

  @Test(arguments: [
    (["run"], "Missing expected argument '<pipeline>'"), (["train"], "Missing expected argument '<spec>'"),
    (["train", "x.json"], "Missing expected argument '--data <file> ...'"),
    (["train", "x.json", "--data", "y.tsv"], "--model says where to save; or ask for --dry-run"),
    (["train", "x.json", "--data", "y", "--model", "z", "--epochs", "0"], "--epochs: 0 is not allowed"),
    (["train", "x.json", "--data", "y", "--model", "z", "--seed", "-1"], "--seed"),
    (["validate"], "Missing expected argument"), (["vocabulary", "build"], "--pipeline"),
    (["vocabulary", "show", "x", "--top", "0"], "--top: 0 is not allowed; expected a number from 1"),
    (["export", "x"], "Missing expected argument '--onnx <file>'"),
    (["stages", "lsmt"], "no stage of type \"lsmt\"; did you mean \"lstm\"?"),
    (["stages", "transformer"], "no stage of type \"transformer\"; `hanpipe stages` lists them"),
    (["help", "vocabulary", "biuld"], "there is no command \"vocabulary biuld\". Did you mean \"vocabulary build\"?"),
    (["vocabulary", "biuld"], "there is no command \"vocabulary biuld\". Did you mean \"vocabulary build\"?"),
  ])
  func `each command says what it misses`(_ arguments: [String], _ part: String) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == .exit(64))
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("Error: "))
    #expect(outcome.errors.contains(part), "\(outcome.errors)")
  }

  @Test(arguments: ["sentiment", "pipelines/sentiment.json", "sentiment.json"])
  func `what comes with the tool is found by who looks for it elsewhere`(_ name: String) throws {
    let shipped = Tool.packageRoot + "/pipelines/sentiment.json"
    #expect(
      try Workspace().run(["validate", name])
        == .failure("hanpipe: \(name): no such file or directory; the one that comes with the tool is \(shipped)\n"))
    let model = try Workspace().run(["classify", "--model", "sentiment"], input: "好\n")
    #expect(model.errors.hasSuffix("is \(Tool.packageRoot)/models/sentiment\n"))
  }

  @Test(arguments: [
    ["evaluate", "--model", "MODEL", "tiny.tsv", "--report", "none/report.html"],
    ["vectors", "--pipeline", "tiny.json", "tiny.tsv", "--output", "none/v.txt"],
    ["vocabulary", "build", "--segmented", "tiny.tsv", "--output", "none/a.dict"],
  ])
  func `a file that cannot be written is told before the work, not after it`(_ arguments: [String]) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let model = try Tiny.model()
    let file = arguments[arguments.count - 1]
    #expect(
      try workspace.run(arguments.map { $0 == "MODEL" ? model : $0 })
        == .failure("hanpipe: \(file): cannot write to none: no such file or directory\n"))
  }

  // MARK: Terminals

  @Test(arguments: [
    ["segment"], ["classify"], ["run", "pipelines/segment.json"], ["evaluate"],
    ["vocabulary", "build", "--pipeline", "pipelines/tutorial.json"],
  ])
  func `a terminal without a file is answered with a word, not with silence`(_ arguments: [String]) throws {
    let child = try Tool.start(arguments, in: Tool.packageRoot, terminals: [.input])
    let outcome = child.finish(timeout: .seconds(10))
    #expect(outcome.status == .exit(64))
    #expect(
      outcome.errors.hasPrefix("Error: nothing to read: name a file, pipe text in, or say - to type it.\nExample: "),
      "\(outcome)")
  }

  @Test func `a dash reads what is typed`() throws {
    let child = try Tool.start(["segment", "-"], terminals: [.input])
    child.type("我喜欢\n")
    #expect(child.waits(for: "我 喜欢\n", on: .output, timeout: .seconds(5)))
    child.type("\u{04}")
    #expect(child.finish(timeout: .seconds(5)).status == .exit(0))
  }

  @Test(arguments: [
    ([], "xterm", true), (["--quiet"], "xterm", false), ([], "dumb", false),
  ])
  func `progress is drawn on a terminal that can be drawn on`(_ options: [String], _ term: String, _ isDrawn: Bool) throws {
    let workspace = Workspace()
    try workspace.write(String(repeating: "我不喜欢吃苹果\n", count: 3000), to: "long.txt")
    var environment = Tool.environment
    environment["TERM"] = term
    let child = try Tool.start(["segment", workspace["long.txt"]] + options, environment: environment, terminals: [.errors])
    let outcome = child.finish()
    #expect(outcome.status == .exit(0))
    #expect(outcome.lines.count == 3000)
    #expect(outcome.errors.contains(" records, ") == isDrawn, "\(outcome.errors)")
    // The line is wiped at the end.
    #expect(isDrawn ? outcome.errors.hasSuffix("\r\u{1B}[K") : outcome.errors.isEmpty)
  }

  @Test func `a pipe gets no progress`() throws {
    let outcome = try Tool.run(["segment"], input: String(repeating: "我不喜欢吃苹果\n", count: 3000))
    #expect(outcome.errors == "")
    #expect(!outcome.output.contains(0x1B))
  }

  @Test func `words between spaces, not colours, come out on a terminal`() throws {
    let child = try Tool.start(["segment"], terminals: [.output])
    child.write("我喜欢\n")
    child.closeInput()
    let outcome = child.finish()
    #expect(outcome == .success("我 喜欢\r\n"))
  }
}
