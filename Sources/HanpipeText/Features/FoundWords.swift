import HanpipeCore

/// What the words of a list say about each token of one record: which begin, go on, or end at it, and how frequent they are.
///
/// A token's ids are (source, role, level) as one number, those of the highest level that each source has for each role.
struct FoundWords {
  /// Lengths that are told apart: 2, 3, 4, and 5 or more tokens.
  private static let lengths = 4
  /// Of a word that begins, goes on, or ends, by length; and of a word of one token.
  static let roles = 3 * lengths + 1

  private let words: CountedWords
  /// For each token and role the levels of all sources, as `CountedWords` has them.
  private var bits: [UInt64] = []
  /// For each token a bit for each role that some word gave it.
  private var rolesSeen: [UInt16] = []
  /// Room for the ids of a record.
  private var ids: [Int32] = []
  private var ends: [Int] = []

  init(_ words: CountedWords) { self.words = words }

  mutating func begin(tokens: Int) {
    let size = tokens * Self.roles
    // All bits are 0 again when a record's ids have been taken.
    if bits.count < size * words.lanes { bits = [UInt64](repeating: 0, count: size * words.lanes) }
    rolesSeen.removeAll(keepingCapacity: true)
    for _ in 0..<tokens { rolesSeen.append(0) }
  }

  /// Notes a word of the given tokens.
  @inline(__always)
  mutating func note(_ tokens: Range<Int>, word: Int) {
    Self.forEachRole(of: tokens) { set($0, $1, word) }
  }

  /// What a word of the given tokens is to each of them.
  @inline(__always)
  static func forEachRole(of tokens: Range<Int>, _ body: (_ role: Int, _ token: Int) -> Void) {
    let length = min(tokens.count, lengths + 1) - 2
    if length < 0 { return body(3 * lengths, tokens.lowerBound) }
    body(length, tokens.lowerBound)
    for token in tokens.dropFirst().dropLast() { body(lengths + length, token) }
    body(2 * lengths + length, tokens.upperBound - 1)
  }

  @inline(__always)
  private mutating func set(_ role: Int, _ token: Int, _ word: Int) {
    rolesSeen[token] |= 1 << UInt16(truncatingIfNeeded: role)
    let first = (token * Self.roles + role) * words.lanes
    for lane in 0..<words.lanes { bits[first + lane] |= words.levelBits(of: word, lane: lane) }
  }

  /// The ids that a record has by its mark, beside those of all.
  enum Own {
    case none
    /// Those of all once more, for its convention.
    case convention(offset: Int32)
    /// For each role in which a word of one list was found, however frequent.
    case list(Int, offset: Int32)
  }

  /// Appends the record's ids, and begins anew.
  /// - Parameters:
  ///   - masks: of the columns that are seen as sources.
  ///   - lattice: of the words of the record's list, if its ways have ids.
  mutating func append(to result: inout FeatureIDs, _ own: Own, _ masks: [UInt64], _ lattice: ListLattice?) {
    ends.removeAll(keepingCapacity: true)
    let room = rolesSeen.count * (Self.roles * (words.sourceCount * 2 + 1) + ListLattice.idsAToken)
    if ids.count < room { ids = [Int32](repeating: 0, count: room) }
    var count = 0
    for token in rolesSeen.indices {
      let first = count
      if case .list(let list, let offset) = own {
        writeRoles(of: token, list: list, offset, &count)
        lattice?.write(token, offset + Int32(Self.roles), to: &ids, &count)
      }
      Self.writeIDs(of: token, rolesSeen[token], masks, &bits, to: &ids, &count)
      if case .convention(let offset) = own {
        for place in first..<count { ids[count + place - first] = ids[place] + offset }
        count += count - first
      }
      ends.append(count)
    }
    result.append(ids[..<count], ends: ends)
  }

  private mutating func writeRoles(of token: Int, list: Int, _ offset: Int32, _ count: inout Int) {
    for role in 0..<Self.roles where bits[(token * Self.roles + role) * words.lanes + list / 8] >> UInt64(list % 8 * 8) & 0xFF != 0 {
      ids[count] = offset + Int32(role)
      count += 1
    }
  }

  /// Writes the ids of what was seen of a token, and makes its bits 0 again.
  private static func writeIDs(
    of token: Int, _ roles: UInt16, _ masks: [UInt64], _ bits: inout [UInt64], to ids: inout [Int32], _ count: inout Int
  ) {
    var bits = bits.mutableSpan
    var ids = ids.mutableSpan
    var left = roles
    while left != 0 {
      let role = left.trailingZeroBitCount
      left &= left - 1
      for lane in masks.indices {
        let place = (token * Self.roles + role) * masks.count + lane
        var levels = bits[place] & masks[lane]
        bits[place] = 0
        while levels != 0 {
          let byte = levels.trailingZeroBitCount / 8
          let level = 7 - UInt8(truncatingIfNeeded: levels >> UInt64(byte * 8)).leadingZeroBitCount
          ids[count] = Int32(((lane * 8 + byte) * Self.roles + role) * CountedWords.levels + level)
          count += 1
          levels &= ~(0xFF << UInt64(byte * 8))
        }
      }
    }
  }
}
