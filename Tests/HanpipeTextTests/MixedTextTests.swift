import HanpipeCore
import Testing

@testable import HanpipeText

/// The table of mixed text in docs/reference.md.
@Suite struct MixedTextTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var text: String, icu: String, lexicon: String
    var testDescription: String { text }
  }

  static func rows() throws -> [Row] {
    let lines = String(decoding: try contents(of: "docs/reference.md"), as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let head = try #require(lines.firstIndex { $0.hasPrefix("| text | `icu` | `lexicon`") }, "the table is not there")
    return try lines[(head + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      let cells = line.split(separator: "|").map { cell in
        String(cell.drop { $0 == " " }.dropFirst().prefix { $0 != "`" })
      }
      try #require(cells.count >= 3, "\(line)")
      return Row(text: cells[0], icu: cells[1], lexicon: cells[2])
    }
  }

  @Test func `words that end in a run are joined, and cut where scripts meet and around what stands alone`() {
    func mended(_ words: String) -> String {
      var text: [UInt8] = []
      var ranges: [Range<Int>] = []
      for (i, piece) in words.split(separator: " ").enumerated() {
        // "_" stands for white space in the text, which no word covers.
        if i > 0, piece.hasPrefix("_") { text.append(0x20) }
        let word = Array(piece.drop { $0 == "_" }.utf8)
        ranges.append(text.count..<text.count + word.count)
        text += word
      }
      return TextRuns(text).mending(ranges).map { String(decoding: text[$0], as: UTF8.self) }.joined(separator: " ")
    }
    for (words, expected) in [
      ("iP hone 和 Win dow s", "iPhone 和 Windows"), ("1 ,0 0 0 人 12:3 0 分", "1,000 人 12:30 分"), ("5 G网 K歌 X 光", "5G 网 K歌 X 光"),
      ("コン ピ ュータ 的 私 は", "コンピュータ 的 私 は"), ("ab _cd e", "ab cde"), ("me@ a.c n吧", "me@a.cn 吧"),
      ("コンピ ュータの話 私はり んご", "コンピュータ の 話 私 はり んご"), ("好，28，2 026年😀🇨🇳。” 他", "好 ， 28 ， 2026年 😀 🇨🇳 。 ” 他"),
      ("见http s : //a.cn/b ? c。 好", "见 https://a.cn/b?c 。 好"), ("", ""), ("我 不 喜欢", "我 不 喜欢"),
      ("按1️⃣2️⃣键 3 #️⃣", "按 1️⃣ 2️⃣ 键 3 #️⃣"), ("12 1⃣", "121⃣"),
    ] {
      #expect(mended(words) == expected)
    }
  }

  @Test func `each segmenter cuts mixed text as its table says`() throws {
    let rows = try Self.rows()
    #expect(rows.count > 20)
    let icu = try SegmenterTests.icu(lexicon: String(decoding: contents(of: "vocab/lexicon.txt"), as: UTF8.self))
    var configuration = LexiconSegmenter.Configuration()
    configuration.dictionary = ResourcePath("words.dict")
    // Nothing but single units, so that what it gives is what no dictionary can cut.
    configuration.unknown = .characters
    let lexicon = try LexiconSegmenter(configuration, StageContext { _ in utf8("的 1\n") })
    for row in rows {
      #expect(try SegmenterTests.words(icu, row.text).joined(separator: " ") == row.icu, "\(row.text)")
      #expect(try SegmenterTests.words(lexicon, row.text).joined(separator: " ") == row.lexicon, "\(row.text)")
    }
  }

  @Test(arguments: [
    ("http://a.cn", "http://a.cn"), ("(http://a.cn/b)", "( http://a.cn/b )"), ("见http://", "见 http : / /"), ("@", "@"),
    ("a+1@b.cn", "a+1@b.cn"), ("发a+1@b.cn吧", "发 a+1@b.cn 吧"), ("a-b@c", "a - b@c"), ("www.", "www ."), ("www.a.cn", "www.a.cn"),
    ("xhttp://a.cn", "xhttp://a.cn"), ("50%%", "50% %"), ("%", "%"), ("v50%", "v50 %"), ("1,000.5%", "1,000.5%"),
    ("1.%", "1 . %"), ("５０%", "５０%"), ("1:2", "1 : 2"), ("112:30", "112 : 30"), ("12:300", "12 : 300"),
    ("1:02:03:04", "1:02:03 : 04"),
    ("28，2026年", "28 ， 2026 年"), ("1，000人", "1，000 人"), ("1234，000", "1234 ， 000"), ("1；2", "1 ； 2"), ("3，5%", "3 ， 5%"),
    ("..", ". ."), ("a...b", "a ... b"), ("#️⃣*️⃣9⃣", "#️⃣ *️⃣ 9⃣"), ("⃣", "⃣"), ("12️⃣3", "1 2️⃣ 3"), ("a_b@c.cn x", "a_b@c.cn x"),
  ])
  func `addresses, percentages, times and keycaps are words of their own, and what only looks like one is not`(
    _ text: String, _ expected: String
  ) throws {
    #expect(try SegmenterTests.words(SegmenterTests.icu(), text).joined(separator: " ") == expected)
  }

  @Test func `signs in any order are found in linear time, and cover the text`() throws {
    let icu = try SegmenterTests.icu(whitespace: true)
    for part in ["@", "a@", "www.", "://", "1%", "1:", "1.", "%", ".", "1️⃣", "a@b.", "12:30"] {
      let text = String(repeating: part, count: 100_000)
      #expect(try SegmenterTests.words(icu, text).joined().utf8.elementsEqual(text.utf8), "\(part)")
    }
  }

  /// The shipped dictionary has a model that joins what nobody knows: 见https://a.cn was one word before addresses stood alone.
  @Test func `addresses and control characters stand alone, and scripts do not meet, whatever the dictionary's model would join`() throws {
    var configuration = LexiconSegmenter.Configuration()
    configuration.dictionary = ResourcePath("chinese.dict")
    let bytes = try contents(of: "vocab/chinese.dict")
    let lexicon = try LexiconSegmenter(configuration, StageContext { _ in bytes })
    for (text, expected) in [
      ("见https://a.cn/b?c=1#d。", "见 https://a.cn/b?c=1#d 。"), ("发到me+1@mail.a.cn吧", "发 到 me+1@mail.a.cn 吧"),
      ("苹\0果", "苹 \0 果"), ("好\u{1}\u{1}好", "好 \u{1} \u{1} 好"), ("没有换行", "没有 换行"),
      // 5G网 and 私はりんごが were words too. Those of the dictionary and numbers stay whole.
      ("5G网", "5G 网"), ("私はりんごが", "私 はりんごが"), ("コンピュータを", "コンピュータ を"), ("卡拉OK", "卡拉OK"), ("第28", "第28"),
    ] {
      #expect(try SegmenterTests.words(lexicon, text).joined(separator: " ") == expected)
    }
  }
}
