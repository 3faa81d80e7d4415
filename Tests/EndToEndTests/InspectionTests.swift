import Glibc
import HanpipeCore
import Testing

/// The commands that show what is there.
@Suite struct InspectionTests {
  @Test(arguments: ["segment", "lexicon", "traditional", "sentiment", "topics", "tutorial"])
  func `every shipped pipeline is in order`(_ name: String) throws {
    let outcome = try Tool.run(["validate", "pipelines/\(name).json"], in: Tool.packageRoot)
    #expect(outcome.status == .exit(0), "\(outcome)")
    #expect(outcome.errors == "")
    #expect(outcome.text.hasPrefix("pipelines/\(name).json: spec in order\n  stages[0] "))
  }

  @Test func `a JSON Schema among specs is named and skipped`() throws {
    let outcome = try Tool.run(["validate", "pipelines/pipeline.schema.json", "pipelines/segment.json"], in: Tool.packageRoot)
    #expect(outcome.status == .exit(0) && outcome.errors == "")
    #expect(
      outcome.text.hasPrefix(
        "pipelines/pipeline.schema.json: a JSON Schema, not a pipeline; skipped\npipelines/segment.json: spec in order\n"))
    // A spec that names its schema by its address is a spec all the same.
    let workspace = Workspace()
    try workspace.write(#"{"$schema": "https://json-schema.org/x", "stages": [{"type": "icuu"}]}"#, to: "p.json")
    try workspace.write(#"{"$schema": "pipeline.schema.json", "stage": []}"#, to: "q.json")
    for name in ["p.json", "q.json"] { #expect(try workspace.run(["validate", name]).status == .exit(1)) }
  }

  /// What `train` says before its first record is said by `validate`, in the same words.
  @Test(arguments: [
    (
      ["training.loss=categorical-crossentropy"],
      #"training.loss: "categorical-crossentropy" is not allowed; expected "binary-crossentropy" for this classifier"#
    ),
    (
      ["training.earlyStopping={\"monitor\": \"f1\"}"],
      #"training.earlyStopping.monitor: "f1" is not allowed; expected "loss" or "accuracy" for a classifier; "f1" is of words"#
    ),
    (
      ["training.classWeights={\"god\": 2}"],
      #"training.classWeights: unknown key "god"; did you mean "good"? known are "bad", "good""#
    ),
    (
      ["training.loss=binary-crossentropy", #"stages[4]={"type": "softmax", "labels": ["bad", "good"]}"#],
      #"training.loss: "binary-crossentropy" is not allowed; expected "categorical-crossentropy" for this classifier"#
    ),
    (["training.vectors={\"file\": \"tiny.json\"}"], "line 1: no numbers; expected a word and its numbers, with spaces between them"),
  ])
  func `what a training would be refused for is found before`(_ choices: [String], _ message: String) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let changes = choices.flatMap { ["--set", $0] }
    let validated = try workspace.run(["validate", "tiny.json"] + changes)
    #expect(validated.status == .exit(1) && validated.errors.hasSuffix(": \(message)\n"), "\(validated)")
    let trained = try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--dry-run", "-q"] + changes)
    #expect(trained.status == .exit(1) && trained.errors.hasSuffix(": \(message)\n"), "\(trained)")
  }

  @Test func `settings that fit are in order`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try workspace.write("2 3\n我 1 2 3\n好 1 2 3\n", to: "vectors.txt")
    let outcome = try workspace.run([
      "validate", "tiny.json", "--set", "training.loss=binary-crossentropy", "--set", "training.classWeights={\"good\": 2}",
      "--set", "training.earlyStopping={\"monitor\": \"accuracy\"}", "--set", "training.vectors={\"file\": \"vectors.txt\"}",
    ])
    #expect(outcome.status == .exit(0) && outcome.errors == "", "\(outcome)")
  }

  @Test func `a model is validated with what its stages give each other`() throws {
    let model = try Tiny.model()
    #expect(
      try Tool.run(["validate", model])
        == .success(
          """
          \(model): model, 697 parameters, in order
            stages[0]    whitespace           text → tokens
            stages[1]    vocabulary           tokens → ids
            stages[2]    padding              ids → padded
            stages[3]    lstm                 padded → vectors
            stages[4]    sigmoid              vectors → prediction

          """))
  }

