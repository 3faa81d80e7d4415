internal import HanpipeCore

/// What may be a word, and which words are given out.
struct LatticeRules: Sendable {
  var dictionary: LatticeDictionary
  /// Words letter for letter.
  var exactWords = UserWords()
  /// Whether words that nobody knows may have more than one unit.
  var joinsUnknown = true
  /// Whether words inside of words are given out too.
  var isSearch = false
  var selection = TokenSelection()

  init(dictionary: LatticeDictionary) { self.dictionary = dictionary }

  init(compiled storage: any ByteStorage) throws(DictionaryError) {
    dictionary = try LatticeDictionary(compiled: storage)
    for word in dictionary.letterWords {
      let source = UserWords.Source(file: 0, line: 0, count: UInt32(clamping: word.count))
      word.text.withUnsafeBufferPointer { exactWords.insert($0, score: Int32(word.score), source, hasLetters: true) }
    }
  }

  init(_ text: DictionaryLines) throws(DictionaryError) {
    (dictionary, exactWords) = try LatticeDictionary.text(text)
  }

  /// Adds words of the user's.
  /// - Parameters:
  ///   - file: the number of their file, from 1.
  ///   - win: whether they stand wherever they can; else each is worth what its frequency is in the dictionary (without one: 1).
  mutating func add(user text: DictionaryLines, file: Int = 1, win: Bool) {
    for line in text.lines {
      text.withWord(line) { word in
        var scanner = UnitScanner(word)
        var units = 0
        while scanner.position < word.count {
          _ = scanner.next(.none)
          units += 1
        }
        let score =
          win
          ? UserWords.winning * Int32(units) - UserWords.winningCost
          : Int32(dictionary.score(units: units, count: line.count ?? 1))
        exactWords.insert(word, score: score, UserWords.Source(file: file, line))
      }
    }
  }
}
