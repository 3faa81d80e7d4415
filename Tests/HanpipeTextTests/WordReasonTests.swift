import HanpipeCore
import Testing

@testable import HanpipeText

/// Which rule made a word one, and why words of the user's are none.
@Suite struct WordReasonTests {
  private static func registry() throws -> StageRegistry {
    var registry = StageRegistry()
    try TextStages.register(in: &registry)
    return registry
  }

  /// The pipeline of some stages, with files by name.
  private static func pipeline(_ stages: String, _ files: [String: String] = [:]) throws -> Pipeline {
    let spec = try PipelineSpec(parsing: utf8(#"{"stages": [\#(stages)]}"#))
    return try Pipeline(Blueprint(spec, registry: registry())) { path in
      guard let text = files[path.path] else { throw StateError.missing(path.path) }
      return utf8(text)
    }
  }

  /// `word rule file:line` of each word, and `word: text` of each that was passed over.
  private static func told(_ pipeline: Pipeline, _ text: String) throws -> (words: [String], missed: [String]) {
    let trace = try pipeline.trace(Texts([text]))
    let tokens = try #require(trace.last as? Tokens)
    let explained = try pipeline.reasons(along: trace)[0]
    let all = Array(text.utf8)
    return (
      zip(tokens.words(of: 0), explained.reasons).map { word, reason in
        "\(word) \(reason.rule)\(reason.place.map { " \($0)" } ?? "")"
      },
      explained.missed.map { "\(String(decoding: all[$0.range], as: UTF8.self)): \($0.reason.text)" }
    )
  }

  private static let icu = #"{"type": "icu", "lexicon": "mine.tsv"}"#

  @Test func `ICU's own words are by its dictionary or rules, others by a line of the lexicon`() throws {
    let lexicon = "# mine\n长江大桥\n我不\tsplit\t我\t不\n喜欢去\tprefer\n"
    let told = try Self.told(Self.pipeline(Self.icu, ["mine.tsv": lexicon]), "我不喜欢去长江大桥，iPhone 50% a@b.cn")
    #expect(
      told.words == [
        "我 split mine.tsv:3", "不 split mine.tsv:3", "喜欢去 prefer mine.tsv:4", "长江大桥 force mine.tsv:2", "， rules", "iPhone rules",
        "50% fixed", "a@b.cn fixed",
      ])
    #expect(told.missed == [])
    #expect(try Self.told(Self.pipeline(#"{"type": "icu"}"#), "喜欢苹果").words == ["喜欢 dictionary", "苹果 dictionary"])
  }

  @Test func `what a forced word leaves over names it`() throws {
    let pipeline = try Self.pipeline(Self.icu, ["mine.tsv": "欢吃苹\n"])
    let reasons = try pipeline.reasons(along: pipeline.trace(Texts(["喜欢吃苹果"])))[0].reasons
    #expect(reasons.map(\.rule) == ["rest", "force", "rest"])
    #expect(reasons[0].text == "left over of 喜欢 by 欢吃苹, forced by mine.tsv:1")
    #expect(reasons[1].text == "forced by mine.tsv:1, instead of 喜欢 | 吃 | 苹果")
    #expect(reasons.allSatisfy { $0.stage == "icu" })
  }

  @Test(arguments: [
    ("cense\n", "license", ["cense: mine.tsv:1 (force): it would cut license inside of a run of letters and digits, or of a character"]),
    ("b.cn\n", "a@b.cn", ["b.cn: mine.tsv:1 (force): it would cut the address a@b.cn"]),
    ("研究生\n研究生命\n", "研究生命", ["研究生: mine.tsv:1 (force): 研究生命 of mine.tsv:2 (force) is longer"]),
    ("研究生\n生命\n", "研究生命", ["生命: mine.tsv:2 (force): 研究生 of mine.tsv:1 (force) begins further left"]),
    ("欢吃苹\n喜欢吃\tprefer\n", "喜欢吃苹果", ["喜欢吃: mine.tsv:2 (prefer): 欢吃苹 of mine.tsv:1 (force) stands here, and comes first"]),
    (
      "欢吃\tprefer\n", "喜欢吃苹果",
      ["欢吃: mine.tsv:1 (prefer): only whole words are joined, and here stand 喜欢 | 吃; \"force\" would cut them"]
    ),
    ("苹果\tsplit\t苹\t果\n", "吃苹果", []),
    ("喜欢\n吃\tprefer\n", "我喜欢吃苹果", []),
    ("ＡＢＣ\n", "学abc吧", []),
    ("米饭\n", "我喜欢吃苹果", []),
  ])
  func `a word of the user's that is none is told of with what kept it from it`(
    _ lexicon: String, _ text: String, _ expected: [String]
  ) throws {
    #expect(try Self.told(Self.pipeline(Self.icu, ["mine.tsv": lexicon]), text).missed == expected)
    let overlay = #"{"type": "icu"}, {"type": "user-words", "lexicon": "mine.tsv"}"#
    #expect(try Self.told(Self.pipeline(overlay, ["mine.tsv": lexicon]), text).missed == expected)
  }

  @Test func `behind user-words, untouched words keep the segmenter's reason`() throws {
    let stages = #"{"type": "characters"}, {"type": "user-words", "lexicon": "mine.tsv"}"#
    let pipeline = try Self.pipeline(stages, ["mine.tsv": "喜欢\n"])
    let reasons = try pipeline.reasons(along: pipeline.trace(Texts(["我喜欢吃", ""])))
    #expect(reasons[0].reasons.map(\.stage) == ["characters", "user-words", "characters"])
    #expect(reasons[0].reasons[0].text == "by the stage \"characters\"")
    #expect(reasons[1].reasons == [])
  }

  @Test func `a lexicon's words are in the dictionary with a count, the user's, runs, or unknown`() throws {
    let stages = #"{"type": "lexicon", "dictionary": "words.dict", "user": ["mine.txt"]}"#
    let files = ["words.dict": "我 9\n喜欢 1200\n苹果 3\n研究 5\n生命 5\nC++ 7\n", "mine.txt": "\n研究生命 4\n生命之\n看B\ncense\n"]
    let pipeline = try Self.pipeline(stages, files)
    let text = "我喜欢C++和苹果研究生命之license！"
    let told = try Self.told(pipeline, text)
    #expect(
      told.words == [
        "我 dictionary", "喜欢 dictionary", "C++ dictionary", "和 character", "苹果 dictionary", "研究生命 user mine.txt:2", "之 character",
        "license run", "！ sign",
      ])
    #expect(
      told.missed == [
        "生命之: mine.txt:3: user word 研究生命 overlaps it: those that cover most win, then the fewest",
        "cense: mine.txt:5: it would cut license, a run of letters and digits, an address or a character",
      ])
    let reasons = try pipeline.reasons(along: pipeline.trace(Texts([text])))[0].reasons
    #expect(reasons[1].count == 1200 && reasons[1].text == "in the dictionary, counted 1,200 times")
    #expect(reasons[2].count == 7)
    // 4 of 170 is less than 90 of 170 times 80 of 170.
    let competing = try Self.pipeline(
      stages.replacing("[\"mine.txt\"]", with: #"["mine.txt"], "userWords": "compete""#),
      ["words.dict": "研究 90\n生命 80\n", "mine.txt": "\n研究生命 4\n"])
    #expect(
      try Self.told(competing, "研究生命").missed
        == ["研究生命: mine.txt:2: its frequency does not suffice against 研究 | 生命"])
  }

  @Test func `counts of a compiled dictionary are those that it was made of`() throws {
    var builder = DictionaryBuilder()
    for sentence in ["我 喜欢 吃 苹果", "我 不 喜欢 喝 苹果汁", "他 喜欢 苹果"] {
      for _ in 0..<4 { builder.add(segmented: utf8(sentence)[...]) }
    }
    let bytes = try builder.compiled { _, _ in }
    var configuration = LexiconSegmenter.Configuration()
    configuration.dictionary = ResourcePath("words.dict")
    let segmenter = try LexiconSegmenter(configuration, StageContext { _ in bytes })
    let texts = Texts(["我喜欢苹果汁"])
    let tokens = try segmenter.process(texts)
    #expect(tokens.words(of: 0) == ["我", "喜欢", "苹果汁"])
    #expect(segmenter.reasons(for: tokens, from: texts).words[0].map { $0?.count } == [8, 12, 4])
  }

  /// Texts of few characters, in which words of the lexicon stand and overlap often.
  private static func texts() -> [String] {
    let alphabet: [Character] = ["研", "究", "生", "命", "我", "不", "a", "B", "1", ".", " ", "@"]
    var generator = SeededGenerator(seed: 3)
    let dense = (0..<150).map { _ in
      String((0..<Int.random(in: 0...30, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? "生" })
    }
    return dense + (0..<150).map { randomText($0) }
  }

  @Test(arguments: [
    icu, #"{"type": "icu", "lexicon": "mine.tsv", "keepPunctuation": false}"#,
    #"{"type": "characters"}, {"type": "user-words", "lexicon": "mine.tsv"}"#,
    #"{"type": "lexicon", "dictionary": "words.dict", "user": ["mine.txt"]}"#,
    #"{"type": "lexicon", "dictionary": "words.dict", "user": ["mine.txt"], "mode": "search"}, "#
      + #"{"type": "user-words", "lexicon": "mine.tsv"}"#,
    #"{"type": "normalize"}, {"type": "whitespace"}, {"type": "stop-words", "words": ["a", "生"]}"#,
  ])
  func `every word has one reason, a line that is named holds the word, and what is passed over is no word`(_ stages: String) throws {
    let lexicon = ["研究生", "生命", "a1", "我不\tsplit\t我\t不", "究生\tprefer", "命 我", "B.", "不生命我\tprefer"]
    let user = ["研究", "究生命", "a", "我 不"]
    let pipeline = try Self.pipeline(
      stages,
      [
        "mine.tsv": lexicon.joined(separator: "\n"), "mine.txt": user.map { $0 + "\t\n" }.joined(),
        "words.dict": "研究 3\n生命 9\n研究生命 2\n我不 4\n",
      ])
    let texts = Texts(Self.texts())
    let trace = try pipeline.trace(texts)
    let tokens = try #require(trace.last as? Tokens)
    let explained = try pipeline.reasons(along: trace)
    try #require(explained.count == texts.count)
    func folded(_ text: String) -> String { String(text.lowercased().map { $0.isWhitespace ? " " : $0 }) }
    var named = 0
    for record in 0..<texts.count {
      let words = tokens.words(of: record)
      #expect(explained[record].reasons.count == words.count)
      for (word, reason) in zip(words, explained[record].reasons) {
        #expect(reason.stage != "" && !reason.text.isEmpty)
        guard let place = reason.place, reason.rule != "rest" else { continue }
        let list = place.file == "mine.tsv" ? lexicon : user
        let columns = list[place.line - 1].split(separator: "\t").map(String.init)
        let allowed = reason.rule == "split" ? Array(columns.dropFirst(2)) : [columns[0]]
        #expect(allowed.map(folded).contains(folded(word)), "\(word): \(reason)")
        named += 1
      }
      let given = Set(tokens.spans(of: record).map(\.range))
      for missed in explained[record].missed { #expect(!given.contains(missed.range)) }
    }
    #expect(named > 0 || !stages.contains("mine"))
  }
}
