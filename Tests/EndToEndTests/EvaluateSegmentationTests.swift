import HanpipeCore
import Testing

/// `evaluate --segmentation` as a process. `icu` reads 我不喜欢吃苹果 as 我 不 喜欢 吃 苹果, 她没有换行 as 她 没有 换 行.
@Suite struct EvaluateSegmentationTests {
  static let gold = "我 不 喜欢 吃 苹果\n她\u{3000}没有\t换行\n\n我 不 喜欢吃 苹果\n"

  @Test func `words are counted, and mistakes listed`() throws {
    let workspace = Workspace()
    try workspace.write(Self.gold, to: "gold.txt")
    try workspace.write("我\n喜欢 12\n不\t7\n", to: "words.txt")
    let outcome = try workspace.run(
      ["evaluate", "--segmentation", "gold.txt", "--segmenter", "icu", "--training-words", "words.txt"])
    // Right: 5 of 5, 她 and 没有 of 3, all but 喜欢吃 of 4. Unknown: 吃 苹果, 她 没有 换行, 喜欢吃 苹果; found 吃 苹果 她 没有 苹果.
    let expected = """
      records      4
      gold words   12
      given words  14
      right words  10
      precision    0.7143
      recall       0.8333
      F1           0.7692
      F1, 95 %
      OOV rate     0.5833
      OOV recall   0.7143
      IV recall    1.0000

      mistakes  gold → given           line  first
             1  喜欢吃 → 喜欢 吃          4  我不【喜欢吃】苹果
             1  换行 → 换 行              2  她没有【换行】
             2  in all
      """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(outcome.status == .exit(0))
    #expect(outcome.errors == "")
    #expect(outcome.lines.map { $0.hasPrefix("F1, 95 %") ? "F1, 95 %" : $0 } == expected)
  }

  @Test(arguments: ["1", "4"])
  func `JSON has the same figures, and null for what nobody can know`(_ threads: String) throws {
    let outcome = try Tool.run(
      ["evaluate", "--segmentation", "-", "--segmenter", "icu", "--output", "json", "--threads", threads, "--mistakes", "1"],
      input: Self.gold)
    let report = try #require(try outcome.json().first)
    #expect(outcome.status == .exit(0))
    #expect(
      ["records", "failures", "goldWords", "givenWords", "rightWords", "mistakeCount"].map { report[$0]?.intValue } == [
        4, 0, 12, 14, 10, 2,
      ])
    #expect(report["f1"]?.doubleValue == 10.0 / 13)
    #expect(["oovRate", "oovRecall", "ivRecall"].allSatisfy { report[$0] == .null })
    #expect(report["f1Interval"]?.arrayValue?.count == 2)
    #expect(
      report["mistakes"]?.description
        == #"[{"gold": ["喜欢吃"], "given": ["喜欢", "吃"], "count": 1, "line": 4, "before": "我不", "after": "苹果"}]"#)
  }

  @Test func `any spec that gives words is measured, and mistakes can be hidden`() throws {
    let workspace = Workspace()
    try workspace.write(#"{"stages": [{"type": "normalize", "form": "NFKC"}, {"type": "characters"}]}"#, to: "mine.json")
    try workspace.write("ＡＢ 好\n㎏\n", to: "gold.txt")
    try workspace.write("好 的\n", to: "text.txt")
    let arguments = ["evaluate", "--segmentation", "gold.txt", "--model", "mine.json"]
    let outcome = try workspace.run(arguments + ["--training-text", "text.txt", "--mistakes", "0", "--json"])
    let report = try #require(try outcome.json().first)
    // Ａ Ｂ 好 k g: two of ＡＢ are wrong; k and g both stand for ㎏ in the bytes that were read, and it is found once.
    #expect(["goldWords", "givenWords", "rightWords"].map { report[$0]?.intValue } == [3, 5, 2], "\(outcome)")
    #expect(report["oovRate"]?.doubleValue == 2.0 / 3)
    #expect(report["mistakes"] == nil)
    #expect(!(try workspace.run(arguments + ["--mistakes", "0"])).text.contains("mistakes"))
  }

  @Test(arguments: [
    (["gold.txt"], "hanpipe: gold.txt: cannot be opened: no such file or directory\n"),
    (
      ["empty.txt"],
      "hanpipe: empty.txt: no record to measure on; expected segmented text, words separated by white space, a sentence a line\n"
    ),
    (
      ["bad.txt", "--strict"],
      "hanpipe: bad.txt:2: not UTF-8: byte 0xFF in column 4; convert the file to UTF-8, or read without strictness, which puts "
        + "U+FFFD there\n"
    ),
    (["good.txt", "--training-words", "empty.txt"], "hanpipe: empty.txt: holds no word; expected a word a line\n"),
    (["good.txt", "--training-words", "no.txt"], "hanpipe: no.txt: cannot be opened: no such file or directory\n"),
    (
      ["good.txt", "--training-text", "empty.txt"],
      "hanpipe: empty.txt: holds no word; expected segmented text, words separated by white space\n"
    ),
  ])
  func `files that cannot be measured on are named`(_ arguments: [String], _ message: String) throws {
    let workspace = Workspace()
    try workspace.write("\n \n", to: "empty.txt")
    try workspace.write("我\n", to: "good.txt")
    try workspace.write(Array("我\n好".utf8) + [0xFF, 0x0A], to: "bad.txt")
    #expect(try workspace.run(["evaluate", "--segmentation"] + arguments) == .failure(message))
  }

  @Test func `bytes that are not UTF-8 are repaired and told of`() throws {
    let outcome = try Tool.run(["evaluate", "--segmentation", "-"], input: Array("我\n好 ".utf8) + [0xFF, 0x0A])
    #expect(outcome.status == .exit(0))
    #expect(outcome.errors == "hanpipe: warning: 1 line was not UTF-8 and was repaired with U+FFFD: standard input:2\n")
  }

  @Test func `a model that gives no words is refused`() throws {
    let model = try Tiny.model()
    #expect(
      try Tool.run(["evaluate", "--segmentation", "-", "--model", model], input: "我\n")
        == .failure("hanpipe: \(model): gives prediction, but this command needs tokens; hanpipe run --tokens writes both\n"))
  }

  @Test(arguments: [
    (["--training-text", "x"], "--training-text needs --segmentation"),
    (["--segmentation", "a", "b"], "--segmentation names the only file to measure on; b is one too many"),
    (["--segmentation", "a", "--input", "tsv"], "--segmentation reads segmented text; --input, "),
    (["--segmentation", "a", "--mistakes=-1"], "--mistakes: -1 is not allowed; expected a number from 0"),
    (["--segmentation", "-", "--training-words", "-"], "standard input (-) can be read once only"),
  ])
  func `options that do not go together are wrong usage`(_ arguments: [String], _ message: String) throws {
    let outcome = try Tool.run(["evaluate"] + arguments)
    #expect(outcome.status == .exit(64))
    #expect(outcome.errors.hasPrefix("Error: \(message)"), "\(outcome)")
  }
}
