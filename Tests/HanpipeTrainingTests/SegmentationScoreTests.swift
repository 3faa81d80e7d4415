import Hanpipe
import Testing

@testable import HanpipeTraining

/// What a segmenter gave for the text of `gold`: words between spaces, `_` before one that was dropped.
private func tokens(_ lines: [String], of gold: Tokens) throws -> Tokens {
  var given = Tokens(gold.texts)
  for line in lines {
    var at = 0
    var ranges: [Range<Int>] = []
    for word in line.split(separator: " ") {
      let isDropped = word.hasPrefix("_")
      let count = word.utf8.count - (isDropped ? 1 : 0)
      if !isDropped { ranges.append(at..<at + count) }
      at += count
    }
    try given.append(ranges)
  }
  return given
}

private func known(_ words: String...) -> KnownWords {
  var known = KnownWords()
  for word in words { known.insert(Array(word.utf8)[...]) }
  return known
}

@Suite struct SegmentationScoreTests {
  struct Hand: Sendable {
    let gold: String
    let given: String
    /// Gold words, given words, right ones; of the gold words unknown ones, and those found. 中国 and 人民 are known.
    let counts: [Int]
    let mistakes: [String]
  }

  @Test(arguments: [
    Hand(gold: "中国 人民", given: "中国 人民", counts: [2, 2, 2, 0, 0], mistakes: []),
    Hand(gold: "中国 人民", given: "中国人民", counts: [2, 1, 0, 0, 0], mistakes: ["中国 人民>中国人民"]),
    Hand(gold: "中国人民", given: "中国 人民", counts: [1, 2, 0, 1, 0], mistakes: ["中国人民>中国 人民"]),
    // Two mistakes in one line, one of them a boundary in another place; 天安门 is unknown twice and found once.
    Hand(
      gold: "中国 人民 爱 天安门 ， 天安门", given: "中国 人 民爱 天安门 ， 天 安门", counts: [6, 7, 3, 4, 2],
      mistakes: ["人民 爱>人 民爱", "天安门>天 安门"]),
    Hand(gold: "", given: "", counts: [0, 0, 0, 0, 0], mistakes: []),
    // An error beside an error is one stretch only where they share no boundary.
    Hand(gold: "ab cd ef", given: "a b c d ef", counts: [3, 5, 1, 3, 1], mistakes: ["ab>a b", "cd>c d"]),
    Hand(gold: "ab cd ef", given: "a bc de f", counts: [3, 4, 0, 3, 0], mistakes: ["ab cd ef>a bc de f"]),
    // The same word in another place is not right: both boundaries count.
    Hand(gold: "人 人人", given: "人人 人", counts: [2, 2, 0, 2, 0], mistakes: ["人 人人>人人 人"]),
    // Words that the segmenter drops are missed, each on its own.
    Hand(gold: "中国 ， 。 人民", given: "中国 _， _。 人民", counts: [4, 2, 2, 2, 0], mistakes: ["，>", "。>"]),
    Hand(gold: "中国 ，", given: "中 _国 _，", counts: [2, 1, 0, 1, 0], mistakes: ["中国>中", "，>"]),
  ])
  func `counts are those made by hand`(_ hand: Hand) throws {
    let gold = Tokens(segmented: Texts([hand.gold]))
    let given = try tokens([hand.given], of: gold)
    var score = SegmentationScore()
    score.add(given, gold: gold, known: known("中国", "人民"))
    let unknown = try #require(score.unknown)
    #expect([score.goldWords, score.givenWords, score.rightWords, unknown.words, unknown.right] == hand.counts)
    var mistakes = SegmentationMistakes()
    mistakes.add(given, gold: gold, lines: [1])
    let found = mistakes.commonest(9).map { "\($0.gold.joined(separator: " "))>\($0.given.joined(separator: " "))" }
    #expect(Set(found) == Set(hand.mistakes))
    #expect(mistakes.total == hand.mistakes.count)
  }

