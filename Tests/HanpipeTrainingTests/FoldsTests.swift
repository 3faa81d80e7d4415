import Hanpipe
import HanpipeTraining
import Testing

@testable import HanpipeTraining

@Suite struct FoldsTests {
  private static func data(_ records: [(String, Int)]) -> TrainingData { .labelled(LabelledTexts(records)) }

  @Test(arguments: [2, 3, 5, 10])
  func `each record lies in one fold, and labels are spread evenly`(_ count: Int) throws {
    let records = (0..<103).map { ("text \($0)", $0 % 7 == 0 ? 1 : 0) }
    let folds = try Folds(Self.data(records), count: count, seed: 3)
    #expect(folds.records.flatMap { $0 }.sorted() == Array(0..<103))
    for label in 0...1 {
      let sizes = folds.records.map { $0.count { records[$0].1 == label } }
      let total = records.count { $0.1 == label }
      #expect(sizes.allSatisfy { $0 == total / count || $0 == (total + count - 1) / count }, "\(sizes)")
    }
    let sizes = folds.records.map(\.count)
    #expect(sizes.max()! - sizes.min()! <= 1)
    for fold in 0..<count { #expect((folds.records[fold] + folds.others(than: fold)).sorted() == Array(0..<103)) }
  }

  @Test func `a fold depends on texts and seed, not on the order of the records`() throws {
    let records = (0..<60).map { ("text \($0)", $0 % 3) }
    func texts(_ records: [(String, Int)], seed: UInt64) throws -> [Set<String>] {
      try Folds(Self.data(records), count: 4, seed: seed).records.map { Set($0.map { records[$0].0 }) }
    }
    var generator = SeededGenerator(seed: 1)
    #expect(try texts(records, seed: 5) == texts(records.shuffled(using: &generator), seed: 5))
    #expect(try texts(records, seed: 5) != texts(records, seed: 6))
  }

  @Test func `the same text is never learned and measured`() throws {
    // Every text stands three times, once with white space, once with another label.
    let records = (0..<40).flatMap { [("我 \($0)", $0 % 2), (" 我\u{3000}\($0) ", $0 % 2), ("我 \($0)", 1 - $0 % 2)] }
    let folds = try Folds(Self.data(records), count: 5, seed: 9)
    for fold in folds.records { #expect(Set(fold.map { $0 / 3 }).count * 3 == fold.count) }
  }

  @Test func `fewer texts than folds are refused`() {
    #expect(throws: TrainingError.tooFewRecords(found: 2, folds: 3)) {
      try Folds(Self.data([("a", 0), ("b", 1), ("a ", 1)]), count: 3, seed: 1)
    }
  }

  @Test func `segmented text is dealt too`() throws {
    let data = TrainingData.segmented(SegmentedTexts((0..<11).map { "我 喜欢 \($0)" }))
    let sizes = try Folds(data, count: 3, seed: 1).records.map(\.count).sorted()
    #expect(sizes == [3, 4, 4])
  }
}

@Suite struct RepeatedTextsTests {
  private let data = TrainingData.labelled(LabelledTexts([("我 喜欢", 1), ("我\u{3000} 喜欢 ", 1), ("差", 0), ("我 喜欢", 0), ("我喜欢", 1), ("差\u{A0}", 1)]))

  @Test func `texts that differ by white space are the same, words that do are not`() {
    #expect(TextIndex(data).repeats == RepeatedTexts(count: 3, contradicting: 2))
  }

  @Test func `records that stand in others are counted`() {
    let other = TrainingData.labelled(LabelledTexts([("  差", 0), ("好", 1)]))
    #expect(TextIndex(other).repeats(in: data) == RepeatedTexts(count: 2, contradicting: 1))
    #expect(TextIndex(data).repeats(in: other) == RepeatedTexts(count: 1, contradicting: 0))
  }

  /// Against a plain definition.
  @Test func `a text is compared as its words`() {
    let spaces = [" ", "\t", "\u{3000}", "\u{A0}", "\u{2003}", "\u{1680}", "\u{85}"]
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<500 {
      let parts = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        ["我", "a", "、", "\u{301}", "😀"].randomElement(using: &generator)! }
      func written() -> String {
        func some(_ least: Int) -> String {
          (0..<Int.random(in: least...2, using: &generator)).map { _ in spaces.randomElement(using: &generator)! }.joined()
        }
        return some(0) + parts.enumerated().map { ($0 > 0 ? some(1) : "") + $1 }.joined() + some(0)
      }
      #expect(ComparedText(Array(written().utf8)[...]).utf8 == Array(parts.joined(separator: " ").utf8)[...])
    }
  }
}

@Suite struct LabelReaderTests {
  @Test(arguments: [
    ("positive", 1, true), ("Positive", 1, false), ("\u{3000}positive", 1, false), ("POSI TIVE", 1, false), ("0", 0, true),
    ("Negative\u{A0}", 0, false),
  ])
  func `capitals and white space do not make another label`(_ label: String, _ number: Int, _ isExact: Bool) throws {
    let reader = LabelReader(["negative", "positive"])
    #expect(try reader.reading(of: label) == LabelReader.Reading(number: number, isExact: isExact))
  }

  @Test func `what could be several is refused, what is in the list is that`() throws {
    let reader = LabelReader(["US", "us", "them"])
    #expect(try reader.reading(of: "us") == LabelReader.Reading(number: 1, isExact: true))
    #expect(try reader.reading(of: "THEM").number == 2)
    #expect(throws: TrainingError.ambiguousLabel("Us", line: nil, known: ["US", "us"])) { try reader.reading(of: "Us") }
    #expect(throws: TrainingError.unknownLabel("we", line: nil, known: ["US", "us", "them"])) { try reader.reading(of: "we") }
  }
}
