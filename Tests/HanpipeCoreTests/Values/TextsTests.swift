@testable import HanpipeCore
import Testing

@Suite struct TextsTests {
  @Test func `records are kept one after the other`() {
    let texts = Texts(["我喜欢", "", "a😀b"])
    #expect(texts.count == 3)
    #expect(texts.starts == [0, 9, 9, 15])
    #expect((0..<3).map(texts.text) == ["我喜欢", "", "a😀b"])
    #expect((0..<3).map(texts.originalText) == ["我喜欢", "", "a😀b"])
    #expect(texts[1..<3] == Texts(["", "a😀b"]))
    #expect(texts[1..<1] == Texts())
  }

  @Test(
    arguments: [
      ([0x41, 0xFF, 0x42], "A\u{FFFD}B"), ([0xE4, 0xB8], "\u{FFFD}"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
      ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"), ([0x00], "\0"),
    ] as [([UInt8], String)])
  func `bytes that are no UTF-8 are repaired`(bytes: [UInt8], text: String) {
    var texts = Texts(["中"])
    texts.append(bytes)
    texts.append("文".utf8)
    #expect((0..<3).map(texts.text) == ["中", text, "文"])
  }

  @Test func `a folded text shows where it comes from`() throws {
    let texts = try Texts(["Ａ中"]).applying { _, _ in [TextEdit(0..<3, "a".utf8)] }
    #expect(texts.text(of: 0) == "a中")
    #expect(texts.originalText(of: 0) == "Ａ中")
    #expect(texts.originalRange(of: 0..<1, record: 0) == 0..<3)
    #expect(texts.originalRange(of: 1..<4, record: 0) == 3..<6)
    #expect(texts.originalRange(of: 0..<4, record: 0) == 0..<6)
  }

  @Test func `neighbours that were changed apart stay apart through a second round`() throws {
    let narrow = try Texts(["ＡＢ"]).applying { _, _ in [TextEdit(0..<3, "A".utf8), TextEdit(3..<6, "B".utf8)] }
    let lower = try narrow.applying { _, _ in [TextEdit(0..<1, "a".utf8), TextEdit(1..<2, "b".utf8)] }
    #expect(lower.originalRange(of: 0..<1, record: 0) == 0..<3)
    #expect(lower.originalRange(of: 1..<2, record: 0) == 3..<6)
  }

  @Test func `many places at once are each as alone`() throws {
    // Folded, shortened, lengthened, put in, taken out; twice.
    let first = try Texts(["ＡＢ cd ef", "xyz"]).applying { record, utf8 in
      record == 0
        ? [TextEdit(0..<0, "#".utf8), TextEdit(0..<3, "a".utf8), TextEdit(3..<6, "b".utf8), TextEdit(9..<10, "".utf8)]
        : [TextEdit(1..<2, "YYYY".utf8), TextEdit(3..<3, "!".utf8)]
    }
    let second = try first.applying { record, _ in record == 0 ? [TextEdit(3..<4, "  ".utf8)] : [TextEdit(2..<4, "-".utf8)] }
    for texts in [first, second] {
      for record in 0..<2 {
        let count = texts.utf8(of: record).count
        let ranges = (0...count).flatMap { start in (start...count).map { start..<$0 } }
        let rising = (0..<count).map { $0..<$0 + 1 }
        for ranges in [rising, ranges, ranges.reversed()] {
          #expect(texts.originalRanges(of: ranges, record: record) == ranges.map { texts.originalRange(of: $0, record: record) })
        }
      }
    }
  }

  @Test func `a record that was not changed equals itself alone`() throws {
    let edit = { (_: Int, utf8: ArraySlice<UInt8>) in utf8.first == 0x41 ? [TextEdit(0..<1, "a".utf8)] : [] }
    let batch = Texts(["A", "b", "A"])
    let changed = try batch.applying(edit)
    for record in 0..<3 { #expect(try changed[record..<record + 1] == batch[record..<record + 1].applying(edit)) }
    #expect(try batch[1..<2].applying(edit) == batch[1..<2])
  }

  @Test func `texts of different origin differ`() throws {
    #expect(try Texts(["A"]).applying { _, _ in [TextEdit(0..<1, "a".utf8)] } != Texts(["a"]))
  }

  @Test(arguments: [
    [TextEdit(1..<3, [])], [TextEdit(0..<2, [])], [TextEdit(0..<7, [])], [TextEdit(7..<7, [])], [TextEdit(-1..<3, [])],
    [TextEdit(3..<6, []), TextEdit(0..<3, [])], [TextEdit(0..<6, []), TextEdit(3..<6, [])], [TextEdit(0..<3, [0xFF])],
    [TextEdit(0..<3, [0xE4, 0xB8])],
  ])
  func `edits that cut characters, overlap, leave the text or write no UTF-8 are refused`(edits: [TextEdit]) {
    #expect(throws: ContractViolation.badRange(record: 1, edits[edits.count - 1].range)) {
      try Texts(["中文", "我喜"]).applying { record, _ in record == 1 ? edits : [] }
    }
  }

  @Test func `a refused edit is told in words`() {
    #expect(
      message { try Texts(["中"]).applying { _, _ in [TextEdit(1..<2, [])] } }
        == "the stage gave the byte range 1..<2, which is empty, outside of the text, inside a character, or not after the one "
        + "before; bytes count from the beginning of the record's text"
    )
  }

