import HanpipeCore
import HanpipeTesting
import Testing

@testable import HanpipeText

@Suite struct LexiconTests {
  static func words(_ lexicon: String, _ text: String) throws -> [String] {
    try SegmenterTests.words(SegmenterTests.icu(lexicon: lexicon), text)
  }

  // MARK: Rules

  @Test func `a forced word always wins, and cuts what ICU joined`() throws {
    #expect(try Self.words("", "南京市长江大桥") == ["南京市", "长江", "大", "桥"])
    #expect(try Self.words("长江大桥", "南京市长江大桥") == ["南京市", "长江大桥"])
    #expect(try Self.words("市长\tforce", "南京市长江大桥") == ["南京", "市长", "江", "大", "桥"])
  }

  @Test func `of forced words the leftmost and there the longest wins`() throws {
    #expect(try Self.words("苹\n苹果\n果汁\n喝苹果汁", "喝苹果汁") == ["喝苹果汁"])
    #expect(try Self.words("苹果\n果汁", "喝苹果汁") == ["喝", "苹果", "汁"])
  }

  @Test func `a preferred word joins whole words and cuts none`() throws {
    #expect(try Self.words("大桥\tprefer\n市长\tprefer", "南京市长江大桥") == ["南京市", "长江", "大桥"])
    #expect(try Self.words("长江大\tprefer\n长江大桥\tprefer", "长江大桥") == ["长江大桥"])
  }

  @Test func `forced words are no part of preferred ones`() throws {
    #expect(try Self.words("大\n长江大桥\tprefer", "长江大桥") == ["长江", "大", "桥"])
  }

  @Test func `a split word falls into its parts where ICU finds it, and only there`() throws {
    let split = "我不\tsplit\t我\t不"
    #expect(try Self.words("", "我不喜欢吃苹果") == ["我不", "喜欢", "吃", "苹果"])
    #expect(try Self.words(split, "我不喜欢吃苹果") == ["我", "不", "喜欢", "吃", "苹果"])
    #expect(try Self.words(split, "我不得不去") == Self.words("", "我不得不去"))
  }

  @Test func `words may hold spaces, Latin, digits and signs`() throws {
    #expect(try Self.words("Edu Trust认证\nC++\n\\#话题#", "通过Edu Trust认证和C++ #话题#") == ["通过", "Edu Trust认证", "和", "C++", "#话题#"])
  }

  @Test(arguments: [
    ("C++", "学C++吧", "学|C++|吧"), ("C++", "C++11 ObjC++", "C++|11| |ObjC|+|+"), (".NET", "用.NET，ASP.NET", "用|.NET|，|ASP.NET"),
    ("K歌\n3D打印\n5G", "去K歌3D打印机15G5Gb5G网", "去|K歌|3D打印|机|15G5Gb5G|网"),
    ("app\n3", "apple happy app 3.14 3,000 app's 3", "apple| |happy| |app| |3.14| |3,000| |app's| |3"),
    ("app\ncom", "app.com my_app app_x com", "app.com| |my_app| |app_x| |com"),
    ("кот", "кот который", "кот| |который"),
    ("app\n例子", "http://app.cn/app例子 me@app.com app", "http://app.cn/app|例子| |me@app.com| |app"),
    ("New York\n纽约 市", "New York的New  York 纽约　市", "New York|的|New|  |York| |纽约　市"),
    ("🇨🇳", "🇨🇳🇯🇵 🇨🇳", "🇨🇳|🇯🇵| |🇨🇳"),
  ])
  func `a forced word begins and ends where one may`(_ lexicon: String, _ text: String, _ expected: String) throws {
    let icu = try SegmenterTests.icu(lexicon: lexicon, whitespace: true)
    #expect(try SegmenterTests.words(icu, text).joined(separator: "|") == expected)
  }

  @Test(arguments: ["cense", "5", "e", "iPhone1", "ｅ", "\u{301}", "👩", "👧", "👨", "\u{1F1F3}"])
  func `no forced word cuts a run of Latin and digits, nor a character`(_ word: String) throws {
    let text = "license iPhone15 ｌｅｓ e\u{301} 👨‍👩‍👧 🇨🇳"
    #expect(try Self.words(word, text).map(utf8) == Self.words("", text).map(utf8))
  }

  // MARK: Case and width

