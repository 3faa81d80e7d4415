/// Words that stand beside a dictionary's trie, letter for letter: those of the user, and those with Latin letters or digits.
///
/// Where a word of these begins and ends with units, it stands in the lattice with its own score, whatever the trie says.
struct UserWords: Sendable {
  private var trie = ScalarTrie()
  private var firsts = ScalarFilter()
  private var scores: [Int16] = []

  var count: Int { scores.count }

  /// Adds a word, or gives it another score.
  mutating func insert(_ word: ArraySlice<UInt8>, score: Int16) {
    word.withUnsafeBufferPointer { utf8 in
      guard !utf8.isEmpty else { return }
      if let number = trie.insert(utf8, UInt32(scores.count + 1)) {
        scores[Int(number) - 1] = score
      } else {
        scores.append(score)
        firsts.insert(decodeScalar(utf8, at: 0).scalar)
      }
    }
  }

  /// Writes the scores of the words that begin at each unit of `range`.
  /// - Parameters:
  ///   - start: where the first unit begins, in bytes.
  ///   - ends: where each unit ends.
  func score(
    _ utf8: UnsafeBufferPointer<UInt8>, from start: Int, ends: [Int], _ range: Range<Int>, _ words: inout [SIMD8<Int16>],
    _ known: inout [UInt8], _ longWords: inout [LatticeDecoder.LongWord]
  ) {
    var begin = start
    var hasLong = false
    for i in range {
      defer { begin = ends[i] }
      guard firsts.mayContain(decodeScalar(utf8, at: begin).scalar) else { continue }
      var node: ScalarTrie.Node = 0
      var position = begin
      var unit = i
      while unit < range.upperBound {
        let (scalar, length) = decodeScalar(utf8, at: position)
        guard let step = trie.step(from: node, scalar) else { break }
        node = step.node
        position += length
        guard position == ends[unit] else { continue }
        unit += 1
        guard step.value > 0 else { continue }
        let score = scores[Int(step.value) - 1]
        if unit - i <= LatticeDictionary.shortWord {
          words[i][unit - i - 1] = score
          known[i] |= 1 << UInt8(truncatingIfNeeded: (unit - i) & 7)
        } else {
          longWords.append(LatticeDecoder.LongWord(start: i, units: unit - i, score: Int32(score)))
          hasLong = true
        }
      }
    }
    if hasLong { longWords.sort { ($0.start, $0.units) < ($1.start, $1.units) } }
  }
}
