import HanpipeCore
import HanpipeTesting
import Testing

@testable import HanpipeText

@Suite struct LexiconSegmenterTests {
  private static let sentences = [
    "我 喜欢 吃 苹果", "我 不 喜欢 吃 苹果", "他 喜欢 喝 苹果汁", "南京市 长江 大桥 很 长", "研究 生命 的 起源", "我们 不 吃 iPhone 15",
  ]
  /// Learned from a few sentences, many times over.
  private static func compiled() throws -> [UInt8] {
    var builder = DictionaryBuilder()
    for _ in 0..<5 { for sentence in sentences { builder.add(segmented: utf8(sentence)[...]) } }
    return try builder.compiled { _, _ in }
  }

  private static func segmenter(
    _ dictionary: [UInt8], user: String? = nil, whitespace: Bool = false,
    _ change: (inout LexiconSegmenter.Configuration) -> Void = { _ in }
  ) throws -> LexiconSegmenter {
    var configuration = LexiconSegmenter.Configuration()
    configuration.dictionary = ResourcePath("words.dict")
    if user != nil { configuration.user = [ResourcePath("user.txt")] }
    configuration.keepWhitespace = whitespace
    change(&configuration)
    return try LexiconSegmenter(configuration, StageContext { $0.path == "user.txt" ? utf8(user ?? "") : dictionary })
  }

  @Test func `what was learned from comes out again`() throws {
    let segmenter = try Self.segmenter(Self.compiled())
    for sentence in Self.sentences.dropLast() {
      let words = sentence.split(separator: " ").map(String.init)
      #expect(try SegmenterTests.words(segmenter, words.joined()) == words)
    }
    try StageContract(segmenter, samples: Texts(Self.sentences + ["", " "])).check()
  }

  @Test func `frequencies in jieba's format decide, and a user's word wins`() throws {
    // 研究|生命: 90·80 of 200² is more than 研究生|命: 20·10.
    let text = "研究 90 v\n生命 80 n\n研究生 20 n\n命 10 n\n"
    #expect(try SegmenterTests.words(Self.segmenter(utf8(text)), "研究生命") == ["研究", "生命"])
    let other = "研究 9 v\n生命 8 n\n研究生 900 n\n命 800 n\n"
    #expect(try SegmenterTests.words(Self.segmenter(utf8(other)), "研究生命") == ["研究生", "命"])
    #expect(try SegmenterTests.words(Self.segmenter(utf8(text), user: "研究生命\n"), "研究生命") == ["研究生命"])
  }

  @Test func `words make up the text, whatever it is`() throws {
    let learned = try Self.segmenter(Self.compiled(), whitespace: true)
    let plain = try Self.segmenter(utf8("苹果 3\n一丁 5\n"), whitespace: true)
    for seed in 0..<600 {
      let text = randomText(seed)
      for segmenter in [learned, plain] {
        #expect(try SegmenterTests.words(segmenter, text).joined().utf8.elementsEqual(text.utf8), "seed \(seed)")
      }
    }
  }

  @Test func `a compiled dictionary that is damaged is refused, or says the same`() throws {
    let bytes = try Self.compiled()
    let texts = Texts(Self.sentences.map { String($0.filter { $0 != " " }) })
    let expected = try Self.segmenter(bytes).process(texts)
    var refused = 0
    for count in [8, 63, bytes.count / 2, bytes.count - 9] {
      #expect(throws: FileError.self, "\(count) bytes") { try Self.segmenter(Array(bytes[..<count])) }
    }
    let places = Array(stride(from: 8, to: bytes.count, by: max(1, bytes.count / 400)))
    for place in places {
      var damaged = bytes
      damaged[place] ^= 0x40
      do {
        // Only what fills up the header to whole words is not checked.
        #expect(try Self.segmenter(damaged).process(texts) == expected, "byte \(place)")
      } catch is FileError { refused += 1 }
    }
    #expect(refused > places.count * 9 / 10)
  }

  @Test(arguments: [
    ("苹果 3\n香蕉\tx", "line 2: the frequency \"x\" is not allowed; expected an integer from 0 to"),
    ("苹果 3\n香 蕉 5 n", "line 2: \"香 蕉\" holds white space, which no word of a lattice does; remove the line"),
    ("", "no word; expected lines of a word"),
  ])
  func `a wrong line is refused in words`(_ file: String, _ message: String) throws {
    let error = #expect(throws: FileError.self) { try Self.segmenter(utf8(file)) }
    #expect(error.map { "\($0)".hasPrefix("words.dict: \(message)") } == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func `a text without a break is cut as its parts are, in linear time`() throws {
    let segmenter = try Self.segmenter(Self.compiled())
    let words = try SegmenterTests.words(segmenter, String(repeating: "我不喜欢吃苹果", count: 20_000))
    #expect(words.count == 100_000)
    #expect(Set(words) == ["我", "不", "喜欢", "吃", "苹果"])
  }
}
