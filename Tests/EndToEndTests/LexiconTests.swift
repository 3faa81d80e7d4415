import HanpipeCore
import Testing

/// The stage `lexicon` and its dictionaries, as processes.
@Suite struct LexiconTests {
  private static let sentences = String(
    repeating: "我 喜欢 吃 苹果\n我 不 喜欢 吃 苹果\n他 喜欢 喝 苹果汁\n南京市 长江 大桥 很 长\n研究 生命 的 起源\n", count: 4)
  private static let spec = #"{"stages": [{"type": "lexicon", "dictionary": "mine.dict"}]}"#

  /// A workspace with `mine.dict` and `p.json`.
  private static func prepared() throws -> Workspace {
    let workspace = Workspace()
    try workspace.write(sentences, to: "text.txt")
    try workspace.write(spec, to: "p.json")
    let built = try workspace.run(["vocabulary", "build", "--segmented", "text.txt", "--output", "mine.dict"])
    #expect(built == .success(""))
    return workspace
  }

  @Test func `a dictionary is learned, shown, and cuts text with its offsets`() throws {
    let workspace = try Self.prepared()
    let shown = try workspace.run(["vocabulary", "show", "mine.dict", "--top", "4"])
    #expect(shown.status == .exit(0) && shown.errors == "")
    #expect(Set(shown.lines) == ["喜欢\t12", "吃\t8", "我\t8", "苹果\t8"])
    #expect(shown.lines.first == "喜欢\t12")
    let facts = try workspace.run(["vocabulary", "show", "mine.dict", "--facts"])
    #expect(facts.lines.prefix(2) == ["format\tcompiled, version 2", "model\tlearned"])
    #expect(facts.lines.contains("words\t17") && facts.lines.contains("words counted\t17"))
    #expect(facts.lines.last == "bytes\t\(try Files.read(workspace["mine.dict"]).count)")
    #expect(
      try workspace.run(["segment", "--pipeline", "p.json"], input: "我不喜欢吃苹果\n\n南京市长江大桥\n")
        == .success("我 不 喜欢 吃 苹果\n\n南京市 长江 大桥\n"))
    #expect(
      try workspace.run(["segment", "--pipeline", "p.json", "--output", "jsonl"], input: "他 喝苹果汁\n").text
        == #"{"text": "他 喝苹果汁", "tokens": [{"text": "他", "start": 0, "end": 3, "characterStart": 0, "characterEnd": 1}, "#
        + #"{"text": "喝", "start": 4, "end": 7, "characterStart": 2, "characterEnd": 3}, "#
        + #"{"text": "苹果汁", "start": 7, "end": 16, "characterStart": 3, "characterEnd": 6}]}"# + "\n")
    #expect(
      try workspace.run(["vocabulary", "show", "p.json", "--facts"])
        == .failure("hanpipe: p.json: not a dictionary's file, of which alone there are facts; leave out --facts\n"))
  }

  @Test func `the same text gives the same dictionary, byte for byte`() throws {
    let workspace = try Self.prepared()
    let first = try Files.read(workspace["mine.dict"])
    _ = try workspace.run(["vocabulary", "build", "--segmented", "text.txt", "--output", "mine.dict"])
    #expect(try Files.read(workspace["mine.dict"]) == first)
  }

  @Test func `one wrong line of five thousand is named and refused, or left out`() throws {
    let workspace = try Self.prepared()
    let list = (0..<5000).map { $0 == 3777 ? "天 地 玄 黄\n" : "词\(Unicode.Scalar(UInt32(0x4E00 + $0 % 2500))!)\($0 / 2500) 5 n\n" }
    try workspace.write(list.joined(), to: "list.txt")
    let message = #"list.txt: line 3778: "天 地 玄 黄" holds white space; end the word with a TAB, or remove the line"#
    let build = ["vocabulary", "build", "--segmented", "text.txt", "--words", "list.txt", "--output", "other.dict"]
    #expect(try workspace.run(build) == .failure("hanpipe: \(message)\n"))
    #expect(!Files.isThere(workspace["other.dict"]))
    let tolerant = try workspace.run(build + ["--skip-malformed"])
    #expect(tolerant.status == .exit(0) && tolerant.errors == "hanpipe: warning: \(message); left out\n")
    let spec = #"{"stages": [{"type": "lexicon", "dictionary": "list.txt", "skipMalformed": false}]}"#
    try workspace.write(spec, to: "list.json")
    let refused = try workspace.run(["segment", "--pipeline", "list.json"], input: "词一0\n")
    #expect(refused == .failure("hanpipe: list.json: stages[0] (lexicon): \(message)\n"))
    try workspace.write(spec.replacing("false", with: "true"), to: "list.json")
    let cut = try workspace.run(["segment", "--pipeline", "list.json"], input: "词一0词丁1\n")
    #expect(cut.text == "词一0 词丁1\n" && cut.errors == "hanpipe: warning: \(message); left out\n")
    #expect(try workspace.run(["segment", "--pipeline", "list.json", "--quiet"], input: "词一0\n") == .success("词一0\n"))
  }

  @Test func `a dictionary that was cut short or altered is refused with what to do`() throws {
    let workspace = try Self.prepared()
    let bytes = try Files.read(workspace["mine.dict"])
    let advice = #"make it again with "hanpipe vocabulary build --segmented""#
    func message(_ bytes: [UInt8]) throws -> String {
      try workspace.write(bytes, to: "mine.dict")
      let outcome = try workspace.run(["segment", "--pipeline", "p.json"], input: "我\n")
      #expect(outcome.status == .exit(1) && outcome.output.isEmpty)
      return outcome.errors
    }
    let beginning = "hanpipe: p.json: stages[0] (lexicon): mine.dict: the compiled dictionary is damaged: "
    #expect(try message(Array(bytes.dropLast(8))) == beginning + "its checksum is wrong; \(advice)\n")
    #expect(try message(Array(bytes.prefix(20))) == beginning + "it is cut short; \(advice)\n")
    var altered = bytes
    altered[bytes.count / 2] ^= 1
    #expect(try message(altered) == beginning + "its checksum is wrong; \(advice)\n")
    #expect(
      try workspace.run(["vocabulary", "show", "mine.dict"])
        == .failure("hanpipe: mine.dict: the compiled dictionary is damaged: its checksum is wrong; \(advice)\n"))
  }

  @Test func `a classifier takes its dictionary and the user's words along`() throws {
    let workspace = try Self.prepared()
    try workspace.write("很好吃 3 a\n", to: "food.txt")
    try workspace.write("不好吃\t\n", to: "more.txt")
    let stage = #"{"type": "lexicon", "dictionary": "mine.dict", "user": ["food.txt", "more.txt"]}"#
    try workspace.write(Tiny.spec.replacing(#"{"type": "whitespace"}"#, with: stage), to: "tiny.json")
    let records = (0..<40).map { $0 % 2 == 0 ? "good\t苹果很好吃\n" : "bad\t苹果汁不好吃\n" }
    try workspace.write(records.joined(), to: "tiny.tsv")
    let trained = try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "--quiet"])
    #expect(trained == .success(""))
    #expect(Set(Files.names(workspace["model/resources"])) == ["mine.dict", "food.txt", "more.txt"])
    for name in ["mine.dict", "food.txt", "more.txt", "tiny.json"] { Files.remove(workspace[name]) }
    let shown = try workspace.run(["vocabulary", "show", "model"])
    #expect(shown.lines.map { $0.split(separator: "\t")[1] }.sorted() == ["<pad>", "<unk>", "不好吃", "很好吃", "苹果", "苹果汁"].sorted())
    let answers = try workspace.run(["classify", "--model", "model"], input: "很好吃\n不好吃\n").json()
    #expect(answers.map { $0["label"]?.stringValue } == ["good", "bad"])
    // Other words than it was trained with are another model.
    try workspace.write("很好 3 a\n", to: "model/resources/food.txt")
    let changed = try workspace.run(["classify", "--model", "model"], input: "很好吃\n")
    #expect(changed.status == .exit(1) && changed.errors.contains("stages[0] (lexicon)"))
  }

  @Test func `the shipped dictionary cuts the classic sentences`() throws {
    let expected = [
      "我 喜欢 吃 苹果", "我 不 喜欢 吃 苹果", "他 说 的 确实 在理", "南京 市 长江 大桥", "研究 生命 起源", "结婚 的 和 尚未 结婚 的", "乒乓球 拍卖 完 了", "武汉 市 长江 大桥",
      "把 手 抬 起来", "他 从 马上 下来", "才能 出众", "只有 才能", "和 服务 必须",
    ]
    let text = expected.map { $0.filter { $0 != " " } + "\n" }.joined()
    let outcome = try Tool.run(["segment", "--pipeline", "pipelines/lexicon.json"], input: Array(text.utf8), in: Tool.packageRoot)
    #expect(outcome.errors == "")
    #expect(outcome.lines == expected)
  }
}
