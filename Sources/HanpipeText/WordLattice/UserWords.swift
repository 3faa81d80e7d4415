/// Words that stand beside a dictionary's trie, letter for letter: those of the user, and those with Latin letters or digits.
///
/// Where a word of these begins and ends with units, it stands in the lattice with its own score, whatever the trie says. Signs of
/// full width are read as those of ASCII, as in the trie.
struct UserWords: Sendable {
  private var trie = ScalarTrie()
  private var firsts = ScalarFilter()
  private var scores: [Int32] = []
  private var sources: [Source] = []

  /// Where a word stands. 12 bytes.
  struct Source {
    /// The number of the user's file, from 1; 0 for the dictionary itself.
    var file: UInt16
    var line: UInt32
    /// How often it was counted; 0 where nobody says.
    var count: UInt32
  }

  /// What a word that wins is worth for each of its units: more than all else that can stand there.
  static let winning: Int32 = 1 << 17
  /// What it loses for being one more, so that of two ways to cover the same units with such words the one with fewer wins.
  static let winningCost: Int32 = 1 << 16

  var count: Int { scores.count }
  /// Whether every word has letters, so that none stands in a text without (`UnitScanner.sawOtherScript`).
  private(set) var allHaveLetters = true

  /// Adds a word, or gives it another score.
  /// - Parameter hasLetters: whether it is known to have letters.
  mutating func insert(_ word: UnsafeBufferPointer<UInt8>, score: Int32, _ source: Source, hasLetters: Bool = false) {
    guard !word.isEmpty else { return }
    allHaveLetters = allHaveLetters && hasLetters
    if let number = trie.insert(word, UInt32(scores.count + 1), fold: UnitCodes.fold) {
      scores[Int(number) - 1] = score
      sources[Int(number) - 1] = source
    } else {
      scores.append(score)
      sources.append(source)
      firsts.insert(UnitCodes.fold(decodeScalar(word, at: 0).scalar))
    }
  }

  /// Adds the words that begin at each unit of `range` to the lattice.
  /// - Parameters:
  ///   - start: where the first unit begins, in bytes.
  ///   - ends: where each unit ends.
  ///   - known: gets the lengths of the words (`LatticeDecoder`).
  func find(
    in utf8: UnsafeBufferPointer<UInt8>, from start: Int, ends: [Int], _ range: Range<Int>, _ known: inout [UInt8],
    _ longWords: inout [LatticeDecoder.LongWord]
  ) {
    var begin = start
    let before = longWords.count
    for i in range {
      defer { begin = ends[i] }
      guard firsts.mayContain(UnitCodes.fold(decodeScalar(utf8, at: begin).scalar)) else { continue }
      var node: ScalarTrie.Node = 0
      var position = begin
      var unit = i
      while unit < range.upperBound {
        let (scalar, length) = decodeScalar(utf8, at: position)
        guard let step = trie.step(from: node, UnitCodes.fold(scalar)) else { break }
        node = step.node
        position += length
        guard position == ends[unit] else { continue }
        unit += 1
        guard step.value > 0 else { continue }
        longWords.append(LatticeDecoder.LongWord(start: i, units: unit - i, score: scores[Int(step.value) - 1]))
        if unit - i <= LatticeDictionary.shortWord { known[i] |= 1 << UInt8(truncatingIfNeeded: (unit - i) & 7) }
      }
    }
    if longWords.count > before { longWords.sort { ($0.start, $0.units) < ($1.start, $1.units) } }
  }

  /// Calls `body` with each word that begins at a place of a text, and where it ends, the shortest first, whether units allow it or not.
  func forEach(in utf8: UnsafeBufferPointer<UInt8>, at start: Int, _ body: (_ end: Int, Source) -> Void) {
    var node: ScalarTrie.Node = 0
    var position = start
    while position < utf8.count {
      let (scalar, length) = decodeScalar(utf8, at: position)
      guard let step = trie.step(from: node, UnitCodes.fold(scalar)) else { return }
      node = step.node
      position += length
      if step.value > 0 { body(position, sources[Int(step.value) - 1]) }
    }
  }
}

extension UserWords.Source {
  /// - Parameter file: the number of the user's file, from 1; 0 for the dictionary itself.
  init(file: Int, _ line: DictionaryLine) {
    self.init(file: UInt16(clamping: file), line: UInt32(line.number), count: UInt32(clamping: line.count ?? 0))
  }
}
