import CICU
import Glibc
import Testing

/// Our walk through ICU's dictionary against ICU itself, boundary for boundary.
@Suite struct BreakerTests {
  /// A breaker of ICU's, closed when it goes.
  private final class Breaker {
    private let handle: OpaquePointer
    init(_ locale: String = "zh", asksAlways: Bool = false) throws {
      var error: hp_icu_error = 0
      handle = try #require(hp_icu_open(locale, &error))
      if asksAlways { hp_icu_ask_always(handle) }
    }
    deinit { hp_icu_close(handle) }

    var asksAlways: Bool { hp_icu_asks_always(handle) != 0 }

    /// Where the words of a text end, in bytes.
    func ends(_ utf8: [UInt8]) throws -> [Int] {
      var result: [Int] = []
      try utf8.withUnsafeBufferPointer { utf8 in
        var start = 0
        while start < utf8.count, let base = utf8.baseAddress {
          var ends: UnsafePointer<UInt32>?
          var consumed = 0
          var error: hp_icu_error = 0
          let count = hp_icu_words(handle, base + start, utf8.count - start, &ends, &consumed, &error)
          try #require(error == 0 && consumed > 0)
          for end in UnsafeBufferPointer(start: ends, count: count) { result.append(start + Int(end)) }
          start += consumed
        }
      }
      return result
    }

    func ends(_ text: String) throws -> [Int] { try ends(Array(text.utf8)) }
  }

  private let ours: Breaker
  private let icu: Breaker

  init() throws {
    ours = try Breaker()
    icu = try Breaker(asksAlways: true)
  }

  /// Characters of each kind that plain text has, and of those that only ICU knows about.
  private static let kinds: [[Character]] = [
    Array(
      "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天"
        + "而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些"
        + "与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相"
        + "次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立"
        + "马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共"
        + "风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快"),
    Array("，。！？、；：“”‘’（）《》【】…—·～"), Array(".,'\":;!?-/()[]{}%&*+<=>|~^`$#"), Array("abcXYZ"), Array("0123456789"),
    Array(" "), Array("の日本カタカナーｱ｡々〇豈㐀𠀀龘丂"),
    Array("@_＿　\t１２ａｂé\u{301}\u{200D}\u{FE0F}\u{20E3}👍👍🏽👨‍👩‍👧🇨🇳©™〰〽〜"), Array("한글ไทยאבגдж"),
    Array("\u{200B}\u{AD}\u{600}\u{85}\u{2028}"),
  ]

  @Test func `random text of all kinds is cut as ICU cuts it`() throws {
    var generator = Generator(state: 7)
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<Int.random(in: 1...12, using: &generator) {
        // Half of it is ideographs, a quarter punctuation, letters and digits; the rest is what only ICU knows about.
        let kind = [0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9][Int.random(in: 0..<14, using: &generator)]
        for _ in 0..<Int.random(in: 1...(kind == 0 ? 8 : 2), using: &generator) {
          text.append(Self.kinds[kind][Int.random(in: 0..<Self.kinds[kind].count, using: &generator)])
        }
      }
      let expected = try icu.ends(text)
      try #require(try ours.ends(text) == expected, "\(text.debugDescription)")
    }
  }

  @Test func `every ideograph, alone and beside another`() throws {
    for scalar in UInt32(0x4DF0)...0xA010 {
      let character = String(UnicodeScalar(scalar) ?? "?")
      for text in [character, "我\(character)好", "，\(character)a"] {
        let expected = try icu.ends(text)
        try #require(try ours.ends(text) == expected, "\(text)")
      }
    }
  }

  @Test func `every character of the first plane between ideographs, letters and digits`() throws {
    for scalar in 1..<UInt32(0x10000) {
      guard let scalar = UnicodeScalar(scalar), !(0x4E00...0x9FEF).contains(scalar.value) else { continue }
      let text = "我\(scalar)a\(scalar)1\(scalar)\(scalar)我 \(scalar) "
      let expected = try icu.ends(text)
      try #require(try ours.ends(text) == expected, "U+\(String(scalar.value, radix: 16))")
    }
  }

  @Test(arguments: ["好", "中华人民共和国", "3.5", "a，", "の日", "  ", "好。"])
  func `a text of several chunks`(_ part: String) throws {
    let text = String(repeating: part, count: 90_000 / part.utf16.count)
    #expect(try ours.ends(text) == icu.ends(text))
  }

  /// `dx` keeps the dictionary away from ideographs, `lw=phrase` makes phrases, Finnish and POSIX have rules of their own.
  @Test(arguments: [
    "", "zh", "zh-Hant", "ja", "en", "th", "fi", "sv", "en-US-POSIX", "en-US-u-va-posix", "zh-u-dx-hani", "ja-u-lw-phrase",
  ])
  func `another locale is followed`(_ locale: String) throws {
    let ours = try Breaker(locale)
    let icu = try Breaker(locale, asksAlways: true)
    for text in [
      "我喜欢吃苹果，3.5元：a:b c:1。南京市长江大桥", "a：b，1，2 it's ok@x.cn foo_bar", "私はりんごが好きです。東京都渋谷区", "ไทยไทย我不喜欢",
    ] {
      #expect(try ours.ends(text) == icu.ends(text), "\(text)")
    }
  }

  @Test func `plain text does not ask ICU, here and where no locale says otherwise`() throws {
    #expect(!ours.asksAlways)
    #expect(icu.asksAlways)
    #expect(try !Breaker("ja").asksAlways)
  }

  private static let data = getenv("HANPIPE_DATA").map { String(cString: $0) } ?? "../shared/data"

  @Test(
    .enabled(if: access(data, R_OK) == 0, "no data at HANPIPE_DATA"),
    arguments: [
      "segmentation/sxu.train.txt", "segmentation/ud-gsd.train.txt", "segmentation/weibo.train.txt", "segmentation/zhuxian.train.txt",
      "topics/headlines.tsv", "sentiment/hotel.tsv", "sentiment/takeaway.tsv",
    ])
  func `whole corpora are cut as ICU cuts them`(_ name: String) throws {
    let file = try #require(fopen("\(Self.data)/\(name)", "rb"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4 << 20)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    try #require(bytes.count > 50_000)
    let isSegmented = name.hasPrefix("segmentation")
    for line in bytes.split(separator: UInt8(ascii: "\n")).dropLast() {
      let text = isSegmented ? line.filter { $0 != UInt8(ascii: " ") } : Array(line)
      let expected = try icu.ends(text)
      try #require(try ours.ends(text) == expected, "\(String(decoding: text, as: UTF8.self))")
    }
  }

  /// SplitMix64 (Steele et al. 2014).
  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }
}
