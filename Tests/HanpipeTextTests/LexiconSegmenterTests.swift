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

  @Test func `a compiled dictionary that is damaged is refused`() throws {
    let bytes = try Self.compiled()
    for count in [8, 63, bytes.count / 2, bytes.count - 9] {
      #expect(throws: FileError.self, "\(count) bytes") { try Self.segmenter(Array(bytes[..<count])) }
    }
    let places = Array(stride(from: 8, to: bytes.count, by: max(1, bytes.count / 400)))
    for place in places {
      var damaged = bytes
      damaged[place] ^= 1 << UInt8(place % 8)
      #expect(throws: FileError.self, "byte \(place)") { try Self.segmenter(damaged) }
    }
  }

  @Test func `a wrong line is refused with its file, or left out and told`() throws {
    let file = utf8("苹果 3\n香蕉\tx\n梨 2\n")
    let message = "line 2: the frequency \"x\" is not allowed; expected an integer from 0 to 1000000000000"
    let error = #expect(throws: FileError.self) { try Self.segmenter(file) }
    #expect(error.map { "\($0)" } == "words.dict: \(message)")
    let user = #expect(throws: FileError.self) { try Self.segmenter(utf8("梨"), user: "香 蕉") }
    #expect(user.map { "\($0)" }?.hasPrefix("user.txt: line 1: \"香 蕉\" holds white space") == true)
    let tolerant = try Self.segmenter(file) { $0.skipMalformed = true }
    #expect(tolerant.warnings == ["words.dict: \(message); left out"])
    #expect(try SegmenterTests.words(tolerant, "苹果香蕉梨") == ["苹果", "香", "蕉", "梨"])
    let empty = #expect(throws: FileError.self) { try Self.segmenter([]) }
    #expect(empty.map { "\($0)" } == "words.dict: \(DictionaryError.empty)")
    let plain = #expect(throws: FileError.self) { try Self.segmenter(utf8("梨")) { $0.unknown = .model } }
    #expect(plain.map { "\($0)" } == "words.dict: \(DictionaryError.noModel)")
  }

  @Test func `of a word that stands twice the last frequency counts`() throws {
    let text = "研究 9 v\n生命 8 n\n研究生 900 n\n命 800 n\n"
    #expect(try SegmenterTests.words(Self.segmenter(utf8(text)), "研究生命") == ["研究生", "命"])
    let again = text + "研究 90000\n生命 80000\n"
    #expect(try SegmenterTests.words(Self.segmenter(utf8(again)), "研究生命") == ["研究", "生命"])
  }

  @Test func `the user's words win, or compete`() throws {
    let text = utf8("研究 90 v\n生命 80 n\n研究生 20 n\n命 10 n\n")
    func words(_ user: String, _ rule: LexiconSegmenter.UserWordsRule, _ text: String = "研究生命") throws -> [String] {
      try SegmenterTests.words(Self.segmenter(utf8("研究 90 v\n生命 80 n\n研究生 20 n\n命 10 n\n"), user: user) { $0.userWords = rule }, text)
    }
    #expect(try SegmenterTests.words(Self.segmenter(text), "研究生命") == ["研究", "生命"])
    #expect(try words("究生 1 n", .win) == ["研", "究生", "命"])
    #expect(try words("究生 1 n", .compete) == ["研究", "生命"])
    // 40/200 is more than 90/200 · 80/200, 30/200 is less.
    #expect(try words("研究生命 40", .compete) == ["研究生命"])
    #expect(try words("研究生命 30", .compete) == ["研究", "生命"])
    // Letter for letter, but of any width; never inside of a number or a Latin word.
    #expect(try words("C++\t", .win, "学Ｃ＋＋和C++") == ["学", "Ｃ＋＋", "和", "C++"])
    #expect(try words("Ｃ＋＋\t", .win, "学Ｃ＋＋和C++") == ["学", "Ｃ＋＋", "和", "C++"])
    #expect(try words("en\n5\n", .win, "lens买15个") == ["lens", "买", "15", "个"])
    #expect(try words("iPhone 15\t", .win, "买iPhone 15吧") == ["买", "iPhone 15", "吧"])
    #expect(try words("生命\n命\n", .win, "生命") == ["生命"])
  }

  @Test func `a learned word with letters stands for others where it is known with two`() throws {
    var builder = DictionaryBuilder()
    for sentence in ["吃 维生素C", "吃 维生素E", "唱 卡拉OK", "唱 卡拉OK", "买 苹果"] {
      for _ in 0..<3 { builder.add(segmented: utf8(sentence)[...]) }
    }
    try builder.add(words: utf8("ABC光\nＸ股\n"))
    let compiled = try builder.compiled { _, _ in }
    let segmenter = try Self.segmenter(compiled)
    let cases = [
      "吃维生素D": ["吃", "维生素D"], "唱卡拉OK": ["唱", "卡拉OK"], "唱卡拉ＯＫ": ["唱", "卡拉ＯＫ"],
      "买ABC光": ["买", "ABC光"], "买X股": ["买", "X股"],
    ]
    for (text, words) in cases { #expect(try SegmenterTests.words(segmenter, text) == words) }
    // In the parts of which no dictionary says that they are one word.
    for text in ["卡拉AB", "XYZ光", "ABCD光", "DABC光"] {
      #expect(try SegmenterTests.words(segmenter, text).count > 1, "\(text)")
    }
    let content = try DictionaryContent(AlignedBytes(compiled))
    let counts = Dictionary(uniqueKeysWithValues: content.words.map { ($0.word, $0.count) })
    #expect(counts["维生素<letters>"] == 6 && counts["卡拉OK"] == 6 && counts["ABC光"] == 0 && counts["X股"] == 0)
    #expect(counts["<letters>光"] == nil && counts["卡拉<letters>"] == nil)
  }

  @Test func `no word of the user's begins or ends inside of a run of letters and digits`() throws {
    let words = ["a", "ab", "b", "1", "12", "b光", "光a", "a1", "光", "1光", "a b", "ＡＢ"]
    let segmenter = try Self.segmenter(utf8("光 5\nab光 3\nb1 2\n"), user: words.map { $0 + "\t1\n" }.joined())
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<2_000 {
      let text = (0..<Int.random(in: 1...9, using: &generator)).map { _ in "ab12光 Ａ".randomElement(using: &generator) ?? "a" }
      // What is neither 光 nor a space goes on with whatever stands beside it.
      func isInside(_ place: Int) -> Bool {
        (1..<text.count).contains(place) && text[place - 1...place].allSatisfy { $0 != "光" && $0 != " " }
      }
      var place = 0
      for word in try SegmenterTests.words(segmenter, String(text)) {
        while text[place] == " " { place += 1 }
        #expect(!isInside(place) && !isInside(place + word.count), "\(String(text)): \(word)")
        place += word.count
      }
    }
  }

  @Test func `searching gives the words inside of words too, by where they begin`() throws {
    let text = utf8("中华 1\n华人 1\n人民 1\n共和国 1\n共和 1\n中华人民 1\n中华人民共和国 9\n国 1\n的 1\n")
    let segmenter = try Self.segmenter(text, user: "人民共\t") {
      $0.mode = .search
      $0.userWords = .compete
    }
    let tokens = try segmenter.process(Texts(["的中华人民共和国，"]))
    #expect(
      tokens.words(of: 0) == ["的", "中华", "中华人民", "中华人民共和国", "华人", "人民", "人民共", "共和", "共和国", "，"])
    // Each where it stands.
    for range in tokens.originalRanges(of: 0) { #expect(range.lowerBound % 3 == 0 && range.count % 3 == 0) }
    #expect(tokens.originalRanges(of: 0)[3..<5] == [3..<24, 6..<12])
    let exact = try Self.segmenter(text)
    #expect(try SegmenterTests.words(exact, "的中华人民共和国，") == ["的", "中华人民共和国", "，"])
    // A word that is not given out has no parts either.
    let quiet = try Self.segmenter(utf8("……— 9\n…— 1\n")) {
      $0.mode = .search
      $0.keepPunctuation = false
    }
    #expect(try SegmenterTests.words(quiet, "……—") == [])
  }

  @Test func `a later format is refused, and says so`() throws {
    var bytes = try Self.compiled()
    bytes[8] = 7
    let error = #expect(throws: FileError.self) { try Self.segmenter(bytes) }
    #expect(error.map { "\($0)" } == "words.dict: \(DictionaryError.otherVersion(found: 7, known: 2))")
  }

  @Test func `a dictionary lists its words with their counts`() throws {
    let content = try DictionaryContent(AlignedBytes(Self.compiled()))
    var counts: [String: Int] = [:]
    for word in Self.sentences.flatMap({ $0.split(separator: " ").map(String.init) }) { counts[word, default: 0] += 5 }
    // Without the space between them, letters and digits are one run.
    counts["<mixed>"] = counts.removeValue(forKey: "iPhone")
    counts["15"] = nil
    #expect(Dictionary(uniqueKeysWithValues: content.words.map { ($0.word, $0.count) }) == counts)
    #expect(content.words.map(\.count) == content.words.map(\.count).sorted(by: >))
    let text = try DictionaryContent(AlignedBytes(utf8("梨\n苹果 3\n")))
    #expect(text.words.map(\.word) == ["苹果", "梨"])
    #expect(text.facts.map { "\($0.name) \($0.value)" } == ["format text", "words 2", "words counted 1", "bytes 13"])
  }

  @Test func `a text without a break is cut as its parts are, in linear time`() throws {
    let segmenter = try Self.segmenter(Self.compiled())
    let words = try SegmenterTests.words(segmenter, String(repeating: "我不喜欢吃苹果", count: 20_000))
    #expect(words.count == 100_000)
    #expect(Set(words) == ["我", "不", "喜欢", "吃", "苹果"])
  }
}
