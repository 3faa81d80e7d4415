internal import Synchronization

/// What it tells that a list lacks a word which sources know: nothing, if the list is of a small text and the word rare; that it is none
/// in the convention of the list, if that has few of the words which begin or end so. A convention that parts 国民 党 and 共产 党 has no
/// word that ends in 党, and parts 保守 党 too, which it may never have seen.
///
/// Of the words as long and as frequent the list has a share, its coverage. So many it should have of those that begin, or end, with a
/// character; how many it has, over that, tells how open it is to them.
struct ListCoverage: Sendable {
  /// Coverages that are told apart, each from its number on.
  private static let coverages: [Float] = [0, 0.05, 0.2, 0.5]
  /// How open the list is to words that begin and end so; 1: as to all others.
  private static let openness: [Float] = [0, 0.1, 0.25, 0.45, 0.7, 1, 1.5]
  /// What is told apart of a word that the list lacks.
  static let kinds = coverages.count * openness.count

  /// Of each word its kind and one; 0 where the list has it, or no source, and for a single character.
  private let kinds: [UInt8]

  /// - Parameters:
  ///   - words: with shapes.
  ///   - masks: of the columns that are seen as sources.
  init(of list: Int, in words: CountedWords, _ masks: [UInt64]) {
    let known = words.shapes.enumerated().compactMap { i, shape -> KnownWord? in
      guard shape.length > 1, let level = words.highestLevel(of: i + 1, masks) else { return nil }
      let stratum = Int(shape.length) * CountedWords.levels + level
      return KnownWord(index: UInt32(i), stratum: UInt8(stratum), isListed: words.level(of: i + 1, in: list) != nil)
    }
    var counts = [AffixCounts.Count](repeating: .none, count: (WordShape.longest + 1) * CountedWords.levels)
    for word in known {
      counts[Int(word.stratum)].all += 1
      if word.isListed { counts[Int(word.stratum)].listed += 1 }
    }
    let coverage = counts.map { ($0.listed + 0.5) / ($0.all + 1) }
    var affixes = AffixCounts()
    for word in known { affixes.add(words.shapes[Int(word.index)], coverage[Int(word.stratum)], isListed: word.isListed) }
    var kinds = [UInt8](repeating: 0, count: words.shapes.count)
    for word in known where !word.isListed {
      let (covered, open) = (coverage[Int(word.stratum)], affixes.openness(to: words.shapes[Int(word.index)]))
      let kind = Self.coverages.lastIndex { $0 <= covered } ?? 0
      kinds[Int(word.index)] = UInt8(kind * Self.openness.count + (Self.openness.lastIndex { $0 <= open } ?? 0) + 1)
    }
    self.kinds = kinds
  }

  /// From 0 to `kinds` - 1, of word `word` (from 1); nil if the list has it, or no source, or if it is a single character.
  func kind(ofLacked word: Int) -> Int? { kinds[word - 1] == 0 ? nil : Int(kinds[word - 1]) - 1 }
}

/// A word of more than one character that a source knows.
private struct KnownWord {
  let index: UInt32
  /// Which of the classes of words as long, and as frequent where they are most frequent, it is in.
  let stratum: UInt8
  let isListed: Bool
}

/// How many words a list has that begin or end with a character, and how many it should have; of two characters, and of more.
private struct AffixCounts {
  struct Count {
    var listed: Float
    /// All that sources know, or so many of them as it should have.
    var all: Float
    static let none = Count(listed: 0, all: 0)
    /// With one word more of both, as of a few words a share tells nothing.
    var ratio: Float { (listed + 1) / (all + 1) }
  }
  /// Characters outside of the basic plane count together.
  private var counts = [Count](repeating: .none, count: 4 << 16)

  private static func places(_ shape: WordShape) -> (first: Int, last: Int) {
    let isLong = shape.length > 2 ? 1 : 0
    return (Int(min(shape.first, 0xFFFF)) * 4 + isLong, Int(min(shape.last, 0xFFFF)) * 4 + 2 + isLong)
  }

  mutating func add(_ shape: WordShape, _ coverage: Float, isListed: Bool) {
    let places = Self.places(shape)
    for place in [places.first, places.last] {
      counts[place].all += coverage
      if isListed { counts[place].listed += 1 }
    }
  }

  func openness(to shape: WordShape) -> Float {
    let places = Self.places(shape)
    return counts[places.first].ratio * counts[places.last].ratio
  }
}

/// The coverages of lists, each made when it is first followed: a model knows many lists, and a text follows one.
final class ListCoverages: Sendable {
  private let made = Mutex<[Int: ListCoverage]>([:])

  func coverage(of list: Int, _ make: () -> ListCoverage) -> ListCoverage {
    made.withLock { made in
      if let known = made[list] { return known }
      let new = make()
      made[list] = new
      return new
    }
  }
}
