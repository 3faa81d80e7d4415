import HanpipeCore
import Testing

@Suite struct TokensTests {
  @Test func `words are ranges of the text, also of the text that was typed`() throws {
    let texts = try Texts(["Ｉ爱Ｕ", ""]).applying { record, _ in
      record == 0 ? [TextEdit(0..<3, "i".utf8), TextEdit(6..<9, "u".utf8)] : []
    }
    var tokens = Tokens(texts)
    try tokens.append([0..<1, 1..<5])
    try tokens.append([])
    #expect(tokens.count == 2)
    #expect(tokens.words(of: 0) == ["i", "爱u"])
    #expect(tokens.originalRanges(of: 0) == [0..<3, 3..<9])
    #expect(tokens.originalWords(of: 0) == ["Ｉ", "爱Ｕ"])
    #expect(tokens.words(of: 1) == [])
    #expect(tokens[0..<1].originalWords(of: 0) == ["Ｉ", "爱Ｕ"])
    #expect(tokens[1..<2].count == 1)
  }

  @Test(arguments: [
    [1..<3], [0..<2], [0..<10], [9..<12], [3..<3], [-3..<3], [0..<3, 0..<3], [3..<6, 0..<3], [0..<6, 3..<9],
  ])
  func `ranges that are empty, fall back, cut characters or leave the text are refused`(ranges: [Range<Int>]) throws {
    var tokens = Tokens(Texts(["好", "我喜欢", "好"]))
    try tokens.append([0..<3])
    let before = tokens
    #expect(throws: ContractViolation.badRange(record: 1, ranges[ranges.count - 1])) { try tokens.append(ranges) }
    #expect(tokens == before, "nothing of the record stays")
    try tokens.append([0..<6, 6..<9])
    try tokens.append([0..<3])
    #expect((0..<3).map(tokens.words) == [["好"], ["我喜", "欢"], ["好"]])
  }
}
