import HanpipeCore
import Testing

@testable import HanpipeText

@Suite struct SegmenterTests {
  static func icu(
    lexicon: String? = nil, whitespace: Bool = false, punctuation: Bool = true, locale: String = "zh"
  ) throws -> ICUSegmenter {
    var configuration = ICUSegmenter.Configuration()
    configuration.locale = locale
    configuration.keepWhitespace = whitespace
    configuration.keepPunctuation = punctuation
    configuration.lexicon = lexicon.map { _ in ResourcePath("words.txt") }
    return try ICUSegmenter(configuration, StageContext { _ in utf8(lexicon ?? "") })
  }
  static func words(_ stage: some Stage<Texts, Tokens>, _ text: String) throws -> [String] {
    try stage.process(Texts([text])).words(of: 0)
  }

  @Test func `icu finds Chinese, Latin, numbers and emoji`() throws {
    let icu = try Self.icu()
    #expect(try Self.words(icu, "我喜欢吃苹果") == ["我", "喜欢", "吃", "苹果"])
    #expect(try Self.words(icu, "iPhone15 costs 3.14 元。") == ["iPhone15", "costs", "3.14", "元", "。"])
    #expect(try Self.words(icu, "👨‍👩‍👧我👍🏽") == ["👨‍👩‍👧", "我", "👍🏽"])
    #expect(try Self.words(icu, "") == [])
    #expect(try Self.words(icu, " \n　") == [])
  }

  @Test func `white space and punctuation are given out as set`() throws {
    let text = "好 ！😀+ 《》"
    #expect(try Self.words(Self.icu(), text) == ["好", "！", "😀", "+", "《", "》"])
    #expect(try Self.words(Self.icu(whitespace: true), text) == ["好", " ", "！", "😀", "+", " ", "《", "》"])
    #expect(try Self.words(Self.icu(punctuation: false), text) == ["好", "😀", "+"])
    var configuration = CharacterSegmenter.Configuration()
    configuration.keepPunctuation = false
    #expect(try Self.words(CharacterSegmenter(configuration, .none), text) == ["好", "😀", "+"])
  }

  @Test func `characters are what a reader sees`() throws {
    let words = try Self.words(CharacterSegmenter(.init(), .none), "我👨‍👩‍👧e\u{301} 🇨🇳\r\n")
    #expect(words.map(utf8) == ["我", "👨‍👩‍👧", "e\u{301}", "🇨🇳"].map(utf8))
  }

  @Test func `white space separates, of every kind`() throws {
    #expect(try Self.words(WhitespaceSegmenter(.init(), .none), " 我 喜欢　苹果。\t\n a\u{A0}b ") == ["我", "喜欢", "苹果。", "a", "b"])
  }

  /// All three, everything kept.
  static func lossless() throws -> [any Segmenter] {
    var characters = CharacterSegmenter.Configuration()
    var whitespace = WhitespaceSegmenter.Configuration()
    characters.keepWhitespace = true
    whitespace.keepWhitespace = true
    return [
      CharacterSegmenter(characters, .none), WhitespaceSegmenter(whitespace, .none), try icu(whitespace: true),
      try icu(lexicon: "一丁\n七\tprefer\n丁七\tprefer\na\nx \u{301}x\n\u{1F466}\n", whitespace: true),
    ]
  }

  @Test(arguments: 0..<4)
  func `kept whole, the tokens make up the text`(_ number: Int) throws {
    let segmenter = try Self.lossless()[number]
    for seed in 0..<400 {
      let text = randomText(seed, scalars: 60)
      var checked = Tokens(Texts([text]))
      // The checked `append` is the judge of order, bounds and character boundaries.
      try checked.append(segmenter.words(in: text))
      #expect(checked.words(of: 0).flatMap(utf8) == utf8(text), "seed \(seed)")
      #expect(try segmenter.process(Texts([text])) == checked, "seed \(seed): `process` and `words(in:)` agree")
    }
  }

