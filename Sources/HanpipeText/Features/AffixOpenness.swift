/// How open a list is to words that begin or end with a character, said of each token, whether or not a source knows the word that it
/// would be in: a convention that parts 共产 党 parts what nobody has heard of too.
struct AffixOpenness: Sendable {
  /// How open the list is, each from its number on; 1: so that it has as many as it should have.
  private static let bounds: [Float] = [0, 0.04, 0.08, 0.15, 0.3, 0.6, 1, 1.5]
  static let idsAToken = AffixCounts.kinds
  static let idCount = idsAToken * bounds.count * ListLattice.surroundings

  /// Of each kind of each character.
  private let levels: [UInt8]

  init(_ counts: AffixCounts) {
    levels = counts.openness.map { openness in UInt8(Self.bounds.lastIndex { $0 <= openness } ?? 0) }
  }

  /// Writes the ids of a token, once the words of the list around it are known.
  /// - Parameter scalar: its first.
  func write(_ token: Int, _ scalar: UInt32, _ lattice: ListLattice, _ offset: Int32, to ids: inout MutableSpan<Int32>, _ at: inout Int) {
    let (before, behind) = (lattice.surroundings(before: token), lattice.surroundings(behind: token))
    let first = AffixCounts.place(scalar)
    for kind in 0..<AffixCounts.kinds {
      let level = kind * Self.bounds.count + Int(levels[first + kind])
      ids[at] = offset + Int32(level * ListLattice.surroundings + (kind >= 2 ? before : behind))
      at += 1
    }
  }
}
