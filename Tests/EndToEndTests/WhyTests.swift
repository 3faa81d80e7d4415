import Glibc
import HanpipeCore
import Testing

/// `hanpipe segment --why`.
@Suite struct WhyTests {
  @Test func `a line for each word says which rule made it one, and what was passed over`() throws {
    let workspace = Workspace()
    try workspace.write("# mine\n研究生\n生命\n苹果派\tprefer\n", to: "mine.tsv")
    let outcome = try workspace.run(
      ["segment", "--segmenter", "icu", "--user-words", "mine.tsv", "--why"], input: "我不喜欢研究生命\n\niPhone\n")
    let lexicon = try Files.text(Tool.packageRoot + "/vocab/lexicon.txt").split(separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(lexicon.firstIndex(of: "我不\tsplit\t我\t不")) + 1
    #expect(
      outcome
        == .success(
          """
          我      split by ../vocab/lexicon.txt:\(line) from 我不
          不      split by ../vocab/lexicon.txt:\(line) from 我不
          喜欢    ICU's dictionary
          研究生  forced by mine.tsv:2, instead of 研究 | 生命
          命      left over of 生命 by 研究生, forced by mine.tsv:2
          生命    no word: mine.tsv:3 (force): 研究生 of mine.tsv:2 (force) begins further left


          iPhone  ICU's rules (Unicode Standard Annex 29)


          """))
  }

  @Test func `jsonl has a rule for each token, offsets as elsewhere, and what was passed over`() throws {
    let workspace = Workspace()
    try workspace.write("cense\n", to: "mine.tsv")
    try workspace.write(#"{"stages": [{"type": "normalize"}, {"type": "whitespace"}]}"#, to: "p.json")
    let arguments = ["segment", "--pipeline", "p.json", "--user-words", "mine.tsv", "--output", "jsonl"]
    let input = "ＬICENSE 好\n"
    let plain = try workspace.run(arguments, input: input).json()[0]
    let record = try workspace.run(arguments + ["--why"], input: input).json()[0]
    let tokens = try #require(record["tokens"]?.arrayValue)
    #expect(
      tokens.map { token -> JSON in
        var token = token.objectValue ?? [:]
        token["why"] = nil
        return .object(token)
      } == plain["tokens"]?.arrayValue)
    let why = try #require(tokens[1]["why"])
    #expect(why["stage"] == "whitespace" && why["rule"] == "whitespace" && why["text"] == "by the stage \"whitespace\"")
    let missed = try #require(record["missed"]?.arrayValue?.first)
    #expect(missed["text"] == "CENSE" && missed["start"] == 4 && missed["end"] == 9 && missed["characterStart"] == 2)
    #expect(missed["why"]?["file"] == "mine.tsv" && missed["why"]?["line"] == 1 && missed["why"]?["rule"] == "force")
    #expect(try workspace.run(arguments + ["--why"], input: "\n").json()[0]["empty"] == true)
  }

  @Test func `of lines that the user did not give, those that did nothing are not told of`() throws {
    // 是不 is a split of the shipped lexicon, and 是不是 a word of ICU's.
    let workspace = Workspace()
    let arguments = ["segment", "--why"]
    #expect(try workspace.run(arguments + ["--segmenter", "icu"], input: "是不是\n") == .success("是不是  ICU's dictionary\n\n"))
    try workspace.write("是不\tsplit\t是\t不\n", to: "mine.tsv")
    let told = """
      是不是  ICU's dictionary
      是不    no word: mine.tsv:1 (split): only a whole word is split, and here stand 是不是


      """
    #expect(try workspace.run(arguments + ["--segmenter", "icu", "--user-words", "mine.tsv"], input: "是不是\n") == .success(told))
    // What a spec of the user's names is the user's.
    try workspace.write(#"{"stages": [{"type": "icu", "lexicon": "mine.tsv"}]}"#, to: "p.json")
    #expect(try workspace.run(arguments + ["--pipeline", "p.json"], input: "是不是\n") == .success(told))
  }

  @Test func `of a list of words it names the line of each, and of those of two characters and more that were not taken what was`() throws {
    let workspace = Workspace()
    let filler = (0..<20_000).map { "词\($0)\n" }.joined()
    try workspace.write("\u{FEFF}人工\r\n\n智能\n工智\n人工智能ＡＩ 5 n\n智\n工智\nbc\n" + filler, to: "words.txt")
    let arguments = ["segment", "--segmenter", "neural", "--word-list", "words.txt", "--why"]
    #expect(
      try workspace.run(arguments, input: "人工智能abc\n")
        == .success(
          """
          人工  by the tags of the model; it is in words.txt:1
          智能  by the tags of the model; it is in words.txt:3
          abc   by the tags of the model; it is not in words.txt
          工智  no word: words.txt:4: the tags of the model give 人工 (words.txt:1) | 智能 (words.txt:3) here


          """))
    // Where user words make it one after all, there is nothing to tell but that.
    try workspace.write("工智\n", to: "mine.tsv")
    let forced = try workspace.run(arguments + ["--user-words", "mine.tsv", "--output", "jsonl"], input: "人工智能\n").json()[0]
    #expect(forced["tokens"]?.arrayValue?.map { $0["why"]?["rule"] } == ["rest", "force", "rest"])
    let missed = forced["missed"]?.arrayValue ?? []
    #expect(missed.map { $0["text"] } == ["人工", "智能"] || missed.isEmpty, "\(missed)")
    // As the model reads them: in any width and case.
    try workspace.write("ｉｐｈｏｎｅ\n手机\n" + filler, to: "words.txt")
    let folded = try workspace.run(arguments + ["--output", "jsonl"], input: "iPhone 手机\n").json()[0]
    #expect(folded["tokens"]?.arrayValue?.map { $0["why"]?["line"] } == [1, 2], "\(folded)")
  }

