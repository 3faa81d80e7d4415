import HanpipeCore

/// What the list that a record follows says of its tokens, beside which of its words stand there.
struct FollowedList {
  /// What of it has ids.
  struct Extent: Equatable {
    let ways: Bool
    /// Only with ways.
    let lacks: Bool

    var idCount: Int { (ways ? ListLattice.idCount : 0) + (lacks ? LackedWords.idCount + AffixOpenness.idCount : 0) }
  }

  private let extent: Extent
  private let words: CountedWords
  private var list = 0
  private var masks: [UInt64] = []
  private var coverage: ListCoverage?
  private var lattice = ListLattice()
  private var lacked = LackedWords()

  init(_ extent: Extent, _ words: CountedWords) { (self.extent, self.words) = (extent, words) }

  /// - Parameters:
  ///   - masks: of the columns that are seen as sources.
  ///   - coverage: of the list, if what it lacks has ids.
  mutating func begin(tokens: Int, list: Int, _ masks: [UInt64], _ coverage: ListCoverage?) {
    (self.list, self.masks, self.coverage) = (list, masks, coverage)
    if extent.ways { lattice.begin(tokens: tokens) }
    if coverage != nil { lacked.begin(tokens: tokens) }
  }

  /// Notes a word that sources or the list have, in the order in which words begin.
  mutating func note(_ range: Range<Int>, word: Int) {
    guard extent.ways else { return }
    if words.level(of: word, in: list) != nil {
      lattice.note(range, level: words.highestLevel(of: word, masks))
    } else if let kind = coverage?.kind(ofLacked: word) {
      lacked.note(range, kind: kind)
    }
  }

  /// Looks what the words make together, when all are noted.
  mutating func finish() {
    guard extent.ways else { return }
    lattice.finish()
    if coverage != nil { lacked.finish(lattice) }
  }

  /// The most ids that so many tokens have, once all is finished.
  func room(tokens: Int) -> Int {
    (extent.ways ? tokens * (ListLattice.idsAToken + AffixOpenness.idsAToken) : 0) + (coverage == nil ? 0 : lacked.count)
  }

  /// Writes the ids of a token, once all is finished.
  /// - Parameter scalar: the token's first.
  func write(_ token: Int, _ scalar: UInt32, _ offset: Int32, to ids: inout MutableSpan<Int32>, _ at: inout Int) {
    guard extent.ways else { return }
    lattice.write(token, offset, to: &ids, &at)
    guard let coverage else { return }
    lacked.write(token, offset + Int32(ListLattice.idCount), to: &ids, &at)
    coverage.openness.write(token, scalar, lattice, offset + Int32(ListLattice.idCount + LackedWords.idCount), to: &ids, &at)
  }
}
