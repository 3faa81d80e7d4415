import Glibc
import HanpipeCore
import Testing

/// `hanpipe export`.
@Suite struct ExportTests {
  @Test func `a model becomes a file, and stderr says what goes in and comes out`() throws {
    let workspace = Workspace()
    let model = try Tiny.model()
    let outcome = try workspace.run(["export", model, "--onnx", "tiny.onnx"])
    let bytes = try Files.read(workspace["tiny.onnx"])
    #expect(outcome == .success("", errors: "tiny.onnx: \(grouped(bytes.count)) bytes; ids, lengths → logits, probabilities\n"))
    // ir_version 8, producer_name.
    #expect(bytes.starts(with: [0x08, 0x08, 0x12, 0x07] + Array("hanpipe".utf8)))
    // What another program needs lies in it.
    for part in [#"["bad", "good"]"#, "<pad>\n<unk>\n", "ids.maximum", #""text": "我喜欢吃苹果""#] {
      #expect(bytes.firstRange(of: Array(part.utf8)) != nil, "\(part)")
    }
    // The same model, the same bytes; what stood there is replaced.
    #expect(try workspace.run(["export", model, "--onnx", "tiny.onnx", "--quiet"]) == .success(""))
    #expect(try Files.read(workspace["tiny.onnx"]) == bytes)
    #expect(Files.names(workspace.path) == ["tiny.onnx"])
  }

  @Test func `examples are of the texts that are named`() throws {
    let workspace = Workspace()
    try workspace.write("好 坏\n\n苹果 好\n", to: "texts.txt")
    let outcome = try workspace.run(["export", try Tiny.model(), "--onnx", "tiny.onnx", "--examples", "texts.txt", "--quiet"])
    #expect(outcome == .success(""))
    let bytes = try Files.read(workspace["tiny.onnx"])
    let start = try #require(bytes.firstRange(of: Array(#"[{"text": "好 坏""#.utf8))).lowerBound
    let examples = try #require(try JSON(parsing: Array(bytes[start...])).arrayValue)
    #expect(examples.map { $0["text"]?.stringValue } == ["好 坏", "", "苹果 好"])
    let answers = try workspace.run(["classify", "--model", try Tiny.model()], input: "好 坏\n\n苹果 好\n").json()
    for (example, answer) in zip(examples, answers) {
      let good = try #require(example["probabilities"]?.arrayValue?.last?.doubleValue)
      #expect(abs(good - (answer["probabilities"]?["good"]?.doubleValue ?? .nan)) < 1e-6)
    }
    #expect(examples[1]["inputs"]?["lengths"]?.intValue == 0)
  }

  @Test func `texts of examples are read as all input is`() throws {
    let workspace = Workspace()
    // A byte order mark, CRLF, and a byte that is not UTF-8.
    try workspace.write([0xEF, 0xBB, 0xBF] + Array("好\r\n坏".utf8) + [0xFF, 0x0D, 0x0A], to: "texts.txt")
    let outcome = try workspace.run(["export", try Tiny.model(), "--onnx", "tiny.onnx", "--examples", "texts.txt"])
    #expect(outcome.errors.hasPrefix("hanpipe: warning: 1 line was not UTF-8 and was repaired with U+FFFD: texts.txt:2\n"))
    let bytes = try Files.read(workspace["tiny.onnx"])
    let start = try #require(bytes.firstRange(of: Array(#"[{"text": "好""#.utf8))).lowerBound
    let examples = try #require(try JSON(parsing: Array(bytes[start...])).arrayValue)
    #expect(examples.map { $0["text"]?.stringValue } == ["好", "坏\u{FFFD}"])
  }

  @Test(arguments: [
    ("pipelines/segment.json", "none of its stages is part of a network, so there is nothing to export"),
    ("pipelines/sentiment.json", "stages[2]: \"vocabulary\" has learned nothing yet; train the pipeline"),
  ])
  func `what has learned no network is refused, and nothing is written`(_ spec: String, _ part: String) throws {
    let workspace = Workspace()
    let outcome = try workspace.run(["export", Tool.packageRoot + "/" + spec, "--onnx", "x.onnx"])
    #expect(outcome.status == .exit(1) && outcome.output.isEmpty)
    #expect(outcome.errors.contains(part), "\(outcome.errors)")
    #expect(Files.names(workspace.path).isEmpty)
  }

  @Test func `a place that cannot be written is told before the work`() throws {
    let outcome = try Workspace().run(["export", "none", "--onnx", "none/x.onnx"])
    #expect(outcome == .failure("hanpipe: none/x.onnx: cannot write to none: no such file or directory\n"))
  }
}

private enum Python {
  /// The first one that has what the scripts import: HANPIPE_PYTHON may be there for other libraries.
  static let path: String? = {
    let named = getenv("HANPIPE_PYTHON").map { String(cString: $0) }
    let peers = ["/.venv-peers", "/../.venv-peers"].map { Tool.packageRoot + $0 + "/bin/python" }
    return ([named].compactMap(\.self) + peers).first(where: hasLibraries)
  }()

  private static func hasLibraries(_ path: String) -> Bool {
    guard Files.isThere(path),
      let child = try? Child(path, ["-c", "import numpy, onnx, onnxruntime"], directory: "/", environment: ["PATH": "/usr/bin:/bin"])
    else { return false }
    child.closeInput()
    return child.finish(timeout: .seconds(60)).status == .exit(0)
  }
}

