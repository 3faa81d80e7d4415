import HanpipeCore
import Testing

/// Labels that do not exclude each other, through every command as real processes.
@Suite struct MultiLabelTests {
  private static let spec = """
    {
      "name": "aspects",
      "stages": [
        {"type": "whitespace"}, {"type": "vocabulary"}, {"type": "padding"},
        {"type": "lstm", "units": 8, "embedding": 8, "output": "sequence"}, {"type": "max-pooling"},
        {"type": "sigmoid", "labels": ["房间", "饭菜", "价格"]}
      ],
      "training": {"optimizer": {"type": "adam", "learningRate": 0.03}, "epochs": 12, "batchSize": 16, "seed": 1}
    }
    """
  /// Labels and words of made-up reviews.
  private static let records: [(labels: [String], text: String)] = {
    var generator = SeededGenerator(seed: 11)
    let plain = ["我", "们", "去", "了", "一", "次", "很", "的"]
    let telling = [("房间", "床"), ("饭菜", "汤"), ("价格", "贵")]
    return (0..<160).map { _ in
      let told = telling.filter { _ in Bool.random(using: &generator) }
      let words = (plain.shuffled(using: &generator).prefix(3) + told.map(\.1)).shuffled(using: &generator)
      return (told.map(\.0), words.joined(separator: " "))
    }
  }()

  private static let tsv = records.map { "\($0.labels.joined(separator: ","))\t\($0.text)\n" }.joined()
  private static let fastText = records.map { $0.labels.map { "__label__\($0) " }.joined() + $0.text + "\n" }.joined()
  private static let csv = records.map { "\"\($0.labels.joined(separator: ";"))\",\($0.text)\n" }.joined()
  private static let jsonl = records.map { record in
    let labels = JSON.array((record.labels + record.labels.prefix(1)).map(JSON.string))
    return JSON.object(["text": .string(record.text), "label": labels]).description + "\n"
  }.joined()

  private func workspace() throws -> Workspace {
    let workspace = Workspace()
    try workspace.write(Self.spec, to: "aspects.json")
    try workspace.write(Self.tsv, to: "aspects.tsv")
    return workspace
  }
  private func train(_ workspace: Workspace) throws {
    let outcome = try workspace.run(["train", "aspects.json", "--data", "aspects.tsv", "--model", "model"])
    #expect(outcome.status == .exit(0) && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.errors.contains("F1 micro 0.") || outcome.errors.contains("F1 micro 1."))
  }

  @Test func `every form of input brings the same records, with several labels, none, and one twice`() throws {
    let workspace = try workspace()
    try workspace.write(Self.fastText, to: "aspects.txt")
    try workspace.write(Self.csv, to: "aspects.csv")
    try workspace.write(Self.jsonl, to: "aspects.jsonl")
    let expected = try workspace.run(["train", "aspects.json", "--data", "aspects.tsv", "--dry-run"])
    #expect(expected.status == .exit(0), "\(expected)")
    let without = Self.records.count { $0.labels.isEmpty }
    #expect(without > 0 && expected.errors.contains("; without a label \(without)"))
    for (file, options) in [
      ("aspects.txt", ["--input", "fasttext"]), ("aspects.csv", ["--input", "csv", "--label-separator", ";"]),
      ("aspects.jsonl", ["--input", "jsonl"]),
    ] {
      #expect(try workspace.run(["train", "aspects.json", "--data", file, "--dry-run"] + options) == expected, "\(file)")
    }
  }