  @Test func `figures are the Bakeoff's`() throws {
    let gold = Tokens(segmented: Texts(["中国 人民 爱 天安门 ， 天安门"]))
    var score = SegmentationScore()
    let given = try tokens(["中国 人 民爱 天安门 ， 天 安门"], of: gold)
    score.add(given, gold: gold, known: known("中国", "人民"))
    #expect(score.precision == 3.0 / 7)
    #expect(score.recall == 3.0 / 6)
    // 2PR / (P + R) = 2 · 3/7 · 1/2 / (13/14).
    #expect(abs(score.f1 - 6.0 / 13) < 1e-15)
    #expect(score.oovRate == 4.0 / 6)
    #expect(score.oovRecall == 2.0 / 4)
    #expect(score.ivRecall == 1.0 / 2)
    // Nobody said which words are known.
    var plain = SegmentationScore()
    plain.add(given, gold: gold)
    #expect(plain.f1 == score.f1)
    #expect(plain.unknown == nil && plain.oovRate == nil && plain.oovRecall == nil && plain.ivRecall == nil)
  }

  @Test func `without a word there is nothing to divide by`() {
    let score = SegmentationScore(bootstrap: F1Bootstrap(seed: 1))
    #expect([score.precision, score.recall, score.f1] == [0, 0, 0])
    #expect(score.bootstrap?.interval == nil)
  }

  @Test func `segmented text is joined without separator, whatever white space it has`() throws {
    let gold = Tokens(segmented: Texts(["我\t喜欢\u{3000}吃  苹果 ", "", " \u{3000}", "iPhone 15 mini", "好"]))
    #expect((0..<gold.count).map(gold.texts.text) == ["我喜欢吃苹果", "", "", "iPhone15mini", "好"])
    #expect((0..<gold.count).map(gold.words) == [["我", "喜欢", "吃", "苹果"], [], [], ["iPhone", "15", "mini"], ["好"]])
    #expect(gold.spans(of: 0).map(\.range) == [0..<3, 3..<9, 9..<12, 12..<18])
  }

  @Test func `what a normaliser changed is scored in the text that was read`() throws {
    let gold = Tokens(segmented: Texts(["㎏ 你 ＡＢ"]))
    // ㎏ becomes kg, cut in two, both of which stand for the whole; ＡＢ becomes ab.
    let normalized = try gold.texts.applying { _, _ in
      [TextEdit(0..<3, "kg".utf8), TextEdit(6..<9, "a".utf8), TextEdit(9..<12, "b".utf8)]
    }
    var given = Tokens(normalized)
    try given.append([0..<1, 1..<2, 2..<5, 5..<7])
    var score = SegmentationScore()
    score.add(given, gold: gold)
    #expect([score.goldWords, score.givenWords, score.rightWords] == [3, 4, 3])
    var mistakes = SegmentationMistakes()
    mistakes.add(given, gold: gold, lines: [1])
    #expect(mistakes.total == 0)
  }

  // MARK: Mistakes

  @Test func `mistakes are counted, the commonest first, with the first place`() throws {
    let gold = Tokens(segmented: Texts(["我 也 不 喜欢 吃 苹果", "一二三四五六七八九 也 不", "吃 苹果"]))
    let given = try tokens(["我 也不 喜欢 吃苹果", "一二三四五六七八九 也不", "吃 苹果"], of: gold)
    var mistakes = SegmentationMistakes()
    mistakes.add(given, gold: gold, lines: [7, 8, 9])
    let found = mistakes.commonest(5)
    #expect(found.map(\.count) == [2, 1])
    #expect(found[0].gold == ["也", "不"] && found[0].given == ["也不"])
    #expect(found[0].line == 7 && found[0].before == "我" && found[0].after == "喜欢吃苹果")
    #expect(mistakes.commonest(1).count == 1 && mistakes.commonest(0).isEmpty)
    // The context ends after eight characters.
    var later = SegmentationMistakes()
    later.add(given[1..<2], gold: gold[1..<2], lines: [8])
    #expect(later.commonest(1).first?.before == "二三四五六七八九")
    // Wherever the counts come from, the earliest place is shown.
    var merged = later
    merged.merge(mistakes)
    #expect(merged.commonest(1).first?.line == 7)
    #expect(merged.commonest(1).first?.count == 3)
    #expect(merged.total == 4)
  }