  @Test func `tokens can be shown in the text that was typed`() throws {
    let typed = Texts(["我喜欢ｉＰｈｏｎｅ１５　ＰＲＯ！"])
    let tokens = try Self.icu().process(TextNormalizer(.init(), .none).process(typed))
    #expect(tokens.words(of: 0) == ["我", "喜欢", "iphone15", "pro", "!"])
    #expect(tokens.originalWords(of: 0) == ["我", "喜欢", "ｉＰｈｏｎｅ１５", "ＰＲＯ", "！"])
  }

  @Test func `a chunk's end changes no word`() throws {
    let icu = try Self.icu(whitespace: true)
    // A sentence of 24 units, so that chunks of 32,768 end at every place in it; longer than three chunks.
    let sentence = "我喜欢吃苹果，南京市长江大桥iPhone15。\n"
    let text = String(repeating: sentence, count: 5_000)
    let alone = try Self.words(icu, sentence)
    let words = try Self.words(icu, text)
    #expect(words.count == alone.count * 5_000)
    #expect((0..<5_000).allSatisfy { words[$0 * alone.count..<($0 + 1) * alone.count].elementsEqual(alone) })
  }

  @Test func `ten megabytes without a break are read whole`() throws {
    let icu = try Self.icu()
    let latin = Texts([String(repeating: "a", count: 10_000_000)])
    #expect(try icu.process(latin).spans == [Tokens.Span(0, 10_000_000)])
    let ideographs = Texts([String(repeating: "喜欢苹果", count: 250_000)])
    let spans = try icu.process(ideographs).spans
    #expect(spans.count == 500_000)
    #expect(spans.allSatisfy { $0.end - $0.start == 6 })
  }

  @Test(arguments: ["好", "7", "a", "😀", "👩\u{200D}", "🇨", "\u{301}", " ", "カ", "a@", "啊\u{FE0F}"])
  func `a long text without a break is covered, by every segmenter`(_ part: String) throws {
    // Several chunks of ICU's 65,536 units.
    let text = String(repeating: part, count: 400_000 / part.utf8.count)
    var configuration = LexiconSegmenter.Configuration()
    configuration.dictionary = ResourcePath("words.dict")
    configuration.keepWhitespace = true
    let lexicon = try LexiconSegmenter(configuration, StageContext { _ in utf8("的 1\n") })
    for segmenter in [try Self.icu(lexicon: "七\nb c\n好好好坏\n", whitespace: true), lexicon] as [any Segmenter] {
      let tokens = try segmenter.process(Texts([text]))
      var end: Int32 = 0
      for span in tokens.spans(of: 0) {
        if span.start != end { Issue.record("a gap before byte \(span.start)") }
        end = span.end
      }
      #expect(Int(end) == text.utf8.count)
    }
  }

  @Test func `a locale that ICU does not know is refused`() {
    var configuration = ICUSegmenter.Configuration()
    configuration.locale = "chinese"
    let error = #expect(throws: SpecError.self) { try configuration.validate(at: SpecPath("stages")[1]) }
    #expect(
      error?.description == #"stages[1].locale: "chinese" is not allowed; expected a language code such as "zh" or "zh-Hant""#)
    for known in ["zh", "zh-Hant", "ja", "en_US", ""] {
      configuration.locale = known
      #expect(throws: Never.self) { try configuration.validate(at: SpecPath("stages")[1]) }
    }
  }

  @Test func `its identity names ICU and the lexicon`() throws {
    #expect(try Self.icu().identity == ["icu": ICUSegmenter.icuVersion])
    // printf '我们\n' | sha256sum
    #expect(
      try Self.icu(lexicon: "我们\n").identity["lexicon"]
        == "5bce3025dc7a1d168bddc1356b4d6d15c5eb0450bda205396679a54d359d82e1")
    #expect(ICUSegmenter.icuVersion.first?.isNumber == true)
  }
}
