import HanpipeCore
import HanpipeTesting
import Testing

@testable import HanpipeText

@Suite struct StopWordsTests {
  private static func stage(
    _ list: String? = nil, words: [String] = [], keep: [String] = [], matching: Lexicon.Matching = .folded
  ) throws -> StopWords {
    var configuration = StopWords.Configuration()
    configuration.list = list.map { _ in ResourcePath("stop.txt") }
    (configuration.words, configuration.keep, configuration.matching) = (words, keep, matching)
    return try StopWords(configuration, StageContext { _ in utf8(list ?? "") })
  }
  private static func words(_ stage: StopWords, _ text: String) throws -> [String] {
    let tokens = try WhitespaceSegmenter(.init(), .none).process(Texts([text]))
    return stage.process(tokens).words(of: 0)
  }

  @Test func `words of the list and of the spec are dropped, whole ones only`() throws {
    let stage = try Self.stage("\u{FEFF}# of mine\r\n的\r\n\n  了　\n\\#\nthe\n", words: ["酒店"])
    #expect(try Self.words(stage, "我 的 酒店 的士 好 了 # ＴＨＥ") == ["我", "的士", "好"])
    #expect(try Self.words(Self.stage("the\n", matching: .exact), "the The") == ["The"])
    #expect(try Self.words(Self.stage("不\n的\n", keep: ["不"]), "我 的 不 好") == ["我", "不", "好"])
    #expect(stage.keeps("的士") && !stage.keeps("的"))
  }

  @Test func `offsets of what stays are as they were, and the contract is kept`() throws {
    let stage = try Self.stage(words: ["喜欢", "😀", " "])
    let tokens = try SegmenterTests.icu(whitespace: true).process(Texts(["我喜欢 吃😀苹果", "", "喜欢"]))
    let kept = stage.process(tokens)
    #expect(kept.spans(of: 0).map(\.range) == [0..<3, 10..<13, 17..<23])
    #expect(kept.count == 3 && kept.spans(of: 2).isEmpty)
    try StageContract(stage, samples: tokens).check()
  }

  @Test func `it drops what a set of words holds, on random text`() throws {
    let stop = Set((0..<40).flatMap { randomText($0).split(whereSeparator: \.isWhitespace).map(String.init) }.prefix(60))
    let list = stop.filter { !$0.contains { $0.unicodeScalars.contains { $0 == "\n" || $0 == "\t" } } }.sorted()
    let stage = try Self.stage(words: list, matching: .exact)
    let known = Set(list.map(utf8))
    for seed in 0..<80 {
      let tokens = try WhitespaceSegmenter(.init(), .none).process(Texts([randomText(seed)]))
      let expected = tokens.words(of: 0).map(utf8).filter { !known.contains($0) }
      #expect(stage.process(tokens).words(of: 0).map(utf8) == expected, "seed \(seed)")
    }
  }

  @Test(arguments: [
    (utf8("的\n了\t5\n"), StopWordError.columns(line: 2, word: "了")), (utf8("# 的\n\n \n"), .empty), ([], .empty),
    (utf8("的\n") + [0xFF, 0x0A], .notUTF8(line: 2)),
    ([UInt8](repeating: 0x61, count: 5000), .lineTooLong(line: 1, bytes: 5000, limit: 4096)),
  ])
  func `a wrong list is refused with its line`(_ bytes: [UInt8], _ expected: StopWordError) throws {
    var configuration = StopWords.Configuration()
    configuration.list = ResourcePath("stop.txt")
    let error = #expect(throws: FileError.self) { try StopWords(configuration, StageContext { _ in bytes }) }
    #expect(error?.underlying as? StopWordError == expected)
    #expect("\(try #require(error))".hasPrefix("stop.txt: "))
  }

  @Test(arguments: [
    (#"{"type": "stop-words"}"#, "list"), (#"{"type": "stop-words", "words": []}"#, "list"),
    (#"{"type": "stop-words", "words": ["的", " 了"]}"#, "words[1]"), (#"{"type": "stop-words", "words": [""]}"#, "words[0]"),
    (#"{"type": "stop-words", "words": ["的"], "keep": ["不\n"]}"#, "keep[0]"),
  ])
  func `settings that name no word are refused with their place`(_ stage: String, _ place: String) throws {
    var registry = StageRegistry()
    try TextStages.register(in: &registry)
    let spec = try PipelineSpec(parsing: utf8(#"{"stages": [{"type": "icu"}, \#(stage)]}"#))
    let error = #expect(throws: SpecError.self) { _ = try Blueprint(spec, registry: registry) }
    #expect("\(try #require(error))".contains(place))
  }

  @Test func `negators that would be dropped are named with their lines`() throws {
    let stage = try Self.stage("的\n不\n没有\n非常\n", words: ["无", "不"], keep: ["无"])
    #expect(stage.droppedNegators.map { "\($0.word) \($0.line.map(String.init(describing:)) ?? "-")" } == ["不 -", "没有 stop.txt:3"])
    #expect(try Self.stage("的\n非常\n未来\n别人\n").droppedNegators.isEmpty)
  }

  @Test func `the shipped example drops no negator, and no word twice`() throws {
    let text = String(decoding: try contents(of: "vocab/stop-words.txt"), as: UTF8.self)
    let words = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect((10...20).contains(words.count) && Set(words).count == words.count)
    #expect(try Self.stage(text).droppedNegators.isEmpty)
  }

  @Test func `why names the line that dropped a word`() throws {
    let stage = try Self.stage("# x\n的\n", words: ["了"])
    let tokens = try WhitespaceSegmenter(.init(), .none).process(Texts(["我 的 了"]))
    let reasons = stage.reasons(for: stage.process(tokens), from: tokens)
    #expect(reasons.words[0].count == 1 && reasons.words[0][0] == nil)
    #expect(
      reasons.missed[0].map(\.reason.text)
        == ["dropped by stop.txt:2, a stop word", "dropped, one of \"words\" of the stage \"stop-words\""])
  }
}