  @Test func `train, evaluate, classify and explain know several labels`() throws {
    let workspace = try workspace()
    try train(workspace)
    let card = try Files.text(workspace["model/README.md"])
    #expect(card.contains("| micro F1 | macro F1 |") && card.contains("房间, 饭菜, 价格") && !card.contains("word F1"))

    let evaluated = try workspace.run(["evaluate", "--model", "model", "aspects.tsv", "--output", "json"])
    let figures = try #require(try evaluated.json().first)
    #expect(figures["task"]?.stringValue == "multi-label" && figures["records"]?.intValue == 160)
    for key in ["accuracy", "microF1", "macroF1", "microPrecision", "microRecall"] {
      #expect(try #require(figures[key]?.doubleValue) > 0.9, "\(key)")
    }
    #expect(try #require(figures["hammingLoss"]?.doubleValue) < 0.1)
    #expect(figures["labels"]?.arrayValue?.count == 3 && figures["confusion"] == nil)
    let text = try workspace.run(["evaluate", "--model", "model", "aspects.tsv"]).text
    #expect(text.contains("\nHamming    0.0") && text.contains("\nmicro  "))

    let input = "我 床 很 贵\n我 们\n\n"
    let answers = try workspace.run(["classify", "--model", "model"], input: input).json()
    #expect(answers.map { $0["labels"]?.arrayValue?.compactMap(\.stringValue) } == [["房间", "价格"], [], []])
    #expect(answers.allSatisfy { $0["label"] == nil && $0["probabilities"]?.objectValue?.members.count == 3 })
    #expect(try workspace.run(["classify", "--model", "model", "--output", "text"], input: input).lines == ["房间,价格", "", ""])
    let rows = try workspace.run(["classify", "--model", "model", "--output", "tsv"], input: input).lines
    #expect(rows.count == 3 && rows[0].hasPrefix("房间,价格\t0.9") && rows[0].hasSuffix("\t我 床 很 贵") && rows[1].hasPrefix("\t\t"))

    let why = try workspace.run(["explain", "--model", "model", "--label", "价格", "--output", "jsonl"], input: input).json()
    #expect(why.map { $0["explained"]?.stringValue } == ["价格", "价格", "价格"])
    let words = try #require(why[0]["words"]?.arrayValue)
    let strongest = words.max { ($0["score"]?.doubleValue ?? 0) < ($1["score"]?.doubleValue ?? 0) }
    #expect(strongest?["text"]?.stringValue == "贵")
  }

  @Test func `a model that was changed is refused, because it no longer answers as it did`() throws {
    let workspace = try workspace()
    try train(workspace)
    let golden = try Files.text(workspace["model/golden.jsonl"])
    #expect(golden.contains("multi-label") || golden.contains("probabilities"))
    try Files.replace(
      "\"labels\": [\"房间\", \"饭菜\", \"价格\"]", by: "\"labels\": [\"饭菜\", \"房间\", \"价格\"]", in: workspace["model/pipeline.json"])
    #expect(try workspace.run(["classify", "--model", "model"], input: "床\n").status == .exit(1))
  }

  @Test func `a comma in a name of labels that exclude each other is no separator`() throws {
    let workspace = Workspace()
    try workspace.write(
      Tiny.spec.replacing("\"bad\", \"good\"", with: "\"bad, really\", \"good\""), to: "tiny.json")
    try workspace.write(Tiny.data.replacing("bad\t", with: "bad, really\t"), to: "tiny.tsv")
    let outcome = try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--dry-run"])
    #expect(outcome.status == .exit(0) && outcome.errors.contains("bad, really 40, good 40"), "\(outcome)")
  }

  @Test func `a record that lacks the field of its labels is refused, and one with an empty field has none`() throws {
    let workspace = try workspace()
    try workspace.write(Self.tsv + "no tab here\n", to: "bad.tsv")
    let outcome = try workspace.run(["train", "aspects.json", "--data", "bad.tsv", "--dry-run"])
    #expect(outcome.status == .exit(1))
    #expect(outcome.errors.contains("bad.tsv:161: expected a label, a TAB and a text; found no TAB in \"no tab here\""))
    try workspace.write(#"{"text": "床"}"# + "\n", to: "bad.jsonl")
    let missing = try workspace.run(["train", "aspects.json", "--data", "bad.jsonl", "--input", "jsonl", "--dry-run"])
    #expect(missing.errors.contains(#""label" is missing"#))
  }
}

extension String {
  fileprivate func replacing(_ old: String, with new: String) -> String {
    split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
  }
}
