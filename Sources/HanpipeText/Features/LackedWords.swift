import HanpipeCore

/// The words of one record that sources know and the list lacks which the record follows.
///
/// A token's ids say of each such word that begins, goes on, or ends there what it tells that the list lacks it (`ListCoverage`), and
/// whether the word falls into two words of the list, and how frequent these are: two frequent words that stand beside each other are
/// hardly a word that the list happens to lack.
struct LackedWords {
  /// 120, of which each is a bit.
  private static let kinds = ListCoverage.kinds * ListLattice.falls
  static let idCount = FoundWords.roles * kinds

  private var words: [(tokens: Range<Int>, kind: Int)] = []
  /// For each token and role the kinds of its words, as bits.
  private var bits: [UInt128] = []
  /// How many ids all tokens have, once all is finished.
  private(set) var count = 0

  mutating func begin(tokens: Int) {
    words.removeAll(keepingCapacity: true)
    bits.removeAll(keepingCapacity: true)
    for _ in 0..<tokens * FoundWords.roles { bits.append(0) }
    count = 0
  }

  /// - Parameter kind: as `ListCoverage` has it.
  mutating func note(_ tokens: Range<Int>, kind: Int) { words.append((tokens, kind)) }

  /// Looks, when all words are noted, which fall into two of the list's.
  mutating func finish(_ lattice: ListLattice) {
    for (tokens, kind) in words {
      let bit = UInt128(1) << UInt128(kind * ListLattice.falls + lattice.falls(tokens))
      FoundWords.forEachRole(of: tokens) { role, token in
        let place = token * FoundWords.roles + role
        if bits[place] & bit == 0 { count += 1 }
        bits[place] |= bit
      }
    }
  }

  /// Writes the ids of a token, once all is finished.
  func write(_ token: Int, _ offset: Int32, to ids: inout MutableSpan<Int32>, _ at: inout Int) {
    for role in 0..<FoundWords.roles {
      var left = bits[token * FoundWords.roles + role]
      while left != 0 {
        ids[at] = offset + Int32(role * Self.kinds + left.trailingZeroBitCount)
        at += 1
        left &= left - 1
      }
    }
  }
}
