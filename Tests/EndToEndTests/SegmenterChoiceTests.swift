import HanpipeCore
import Testing

/// Shipped segmenters by one word, and words of one's own.
@Suite struct SegmenterChoiceTests {
  /// An installation with a dictionary of a few words.
  private static func installation() throws -> (Workspace, [String: String]) {
    let home = Workspace()
    for folder in ["pipelines", "vocab", "models"] { try Files.makeDirectory(home[folder]) }
    for name in ["segment", "lexicon", "neural"] {
      try Files.copy(Tool.packageRoot + "/pipelines/\(name).json", to: home["pipelines/\(name).json"])
    }
    try Files.copy(Tool.packageRoot + "/vocab/lexicon.txt", to: home["vocab/lexicon.txt"])
    try home.write("我 9\n喜欢吃 9\n苹果 9\n", to: "vocab/chinese.dict")
    var environment = Tool.environment
    environment["HANPIPE_HOME"] = home.path
    return (home, environment)
  }

  @Test func `a shipped segmenter is chosen by one word`() throws {
    let (home, environment) = try Self.installation()
    let input = "我不喜欢吃苹果\n"
    for (options, expected) in [
      ([], "我 不 喜欢吃 苹果\n"), (["--segmenter", "icu"], "我 不 喜欢 吃 苹果\n"), (["--segmenter", "lexicon"], "我 不 喜欢吃 苹果\n"),
    ] {
      #expect(try home.run(["segment"] + options, input: input, environment: environment) == .success(expected))
    }
    let gold = "我 不 喜欢吃 苹果\n"
    let arguments = ["evaluate", "--segmentation", "-", "--json", "--segmenter"]
    let measured = try ["icu", "lexicon"].map { name in
      try home.run(arguments + [name], input: gold, environment: environment).json()[0]["rightWords"]?.intValue
    }
    #expect(measured == [3, 4])
  }

  @Test(arguments: [
    ("lexicon", "vocab/chinese.dict", "hanpipe vocabulary build --segmented TEXT --output vocab/chinese.dict"),
    ("neural", "models/segmenter", "hanpipe train pipelines/segmenter.json --data TEXT --model models/segmenter"),
  ])
  func `a segmenter that is not installed whole says what is missing`(_ name: String, _ part: String, _ remedy: String) throws {
    let (home, environment) = try Self.installation()
    Files.remove(home[part])
    for arguments in [["segment"], ["evaluate", "--segmentation", "-"]] {
      let outcome = try home.run(arguments + ["--segmenter", name], input: "我\n", environment: environment)
      #expect(outcome.status == .exit(1) && outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix("hanpipe: the segmenter \"\(name)\" is not installed: there is no \(home[part]); "))
      #expect(outcome.errors.contains(remedy))
    }
  }

  @Test(arguments: [
    (["segment", "--segmenter", "icu", "--pipeline", "x.json"], "--segmenter and --pipeline exclude each other"),
    (["evaluate", "--segmentation", "g", "--segmenter", "icu", "--model", "x"], "--segmenter and --model exclude each other"),
    (["evaluate", "--segmenter", "icu"], "--segmenter and --user-words need --segmentation"),
    (["segment", "--segmenter", "jieba"], "Please provide one of 'icu', 'lexicon' or 'neural'."),
    (["segment", "--skip-malformed"], "--skip-malformed needs --user-words"),
    (["segment", "--separator", ""], "--separator: \"\" is not allowed; expected text without a line feed"),
    (["segment", "--separator", "x", "--output", "jsonl"], "--separator needs --output text"),
  ])
  func `choices that do not go together are wrong usage`(_ arguments: [String], _ message: String) throws {
    let outcome = try Tool.run(arguments, input: "我\n")
    #expect(outcome.status == .exit(64) && outcome.output.isEmpty)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test(arguments: ["icu", "lexicon"])
  func `words of one's own win over any segmenter's`(_ segmenter: String) throws {
    let (home, environment) = try Self.installation()
    try home.write("欢吃苹\n# mine\nＣ++\n", to: "mine.tsv")
    let arguments = ["segment", "--segmenter", segmenter, "--user-words", "mine.tsv"]
    #expect(try home.run(arguments, input: "喜欢吃苹果学c++吧\n", environment: environment).lines == ["喜 欢吃苹 果 学 c++ 吧"])
  }

  @Test func `jieba's columns are told of, not read as a word that no text holds`() throws {
    let workspace = Workspace()
    try workspace.write("喜欢\niPhone 15\n云计算 5 n\r\n", to: "mine.txt")
    let outcome = try workspace.run(["segment", "--user-words", "mine.txt"], input: "我喜欢吃\n")
    #expect(
      outcome
        == .success(
          "我 喜欢 吃\n",
          errors: "hanpipe: warning: mine.txt: line 3: \"云计算 5 n\" is taken as one word with spaces; if its columns are jieba's "
            + "(word, frequency, tag), keep the words alone: cut -d' ' -f1\n"))
  }

  @Test func `a wrong line of one's own words is refused by file and line, or left out and named`() throws {
    let workspace = Workspace()
    try workspace.write("欢吃\n喜欢\tjoin\n \n", to: "mine.tsv")
    let refused = try workspace.run(["segment", "--user-words", "mine.tsv"], input: "我喜欢吃\n")
    let reason = "unknown rule \"join\"; expected one of \"force\", \"prefer\", \"split\", or nothing for \"force\""
    #expect(refused == .failure("hanpipe: mine.tsv: line 2: \(reason)\n"))
    let skipped = try workspace.run(["segment", "--user-words", "mine.tsv", "--skip-malformed"], input: "我喜欢吃\n")
    #expect(skipped.output == Array("我 喜 欢吃\n".utf8))
    #expect(skipped.errors.hasPrefix("hanpipe: warning: mine.tsv: 2 wrong lines were left out: line 2: \(reason); line 3: "))
    let missing = try workspace.run(["segment", "--user-words", "none.tsv"], input: "我\n")
    #expect(missing.status == .exit(1) && missing.errors.hasPrefix("hanpipe: none.tsv: "))
  }
}
