/// What a set of texts may hold, answered without looking at them; it may say yes too often.
///
/// Most of a text begins no entry: with a small set, one bit test a character tells (4,096 bits by the characters' last twelve, 512
/// bytes, always in the first cache). With a large one a prefix of two or three characters tells: Bloom filters of all prefixes and
/// of all whole texts with one hash function, their bits side by side, 4 bits for each character at least. Twice as many would say yes
/// half as often and push more of ICU's dictionary out of the cache.
struct WordFilter: Sendable {
  private var firsts = [UInt64](repeating: 0, count: 64)
  /// By hash two bits: whether a text goes on behind this prefix, and whether one ends with it.
  private var cells: [UInt64] = []
  private var shift: UInt64 = 0
  private(set) var isEmpty = true
  /// Characters of the shortest text.
  private(set) var shortest = Int.max

  /// What may be said of a prefix.
  struct Answer {
    var bits: UInt64
    /// Whether a text may go on behind it.
    var continues: Bool { bits & 1 != 0 }
    /// Whether a text may end with it.
    var ends: Bool { bits & 2 != 0 }
  }

  /// A filter of the texts of one rule.
  init(_ words: LexiconWords, _ rule: Lexicon.Rule) {
    var prefixes = 0
    words.forEachText(rule) { text in
      let length = text.count { $0 & 0xC0 != 0x80 }
      prefixes += length
      shortest = min(shortest, length)
    }
    guard prefixes > 0 else { return }
    isEmpty = false
    var log = 10
    while 1 << log < prefixes * 2 { log += 1 }
    cells = Array(repeating: 0, count: 1 << (log - 5))
    shift = UInt64(64 - log)
    words.forEachText(rule) { insert($0) }
  }

  private mutating func insert(_ text: UnsafeBufferPointer<UInt8>) {
    var hash: UInt64 = 0
    var position = 0
    while position < text.count {
      let (scalar, length) = decodeScalar(text, at: position)
      if position == 0 { firsts[Int(scalar >> 6 & 63)] |= 1 << UInt64(scalar & 63) }
      hash = LexiconWords.extend(hash, scalar)
      position += length
      let (cell, bit) = place(hash)
      cells[cell] |= (position == text.count ? 2 : 1) << bit
    }
  }

  @inline(__always)
  private func place(_ hash: UInt64) -> (cell: Int, bit: UInt64) {
    let place = Int((hash &* 0xD1B5_4A32_D192_ED03) >> shift)
    return (place >> 5, UInt64(place & 31) * 2)
  }

  /// Lends what tells whether a text may begin with a character: asked for every one, an array would be checked every time.
  func withFirsts<R>(_ body: (Firsts) -> R) -> R { firsts.withUnsafeBufferPointer { body(Firsts(bits: $0)) } }

  struct Firsts {
    fileprivate let bits: UnsafeBufferPointer<UInt64>
    /// - Parameter scalar: folded.
    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool { bits[Int(scalar >> 6 & 63)] >> UInt64(scalar & 63) & 1 != 0 }
  }

  /// - Parameter hash: of a prefix, `LexiconWords.extend`.
  /// - Precondition: not `isEmpty`.
  @inline(__always)
  func answer(_ hash: UInt64) -> Answer {
    let (cell, bit) = place(hash)
    return Answer(bits: cells[cell] >> bit & 3)
  }
}
