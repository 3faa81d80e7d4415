import Glibc
import HanpipeCore
import Testing

/// Model directories that are none, or no longer.
@Suite struct BadModelTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let message: String
    let spoil: @Sendable (Workspace) throws -> Void
    init(_ name: String, _ message: String, _ spoil: @escaping @Sendable (Workspace) throws -> Void) {
      (testDescription, self.message, self.spoil) = (name, message, spoil)
    }
  }

  static let weights = "model/weights.safetensors"
  static func edit(_ old: String, _ new: String) -> @Sendable (Workspace) throws -> Void {
    { try Files.replace(old, by: new, in: $0["model/pipeline.json"]) }
  }

  static let cases = [
    Case("missing", "model: no such file or directory") { Files.remove($0["model"]) },
    Case("empty", "model: is an empty directory; expected a model directory, as `hanpipe train` writes it") {
      for name in Files.names($0["model"]) { Files.remove($0["model/" + name]) }
    },
    Case("foreign directory", "model: is not a model directory: it has no pipeline.json") {
      Files.remove($0["model"])
      try Files.makeDirectory($0["model"])
      try $0.write("hello", to: "model/readme.txt")
    },
    Case("a file", "model: line 1, column 1: expected a value, found \"h\"") {
      Files.remove($0["model"])
      try $0.write("hello", to: "model")
    },
    Case(
      "spec instead of model",
      "model: is not a model directory: its pipeline.json has no \"model\", so it is a spec that has learned nothing"
    ) {
      try $0.write(Tiny.spec, to: "model/pipeline.json")
    },
    Case("empty spec", "model/pipeline.json: line 1, column 1: expected a value, found end of input") {
      try $0.write("", to: "model/pipeline.json")
    },
    Case(
      "a later format", "model/pipeline.json: has the format 2, written by hanpipe 0.1.0; this hanpipe knows up to 1: update it",
      edit("\"format\": 1", "\"format\": 2")),
    Case("no weights", "model/weights.safetensors: is missing; restore the model directory, or train again") {
      Files.remove($0[weights])
    },
    Case(
      "empty weights",
      "model/weights.safetensors: 0 bytes are no safetensors file, which begins with 8 bytes for its header's length"
    ) {
      try $0.write("", to: weights)
    },
    Case("truncated weights", "model/weights.safetensors: \"stages.4.sigmoid.bias\" ends at byte ") {
      try $0.write(try Files.read($0[weights]).dropLast(2), to: weights)
    },
    Case("a huge header", "model/weights.safetensors: the header claims 9223372036854775807 bytes, but there is room for ") {
      try $0.write([255, 255, 255, 255, 255, 255, 255, 127] + (try Files.read($0[weights]).dropFirst(8)), to: weights)
    },
    Case("weights with NaN", "model/weights.safetensors: \"stages.3.lstm.embedding.weight\" holds NaN or infinity; train again") {
      var bytes = try Files.read($0[weights])
      let header = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
      bytes.replaceSubrange(8 + header..<12 + header, with: [0, 0, 0xC0, 0x7F])
      try $0.write(bytes, to: weights)
    },
    Case(
      "other units",
      "model: stages[3] (lstm): \"layers.0.forward.weight_ih\" has the shape [32, 8], but the spec asks for [64, 8]; train again, or restore the spec",
      edit("\"units\": 8", "\"units\": 16")),
    Case(
      "other stage",
      "model/weights.safetensors: holds \"stages.3.lstm.embedding.weight\", which this pipeline has not; the weights belong to another model",
      edit("\"type\": \"lstm\"", "\"type\": \"gru\"")),
    Case(
      "more labels",
      "model: stages[4] (sigmoid): \"weight\" has the shape [1, 8], but the spec asks for [3, 8]; train again, or restore the spec",
      edit("[\"bad\", \"good\"]", "[\"bad\", \"good\", \"ugly\"]")),
    Case("no vocabulary", "model/vocabulary.tsv: is missing; restore the model directory, or train again") {
      Files.remove($0["model/vocabulary.tsv"])
    },
    Case(
      "a foreign vocabulary",
      "model: stages[1] (vocabulary): vocabulary.tsv: line 1: found \"hello\"; expected \"<pad>\", a TAB and 0, the line of a reserved id"
    ) {
      try $0.write("hello\n", to: "model/vocabulary.tsv")
    },
    Case(
      "a word more",
      "model: stages[3] (lstm): \"embedding.weight\" has the shape [18, 8], but the spec asks for [19, 8]; train again, or restore the spec"
    ) {
      try $0.write(try Files.text($0["model/vocabulary.tsv"]) + "新\t1\n", to: "model/vocabulary.tsv")
    },
    Case(
      "another segmenter",
      "model: was trained with other libraries or data than are here: stages[0] (icu) icu: recorded nothing, here ",
      edit("\"whitespace\"", "\"icu\"")),
    Case(
      "other answers",
      "model: 1 of 1 stored predictions came out differently; the first: \"好\": expected {\"labels\": [\"bad\"], \"probabilities\": [1, 0]}, found "
    ) {
      try $0.write(
        "{\"text\": \"好\", \"expected\": {\"labels\": [\"bad\"], \"probabilities\": [1, 0]}}\n", to: "model/golden.jsonl")
    },
  ]

  private static let askedOfAll: Set = [
    "missing", "a later format", "truncated weights", "other units", "another segmenter", "other answers",
  ]

  @Test func `recorded answers are checked as finely as the precision allows`() throws {
    let workspace = Workspace()
    try Tiny.copy(in: workspace)
    let answer = try JSON(parsing: Array(try workspace.run(["classify", "--model", "model"], input: "好\n").output))
    let good = try #require(answer["probabilities"]?["good"]?.doubleValue)
    let spec = try Files.text(workspace["model/pipeline.json"])
    // The precision at which the answers were recorded counts as well as the one at which they are made again.
    for (move, recorded, precision, isRefused) in [
      (0.005, "float32", "float32", true), (0.005, "float32", "bf16", false), (0.005, "float32", "int8", false),
      (0.02, "float32", "int8", true), (0.005, "int8", "float32", false), (0.02, "int8", "float32", true),
    ] {
      try workspace.write(spec.replacing("\"precision\": \"float32\"", with: "\"precision\": \"\(recorded)\""), to: "model/pipeline.json")
      try workspace.write(
        "{\"text\": \"好\", \"expected\": {\"labels\": [\"good\"], \"probabilities\": [\(1 - good + move), \(good - move)]}}\n",
        to: "model/golden.jsonl")
      let outcome = try workspace.run(["classify", "--model", "model", "--precision", precision], input: "好\n")
      #expect(outcome.status == .exit(isRefused ? 1 : 0), "\(recorded), \(precision), \(move): \(outcome.errors)")
    }
  }

  @Test func `a precision that no stage has is refused`() throws {
    let workspace = Workspace()
    try workspace.write("{\"stages\": [{\"type\": \"whitespace\"}]}", to: "words.json")
    let outcome = try workspace.run(["run", "words.json", "--precision", "int8"], input: "好\n")
    #expect(outcome == .failure("hanpipe: words.json: no stage has a \"precision\" to choose; leave out --precision\n"))
  }

  @Test(arguments: cases)
  func `a model that is not in order is refused with one clear line`(_ test: Case) throws {
    let workspace = Workspace()
    try Tiny.copy(in: workspace)
    try test.spoil(workspace)
    let outcome = try workspace.run(["classify", "--model", "model"], input: "好\n")
    #expect(outcome.status == .exit(1))
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("hanpipe: " + test.message), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
    // Every command that loads a model says the same; the slow tests ask them about every case.
    guard isSlow || Self.askedOfAll.contains(test.testDescription) else { return }
    #expect(try workspace.run(["validate", "model"]).errors == outcome.errors)
    #expect(try workspace.run(["evaluate", "--model", "model"], input: "good\t好\n").errors == outcome.errors)
  }

  @Test func `a mismatch can be allowed`() throws {
    let workspace = Workspace()
    try Tiny.copy(in: workspace)
    try Self.edit("\"whitespace\"", "\"icu\"")(workspace)
    let refused = try workspace.run(["classify", "--model", "model"], input: "好\n")
    #expect(refused.errors.hasSuffix("; answers may differ: train again, or allow it with --allow-identity-mismatch\n"))
    let outcome = try workspace.run(
      ["classify", "--model", "model", "--allow-identity-mismatch", "--output", "text"], input: "好\n")
    #expect(outcome == .success("good\n"))
  }

  @Test func `a spec that has learned nothing cannot answer`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    #expect(
      try workspace.run(["classify", "--model", "tiny.json"], input: "好\n")
        == .failure(
          "hanpipe: tiny.json: stages[1]: \"vocabulary\" has learned nothing yet; train the pipeline, or run a model directory\n"))
  }

  @Test func `the shipped model is missed with a word on where it is looked for`() throws {
    let workspace = Workspace()
    // By a process of its own: a file that we write ourselves may be open in a child that starts just then, and is not run.
    let copy = try Child("/bin/cp", [Tool.executable, workspace["hanpipe"]], directory: nil, environment: [:])
    #expect(copy.finish().status == .exit(0))
    let child = try Child(
      workspace["hanpipe"], ["classify"], directory: nil, environment: ["LD_LIBRARY_PATH": Self.runtimePath()])
    child.closeInput()
    #expect(
      child.finish()
        == .failure(
          "hanpipe: models/sentiment is not found: name a pipeline or model, or set HANPIPE_HOME to the folder that holds it\n"))
  }

  /// Where the Swift libraries of this very process are.
  private static func runtimePath() -> String {
    let maps = (try? Files.text("/proc/self/maps")) ?? ""
    let line = maps.split(separator: "\n").first { $0.hasSuffix("/libswiftCore.so") }
    return line.flatMap { $0.split(separator: " ").last }.map { String($0.dropLast("/libswiftCore.so".count)) } ?? ""
  }
}
