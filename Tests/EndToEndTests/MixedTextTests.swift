import Testing

/// What the shipped segmenters make of mixed text: the last two columns of the table in docs/reference.md, whose first ones
/// HanpipeTextTests hold true.
@Suite struct MixedTextTests {
  static func rows() throws -> [[String]] {
    let lines = try Files.text(Tool.packageRoot + "/docs/reference.md").split(separator: "\n", omittingEmptySubsequences: false)
    let head = try #require(lines.firstIndex { $0.hasPrefix("| text | `icu` | `lexicon`") }, "the table is not there")
    return try lines[(head + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      let cells = line.split(separator: "|").map { String($0.drop { $0 == " " }.dropFirst().prefix { $0 != "`" }) }
      try #require(cells.count >= 5, "\(line)")
      return cells
    }
  }

  @Test(arguments: [("lexicon", 3), ("neural", 4)])
  func `the shipped segmenters cut mixed text as the table says`(_ name: String, _ column: Int) throws {
    let rows = try Self.rows()
    #expect(rows.count > 20)
    let input = rows.map { $0[0] + "\n" }.joined()
    let outcome = try Workspace().run(["segment", "--segmenter", name], input: input)
    let lines = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(lines == rows.map { $0[column] })
  }
}
