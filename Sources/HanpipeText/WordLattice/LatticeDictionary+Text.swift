extension LatticeDictionary {
  /// A dictionary in text: scores are logarithms of frequencies, as in jieba; what is unknown is cut into characters.
  ///
  /// Words of characters alone go into the trie; those with Latin letters, digits and the like stand beside it, letter for letter.
  /// - Parameter skipped: called with what is wrong with a line, which is then left out; without it the first one is thrown.
  static func text(
    _ bytes: [UInt8], skipped: ((DictionaryError) -> Void)? = nil
  ) throws(DictionaryError) -> (dictionary: LatticeDictionary, exactWords: UserWords) {
    let words = try readWords(bytes, skipped: skipped)
    guard !words.isEmpty else { throw .empty }
    let codes = try UnitCodes(ofCharactersIn: words.map(\.word))
    let total = words.reduce(0) { $0 + max(1, $1.count ?? 1) }
    var counts: [[UInt16]: Int] = [:]
    var exactWords = UserWords()
    for line in words {
      let units = codes.units(of: line.word)
      if units.allSatisfy({ $0 >= UnitKind.count }) {
        counts[units] = line.count ?? 1
      } else {
        exactWords.insert(line.word, score: score(count: line.count ?? 1, of: total))
      }
    }
    let sorted = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    let entries = sorted.map { DoubleArrayBuilder.Entry(codes: $0.key, word: score(count: $0.value, of: total)) }
    let unknown = [score(count: 1, of: total)] + Array(repeating: DoubleArrayTrie.noWord, count: shortWord - 1)
    let dictionary = LatticeDictionary(
      codes: codes, entries: entries, classScores: Array(repeating: 0, count: lengthClasses * countClasses),
      unknownScores: unknown, hasModel: false, counts: sorted.map(\.value))
    return (dictionary, exactWords)
  }

  /// The lines of a dictionary in text.
  static func readWords(
    _ bytes: [UInt8], skipped: ((DictionaryError) -> Void)?
  ) throws(DictionaryError) -> [DictionaryLine] {
    var lines = DictionaryLines(bytes)
    var words: [DictionaryLine] = []
    while true {
      do throws(DictionaryError) {
        guard let line = try lines.next() else { return words }
        words.append(line)
      } catch {
        guard let skipped else { throw error }
        skipped(error)
      }
    }
  }
}

extension UnitCodes {
  /// Codes for all characters of words, the most frequent first.
  init(ofCharactersIn words: [ArraySlice<UInt8>]) throws(DictionaryError) {
    let counts = Self.countCharacters(words)
    guard counts.count <= Self.limit else { throw .tooManyCharacters(found: counts.count, limit: Self.limit) }
    self.init(scalars: counts.map(\.scalar))
  }

  /// The units of texts that are single characters, with how often they stand there, the most frequent first.
  static func countCharacters(_ texts: some Sequence<ArraySlice<UInt8>>) -> [(scalar: UInt32, count: Int)] {
    var counts: [UInt32: Int] = [:]
    for text in texts {
      text.withUnsafeBufferPointer { utf8 in
        var scanner = UnitScanner(utf8)
        while scanner.position < utf8.count {
          let start = scanner.position
          let (scalar, length) = decodeScalar(utf8, at: start)
          let kind = scanner.next(.none)
          let isRun = kind >= UnitKind.digits.rawValue && kind <= UnitKind.address.rawValue
          if kind != UnitKind.blank.rawValue && !isRun && scanner.position - start == length {
            counts[fold(scalar), default: 0] += 1
          }
        }
      }
    }
    return counts.map { (scalar: $0.key, count: $0.value) }.sorted { ($1.count, $0.scalar) < ($0.count, $1.scalar) }
  }

  /// The codes of a text's units.
  func units(of text: ArraySlice<UInt8>) -> [UInt16] {
    text.withUnsafeBufferPointer { utf8 in
      var units: [UInt16] = []
      var scanner = UnitScanner(utf8)
      while scanner.position < utf8.count { units.append(scanner.next(self)) }
      return units
    }
  }
}
