import Glibc
import HanpipeCore
import Testing

@Suite struct TrainTests {
  @Test func `a model is trained, saved and measured`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let trained = try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model"])
    #expect(trained.status == .exit(0))
    // Nothing of it is data.
    #expect(trained.output.isEmpty)
    #expect(trained.errors.contains("80 records (bad 40, good 40)\n"))
    #expect(trained.errors.contains("epoch 6/6  loss "))
    #expect(trained.errors.hasSuffix("saved model\n"))
    #expect(!trained.errors.contains("\u{1B}"))
    #expect(Files.names(workspace.path) == ["model", "tiny.json", "tiny.tsv"])
    #expect(
      Files.names(workspace["model"]) == [
        "README.md", "golden.jsonl", "pipeline.json", "training.jsonl", "vocabulary.tsv", "weights.safetensors",
      ])

    let text = try workspace.run(["evaluate", "--model", "model", "tiny.tsv"])
    #expect(text.status == .exit(0))
    #expect(text.errors == "")
    #expect(text.text.hasPrefix("records    80\naccuracy   1.0000   95 %: 0.9542 – 1.0000\n"))
    let report = try #require(try workspace.run(["evaluate", "--model", "model", "--json", "tiny.tsv"]).json().first)
    #expect(report["accuracy"]?.doubleValue == 1)
    #expect(report["confusion"]?.description == "[[40, 0], [0, 40]]")
    #expect(report["labels"]?.arrayValue?.map { $0["f1"]?.doubleValue } == [1, 1])
  }

  @Test func `the same seed gives the same bytes on any number of threads`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    for (model, options) in [("a", ["--threads", "1"]), ("b", ["--threads", "2"]), ("c", ["--seed", "2"])] {
      #expect(try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", model, "-q"] + options) == .success(""))
    }
    #expect(try Files.contents(workspace["a"]) == (try Files.contents(workspace["b"])))
    #expect(try Files.read(workspace["a/weights.safetensors"]) != (try Files.read(workspace["c/weights.safetensors"])))
  }

  @Test func `a dry run says what it would do, and does nothing`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let outcome = try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--dry-run", "--model", "model"])
    #expect(outcome.status == .exit(0))
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("80 to train on, 0 to validate on, 18 words, 697 parameters\n"), "\(outcome)")
    #expect(Files.names(workspace.path) == ["tiny.json", "tiny.tsv"])
  }

  @Test func `records repeated between training and validation are told of`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let outcome = try workspace.run(
      ["train", "tiny.json", "--data", "tiny.tsv", "--validation", "tiny.tsv", "--model", "model", "--epochs", "1"])
    #expect(outcome.errors.contains("hanpipe: warning: 80 of 80 validation records stand in the training data too\n"))
  }

  @Test func `half-precision weights take half the room and answer the same`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let model = try Tiny.model()
    #expect(
      try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "half", "--precision", "f16", "-q"]) == .success("")
    )
    let sizes = try [model, workspace["half"]].map { try Files.read($0 + "/weights.safetensors").count }
    #expect(sizes[1] < sizes[0] * 7 / 10)
    let report = try #require(try workspace.run(["evaluate", "--model", "half", "--json", "tiny.tsv"]).json().first)
    #expect(report["accuracy"]?.doubleValue == 1)
  }

  // MARK: Data

  @Test(arguments: [
    ("ugly\t我\n", #"data.tsv:3: the label "ugly" is not one of the spec's labels "bad", "good""#),
    ("2\t我\n", #"data.tsv:3: the label "2" is not one of the spec's labels "bad", "good""#),
    ("bad 我\n", #"data.tsv:3: expected a label, a TAB and a text; found no TAB in "bad 我""#),
    ("\n", "data.tsv:3: expected a label, a TAB and a text; found no TAB in an empty line"),
    ("bad,good\t我\n", "data.tsv:3: 2 labels, but the classifier gives exactly one"),
  ])
  func `a line that cannot be learned from is named`(_ line: String, _ message: String) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try workspace.write("good\t好\nbad\t差\n" + line, to: "data.tsv")
    #expect(
      try workspace.run(["train", "tiny.json", "--data", "data.tsv", "--model", "model"]) == .failure("hanpipe: \(message)\n"))
    #expect(!Files.isThere(workspace["model"]))
    // To measure, it is left out and counted.
    let measured = try workspace.run(["evaluate", "--model", try Tiny.model(), "data.tsv"])
    #expect(measured.status == .exit(1))
    #expect(measured.errors == "hanpipe: 1 record was left out: \(message)\n")
    #expect(measured.text.hasPrefix("records    2\n"))
  }

  @Test(arguments: [
    ("", "data.tsv: no record to train on; expected lines of the form: label TAB text"),
    ("good\t好\ngood\t棒\n", "data.tsv: all 2 records to train on are labelled \"good\"; a classifier needs records of at least two labels"),
  ])
  func `data that cannot be learned from is refused`(_ data: String, _ message: String) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try workspace.write(data, to: "data.tsv")
    #expect(
      try workspace.run(["train", "tiny.json", "--data", "data.tsv", "--model", "model"]) == .failure("hanpipe: \(message)\n"))
    #expect(Files.names(workspace.path) == ["data.tsv", "tiny.json", "tiny.tsv"])
  }

  @Test func `nothing to measure is said`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try workspace.write("", to: "empty.tsv")
    #expect(
      try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--validation", "empty.tsv", "--model", "model"])
        == .failure("hanpipe: empty.tsv: no record to measure on; expected lines of the form: label TAB text\n"))
    #expect(
      try Tool.run(["evaluate", "--model", try Tiny.model()])
        == .failure("hanpipe: standard input: no record to measure on; expected lines of the form: label TAB text\n"))
  }

  @Test func `labels may be places in the spec's list`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let numbered = Tiny.data.split(separator: "\n").map { $0.hasPrefix("bad") ? "0" + $0.dropFirst(3) : "1" + $0.dropFirst(4) }
    try workspace.write(numbered.joined(separator: "\n"), to: "numbered.tsv")
    #expect(try workspace.run(["train", "tiny.json", "--data", "numbered.tsv", "--model", "model", "-q"]) == .success(""))
    #expect(
      try Files.read(workspace["model/weights.safetensors"]) == (try Files.read(Tiny.model() + "/weights.safetensors")))
  }

  @Test func `data comes from stdin and in other forms too`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let jsonl = Tiny.data.split(separator: "\n").map { line in
      let parts = line.split(separator: "\t")
      return #"{"stars": "\#(parts[0])", "review": "\#(parts[1])"}"#
    }
    let outcome = try workspace.run(
      [
        "train", "tiny.json", "--data", "-", "--model", "model", "-q", "--input", "jsonl", "--text-field", "review",
        "--label-field",
        "stars",
      ], input: jsonl.joined(separator: "\n") + "\n")
    #expect(outcome == .success(""))
    #expect(
      try Files.read(workspace["model/weights.safetensors"]) == (try Files.read(Tiny.model() + "/weights.safetensors")))
  }

  @Test func `a training that diverges names its step and leaves the old model in place`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try Tiny.copy(in: workspace)
    let before = try Files.contents(workspace["model"])
    try Files.replace(
      #"{"type": "adam", "learningRate": 0.05}"#, by: #"{"type": "sgd", "learningRate": 100, "l2": 10}"#, in: workspace["tiny.json"]
    )
    let outcome = try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "--epochs", "30", "-q"])
    #expect(outcome.status == .exit(1))
    let message =
      #"^(saved model\.checkpoint with the last good weights, of epoch \d+ or later\n)?hanpipe: training diverged in epoch \d+, step \d+: (the loss|a gradient|a weight) is not a finite number; lower the learning rate, or clip gradients with "clipping": \{"norm": 1\}\n$"#
    #expect(try Regex(message).wholeMatch(in: outcome.errors) != nil, "\(outcome.errors)")
    #expect(try Files.contents(workspace["model"]) == before)
    // What was saved beside it can be used.
    if Files.isThere(workspace["model.checkpoint"]) {
      #expect(try workspace.run(["classify", "--model", "model.checkpoint"], input: "好\n").status == .exit(0))
    }
  }

  // MARK: Swapping

  @Test(arguments: [
    ("\"lstm\"", "\"gru\""), ("\"lstm\"", "\"rnn\""), ("\"whitespace\"", "\"icu\""), ("\"whitespace\"", "\"characters\""),
    ("\"sigmoid\"", "\"softmax\""),
  ])
  func `another stage is one other word in the spec`(_ old: String, _ new: String) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try Files.replace(old, by: new, in: workspace["tiny.json"])
    #expect(
      try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "-q", "--epochs", "12"]) == .success(""))
    let answers = try workspace.run(["classify", "--model", "model", "--output", "text"], input: "我 喜欢 酒店\n房间 差 了\n")
    #expect(answers == .success("good\nbad\n"))
  }
}
