import Testing

/// Each mistake that a spec can hold, and what is said about it.
@Suite struct BadSpecTests {
  static func stages(_ stages: String) -> String { "{\"stages\": [\(stages)]}" }
  static func training(_ training: String) -> String { "{\"stages\": [{\"type\": \"icu\"}], \"training\": \(training)}" }

  static let cases: [(String, String)] = [
    ("", "line 1, column 1: expected a value, found end of input"),
    ("hello", "line 1, column 1: expected a value, found \"h\""),
    ("{\"stages\":\n [{\"type\": \"icu\"}", "line 2, column 18: expected \",\" or \"]\", found end of input"),
    (stages("{\"type\": \"icu\"}") + " x", "line 1, column 31: after the value, unexpected \"x\""),
    ("[]", "the spec: [] is not allowed; expected an object with \"stages\""),
    ("{}", "the spec: \"stages\" is missing; expected an array of stages"),
    (stages(""), "stages: [] is not allowed; expected an array of at least one stage"),
    (stages("\"icu\""), "stages[0]: \"icu\" is not allowed; expected an object with a \"type\""),
    (stages("{}"), "stages[0]: \"type\" is missing; expected the name of a stage"),
    (stages("{\"type\": 3}"), "stages[0].type: 3 is not allowed; expected a string"),
    (stages("{\"type\": \"lsmt\"}"), "stages[0]: no stage of type \"lsmt\"; did you mean \"lstm\"? registered are "),
    ("{\"stage\": []}", "unknown key \"stage\"; did you mean \"stages\"? known are "),
    (
      stages("{\"type\": \"icu\"}, {\"type\": \"lstm\", \"unit\": 3}"),
      "stages[1]: unknown key \"unit\"; did you mean \"units\"? known are "
    ),
    (stages("{\"type\": \"lstm\", \"units\": \"8\"}"), "stages[0].units: \"8\" is not allowed; expected an integer from 1 to 8192"),
    (stages("{\"type\": \"lstm\", \"units\": 0}"), "stages[0].units: 0 is not allowed; expected an integer from 1 to 8192"),
    (stages("{\"type\": \"lstm\", \"units\": 1.5}"), "stages[0].units: 1.5 is not allowed; expected an integer from 1 to 8192"),
    (
      stages("{\"type\": \"lstm\", \"output\": \"lst\"}"),
      "stages[0].output: \"lst\" is not allowed; expected one of \"last\", \"sequence\""
    ),
    (
      stages("{\"type\": \"icu\", \"locale\": \"zh\", \"locale\": \"zh\"}"),
      "line 1, column 45: the key \"locale\" stands twice in one object"
    ),
    (
      stages("{\"type\": \"icu\"}, {\"type\": \"padding\"}"),
      "stages[1] takes ids, but stages[0] gives tokens; between them belongs \"vocabulary\""
    ),
    (
      stages("{\"type\": \"sigmoid\", \"labels\": [\"a\", \"a\"]}"),
      "stages[0].labels[1]: \"a\" is not allowed; expected a name that differs from labels[0]"
    ),
    (
      stages("{\"type\": \"softmax\", \"labels\": [\"a\"]}"), "stages[0].labels: [\"a\"] is not allowed; expected at least 2 labels"
    ),
    (
      stages("{\"type\": \"icu\", \"lexicon\": \"/etc/passwd\"}"),
      "stages[0].lexicon: \"/etc/passwd\" is not allowed; expected a path relative to the spec's own file, or null"
    ),
    (stages("{\"type\": \"icu\", \"lexicon\": \"../../etc/passwd\"}"), "stages[0] (icu): \"../../etc/passwd\" leads out of "),
    (stages("{\"type\": \"icu\", \"lexicon\": \"no.txt\"}"), "stages[0] (icu): \"no.txt\" does not exist; looked for "),
    (training("3"), "training: 3 is not allowed; expected an object"),
    (training("{\"epoch\": 3}"), "training: unknown key \"epoch\"; did you mean \"epochs\"? known are "),
    (training("{\"epochs\": 0}"), "training.epochs: 0 is not allowed; expected an integer from 1 to 1000000"),
    (
      training("{\"optimizer\": {\"type\": \"adm\"}}"),
      "training.optimizer.type: \"adm\" is not allowed; expected one of \"adam\", \"adamw\", \"sgd\""
    ),
    (
      training("{\"optimizer\": {\"type\": \"adam\", \"learningRate\": -1}}"),
      "training.optimizer.learningRate: -1 is not allowed; expected a number from 0 to 10"
    ),
    (
      training("{\"earlyStopping\": {\"patience\": 0}}"),
      "training.earlyStopping.patience: 0 is not allowed; expected an integer from 1 to 1000000"
    ),
  ]

  @Test(arguments: cases)
  func `a mistake is told with its place and what is allowed`(_ spec: String, _ message: String) throws {
    let workspace = Workspace()
    try Files.makeDirectory(workspace["specs"])
    try workspace.write(spec, to: "specs/mine.json")
    let outcome = try workspace.run(["validate", "specs/mine.json"])
    #expect(outcome.status == .exit(1))
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("hanpipe: specs/mine.json: " + message), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n", omittingEmptySubsequences: false).count == 2, "one line")
    // Who trains or runs it hears the same.
    try workspace.write(Tiny.data, to: "tiny.tsv")
    let trained = try workspace.run(["train", "specs/mine.json", "--data", "tiny.tsv", "--model", "model"])
    #expect(trained.status == .exit(1))
    #expect(trained.errors.hasPrefix("hanpipe: specs/mine.json: "), "\(trained.errors)")
    #expect(!Files.isThere(workspace["model"]))
  }

  @Test(arguments: [
    ("nothing.json", "nothing.json: no such file or directory"),
    ("empty", "empty: is an empty directory; expected a model directory, as `hanpipe train` writes it"),
    ("folder", "folder: is not a model directory: it has no pipeline.json"),
    ("/dev/null", "/dev/null: not a regular file"),
  ])
  func `what is no spec is refused`(_ path: String, _ message: String) throws {
    let workspace = Workspace()
    for name in ["empty", "folder"] { try Files.makeDirectory(workspace[name]) }
    try workspace.write("x", to: "folder/x")
    #expect(try workspace.run(["validate", path]) == .failure("hanpipe: \(message)\n"))
    #expect(try workspace.run(["run", path], input: "我\n") == .failure("hanpipe: \(message)\n"))
  }

  @Test(arguments: [
    (
      "{\"type\": \"icu\"}",
      "mine.json: the spec cannot be trained: its last stage gives tokens; a classifier such as \"sigmoid\" must come last"
    )
  ])
  func `what cannot be trained is refused`(_ stages: String, _ message: String) throws {
    let workspace = Workspace()
    try workspace.write(Self.stages(stages), to: "mine.json")
    try workspace.write(Tiny.data, to: "tiny.tsv")
    #expect(
      try workspace.run(["train", "mine.json", "--data", "tiny.tsv", "--model", "model"]) == .failure("hanpipe: \(message)\n"))
  }

  @Test func `each file that is not in order is told of`() throws {
    let workspace = Workspace()
    try workspace.write(Self.stages("{\"type\": \"whitespace\"}"), to: "good.json")
    let outcome = try workspace.run(["validate", "a.json", "good.json", "b.json"])
    #expect(
      outcome
        == .failure(
          "hanpipe: a.json: no such file or directory\nhanpipe: b.json: no such file or directory\n",
          output: "good.json: spec in order\n  stages[0]    whitespace           text → tokens\n"))
  }
}
