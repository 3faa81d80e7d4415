internal import HanpipeCore

extension LatticeDictionary {
  /// A dictionary in text: scores are logarithms of frequencies, as in jieba; what is unknown is cut into characters. Of a word that
  /// stands twice the later frequency counts.
  ///
  /// Words of characters alone go into the trie; those with Latin letters, digits and the like stand beside it, letter for letter, and
  /// so would those with characters that are too rare for a code of their own.
  static func text(_ text: DictionaryLines) throws(DictionaryError) -> (dictionary: LatticeDictionary, exactWords: UserWords) {
    guard !text.lines.isEmpty else { throw .empty }
    let codes = UnitCodes(ofCharactersIn: text)
    let total = text.lines.reduce(0) { $0.saturatingAdd(max(1, $1.count ?? 1)) }
    let scale = FrequencyScale(total: total)
    var entries = TrieEntries()
    var counts: [Int] = []
    var exactWords = UserWords()
    var units: [UInt16] = []
    for line in text.lines {
      let count = line.count ?? 1
      text.withWord(line) { word in
        codes.units(of: word, into: &units)
        if units.allSatisfy({ $0 >= UnitKind.count }) {
          entries.append(units, DoubleArrayTrie.Payload(word: scale.score(count)))
          counts.append(count)
        } else {
          exactWords.insert(word, score: Int32(scale.score(count)), UserWords.Source(file: 0, line))
        }
      }
    }
    let (sorted, numbers) = entries.sorted()
    let unknown = [scale.score(1)] + Array(repeating: DoubleArrayTrie.noWord, count: shortWord - 1)
    let dictionary = LatticeDictionary(
      codes: codes, entries: sorted, classScores: Array(repeating: 0, count: lengthClasses * countClasses),
      unknownScores: unknown, model: .frequencies(total: total), counts: WordCountList(numbers.map { counts[$0] }))
    return (dictionary, exactWords)
  }
}

extension Int {
  fileprivate func saturatingAdd(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

extension UnitCodes {
  /// Codes for the characters of words, the most frequent first.
  init(ofCharactersIn text: DictionaryLines) {
    var counter = CharacterCounter()
    for line in text.lines { text.withWord(line) { counter.add($0) } }
    self.init(scalars: counter.counts.prefix(Self.limit).map(\.scalar))
  }

  /// The codes of a text's units.
  func units(of text: UnsafeBufferPointer<UInt8>, into units: inout [UInt16]) {
    units.removeAll(keepingCapacity: true)
    var scanner = UnitScanner(text)
    while scanner.position < text.count { units.append(scanner.next(self)) }
  }
  func units(of text: [UInt8]) -> [UInt16] {
    var units: [UInt16] = []
    text.withUnsafeBufferPointer { self.units(of: $0, into: &units) }
    return units
  }
}

/// Counts the units of texts that are single characters.
struct CharacterCounter {
  /// By scalar, for the basic plane.
  private var basic = [Int](repeating: 0, count: 1 << 16)
  private var beyond: [UInt32: Int] = [:]

  mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
    var scanner = UnitScanner(text)
    while scanner.position < text.count {
      let start = scanner.position
      let (scalar, length) = decodeScalar(text, at: start)
      let kind = scanner.next(.none)
      let isRun = kind >= UnitKind.digits.rawValue && kind <= UnitKind.address.rawValue
      if kind == UnitKind.blank.rawValue || isRun || scanner.position - start != length { continue }
      let folded = UnitCodes.fold(scalar)
      if folded < 1 << 16 { basic[Int(folded)] += 1 } else { beyond[folded, default: 0] += 1 }
    }
  }

  /// The characters, the most frequent first.
  var counts: [(scalar: UInt32, count: Int)] {
    let all = basic.indices.lazy.filter { basic[$0] > 0 }.map { (scalar: UInt32($0), count: basic[$0]) }
      + beyond.map { (scalar: $0.key, count: $0.value) }
    return all.sorted { ($1.count, $0.scalar) < ($0.count, $1.scalar) }
  }
}
