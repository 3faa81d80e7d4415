import HanpipeCore
import Testing

@testable import HanpipeText

/// The decoder against the definition of the score, over all segmentations.
@Suite struct LatticeDecoderTests {
  private static let alphabet = Array("一丁七万")

  /// Of one to three units: what they say about the boundaries from two before their first unit's place to three behind it.
  private typealias Sequences = [[UInt16]: [Int]]

  /// A dictionary with scores and weights at random, and the same in plain tables.
  private struct Random {
    var sequences: Sequences = [:]
    var words: [[UInt16]: Int] = [:]
    var unknown: [Int] = []
    let dictionary: LatticeDictionary

    init(_ generator: inout SeededGenerator) {
      let codes = UnitCodes(scalars: alphabet.map { $0.unicodeScalars.first?.value ?? 0 })
      // The blank too: what stands at a text's edges.
      let units = [UnitKind.blank.rawValue] + alphabet.flatMap { codes.units(of: utf8(String($0))) }
      func draw(_ length: Int, _ units: [UInt16], _ generator: inout SeededGenerator) -> [UInt16] {
        (0..<length).map { _ in units.randomElement(using: &generator) ?? 0 }
      }
      for _ in 0..<60 {
        let key = draw(Int.random(in: 1...3, using: &generator), units, &generator)
        sequences[key] = (0..<6).map { _ in Int.random(in: -127...127, using: &generator) }
      }
      for _ in 0..<40 {
        let length = Int.random(in: 0..<8, using: &generator) == 0 ? Int.random(in: 9...11, using: &generator) : Int.random(in: 1...5, using: &generator)
        words[draw(length, Array(units[1...]), &generator)] = Int.random(in: -300...300, using: &generator)
      }
      unknown = (0..<8).map { _ in Int.random(in: -400...0, using: &generator) }
      var entries = TrieEntries()
      for key in Set(sequences.keys).union(words.keys) {
        var payload = DoubleArrayTrie.Payload()
        if let weights = sequences[key] {
          var vector = SIMD8<Int8>(repeating: 0)
          for (lane, weight) in weights.enumerated() { vector[lane] = Int8(weight) }
          payload.weights = vector
        }
        if let score = words[key] { payload.word = Int16(score) }
        entries.append(key, payload)
      }
      dictionary = LatticeDictionary(
        codes: codes, entries: entries.sorted().entries,
        classScores: Array(repeating: 0, count: LatticeDictionary.lengthClasses * LatticeDictionary.countClasses),
        unknownScores: unknown.map { Int16($0) }, model: .learned, counts: WordCountList(Array(repeating: 1, count: words.count)))
    }

    /// What the sequences around it say of a boundary before each unit of a text, straight from the definition.
    func boundaries(_ units: [UInt16]) -> [Int] {
      let padded = [0, 0, 0] + units + [0, 0, 0, 0]
      return units.indices.map { place in
        var sum = 0
        for first in place - 3...place + 2 where place > 0 {
          for length in 1...3 { sum += sequences[Array(padded[first + 3..<first + 3 + length])]?[place - first + 2] ?? 0 }
        }
        return sum
      }
    }

    /// The score of words of these lengths; nil where one holds white space, or is unknown and too long.
    func score(_ units: [UInt16], _ boundaries: [Int], _ lengths: [Int]) -> Int? {
      var sum = 0
      var start = 0
      for length in lengths {
        let word = Array(units[start..<start + length])
        if length > 1 && word.contains(UnitKind.blank.rawValue) { return nil }
        guard let score = words[word] ?? (length <= 8 ? unknown[length - 1] : nil) else { return nil }
        sum += score + boundaries[start]
        start += length
      }
      return sum
    }
  }

  private static func segmentations(_ count: Int) -> [[Int]] {
    if count == 0 { return [[]] }
    return (1...count).flatMap { first in segmentations(count - first).map { [first] + $0 } }
  }

  private static func decode(_ text: String, _ rules: LatticeRules) -> [Range<Int>] {
    var decoder = LatticeDecoder()
    var spans: [Tokens.Span] = []
    var rules = rules
    rules.selection.keepsWhitespace = true
    utf8(text).withUnsafeBufferPointer { decoder.decode($0, rules, into: &spans) }
    return spans.map(\.range)
  }

  @Test func `the path that is found is the best of all segmentations`() {
    for seed in 0..<150 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let random = Random(&generator)
      let count = Int.random(in: 1...12, using: &generator)
      let characters = Self.alphabet + (seed % 3 == 0 ? [" "] : [])
      var text = String((0..<count).map { _ in characters.randomElement(using: &generator) ?? "一" })
      while text.contains("  ") { text = text.replacing("  ", with: " ") }
      let units = random.dictionary.codes.units(of: utf8(text))
      let boundaries = random.boundaries(units)
      let best = Self.segmentations(units.count).compactMap { random.score(units, boundaries, $0) }.max()
      let found = Self.decode(text, LatticeRules(dictionary: random.dictionary)).map { range in
        String(decoding: utf8(text)[range], as: UTF8.self).count
      }
      #expect(random.score(units, boundaries, found) == best, "seed \(seed): \(text) \(found)")
    }
  }

  @Test func `a long text is cut as one whose blocks end elsewhere`() {
    for seed in 0..<8 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let random = Random(&generator)
      let rules = LatticeRules(dictionary: random.dictionary)
      let text = String((0..<9000).map { _ in Self.alphabet.randomElement(using: &generator) ?? "一" })
      let whole = Self.decode(text, rules)
      // Without its first half, the text's blocks begin elsewhere; what is far from the cut stays.
      let half = Self.decode(String(text.dropFirst(4500)), rules).map { $0.lowerBound + 13_500..<$0.upperBound + 13_500 }
      let (later, same) = (whole.filter { $0.lowerBound > 14_500 }, half.filter { $0.lowerBound > 14_500 })
      #expect(later == same, "seed \(seed)")
    }
  }

  @Test func `a word that wins stands wherever it can, of overlapping ones those that cover most, then the fewest`() throws {
    for seed in 0..<100 {
      var generator = SeededGenerator(seed: UInt64(1000 + seed))
      var rules = LatticeRules(dictionary: Random(&generator).dictionary)
      let users = Set((0..<4).map { _ in
        String((0..<Int.random(in: 1...3, using: &generator)).map { _ in Self.alphabet.randomElement(using: &generator) ?? "一" })
      })
      rules.add(user: try DictionaryLines(utf8(users.sorted().joined(separator: "\n"))), win: true)
      let count = Int.random(in: 1...11, using: &generator)
      let characters = (0..<count).map { _ in Self.alphabet.randomElement(using: &generator) ?? "一" }
      func rank(_ lengths: [Int]) -> (covered: Int, words: Int) {
        var start = 0
        var result = (covered: 0, words: 0)
        for length in lengths {
          if users.contains(String(characters[start..<start + length])) { result = (result.covered + length, result.words - 1) }
          start += length
        }
        return result
      }
      let best = Self.segmentations(count).map(rank).max { $0 < $1 }
      let found = rank(Self.decode(String(characters), rules).map { $0.count / 3 })
      #expect(found == best ?? (0, 0), "seed \(seed): \(String(characters)) with \(users.sorted())")
    }
  }
}