  @Test(arguments: [
    ("iphone 15", "买ＩＰＨＯＮＥ　１５和iPhone\u{A0}15", ["买", "ＩＰＨＯＮＥ　１５", "和", "iPhone\u{A0}15"]),
    ("ＮＥＷ　Ｙｏｒｋ", "new york", ["new york"]), ("ÜBER", "über", ["über"]),
    ("テスト計画", "ﾃｽﾄ計画", ["ﾃｽﾄ計画"]),
  ])
  func `texts that differ in case, width or the kind of white space are the same`(
    _ lexicon: String, _ text: String, _ expected: [String]
  ) throws {
    #expect(try Self.words(lexicon, text) == expected)
  }

  @Test func `exact matching tells case and width apart`() throws {
    var configuration = ICUSegmenter.Configuration()
    configuration.lexicon = ResourcePath("words.txt")
    configuration.matching = .exact
    let icu = try ICUSegmenter(configuration, StageContext { _ in utf8("iPhone 15\nIPHONE 15\tprefer\n") })
    #expect(try SegmenterTests.words(icu, "iPhone 15 iphone 15 IPHONE 15") == ["iPhone 15", "iphone", "15", "IPHONE 15"])
    #expect(try icu.explain("IPHONE 15").map(\.origin) == [.lexicon(.prefer, line: 2)])
  }

  @Test func `a split of a variant falls into parts of the variant`() throws {
    let icu = try SegmenterTests.icu(lexicon: "iphone15\tsplit\tiphone\t15\n")
    #expect(try SegmenterTests.words(icu, "ｉＰｈｏｎｅ１５") == ["ｉＰｈｏｎｅ", "１５"])
  }