  @Test func `what a network's word was mended by is told as what it was`() throws {
    let arguments = ["segment", "--segmenter", "neural", "--why", "--output", "jsonl"]
    let tokens = try Tool.run(arguments, input: "住2️⃣楼，2️⃣楼的iPhone15，见a.cn/b。\n").json()[0]["tokens"]?.arrayValue ?? []
    let allowed: [String: Set<String>] = ["楼": ["tags", "cut"], "2️⃣": ["tags", "cut", "run"], "iPhone15": ["tags", "run"], "。": ["tags", "cut"]]
    for token in tokens {
      guard let text = token["text"]?.stringValue, let rules = allowed[text] else { continue }
      #expect(rules.contains(token["why"]?["rule"]?.stringValue ?? ""), "\(token)")
    }
    #expect(tokens.count { allowed[$0["text"]?.stringValue ?? ""] != nil } == 6)
  }

  @Test(arguments: ["icu", "lexicon", "neural"])
  func `words are the same with and without it, on any text`(_ segmenter: String) throws {
    let workspace = Workspace()
    try workspace.write("生命\n我不喜\n房间\tprefer\na1\n", to: "mine.tsv")
    var generator = SeededGenerator(seed: 5)
    let pieces = ["我不喜欢", "研究生命起源", "房间很干净。", "iPhone15", " ", "　", "www.a.cn", "50%", "😀", "了", "a1", "，", "\t", "南京市长江大桥"]
    let lines = (0..<60).map { _ in
      (0..<Int.random(in: 0...12, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
    }
    let input = lines.joined(separator: "\n") + "\n"
    let arguments = ["segment", "--segmenter", segmenter, "--user-words", "mine.tsv"]
    let words = try workspace.run(arguments + ["--separator", "\\t"], input: input).lines
    #expect(words.count == lines.count)
    let explained = try workspace.run(arguments + ["--why", "--output", "jsonl", "--threads", "2"], input: input).json()
    #expect(
      explained.map { ($0["tokens"]?.arrayValue ?? []).map { $0["text"]?.stringValue ?? "" }.joined(separator: "\t") } == words)
    #expect(explained.allSatisfy { ($0["tokens"]?.arrayValue ?? []).allSatisfy { $0["why"]?["rule"] != nil } })
  }

  @Test func `colours stand where they are asked for, and controls of a text reach no terminal`() throws {
    let workspace = Workspace()
    try workspace.write("苹果\n", to: "mine.tsv")
    let arguments = ["segment", "--segmenter", "icu", "--user-words", "mine.tsv", "--why"]
    let colored = try workspace.run(arguments + ["--color", "always"], input: "吃苹果\n")
    #expect(colored.text.contains("\u{1B}[38;5;") && colored.text.contains("m苹果\u{1B}[0m"))
    let plain = try workspace.run(arguments, input: "吃苹果\u{1B}[31m\n")
    #expect(!plain.text.contains("\u{1B}"))
  }

  @Test(arguments: [
    (["--why", "--separator", "/"], "--separator does not go with --why"), (["--why", "--keep-whitespace"], "--keep-whitespace does not"),
    (["--color", "always"], "--color needs --why"), (["--why", "--output", "jsonl", "--color", "never"], "--color needs --why"),
  ])
  func `what does not go with it is wrong usage`(_ options: [String], _ message: String) throws {
    let outcome = try Tool.run(["segment"] + options, input: "我\n")
    #expect(outcome.status == .exit(64) && outcome.output.isEmpty && outcome.errors.contains(message), "\(outcome)")
  }

  @Test func `traditional text is cut by simplified words, and shown as it was written`() throws {
    let spec = Tool.packageRoot + "/pipelines/traditional.json"
    let traditional = try Tool.run(["segment", "--pipeline", spec], input: Array("我們喜歡吃蘋果\n".utf8))
    let simplified = try Tool.run(["segment"], input: Array("我们喜欢吃苹果\n".utf8))
    #expect(traditional == .success("我們 喜歡 吃 蘋果\n") && simplified == .success("我们 喜欢 吃 苹果\n"))
  }
}