  @Test func `all stages are listed, and each can be shown`() throws {
    let list = try Tool.run(["stages"])
    #expect(list.status == .exit(0))
    let names = list.lines.map { $0.prefix { $0 != " " } }.map(String.init)
    #expect(names == names.sorted())
    #expect(Set(["icu", "vocabulary", "padding", "lstm", "gru", "rnn", "sigmoid", "softmax", "normalize"]).isSubset(of: names))
    let lstm = try Tool.run(["stages", "lstm"])
    #expect(lstm.status == .exit(0))
    #expect(lstm.text.hasPrefix("lstm: "))
    #expect(lstm.text.contains("an integer from 1 to 8192; default 128\n"))
    let all = try Tool.run(["stages", "--json"]).json()
    #expect(all.map { $0["type"]?.stringValue } == names)
    for name in names {
      let one = try Tool.run(["stages", name, "--json"])
      #expect(try one.json().first?["type"]?.stringValue == name)
    }
  }

  @Test func `a vocabulary is counted as training counts it`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let built = try workspace.run(["vocabulary", "build", "--pipeline", "tiny.json", "--input", "tsv", "tiny.tsv"])
    #expect(built.errors == "")
    #expect(built.text == (try Files.text(Tiny.model() + "/vocabulary.tsv")))
    try Files.replace("\"minimumCount\": 1", by: "\"minimumCount\": 20, \"maximumSize\": 6", in: workspace["tiny.json"])
    let fewer = try workspace.run(["vocabulary", "build", "--pipeline", "tiny.json", "--input", "tsv", "tiny.tsv"])
    #expect(fewer.lines == Array(built.lines.prefix(6)))
    #expect(fewer.lines.prefix(2) == ["<pad>\t0", "<unk>\t0"])