  /// The rule in words, as slowly as one likes.
  private static func forced(_ entries: [[UInt32]], _ text: [UInt32], _ mayCut: (Int) -> Bool) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = 0
    while start < text.count {
      let ends = entries.map { start + $0.count }.sorted(by: >)
      let end = ends.first { end in
        end <= text.count && mayCut(start) && mayCut(end) && entries.contains { $0.elementsEqual(text[start..<end]) }
      }
      if let end { found.append(start..<end) }
      start = end ?? start + 1
    }
    return found
  }

  @Test func `force finds what a search of every entry at every place finds`() throws {
    let alphabet: [Character] = ["天", "安", "门", "a", "B", "+", " ", "1"]
    for seed in 0..<400 {
      var generator = SeededGenerator(seed: UInt64(seed))
      func random(_ counts: ClosedRange<Int>) -> String {
        String((0..<Int.random(in: counts, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? "天" })
      }
      let entries = Set((0..<6).map { _ in random(1...4) }).filter { $0.first != " " && $0.last != " " }
      let text = random(0...40)
      let scalars = text.unicodeScalars.map(\.value)
      let folded = scalars.map { 0x41...0x5A ~= $0 ? $0 + 32 : $0 }
      func isRun(_ scalar: UInt32) -> Bool { 0x30...0x39 ~= scalar || 0x61...0x7A ~= scalar }
      let expected = Self.forced(entries.map { $0.lowercased().unicodeScalars.map(\.value) }, folded) { place in
        place == 0 || place == folded.count || !(isRun(folded[place - 1]) && isRun(folded[place]))
      }
      let icu = try SegmenterTests.icu(lexicon: entries.joined(separator: "\n"), whitespace: true)
      let words = try icu.explain(text)
      var starts = [0]
      for scalar in text.unicodeScalars { starts.append(starts[starts.count - 1] + scalar.utf8.count) }
      #expect(
        words.filter { $0.origin != .icu }.map(\.range) == expected.map { starts[$0.lowerBound]..<starts[$0.upperBound] },
        "seed \(seed): \(entries.sorted()) in \(text)")
    }
  }

  @Test func `explain names the rule and the line`() throws {
    let icu = try SegmenterTests.icu(lexicon: "# mine\n长江大桥\n我不\tsplit\t我\t不\n喜欢去\tprefer\n")
    let text = "我不喜欢去长江大桥"
    let origins = try icu.explain(text).map(\.origin)
    #expect(
      origins == [
        .lexicon(.split, line: 3), .lexicon(.split, line: 3), .lexicon(.prefer, line: 4), .lexicon(.force, line: 2),
      ])
    #expect(try SegmenterTests.icu().explain("苹果").map(\.origin) == [.icu])
  }

  // MARK: The shipped one

  static let subjects = [
    "我", "你", "您", "他", "她", "它", "我们", "你们", "他们", "她们", "它们", "咱们", "大家", "谁", "自己", "别人", "老板", "客服",
  ]
  static let negators = [
    "不", "没", "没有", "不会", "不是", "不想", "不能", "不要", "不用", "不敢", "不太", "也不", "也没", "也没有", "也不会", "还没", "从不", "再也不", "都不", "都没", "就不",
  ]

  @Test(arguments: subjects)
  func `no subject is glued to a negator`(_ subject: String) throws {
    let icu = try SegmenterTests.icu(lexicon: shippedLexicon())
    for negator in Self.negators {
      for verb in ["喜欢", "吃", "知道", "去", "推荐", "满意", "买"] {
        let words = try SegmenterTests.words(icu, subject + negator + verb)
        // A word ends with the subject, or between it and the negation: 我也 | 不知道 is as ICU has it.
        let adverb = negator.prefix { !"不没".contains($0) }.count
        var ends: Set<Int> = []
        for word in words { ends.insert((ends.max() ?? 0) + word.count) }
        #expect(!ends.isDisjoint(with: subject.count...subject.count + adverb), "\(words)")
      }
    }
  }

  @Test func `the shipped lexicon gives the example its negation`() throws {
    let lexicon = try shippedLexicon()
    #expect(try Self.words(lexicon, "我喜欢吃苹果") == ["我", "喜欢", "吃", "苹果"])
    #expect(try Self.words(lexicon, "我不喜欢吃苹果") == ["我", "不", "喜欢", "吃", "苹果"])
  }

  // MARK: The file

  @Test func `byte order mark, CRLF, comments, empty lines and columns, repeated lines are tolerated`() throws {
    let file = "\u{FEFF}# comment\r\n\r\n苹果\r\n苹果\tforce\t\t\r\n大桥\tprefer\r\n我不\tsplit\t我\t不"
    #expect(try Lexicon(utf8(file)).count == 3)
    let words = try SegmenterTests.icu(lexicon: file).explain("我不大桥苹果")
    #expect(
      words.map(\.origin) == [
        .lexicon(.split, line: 6), .lexicon(.split, line: 6), .lexicon(.prefer, line: 5), .lexicon(.force, line: 3),
      ])
    #expect(try Lexicon([]).count == 0)
  }

  @Test(arguments: [
    ("苹果\n\tprefer", "line 2: no text before the TAB; write the word in the first column, or remove the line"),
    ("苹果 \t", "line 1: \"苹果 \" begins or ends with white space, and would match nothing else; columns are separated by one TAB"),
    ("苹果\tForce", "line 1: unknown rule \"Force\"; expected one of \"force\", \"prefer\", \"split\", or nothing for \"force\""),
    ("苹果\tprefer\t苹\t果", "line 1: rule \"prefer\" takes no parts; remove the columns after it, or write \"split\""),
    ("我不\tsplit", "line 1: \"我不\" is split into fewer than two parts; write each part in a column of its own after the rule"),
    ("我不\tsplit\t我", "line 1: \"我不\" is split into fewer than two parts; write each part in a column of its own after the rule"),
    ("我不\tsplit\t我\t没", "line 1: the parts \"我\", \"没\" do not make up \"我不\"; together they must be the text exactly"),
    ("我不\tsplit\t我\t\t不", "line 1: the parts \"我\", \"\", \"不\" do not make up \"我不\"; together they must be the text exactly"),
    ("#\n我\n我\tprefer", "line 3: \"我\" stands in line 2 with another rule or other parts; keep one of the two"),
    (
      "我不是\tsplit\t我\t不是\n我不是\tsplit\t我不\t是",
      "line 2: \"我不是\" stands in line 1 with another rule or other parts; keep one of the two"
    ),
    (
      "iPhone 15\nＩＰＨＯＮＥ　15\tprefer", "line 2: \"ＩＰＨＯＮＥ　15\" stands in line 1 with another rule or other parts; keep one of the two"
    ),
    ("a\n" + String(repeating: "b", count: 4097), "line 2: 4097 bytes, but a line may have 4096; write one word a line"),
  ])
  func `a wrong line is refused in words`(_ file: String, _ message: String) {
    let error = #expect(throws: LexiconError.self) { try Lexicon(utf8(file)) }
    #expect(error?.description == message)
  }

  @Test func `a file that is not UTF-8 is refused`() {
    let error = #expect(throws: LexiconError.self) { try Lexicon([0x61, 0x0A, 0xCE, 0xD2]) }
    #expect(error?.description == "line 2: not UTF-8; save the file as UTF-8")
  }

  @Test func `wrong lines are left out as asked, and told of`() throws {
    let file = utf8("苹果\n\tprefer\n大桥\tjoin\n大桥\n苹果\tprefer\n") + [0xCE, 0xD2, 0x0A]
    #expect(throws: LexiconError.noText(line: 2)) { try Lexicon(file) }
    let lexicon = try Lexicon(file, skipsMalformed: true)
    #expect(lexicon.count == 2)
    #expect(
      lexicon.skipped.description
        == "4 wrong lines were left out: \(LexiconError.noText(line: 2)); \(LexiconError.unknownRule(line: 3, found: "join")); "
        + "\(LexiconError.conflict(line: 5, text: "苹果", earlier: 1)); \(LexiconError.notUTF8(line: 6))")
    let many = try Lexicon(utf8(String(repeating: "\tx\n", count: 1000)), skipsMalformed: true)
    #expect(many.skipped.count == 1000)
    #expect(many.skipped.description.hasSuffix("line 10: \(LexiconError.noText(line: 10).description.dropFirst(9)); and 990 more"))
    var configuration = LexiconOverlay.Configuration()
    configuration.lexicon = ResourcePath("words.txt")
    configuration.skipMalformed = true
    let stage = try LexiconOverlay(configuration, StageContext { _ in utf8("a\tb\nc\n") })
    #expect(stage.warnings.count == 1 && stage.warnings[0].hasPrefix("words.txt: 1 wrong line was left out: line 1: unknown rule"))
  }

  @Test func `a lexicon that grows beyond its first guess loses no word`() throws {
    // One letter a line: far more words than the file's size lets expect.
    let scalars = (0x4E00..<0x4E00 + 20_000).compactMap { Unicode.Scalar($0 as Int) }
    let lexicon = try Lexicon(utf8(scalars.map { "\($0)\n" }.joined()))
    #expect(lexicon.count == 20_000)
    #expect(throws: LexiconError.self) {
      try Lexicon(utf8(scalars.map { "\($0)\n" }.joined() + "\(scalars[77])\tprefer\n"))
    }
  }

  // MARK: After any segmenter

  private static func overlay(_ lexicon: String) throws -> LexiconOverlay {
    var configuration = LexiconOverlay.Configuration()
    configuration.lexicon = ResourcePath("words.txt")
    return try LexiconOverlay(configuration, StageContext { _ in utf8(lexicon) })
  }

  @Test func `words of a lexicon correct any segmenter's, and take in what no token covers`() throws {
    let overlay = try Self.overlay("New York\n不喜欢\tprefer\n苹果\tsplit\t苹\t果\n")
    let characters = try CharacterSegmenter(.init(), .none).process(Texts(["我不喜欢 New York ！", "苹果", " "]))
    let words = overlay.process(characters)
    #expect(words.words(of: 0) == ["我", "不喜欢", "New York", "！"])
    #expect(words.words(of: 1) == ["苹", "果"])
    #expect(words.words(of: 2) == [])
    let whole = try WhitespaceSegmenter(.init(), .none).process(Texts(["去New Yorker，New York玩 苹果"]))
    #expect(overlay.process(whole).words(of: 0) == ["去New", "Yorker，", "New York", "玩", "苹", "果"])
    try StageContract(overlay, samples: characters).check()
  }

  @Test func `of overlapping tokens the outermost are corrected`() throws {
    var tokens = Tokens(Texts(["天安门广场"]))
    tokens.append(validated: [Tokens.Span(0, 15), Tokens.Span(0, 9), Tokens.Span(9, 15)])
    #expect(try Self.overlay("门广").process(tokens).words(of: 0) == ["天安", "门广", "场"])
  }

  @Test func `the stage names the file`() {
    let error = #expect(throws: FileError.self) { try SegmenterTests.icu(lexicon: "a\tb") }
    #expect(
      error?.description
        == "words.txt: line 1: unknown rule \"b\"; expected one of \"force\", \"prefer\", \"split\", or nothing for \"force\"")
  }

  @Test func `a trie finds what a dictionary finds`() throws {
    var truth: [[UInt8]: UInt32] = [:]
    var trie = ScalarTrie()
    for seed in 0..<3_000 {
      let word = randomText(seed, scalars: 4)
      guard !word.isEmpty else { continue }
      let found = utf8(word).withUnsafeBufferPointer { trie.insert($0, UInt32(seed + 1)) }
      #expect(found == truth[utf8(word)], "seed \(seed)")
      if found == nil { truth[utf8(word)] = UInt32(seed + 1) }
    }
  }
}

/// `vocab/lexicon.txt` of this repository.
private func shippedLexicon(_ file: String = #filePath) throws -> String {
  String(decoding: try contents(of: "vocab/lexicon.txt", file), as: UTF8.self)
}
