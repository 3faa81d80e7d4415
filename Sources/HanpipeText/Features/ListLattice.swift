import HanpipeCore

/// What the words of one list say about where words of a record end: the lattice of all its words, and three ways through it.
///
/// Of each token the ids say
/// - of the place before it and of that behind it, how long the longest words are that end there, begin there, and lie across it, and
///   whether that last one falls there into two words of the list: whether the list has a choice, and between what;
/// - of it and its neighbours, the tags (B, M, E, S) that the ways give: maximum matching forward and backward (the longest word that
///   begins, or ends, at a place), and the way of the most frequent words, by counts from elsewhere, as a list has none.
///
/// A tagger that scores single words sees which words there could be, not which fit beside each other; the ways say that.
struct ListLattice {
  /// Lengths of words that end or begin at a place: none, 1, 2, 3, 4, and more tokens.
  private static let ends = 6
  /// Lengths of words across a place: none, 2, 3, 4, and more.
  private static let across = 5
  private static let places = ends * ends * across * 2
  /// Triples of tags.
  private static let ways = 64
  static let idCount = 2 * places + 3 * ways
  /// The longest word that is looked at, in tokens.
  private static let longest = 32

  /// For each token, bit n: a word of n + 1 tokens begins there.
  private var begins: [UInt32] = []
  /// For each token, bit n: a word of n + 1 tokens ends there.
  private var endings: [UInt32] = []
  /// For each token and length how frequent the word of the list is elsewhere that begins there.
  private var levels: [UInt8] = []
  private static let levelled = 8
  /// For each place the longest word across it.
  private var crossing: [Range<Int32>] = []
  /// The least cost of the way to each place, and where its last word begins.
  private var best: [(cost: Int32, from: Int32)] = []
  private var count = 0
  private var tags: [[UInt8]] = [[], [], []]

  mutating func begin(tokens: Int) {
    count = tokens
    begins.removeAll(keepingCapacity: true)
    endings.removeAll(keepingCapacity: true)
    crossing.removeAll(keepingCapacity: true)
    best.removeAll(keepingCapacity: true)
    levels.removeAll(keepingCapacity: true)
    for _ in 0..<tokens * Self.levelled { levels.append(0) }
    for _ in 0..<tokens {
      begins.append(0)
      endings.append(0)
    }
    for place in 0...tokens {
      crossing.append(0..<0)
      best.append((place == 0 ? 0 : .max, 0))
    }
  }

  /// The cost of a token alone that the list lacks, and of a word by how frequent it is: −ln of its share of about a million words.
  private static let unknown: Int32 = 20
  private static func cost(_ level: Int?) -> Int32 { level.map { Int32(14 - 3 * $0 / 2) } ?? 14 }

  /// Notes a word of the list, in the order in which words begin.
  /// - Parameter level: how frequent it is elsewhere; nil if it is nowhere.
  mutating func note(_ word: Range<Int>, level: Int?) {
    guard word.count <= Self.longest else { return }
    reach(word.lowerBound)
    begins[word.lowerBound] |= 1 << UInt32(word.count - 1)
    endings[word.upperBound - 1] |= 1 << UInt32(word.count - 1)
    if word.count <= Self.levelled { levels[word.lowerBound * Self.levelled + word.count - 1] = UInt8(level ?? 0) }
    for place in word.dropFirst() where crossing[place].count < word.count {
      crossing[place] = Int32(word.lowerBound)..<Int32(word.upperBound)
    }
    relax(word, Self.cost(level))
  }

  /// How far ways have been followed.
  private var reached = 0

  /// Makes sure that a way leads to a place, by tokens alone where the list has none.
  private mutating func reach(_ place: Int) {
    while reached < place {
      relax(reached..<reached + 1, Self.unknown)
      reached += 1
    }
  }
  private mutating func relax(_ word: Range<Int>, _ cost: Int32) {
    let (before, after) = (best[word.lowerBound].cost, best[word.upperBound].cost)
    if before + cost < after { best[word.upperBound] = (before + cost, Int32(word.lowerBound)) }
  }

