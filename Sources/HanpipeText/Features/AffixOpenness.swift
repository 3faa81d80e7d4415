/// How open a list is to words that begin or end with a character, said of each token, whether or not a source knows the word that it
/// would be in: a convention that parts 共产 党 parts what nobody has heard of too.
struct AffixOpenness: Sendable {
  /// How open the list is, each from its number on; 1: so that it has as many as it should have.
  private static let bounds: [Float] = [0, 0.04, 0.08, 0.15, 0.3, 0.6, 1, 1.5]
  /// Words of two characters and longer ones that begin and that end with the token.
  static let idsAToken = 4
  static let idCount = idsAToken * bounds.count * ListLattice.surroundings

  /// Of each character, as many as a token has ids.
  private let levels: [UInt8]

  init(_ counts: AffixCounts) {
    levels = (0..<UInt32(1 << 16) * UInt32(Self.idsAToken)).map { place in
      let (scalar, kind) = place.quotientAndRemainder(dividingBy: UInt32(Self.idsAToken))
      let openness = counts.openness(to: scalar, isLast: kind >= 2, isLong: kind % 2 == 1)
      return UInt8(Self.bounds.lastIndex { $0 <= openness } ?? 0)
    }
  }

  /// Writes the ids of a token, once the words of the list around it are known.
  /// - Parameter scalar: its first.
  func write(_ token: Int, _ scalar: UInt32, _ lattice: ListLattice, _ offset: Int32, to ids: inout MutableSpan<Int32>, _ at: inout Int) {
    let (before, behind) = (lattice.surroundings(before: token), lattice.surroundings(behind: token))
    for kind in 0..<Self.idsAToken {
      let level = kind * Self.bounds.count + Int(levels[Int(min(scalar, 0xFFFF)) * Self.idsAToken + kind])
      ids[at] = offset + Int32(level * ListLattice.surroundings + (kind >= 2 ? before : behind))
      at += 1
    }
  }
}
