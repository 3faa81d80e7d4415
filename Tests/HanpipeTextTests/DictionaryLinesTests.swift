import HanpipeCore
import Testing

@testable import HanpipeText

@Suite struct DictionaryLinesTests {
  private static func words(_ text: String) throws -> [String] {
    let lines = try DictionaryLines(utf8(text))
    return lines.lines.map { line in
      let word = lines.withWord(line) { String(decoding: $0, as: UTF8.self) }
      return "\(line.number) \(word) \(line.count.map(String.init) ?? "-")"
    }
  }

  @Test(arguments: [
    // jieba's own forms: word, frequency and tag, either of them alone, or neither.
    ("云计算 5\n李小福 2 nr\n创新办 i\n韩玉赏鉴\n", ["1 云计算 5", "2 李小福 2", "3 创新办 -", "4 韩玉赏鉴 -"]),
    ("苹果\t3\n香蕉\t\n梨\n桃\t7\tn\tx\n", ["1 苹果 3", "2 香蕉 -", "3 梨 -", "4 桃 7"]),
    ("<pad>\t0\n<unk>\t0\n的\t9\n", ["3 的 9"]),
    ("\u{FEFF}苹果 3\r\n\r\n 香蕉  4 \r\n   \n梨", ["1 苹果 3", "3 香蕉 4", "5 梨 -"]),
    ("iPhone 15\t2\nC++ 3\n3D 眼镜\tn\t\n", ["1 iPhone 15 2", "2 C++ 3"]),
    ("苹果 1000000000000\nT恤 0\n", ["1 苹果 1000000000000", "2 T恤 0"]),
    ("苹\0果 3\n", ["1 苹\0果 3"]),
    ("", []),
  ])
  func `lines are read as jieba's and as TAB-separated ones`(_ file: String, _ expected: [String]) throws {
    // The last column of a TAB-separated line is no frequency where it is no number.
    if file.contains("眼镜") {
      #expect(throws: DictionaryError.badCount(line: 3, found: "n")) { try Self.words(file) }
      #expect(try Self.words(String(file.prefix { $0 != "D" }.dropLast())) == expected)
    } else {
      #expect(try Self.words(file) == expected)
    }
  }

  @Test(arguments: [
    (utf8("苹果 3\n香蕉\tx\n"), "line 2: the frequency \"x\" is not allowed; expected an integer from 0 to 1000000000000"),
    (utf8("香蕉\t-1\n"), "line 1: the frequency \"-1\" is not allowed; expected an integer from 0 to 1000000000000"),
    (
      utf8("香蕉\t1000000000001\n"),
      "line 1: the frequency \"1000000000001\" is not allowed; expected an integer from 0 to 1000000000000"
    ),
    (
      utf8("香蕉 99999999999999999999999999999999999999\n"),
      "line 1: the frequency \"99999999999999999999999999999999999999\" is not allowed; expected an integer from 0 to 1000000000000"
    ),
    (utf8("香 蕉 5 n\n"), "line 1: \"香 蕉\" holds white space; end the word with a TAB, or remove the line"),
    (utf8("香\u{3000}蕉\n"), "line 1: \"香\u{3000}蕉\" holds white space; end the word with a TAB, or remove the line"),
    (utf8("\n\t5\n"), "line 2: no word; expected a word, and after a TAB or space its frequency and tag, if any"),
    ([0xE4, 0xB8, 0x0A], "line 1: not UTF-8; save the file as UTF-8"),
    (utf8("好\n") + [0xFF, 0x0A], "line 2: not UTF-8; save the file as UTF-8"),
    (
      utf8("一" + String(repeating: "丁", count: 64) + "\n"),
      "line 1: the word has 65 characters, but a word may have 64; remove the line"
    ),
    (
      utf8(String(repeating: "丁", count: 1_400)),
      "line 1: 4200 bytes, but a line may have 4096; write one word a line"
    ),
  ])
  func `a wrong line is named, and left out if so asked`(_ file: [UInt8], _ message: String) throws {
    let error = #expect(throws: DictionaryError.self) { try DictionaryLines(file) }
    #expect("\(error.map { "\($0)" } ?? "")" == message)
    var leftOut = LeftOutLines<DictionaryError>()
    let lines = try DictionaryLines(utf8("先 1\n") + file + utf8("\n后 2\n"), skipped: { leftOut.add($0) })
    #expect(lines.lines.first?.count == 1 && lines.lines.last?.count == 2)
    #expect(leftOut.warnings("words.txt").count == 1)
    #expect(leftOut.warnings("words.txt").first?.hasPrefix("words.txt: line ") == true)
  }

  @Test func `of many wrong lines ten are named and the others counted`() throws {
    var leftOut = LeftOutLines<DictionaryError>()
    let file = (0..<40).map { "词\($0 % 3 == 0 ? "\tx" : " 5")\n" }.joined()
    #expect(try DictionaryLines(utf8(file), skipped: { leftOut.add($0) }).lines.count == 26)
    let warnings = leftOut.warnings("words.txt")
    #expect(warnings.count == 11)
    #expect(
      warnings[1] == "words.txt: line 4: the frequency \"x\" is not allowed; expected an integer from 0 to 1000000000000; left out")
    #expect(warnings[10] == "words.txt: 4 more lines left out")
  }
}