  /// Finishes the ways, when all words are noted.
  mutating func finish() {
    reach(count)
    reached = 0
    for way in tags.indices {
      tags[way].removeAll(keepingCapacity: true)
      for _ in 0..<count { tags[way].append(0) }
    }
    var place = 0
    while place < count {
      let length = Self.longestLength(begins[place])
      Self.tag(&tags[0], place..<place + length)
      place += length
    }
    while place > 0 {
      let length = Self.longestLength(endings[place - 1])
      Self.tag(&tags[1], place - length..<place)
      place -= length
    }
    place = count
    while place > 0 {
      let from = Int(best[place].from)
      Self.tag(&tags[2], from..<place)
      place = from
    }
  }

  /// Of the words in a mask of lengths; a token is a word where the list has none.
  private static func longestLength(_ lengths: UInt32) -> Int { max(1, 32 - lengths.leadingZeroBitCount) }

  /// B 0, M 1, E 2, S 3.
  private static func tag(_ tags: inout [UInt8], _ word: Range<Int>) {
    if word.count == 1 { return tags[word.lowerBound] = 3 }
    for token in word { tags[token] = 1 }
    tags[word.lowerBound] = 0
    tags[word.upperBound - 1] = 2
  }

  /// How many ids a token has at most.
  static let idsAToken = 5

  /// Writes the ids of a token, once the ways are finished.
  func write(_ token: Int, _ offset: Int32, to ids: inout MutableSpan<Int32>, _ at: inout Int) {
    ids[at] = offset + Int32(place(token))
    ids[at + 1] = offset + Int32(Self.places + place(token + 1))
    at += 2
    for (i, neighbour) in [token - 1, token, token + 1].enumerated() where neighbour >= 0 && neighbour < count {
      let way = Int(tags[0][neighbour]) * 16 + Int(tags[1][neighbour]) * 4 + Int(tags[2][neighbour])
      ids[at] = offset + Int32(2 * Self.places + i * Self.ways + way)
      at += 1
    }
  }

  /// What is said of the place before a token, as a number.
  private func place(_ place: Int) -> Int {
    let left = place == 0 ? 0 : min(Self.ends - 1, 32 - endings[place - 1].leadingZeroBitCount)
    let right = place == count ? 0 : min(Self.ends - 1, 32 - begins[place].leadingZeroBitCount)
    let word = Int(crossing[place].lowerBound)..<Int(crossing[place].upperBound)
    let across = word.isEmpty ? 0 : min(Self.across - 1, word.count - 1)
    let falls = !word.isEmpty && falls(word, at: place) ? 1 : 0
    return ((left * Self.ends + right) * Self.across + across) * 2 + falls
  }

  /// Whether two words of the list make this stretch, of which one ends at a place inside of it.
  private func falls(_ word: Range<Int>, at place: Int) -> Bool {
    let (first, second) = (place - word.lowerBound, word.upperBound - place)
    return endings[place - 1] >> UInt32(first - 1) & 1 != 0 && begins[place] >> UInt32(second - 1) & 1 != 0
  }

  /// How two words of the list make a stretch: not, or how frequent they are elsewhere together.
  static let falls = 4

  /// How two words of the list make a stretch, the most frequent ones; from 0, they do not, to `falls` - 1. Once all are noted.
  func falls(_ word: Range<Int>) -> Int {
    var most = -1
    for place in word.dropFirst() where falls(word, at: place) {
      most = max(most, level(word.lowerBound..<place) + level(place..<word.upperBound))
    }
    return most < 0 ? 0 : most < 7 ? 1 : most < 9 ? 2 : 3
  }

  /// What of the words around a place `surroundings(before:)` and `surroundings(behind:)` tell apart.
  static let surroundings = 8

  /// Of the place before a token: whether a word of the list goes on across it, whether one of more than one token ends there, and
  /// whether the token alone is one.
  func surroundings(before token: Int) -> Int {
    surroundings(token, isCrossed: !crossing[token].isEmpty, touches: token > 0 && endings[token - 1] > 1)
  }

  /// The same of the place behind it, where words begin.
  func surroundings(behind token: Int) -> Int {
    surroundings(token, isCrossed: !crossing[token + 1].isEmpty, touches: token + 1 < count && begins[token + 1] > 1)
  }

  private func surroundings(_ token: Int, isCrossed: Bool, touches: Bool) -> Int {
    (isCrossed ? 4 : 0) + (touches ? 2 : 0) + Int(begins[token] & 1)
  }

  /// How frequent a word of the list is elsewhere; 0 for a long one.
  private func level(_ word: Range<Int>) -> Int {
    word.count > Self.levelled ? 0 : Int(levels[word.lowerBound * Self.levelled + word.count - 1])
  }
}