  @Test func `a line that was not cut at all is counted, not listed`() throws {
    let gold = Tokens(segmented: Texts([String(repeating: "我 们 ", count: 30)]))
    var mistakes = SegmentationMistakes()
    mistakes.add(try tokens([String(repeating: "我们", count: 30)], of: gold), gold: gold, lines: [1])
    #expect(mistakes.total == 1 && mistakes.unlisted == 1 && mistakes.commonest(9).isEmpty)
  }

  @Test func `where there is no room for all mistakes the rarest are forgotten, and counted as such`() throws {
    let gold = Tokens(segmented: Texts(["a b", "c d", "a b", "c d", "e f", "a b", "g h"]))
    let given = try tokens(["ab", "cd", "ab", "cd", "ef", "ab", "gh"], of: gold)
    var mistakes = SegmentationMistakes(capacity: 3)
    mistakes.add(given, gold: gold, lines: 1...7)
    // At the seventh, of counts 3, 2, 1, 1 those of 2 and 1 go.
    #expect(mistakes.commonest(9).map(\.count) == [3])
    #expect(mistakes.total == 7 && mistakes.unlisted == 4)
  }

  // MARK: Against brute force

  /// Words of random lengths over a few characters of one to four bytes.
  static func randomText(_ generator: inout SeededGenerator) -> [String] {
    (0..<Int.random(in: 0...12, using: &generator)).map { _ in String("a中é😀".randomElement(using: &generator) ?? "a") }
  }
  static func cut(_ text: [String], _ generator: inout SeededGenerator) -> [String] {
    text.reduce(into: []) { words, character in
      if words.isEmpty || Bool.random(using: &generator) { words.append(character) } else { words[words.count - 1] += character }
    }
  }
  struct Pair { let gold: [String], given: [String], dropped: Set<Int> }