    let shown = try workspace.run(["vocabulary", "show", try Tiny.model()])
    #expect(shown.lines == built.lines.enumerated().map { "\($0)\t\($1)" })
    #expect(try workspace.run(["vocabulary", "show", try Tiny.model(), "--top", "3"]).lines == Array(shown.lines.prefix(3)))
  }

  @Test func `a pipeline without a vocabulary has none to count or show`() throws {
    let workspace = Workspace()
    try workspace.write(#"{"stages": [{"type": "whitespace"}]}"#, to: "p.json")
    let message = "hanpipe: p.json: none of its stages is a \"vocabulary\"\n"
    #expect(try workspace.run(["vocabulary", "build", "--pipeline", "p.json"], input: "我\n") == .failure(message))
    #expect(try workspace.run(["vocabulary", "show", "p.json"]) == .failure(message))
  }

  @Test func `records that cannot be read are left out of the count, and told of`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let outcome = try workspace.run(
      ["vocabulary", "build", "--pipeline", "tiny.json", "--input", "jsonl"], input: "{\"text\": \"好 好\"}\nno\n")
    #expect(
      outcome
        == .failure(
          "hanpipe: 1 record was left out: standard input:2: not a JSON object: column 1: expected \"{\", found \"n\" in \"no\"\n",
          output: "<pad>\t0\n<unk>\t0\n好\t2\n"))
  }

  // MARK: Prefixes of a pipeline

  @Test(arguments: [
    (#"{"type": "normalize", "form": "NFKC", "fold": ["case", "width"]}"#, #"{"text": "ＡＢ 好", "result": "ab 好"}"#, "ab 好"),
    (
      #"{"type": "whitespace"}"#,
      #"{"text": "ＡＢ 好", "tokens": [{"text": "ＡＢ", "start": 0, "end": 6, "characterStart": 0, "characterEnd": 2}, "#
        + #"{"text": "好", "start": 7, "end": 10, "characterStart": 3, "characterEnd": 4}]}"#, "ＡＢ 好"
    ),
  ])
  func `a beginning of a pipeline is a pipeline`(_ stages: String, _ json: String, _ text: String) throws {
    let workspace = Workspace()
    try workspace.write("{\"stages\": [\(stages)]}", to: "p.json")
    #expect(try workspace.run(["run", "p.json"], input: "ＡＢ 好\n") == .success(json + "\n"))
    #expect(try workspace.run(["run", "p.json", "--output", "text"], input: "ＡＢ 好\n") == .success(text + "\n"))
  }

  @Test(arguments: [
    ("prediction", 5, #""label": "good""#), ("vectors", 4, #""vector": ["#), ("padded", 3, #"{"text": "我 好 新", "ids": [6, 13, 1]"#),
    ("ids", 2, #"{"text": "我 好 新", "ids": [6, 13, 1]"#),
    ("tokens", 1, #""tokens": [{"text": "我", "start": 0, "end": 3, "characterStart": 0, "characterEnd": 1}"#),
  ])
  func `a model cut short gives what its last stage gives`(_ kind: String, _ stages: Int, _ part: String) throws {
    let workspace = Workspace()
    try Tiny.copy(in: workspace)
    // The model as it is, with fewer stages: what the missing ones had learned is no longer named.
    var spec = try #require(try JSON(parsing: Files.read(workspace["model/pipeline.json"])).objectValue)
    var model = try #require(spec["model"]?.objectValue)
    let all = try #require(spec["stages"]?.arrayValue)
    spec["stages"] = .array(Array(all.prefix(stages)))
    model["identities"] = .array(all.prefix(stages).map { _ in .object(JSONObject()) })
    model["files"] = .array((model["files"]?.arrayValue ?? []).filter { ($0["stage"]?.intValue ?? 0) < stages })
    let names = (model["tensors"]?.arrayValue ?? []).compactMap(\.stringValue)
    spec["training"] = nil
    // Weights that nobody names would be foreign.
    if stages < 4 {
      Files.remove(workspace["model/weights.safetensors"])
      model["tensors"] = .array([])
    } else if stages == 4 {
      try dropTensors(after: "stages.4.", in: workspace["model/weights.safetensors"])
      model["tensors"] = .array(names.filter { !$0.hasPrefix("stages.4.") }.map(JSON.string))
    }
    spec["model"] = .object(model)
    Files.remove(workspace["model/golden.jsonl"])
    try Files.write(JSON.object(spec).description, to: workspace["model/pipeline.json"])
    let outcome = try workspace.run(["run", "model"], input: "我 好 新\n")
    #expect(outcome.status == .exit(0), "\(outcome)")
    #expect(outcome.text.contains(part), "\(outcome)")
    #expect(outcome.lines.count == 1)
    #expect(try JSON(parsing: Array(outcome.text.dropLast().utf8)) != .null)
    let text = try workspace.run(["run", "model", "--output", "text"], input: "我 好 新\n\n")
    #expect(text.lines.count == 2)
  }

  /// The tensors of the last stage lie at the end: header and data end before them.
  private func dropTensors(after prefix: String, in path: String) throws {
    let bytes = try Files.read(path)
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var header = try #require(try JSON(parsing: bytes[8..<8 + length]).objectValue)
    var end = 0
    for member in header.members {
      guard let offsets = member.value["data_offsets"]?.arrayValue?.compactMap(\.intValue), offsets.count == 2 else { continue }
      if member.key.hasPrefix(prefix) { header[member.key] = nil } else { end = max(end, offsets[1]) }
    }
    let written = Array(JSON.object(header).description.utf8)
    let size = (0..<8).map { UInt8(truncatingIfNeeded: written.count >> (8 * $0)) }
    try Files.write(size + written + bytes[(8 + length)..<(8 + length + end)], to: path)
  }
}
