import HanpipeCore
import HanpipeTesting
import Testing

@testable import HanpipeText

@Suite struct SimplifiedCharactersTests {
  private static let stage = Result { try SimplifiedCharacters(.init(), .none) }

  // Pairs of the General List of Simplified Chinese Characters (1964), read there.
  @Test(arguments: zip("歡蘋國學書車門見馬魚鳥龍萬與後裡臺灣", "欢苹国学书车门见马鱼鸟龙万与后里台湾"))
  func `a traditional character is read as the simplified one, which stays`(_ traditional: Character, _ simplified: Character) throws {
    let texts = try Self.stage.get().process(Texts([String(traditional), String(simplified)]))
    #expect(texts.text(of: 0) == String(simplified) && texts.text(of: 1) == String(simplified))
  }

  @Test func `words are shown as they were written, and offsets are those of the text`() throws {
    let text = "我喜歡吃蘋果😀ＡＢ歡"
    let texts = try Self.stage.get().process(Texts([text, "", "苹果"]))
    #expect(texts.text(of: 0) == "我喜欢吃苹果😀ＡＢ欢")
    let tokens = try SegmenterTests.icu().process(texts)
    #expect(tokens.originalWords(of: 0).joined() == text)
    #expect(tokens.originalWords(of: 0).prefix(4) == ["我", "喜歡", "吃", "蘋果"])
    #expect(tokens.originalRanges(of: 0).prefix(4) == [0..<3, 3..<9, 9..<12, 12..<18])
  }

  @Test func `other text stays as it is, and the contract is kept`() throws {
    let stage = try Self.stage.get()
    let texts = Texts((0..<100).map { randomText($0) } + ["カタカナ、ひらがな。", "한국어 café"])
    let result = try stage.process(texts)
    for record in 0..<texts.count {
      let (before, after) = (texts.text(of: record).unicodeScalars, result.text(of: record).unicodeScalars)
      #expect(before.count == after.count)
      // A text that is simplified stays; ICU's table has 苎 and 苧 stand for each other.
      if !before.contains(where: { [0x82CE, 0x82E7, 0x85B4].contains($0.value) }) {
        #expect(stage.edits(in: Array(result.text(of: record).utf8)[...]).isEmpty)
      }
      for (a, b) in zip(before, after) where a != b { #expect(0x3400...0x9FFF ~= a.value && 0x3400...0x9FFF ~= b.value) }
    }
    try StageContract(stage, samples: texts).check()
    #expect(stage.identity == ["icu": ICUSegmenter.icuVersion])
  }
}
