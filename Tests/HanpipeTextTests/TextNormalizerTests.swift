import CUTF8Proc
import Glibc
import HanpipeCore
import Testing

@testable import HanpipeText

@Suite struct TextNormalizerTests {
  typealias Form = TextNormalizer.Form

  static func normalizer(
    _ form: Form = .nfkc, _ fold: [TextNormalizer.Fold] = [.case, .width], collapse: Bool = false
  ) -> TextNormalizer {
    var configuration = TextNormalizer.Configuration()
    configuration.form = form
    configuration.fold = fold
    configuration.whitespace = collapse ? .collapse : .keep
    return TextNormalizer(configuration, .none)
  }

  @Test(arguments: [
    ("ＨＴＭＬ５，ｶﾞｯ", "html5,ガッ"), ("㍿ﬁ①", "株式会社fi1"), ("Straße ÅÉ", "strasse åé"), ("e\u{301}", "é"),
    ("\u{1112}\u{1161}\u{11AB}", "한"), ("我喜欢　苹果！", "我喜欢 苹果!"), ("", ""), ("\u{301}", "\u{301}"), ("￥￣", "¥ \u{304}"),
  ])
  func `the defaults fold compatibility, case and width`(_ text: String, _ expected: String) throws {
    #expect(utf8(try Self.normalizer().process(Texts([text])).text(of: 0)) == utf8(expected))
  }

  @Test func `width folds without NFKC, and only width`() throws {
    let texts = try Self.normalizer(.nfc, [.width]).process(Texts(["Ｈ５，ｶﾞ㍿①　￥ﾡ"]))
    #expect(utf8(texts.text(of: 0)) == utf8("H5,ガ㍿① ¥ﾡ"))
    let none = try Self.normalizer(.none, [.width]).process(Texts(["Ｈe\u{301}"]))
    #expect(utf8(none.text(of: 0)) == utf8("He\u{301}"))
  }

  @Test(arguments: [
    ("  a \t\n b　　c ", "a b c"), ("   ", ""), ("a b", "a b"), ("a\u{A0}b", "a b"), ("\u{2003}\u{301}", "\u{301}"),
  ])
  func `white space collapses and is trimmed`(_ text: String, _ expected: String) throws {
    #expect(utf8(try Self.normalizer(collapse: true).process(Texts([text])).text(of: 0)) == utf8(expected))
  }

  @Test func `what is normal is not edited`() {
    #expect(Self.normalizer().edits(in: utf8("我喜欢吃苹果，很好吃。abc 123 ガ 한 é".replacing("，", with: ","))[...]).isEmpty)
  }

  @Test func `only the characters that differ are edited`() {
    let edits = Self.normalizer().edits(in: utf8("我ＡB\u{20DD}é1")[...])
    #expect(edits == [TextEdit(3..<6, utf8("a")), TextEdit(6..<7, utf8("b"))])
  }

  static let settings: [(Form, [TextNormalizer.Fold], Bool)] = [Form.nfc, .nfkc, .none].flatMap { form in
    [[], [.case], [.width], [.case, .width]].flatMap { fold in [(form, fold, false), (form, fold, true)] }
  }

  @Test(arguments: settings)
  func `cluster by cluster is the same as all at once`(_ form: Form, _ fold: [TextNormalizer.Fold], _ collapse: Bool) throws {
    let normalizer = Self.normalizer(form, fold, collapse: collapse)
    for seed in 0..<250 {
      let text = randomText(seed)
      let result = try normalizer.process(Texts([text]))
      let whole = normalizedAtOnce(collapse ? collapsed(text) : text, form, fold)
      #expect(Array(result.utf8(of: 0)) == whole, "seed \(seed): \(text.unicodeScalars.map { String($0.value, radix: 16) })")
    }
  }

  @Test func `what an edit replaced maps to it, what lies between maps to itself`() throws {
    let normalizer = Self.normalizer(collapse: true)
    for seed in 0..<400 {
      let original = utf8(randomText(seed))
      let edits = normalizer.edits(in: original[...])
      let texts = try normalizer.process(Texts([String(decoding: original, as: UTF8.self)]))
      var old = 0
      var new = 0
      for edit in edits + [TextEdit(original.count..<original.count, [])] {
        let kept = new..<new + edit.range.lowerBound - old
        if !kept.isEmpty {
          #expect(texts.originalRange(of: kept, record: 0) == old..<edit.range.lowerBound, "seed \(seed)")
          #expect(texts.utf8(of: 0)[kept] == original[old..<edit.range.lowerBound], "seed \(seed)")
        }
        new = kept.upperBound + edit.replacement.count
        old = edit.range.upperBound
        if !edit.replacement.isEmpty {
          #expect(texts.originalRange(of: kept.upperBound..<new, record: 0) == edit.range, "seed \(seed)")
          #expect(Array(original[edit.range]) != edit.replacement, "seed \(seed)")
        }
      }
    }
  }

  @Test(arguments: [Form.nfc, .nfkc, .none])
  func `the blocks that are taken as unchanged are`(_ form: Form) {
    let map = Self.normalizer(form).map
    for scalar: UInt32 in [0x3400...0x9FFF, 0xAC00...0xD7A3, 0xE000...0xF8FF].joined() where scalar % 7 == 0 {
      #expect(map.findClass(scalar) == .inert, "U+\(String(scalar, radix: 16))")
    }
  }

  @Test func `200,000 bytes of unordered marks take no quadratic time`() throws {
    // utf8proc alone orders them by neighbours changing places, 2.5 thousand million times.
    let result = try Self.normalizer().process(Texts(["a" + String(repeating: "\u{301}\u{316}", count: 50_000)]))
    let below = String(repeating: "\u{316}", count: 50_000)
    let above = String(repeating: "\u{301}", count: 49_999)
    #expect(result.utf8(of: 0).elementsEqual(("á" + below + above).utf8))
  }
}

/// utf8proc's own answer for a whole text.
private func normalizedAtOnce(_ text: String, _ form: TextNormalizer.Form, _ fold: [TextNormalizer.Fold]) -> [UInt8] {
  var options: UInt32 = 0
  if form != .none { options |= UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue }
  if form == .nfkc { options |= UTF8PROC_COMPAT.rawValue }
  if fold.contains(.case) { options |= UTF8PROC_CASEFOLD.rawValue }
  let bytes = utf8(text)
  var result: UnsafeMutablePointer<UInt8>?
  let width: utf8proc_custom_func = { scalar, _ in ScalarMap.foldWidth(scalar) }
  let count = utf8proc_map_custom(
    bytes, bytes.count, &result, utf8proc_option_t(options), fold.contains(.width) ? width : nil, nil)
  defer { free(result) }
  guard let result, count >= 0 else {
    Issue.record("utf8proc failed with \(count)")
    return []
  }
  return Array(UnsafeBufferPointer(start: result, count: count))
}

private func collapsed(_ text: String) -> String {
  let parts = text.unicodeScalars.split { $0.properties.isWhitespace }
  return parts.map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
}