  static func pairs(seed: UInt64, count: Int) -> [Pair] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let text = randomText(&generator)
      let given = cut(text, &generator)
      let dropped = given.indices.filter { _ in Int.random(in: 0..<6, using: &generator) == 0 }
      return Pair(gold: cut(text, &generator), given: given, dropped: Set(dropped))
    }
  }
  static func columns(_ pairs: [Pair]) throws -> (gold: Tokens, given: Tokens) {
    let gold = Tokens(segmented: Texts(pairs.map { $0.gold.joined(separator: " ") }))
    let given = try tokens(
      pairs.map { pair in pair.given.indices.map { (pair.dropped.contains($0) ? "_" : "") + pair.given[$0] }.joined(separator: " ")
      },
      of: gold)
    return (gold, given)
  }
  /// Where words stand, in characters.
  static func ranges(_ words: [String]) -> [Range<Int>] {
    var at = 0
    return words.map { word in
      defer { at += word.unicodeScalars.count }
      return at..<at + word.unicodeScalars.count
    }
  }

  @Test func `right words are those that stand in both sets of ranges`() throws {
    let pairs = Self.pairs(seed: 1, count: 400)
    let (gold, given) = try Self.columns(pairs)
    var score = SegmentationScore()
    score.add(given, gold: gold, known: known("a", "中", "é", "😀"))
    var right = 0
    var unknown = [0, 0]
    for pair in pairs {
      let found = Set(zip(Self.ranges(pair.given), pair.given.indices).filter { !pair.dropped.contains($1) }.map(\.0))
      right += Set(Self.ranges(pair.gold)).intersection(found).count
      for range in Self.ranges(pair.gold) where range.count > 1 {
        unknown[0] += 1
        if found.contains(range) { unknown[1] += 1 }
      }
    }
    #expect(score.records == 400)
    #expect(score.rightWords == right && right > 200)
    #expect(score.givenWords == pairs.map { $0.given.count - $0.dropped.count }.reduce(0, +))
    #expect(score.unknown.map { [$0.words, $0.right] } == unknown && unknown[1] > 50)
  }

  @Test func `mistakes are the stretches between shared boundaries`() throws {
    let pairs = Self.pairs(seed: 2, count: 400)
    let (gold, given) = try Self.columns(pairs)
    var mistakes = SegmentationMistakes()
    mistakes.add(given, gold: gold, lines: Array(1...400))
    var counts: [String: Int] = [:]
    for pair in pairs {
      let words = zip(Self.ranges(pair.gold), pair.gold)
      let all = zip(Self.ranges(pair.given), pair.given)
      let found = zip(all, pair.given.indices).filter { !pair.dropped.contains($1) }.map(\.0)
      // A boundary of the gold words is shared where no given word reaches over it.
      let shared =
        [0] + words.map { $0.0.upperBound }.filter { end in found.allSatisfy { !($0.0.lowerBound < end && end < $0.0.upperBound) } }
      for (lower, upper) in zip(shared, shared.dropFirst()) {
        let golds = words.filter { $0.0.lowerBound >= lower && $0.0.upperBound <= upper }.map(\.1)
        let givens = found.filter { $0.0.lowerBound >= lower && $0.0.upperBound <= upper }.map(\.1)
        if golds != givens { counts["\(golds)\(givens)", default: 0] += 1 }
      }
    }
    let listed = mistakes.commonest(.max)
    #expect(Dictionary(uniqueKeysWithValues: listed.map { ("\($0.gold)\($0.given)", $0.count) }) == counts)
    #expect(mistakes.total == counts.values.reduce(0, +) && mistakes.total > 400)
    #expect(listed.map(\.count) == listed.map(\.count).sorted(by: >))
  }

  @Test(arguments: [[400], [1, 399], [100, 100, 100, 100], [0, 7, 0, 393]])
  func `however the records are batched, the counts are the same`(_ sizes: [Int]) throws {
    let (gold, given) = try Self.columns(Self.pairs(seed: 3, count: 400))
    func count(_ sizes: [Int], reversed: Bool) -> (SegmentationScore, [SegmentationMistakes.Mistake]) {
      var at = 0
      var parts = sizes.map { size in
        defer { at += size }
        var score = SegmentationScore(bootstrap: F1Bootstrap(seed: 5))
        var mistakes = SegmentationMistakes()
        let records = at..<at + size
        score.add(given[records], gold: gold[records], known: known("中"), firstRecord: at)
        mistakes.add(given[records], gold: gold[records], lines: records)
        return (score, mistakes)
      }
      if reversed { parts.reverse() }
      var (score, mistakes) = parts.removeFirst()
      for part in parts {
        score.merge(part.0)
        mistakes.merge(part.1)
      }
      return (score, mistakes.commonest(.max))
    }
    let whole = count([400], reversed: false)
    #expect(whole.0.bootstrap?.interval != nil)
    for reversed in [false, true] {
      let found = count(sizes, reversed: reversed)
      #expect(found.0 == whole.0)
      #expect(found.1 == whole.1)
    }
  }

  // MARK: The interval

  /// Sentences of one word that is right or not: F1 is a share p, whose standard error is √(p(1 − p)/n).
  @Test func `the interval of a share is the known one`() throws {
    let count = 600
    let gold = Tokens(segmented: Texts((0..<count).map { $0 % 4 == 0 ? "ab c" : "ab" }))
    // p = 3/4: each fourth sentence has 2 gold words and 2 given ones, none of them right.
    let given = try tokens((0..<count).map { $0 % 4 == 0 ? "a bc" : "ab" }, of: gold)
    var score = SegmentationScore(bootstrap: F1Bootstrap(seed: 1))
    score.add(given, gold: gold)
    let interval = try #require(score.bootstrap?.interval)
    // F1 = Σr/Σw with (r, w) = (1, 1) three times of four, else (0, 2): 3/5. By the delta method the variance of the ratio is
    // E[(r − F·w)²] / (n·E[w]²) = (3/4·(2/5)² + 1/4·(6/5)²) / (n·25/16) = 0.48·16/25/n.
    let error = (0.48 * 16 / 25 / Double(count)).squareRoot()
    #expect(score.f1 == 0.6)
    // A quantile of 1,000 samples has itself a standard error of 0.085 of that.
    #expect(abs(interval.lowerBound - (0.6 - 1.96 * error)) < 0.3 * error, "\(interval)")
    #expect(abs(interval.upperBound - (0.6 + 1.96 * error)) < 0.3 * error, "\(interval)")
  }
}