  @Test(arguments: 0..<150 as Range<UInt64>)
  func `any edits, for up to three rounds, agree with an account byte by byte`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let originals = (0..<4).map { _ in generator.text(upTo: 10) }
    var texts = Texts(originals)
    var accounts = originals.map { Account($0) }
    for _ in 0...generator.below(3) {
      let edits = accounts.map { $0.randomEdits(&generator) }
      for i in accounts.indices { accounts[i].apply(edits[i]) }
      // Some records alone, and the same among others.
      let part = generator.below(3)..<4
      let alone = try texts[part].applying { record, _ in edits[part.lowerBound + record] }
      texts = try texts.applying { record, _ in edits[record] }
      #expect(texts[part] == alone)
    }
    for (record, account) in accounts.enumerated() {
      #expect(Array(texts.utf8(of: record)) == account.bytes)
      #expect(texts.originalText(of: record) == originals[record])
      let original = Array(originals[record].utf8)
      let places = boundaries(account.bytes)
      let slice = texts[record..<4]
      for (i, start) in places.enumerated() {
        for end in places[i...] {
          let range = texts.originalRange(of: start..<end, record: record)
          #expect(range == account.original(start..<end), "record \(record), \(start)..<\(end)")
          #expect(slice.originalRange(of: start..<end, record: 0) == range)
          if account.isUnchanged(start..<end) { #expect(Array(original[range]) == Array(account.bytes[start..<end])) }
        }
      }
    }
  }
}

/// What became of a text, written down for every byte after every round.
private struct Account {
  var bytes: [UInt8]
  /// For each round and each byte after it: what it stands for in the text before, and whether it is that very byte.
  private var rounds: [(origins: [Range<Int>], same: [Bool], before: Int)] = []

  init(_ text: String) { bytes = Array(text.utf8) }

  func randomEdits(_ generator: inout SeededGenerator) -> [TextEdit] {
    var edits: [TextEdit] = []
    let places = boundaries(bytes)
    var i = 0
    while i < places.count {
      guard generator.chance(3) else {
        i += 1
        continue
      }
      // Insertions, deletions, neighbours and several edits in one place are among them.
      let j = min(places.count - 1, i + generator.below(3))
      edits.append(TextEdit(places[i]..<places[j], generator.text(upTo: 2).utf8))
      i = j == i && generator.chance(2) ? i + 1 : j
      if edits.count > 12 { break }
    }
    return edits
  }

  mutating func apply(_ edits: [TextEdit]) {
    var new: [UInt8] = []
    var origins: [Range<Int>] = []
    var same: [Bool] = []
    var at = 0
    func keep(upTo end: Int) {
      while at < end {
        new.append(bytes[at])
        origins.append(at..<at + 1)
        same.append(true)
        at += 1
      }
    }
    for edit in edits {
      keep(upTo: edit.range.lowerBound)
      for byte in edit.replacement {
        new.append(byte)
        origins.append(edit.range)
        same.append(false)
      }
      at = edit.range.upperBound
    }
    keep(upTo: bytes.count)
    rounds.append((origins, same, bytes.count))
    bytes = new
  }

  func original(_ range: Range<Int>) -> Range<Int> {
    rounds.reversed().reduce(range) { range, round in
      let start = range.lowerBound < round.origins.count ? round.origins[range.lowerBound].lowerBound : round.before
      return range.isEmpty ? start..<start : start..<round.origins[range.upperBound - 1].upperBound
    }
  }

  func isUnchanged(_ range: Range<Int>) -> Bool {
    var range = range
    for round in rounds.reversed() {
      let origins = range.map { round.origins[$0].lowerBound }
      guard range.allSatisfy({ round.same[$0] }), zip(origins, origins.dropFirst()).allSatisfy({ $0 + 1 == $1 }) else {
        return false
      }
      guard let first = origins.first else { return true }
      range = first..<first + range.count
    }
    return true
  }
}
