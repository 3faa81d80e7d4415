import HanpipeCore
import Testing

@Suite struct SegmenterTrainingTests {
  private static let spec = """
    {
      "stages": [
        {"type": "characters"}, {"type": "vocabulary"}, {"type": "padding"},
        {"type": "lstm", "units": 8, "embedding": 8, "bidirectional": true, "output": "sequence"}, {"type": "crf"}
      ],
      "training": {
        "optimizer": {"type": "adam", "learningRate": 0.03}, "epochs": 8, "batchSize": 8, "validationSplit": 0.1,
        "earlyStopping": {"monitor": "f1", "patience": 8}
      }
    }
    """

  /// 120 lines of words whose characters belong to no other.
  private static let lines: String = {
    let words = ["我", "喜欢", "苹果汁", "不", "天安门广场"]
    var generator = SeededGenerator(seed: 7)
    return (0..<120).map { _ in
      (0..<5).map { _ in words.randomElement(using: &generator) ?? "" }.joined(separator: " ") + "\n"
    }.joined()
  }()

  @Test func `a segmenter is trained from segmented lines, and cuts text as neural`() throws {
    let workspace = Workspace()
    try workspace.write(Self.spec, to: "train.json")
    try workspace.write(Self.lines, to: "words.txt")
    let trained = try workspace.run(["train", "train.json", "--data", "words.txt", "--model", "model"])
    #expect(trained.status == .exit(0) && trained.output.isEmpty, "\(trained)")
    #expect(trained.errors.contains("120 records (600 words)\n108 to train on, 12 to validate on, 14 words, "))
    #expect(trained.errors.contains("  F1 1.0000"))
    let log = String(decoding: try Files.read(workspace["model/training.jsonl"]), as: UTF8.self)
    #expect(log.contains(#""validationWordF1": 1"#))
    try workspace.write(#"{"stages": [{"type": "neural", "model": "model"}]}"#, to: "segment.json")
    let outcome = try workspace.run(
      ["segment", "--pipeline", "segment.json"], input: "我不喜欢苹果汁\n\n天安门广场 我\n")
    #expect(outcome == .success("我 不 喜欢 苹果汁\n\n天安门广场 我\n"))
    let int8 = try workspace.run(
      ["run", "--precision", "int8", "--output", "text", "segment.json"], input: "我不喜欢苹果汁\n")
    #expect(int8 == .success("我 不 喜欢 苹果汁\n"))
    #expect(
      try workspace.run(["segment", "--pipeline", "model"], input: "我\n")
        == .failure("hanpipe: model: gives tags, but this command needs tokens\n"))
  }

  @Test func `data without a line, and a label's loss, are refused`() throws {
    let workspace = Workspace()
    try workspace.write(Self.spec, to: "train.json")
    try workspace.write("", to: "none.txt")
    let none = try workspace.run(["train", "train.json", "--data", "none.txt", "--model", "model"])
    #expect(
      none
        == .failure("hanpipe: none.txt: no record to train on; expected lines of words with spaces between them\n"))
    try workspace.write(
      Self.spec.replacing("\"optimizer\"", with: "\"loss\": \"binary-crossentropy\", \"optimizer\""), to: "loss.json")
    try workspace.write(Self.lines, to: "words.txt")
    let loss = try workspace.run(["train", "loss.json", "--data", "words.txt", "--model", "model"])
    #expect(
      loss
        == .failure(
          #"hanpipe: loss.json: training.loss: "binary-crossentropy" is not allowed; expected "auto" for a tagger"# + "\n"))
  }
}
