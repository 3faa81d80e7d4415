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
    (["evaluate", "--segmenter", "icu"], "--segmenter, --user-words and --word-list need --segmentation"),
    (["evaluate", "--word-list", "x"], "--segmenter, --user-words and --word-list need --segmentation"),
    (["segment", "--segmenter", "jieba"], "Please provide one of 'icu', 'lexicon' or 'neural'."),
    (["segment", "--skip-malformed"], "--skip-malformed needs --user-words"),
    (["segment", "--separator", ""], "--separator: \"\" is not allowed; expected a character or more, no line feed among them"),
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
    #expect(skipped.errors.hasSuffix("; words read: 1\n"))
    let missing = try workspace.run(["segment", "--user-words", "none.tsv"], input: "我\n")
    #expect(missing.status == .exit(1) && missing.errors.hasPrefix("hanpipe: none.tsv: "))
  }

  @Test func `a list of words of one's own says what a word is, and user words still win`() throws {
    let workspace = Workspace()
    // Of a size that a corpus has, and in jieba's form in part.
    let filler = (0..<20_000).map { "词\($0)\n" }.joined()
    for (words, expected) in [("人工\n智能\n", "人工 智能"), ("人工智能 7 n\r\n", "人工智能")] {
      try workspace.write("\u{FEFF}" + words + filler, to: "words.txt")
      let arguments = ["segment", "--segmenter", "neural", "--word-list", "words.txt"]
      #expect(try workspace.run(arguments, input: "人工智能\n") == .success(expected + "\n"))
      // Whatever the list says; once is enough.
      if words.hasSuffix("\r\n"), !isSlow { continue }
      try workspace.write("工智\n", to: "mine.tsv")
      #expect(try workspace.run(arguments + ["--user-words", "mine.tsv"], input: "人工智能\n") == .success("人 工智 能\n"))
      let measured = try workspace.run(
        ["evaluate", "--segmentation", "-", "--json"] + arguments.dropFirst(), input: expected + "\n")
      #expect(try measured.json()[0]["f1"]?.doubleValue == 1, "\(measured)")
    }
  }

  @Test(arguments: [
    ("", "no word; expected lines of a word, and after a TAB or space its frequency and tag, if any"),
    ("我\n喜欢 苹果\n", "line 2: \"喜欢 苹果\" holds white space; end the word with a TAB, or remove the line"),
  ])
  func `a wrong list of words is refused by file and line`(_ content: String, _ message: String) throws {
    let workspace = Workspace()
    try workspace.write(content, to: "words.txt")
    let outcome = try workspace.run(["segment", "--segmenter", "neural", "--word-list", "words.txt"], input: "我\n")
    #expect(outcome == .failure("hanpipe: words.txt: \(message)\n"))
  }

  @Test func `a segmenter that follows no list says which one does`() throws {
    let workspace = Workspace()
    try workspace.write("我\n", to: "words.txt")
    for segmenter in ["icu", "lexicon"] {
      let outcome = try workspace.run(["segment", "--segmenter", segmenter, "--word-list", "words.txt"], input: "我\n")
      #expect(outcome.status == .exit(1) && outcome.output.isEmpty)
      #expect(outcome.errors.hasSuffix("choose --segmenter neural, or leave out --word-list\n"), "\(outcome.errors)")
    }
    let missing = try workspace.run(["segment", "--segmenter", "neural", "--word-list", "none.txt"], input: "我\n")
    #expect(missing.status == .exit(1) && missing.errors.hasPrefix("hanpipe: none.txt: "))
  }
}