/// Exported networks in ONNX Runtime: HANPIPE_PYTHON (with onnx, onnxruntime and numpy), or that of the peers.
@Suite(.enabled(if: Python.path != nil, "there is no Python with numpy, onnx and onnxruntime: set HANPIPE_PYTHON"))
struct ONNXRuntimeTests {
  private func run(_ script: String, _ arguments: [String], in workspace: Workspace) throws -> Outcome {
    let child = try Child(
      try #require(Python.path), [Tool.packageRoot + "/" + script] + arguments, directory: workspace.path,
      environment: ["PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8"])
    child.closeInput()
    return child.finish(timeout: .seconds(120))
  }

  /// Runs scripts/check-onnx, which fails above 1e-5.
  private func check(_ files: [String], in workspace: Workspace) throws {
    let outcome = try run("scripts/check-onnx", files, in: workspace)
    #expect(outcome.status == .exit(0), "\(outcome)")
    #expect(outcome.lines.count == files.count, "\(outcome)")
  }

  @Test func `the shipped models give the same in ONNX Runtime`() throws {
    let workspace = Workspace()
    let models = ["sentiment", "segmenter", "segmenter-lists"]
    for model in models {
      #expect(
        try workspace.run(["export", Tool.packageRoot + "/models/" + model, "--onnx", model + ".onnx", "--quiet"]) == .success(""))
    }
    try check(models.map { $0 + ".onnx" }, in: workspace)
  }

  private static let words = #"""
    {"type": "normalize"}, {"type": "icu"}, {"type": "vocabulary"}, {"type": "padding", "maximum": 100}
    """#
  private static let encoder = #""units": 12, "embedding": 12, "dropout": 0.2"#

  @Test(
    .enabled(if: Files.isThere(RealData.path), "there is no real data: set HANPIPE_DATA to its folder"),
    arguments: [
      ("gru", #"\#(words), {"type": "gru", \#(encoder), "precision": "int8"}, {"type": "sigmoid", "labels": ["0", "1"]}"#),
      (
        "attention",
        #"\#(words), {"type": "lstm", \#(encoder), "layers": 2, "bidirectional": true, "output": "sequence"}, "#
          + #"{"type": "attention-pooling"}, {"type": "sigmoid", "labels": ["0", "1"]}"#
      ),
      (
        "softmax",
        #"{"type": "normalize"}, {"type": "concatenate", "branches": [[\#(words), {"type": "lstm", \#(encoder), "output": "sequence"}, "#
          + #"{"type": "max-pooling"}], [{"type": "characters"}, {"type": "ngrams", "bag": true, "minimumCount": 2}, "#
          + #"{"type": "embedding", "width": 2, "output": "normalized", "scale": 20}]]}, "#
          + #"{"type": "softmax", "labels": ["0", "1"], "wide": true}"#
      ),
      (
        "labels",
        #"\#(words), {"type": "rnn", \#(encoder), "output": "sequence"}, {"type": "mean-pooling"}, "#
          + #"{"type": "sigmoid", "task": "multi-label", "labels": ["0", "1"]}"#
      ),
    ])
  func `models of real reviews give the same in ONNX Runtime`(_ name: String, _ stages: String) throws {
    let workspace = Workspace()
    try export(stages, as: name + ".onnx", in: workspace)
    try check([name + ".onnx"], in: workspace)
  }

  /// Ids and answers, from the text on: what the metadata says is enough.
  @Test(.enabled(if: Files.isThere(RealData.path), "there is no real data: set HANPIPE_DATA to its folder"))
  func `a client without hanpipe makes the same ids`() throws {
    let workspace = Workspace()
    try export(
      #"{"type": "normalize", "form": "NFKC", "fold": ["case"]}, {"type": "characters"}, {"type": "concatenate", "branches": "#
        + #"[[{"type": "vocabulary", "minimumCount": 3}, {"type": "padding", "maximum": 20, "truncate": "pre"}, {"type": "gru", "units": 8, "#
        + #""embedding": 8}], [{"type": "ngrams", "orders": [1, 3], "bag": true, "minimumCount": 2, "buckets": 5000}, "#
        + #"{"type": "embedding", "width": 3, "output": "mean"}]]}, {"type": "softmax", "labels": ["0", "1"]}"#,
      as: "client.onnx", in: workspace)
    let outcome = try run("Examples/ONNX/classify.py", ["client.onnx", "--check"], in: workspace)
    #expect(outcome.status == .exit(0) && outcome.text.hasPrefix("301 examples, largest difference "), "\(outcome)")
    #expect(outcome.text.hasSuffix("e-06\n") || outcome.text.hasSuffix("e-07\n") || outcome.text.hasSuffix("e-08\n"), "\(outcome)")
  }

  /// Trains on 300 reviews, and exports with them and a text without words as examples.
  private func export(_ stages: String, as file: String, in workspace: Workspace) throws {
    let spec = #"{"stages": [\#(stages)], "training": {"epochs": 1, "optimizer": {"type": "adam", "learningRate": 0.01}}}"#
    try workspace.write(spec, to: "spec.json")
    // The file has the reviews of one label first.
    let all = try RealDataTests.heldOut("takeaway")
    let reviews = stride(from: 0, to: 1800, by: 6).map { all[$0] }
    try workspace.write(reviews.joined(separator: "\n") + "\n", to: "reviews.tsv")
    let texts = reviews.map { String($0.split(separator: "\t", maxSplits: 1)[1]) } + [""]
    try workspace.write(texts.joined(separator: "\n") + "\n", to: "texts.txt")
    #expect(try workspace.run(["train", "spec.json", "--data", "reviews.tsv", "--model", "m", "--quiet"]) == .success(""))
    #expect(try workspace.run(["export", "m", "--onnx", file, "--examples", "texts.txt", "--quiet"]) == .success(""))
  }
}
