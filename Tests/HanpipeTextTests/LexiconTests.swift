import HanpipeCore
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

  @Test(arguments: ["cense", "5", "e", "iPhone1", "ｅ", "\u{301}", "👩"])
  func `no forced word cuts a run of Latin and digits, nor a character`(_ word: String) throws {
    let text = "license iPhone15 ｌｅｓ e\u{301} 👨‍👩‍👧"
    #expect(try Self.words(word, text).map(utf8) == Self.words("", text).map(utf8))
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
    let lexicon = try Lexicon(utf8("\u{FEFF}# comment\r\n\r\n苹果\r\n苹果\tforce\t\t\r\n大桥\tprefer\r\n我不\tsplit\t我\t不"))
    #expect(lexicon.count == 3)
    #expect(lexicon.entries.map(\.line) == [3, 5, 6])
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
