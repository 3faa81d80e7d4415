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
  /// The highest level of a source's byte.
  private let highest = (0..<256).map { Int32($0 == 0 ? 0 : Int.bitWidth - 1 - $0.leadingZeroBitCount) }
  /// Room for the ids of a record.
  private var ids: [Int32] = []
  private var ends: [Int] = []

  init(_ words: CountedWords) { self.words = words }

  mutating func begin(tokens: Int) {
    let size = tokens * Self.roles
    // All bits are 0 again when a record's ids have been taken.
    if bits.count < size * words.lanes { bits = [UInt64](repeating: 0, count: size * words.lanes) }
    rolesSeen.removeAll(keepingCapacity: true)
    rolesSeen.append(contentsOf: repeatElement(0, count: tokens))
  }

  /// Notes a word of the given tokens.
  @inline(__always)
  mutating func note(_ tokens: Range<Int>, word: Int) {
    let roles = Self.roles(ofLength: tokens.count)
    let lanes = words.lanes
    for lane in 0..<lanes {
      let levels = words.levelBits(of: word, lane: lane)
      var bits = bits.mutableSpan
      var place = (tokens.lowerBound * Self.roles + roles.first) * lanes + lane
      bits[place] |= levels
      for token in tokens.dropFirst() {
        place = (token * Self.roles + (token + 1 < tokens.upperBound ? roles.inner : roles.last)) * lanes + lane
        bits[place] |= levels
      }
    }
    var seen = rolesSeen.mutableSpan
    seen[tokens.lowerBound] |= 1 << UInt16(truncatingIfNeeded: roles.first)
    for token in tokens.dropFirst() {
      seen[token] |= 1 << UInt16(truncatingIfNeeded: token + 1 < tokens.upperBound ? roles.inner : roles.last)
    }
  }

  /// What a word of so many tokens is to the first, the last, and those between; to a single one what `first` says.
  @inline(__always)
  private static func roles(ofLength count: Int) -> (first: Int, inner: Int, last: Int) {
    let length = min(count, lengths + 1) - 2
    return length < 0 ? (3 * lengths, 0, 0) : (length, lengths + length, 2 * lengths + length)
  }

  /// What a word of the given tokens is to each of them.
  static func forEachRole(of tokens: Range<Int>, _ body: (_ role: Int, _ token: Int) -> Void) {
    let roles = roles(ofLength: tokens.count)
    body(roles.first, tokens.lowerBound)
    for token in tokens.dropFirst() { body(token + 1 < tokens.upperBound ? roles.inner : roles.last, token) }
  }

  /// The list that a record follows: for each role in which one of its words was found, however frequent, there is an id.
  struct Followed {
    let list: Int
    let offset: Int32
    /// What more it says.
    let more: FollowedList
    let scalars: TokenScalars

    init(_ list: Int, offset: Int32, _ more: FollowedList, _ scalars: TokenScalars) {
      (self.list, self.offset, self.more, self.scalars) = (list, offset, more, scalars)
    }
  }

  /// Appends the record's ids, and begins anew.
  /// - Parameters:
  ///   - masks: of the columns that are seen as sources.
  ///   - followed: the list that the record follows.
  mutating func append(to result: inout FeatureIDs, _ masks: [UInt64], _ followed: Followed?) {
    ends.removeAll(keepingCapacity: true)
    let idsAToken = Self.roles * (words.sourceCount + 1)
    let room = rolesSeen.count * idsAToken + (followed?.more.room(tokens: rolesSeen.count) ?? 0) + 1
    if ids.count < room { ids = [Int32](repeating: 0, count: room) }
    let (highest, lanes) = (highest, words.lanes)
    let count = Self.write(rolesSeen, &bits, lanes: lanes, followed, masks.span, highest.span, to: &ids, &ends)
    result.append(ids[..<count], ends: ends)
  }

  /// Writes the ids of all tokens, for which there is room, and where each token's end.
  /// - Returns: how many.
  private static func write(
    _ rolesSeen: [UInt16], _ bits: inout [UInt64], lanes: Int, _ followed: Followed?, _ masks: Span<UInt64>, _ highest: Span<Int32>,
    to ids: inout [Int32], _ ends: inout [Int]
  ) -> Int {
    // Taken once for all tokens: each time it is checked that nobody else has the array.
    var target = ids.mutableSpan
    var bits = bits.mutableSpan
    var count = 0
    for (token, roles) in rolesSeen.enumerated() {
      if let followed {
        writeRoles(of: token, roles, list: followed.list, followed.offset, bits, lanes: lanes, to: &target, &count)
        let scalar = followed.scalars.scalars[followed.scalars.firsts[token]]
        followed.more.write(token, scalar, followed.offset + Int32(Self.roles), to: &target, &count)
      }
      writeIDs(of: token, roles, masks, highest, &bits, to: &target, &count)
      ends.append(count)
    }
    return count
  }

  /// Writes the ids of the roles in which a word of a list was found.
  private static func writeRoles(
    of token: Int, _ roles: UInt16, list: Int, _ offset: Int32, _ bits: borrowing MutableSpan<UInt64>, lanes: Int,
    to ids: inout MutableSpan<Int32>, _ count: inout Int
  ) {
    let shift = UInt64(list % 8 * 8)
    var left = roles
    while left != 0 {
      let role = left.trailingZeroBitCount
      left &= left - 1
      let levels = Int(truncatingIfNeeded: bits[(token * Self.roles + role) * lanes + list / 8] >> shift & 0xFF)
      // Written in any case, and kept if there is a level, by arithmetic, as no branch can foresee it; below too.
      ids[count] = offset &+ Int32(truncatingIfNeeded: role)
      count &+= (levels &+ 0xFF) >> 8
    }
  }

  /// Writes the ids of what was seen of a token, and makes its bits 0 again.
  @inline(__always)
  private static func writeIDs(
    of token: Int, _ roles: UInt16, _ masks: Span<UInt64>, _ highest: Span<Int32>, _ bits: inout MutableSpan<UInt64>,
    to ids: inout MutableSpan<Int32>, _ count: inout Int
  ) {
    var left = roles
    while left != 0 {
      let role = left.trailingZeroBitCount
      left &= left - 1
      for lane in masks.indices {
        let place = (token * Self.roles + role) * masks.count + lane
        var levels = bits[place] & masks[lane]
        bits[place] = 0
        var id = Int32(truncatingIfNeeded: (lane &* 8 &* Self.roles &+ role) &* CountedWords.levels)
        for _ in 0..<(64 - masks[lane].leadingZeroBitCount + 7) / 8 {
          let source = Int(truncatingIfNeeded: levels & 0xFF)
          ids[count] = id &+ highest[source]
          count &+= (source &+ 0xFF) >> 8
          id &+= Int32(truncatingIfNeeded: Self.roles &* CountedWords.levels)
          levels >>= 8
        }
      }
    }
  }
}
