internal import Synchronization

/// What it tells that a list lacks a word which sources know: nothing, if the list is of a small text and the word rare; that it is none
/// in the convention of the list, if that has few of the words which begin or end so. A convention that parts 国民 党 and 共产 党 has no
/// word that ends in 党, and parts 保守 党 too, which it may never have seen.
///
/// Of the words as long and as frequent the list has a share, its coverage; how open it is to words that begin and end so, `AffixCounts`
/// tells.
struct ListCoverage: Sendable {
  /// Coverages that are told apart, each from its number on. More of them only taught the made-up lists of the training data.
  private static let coverages: [Float] = [0, 0.05, 0.5]
  /// How open the list is to words that begin and end so; 1: as to all others.
  private static let openness: [Float] = [0, 0.03, 0.06, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5]
  /// What is told apart of a word that the list lacks.
  static let kinds = coverages.count * openness.count

  /// Of each word its kind and one; 0 where the list has it, or no source, and for a single character.
  private let kinds: [UInt8]
  /// Of characters, whatever words they are in.
  let openness: AffixOpenness

  /// - Parameters:
  ///   - words: with shapes.
  ///   - masks: of the columns that are seen as sources.
  init(of list: Int, in words: CountedWords, _ masks: [UInt64]) {
    let known = words.shapes.enumerated().compactMap { i, shape -> KnownWord? in
      guard shape.length > 1, let level = words.highestLevel(of: i + 1, masks) else { return nil }
      return KnownWord(index: UInt32(i), shape: shape, level: UInt8(level), isListed: words.level(of: i + 1, in: list) != nil)
    }
    let coverage = ShapeCoverage(known)
    let affixes = AffixCounts(known, coverage)
    var kinds = [UInt8](repeating: 0, count: words.shapes.count)
    for word in known where !word.isListed {
      let covered = Self.coverages.lastIndex { $0 <= coverage.share(of: word) } ?? 0
      let open = Self.openness.lastIndex { $0 <= affixes.openness(to: word.shape) } ?? 0
      kinds[Int(word.index)] = UInt8(covered * Self.openness.count + open + 1)
    }
    self.kinds = kinds
    openness = AffixOpenness(affixes)
  }

  /// From 0 to `kinds` - 1, of word `word` (from 1); nil if the list has it, or no source, or if it is a single character.
  func kind(ofLacked word: Int) -> Int? { kinds[word - 1] == 0 ? nil : Int(kinds[word - 1]) - 1 }
}

/// A word of more than one character that a source knows.
struct KnownWord {
  let index: UInt32
  let shape: WordShape
  /// How frequent it is where it is most frequent.
  let level: UInt8
  let isListed: Bool
}

/// The share that a list has of the words as long and as frequent.
struct ShapeCoverage {
  private var shares = [Float](repeating: 0, count: (WordShape.longest + 1) * CountedWords.levels)

  init(_ known: [KnownWord]) {
    var (listed, all) = (shares, shares)
    for word in known {
      let place = Self.place(Int(word.shape.length), word.level)
      all[place] += 1
      if word.isListed { listed[place] += 1 }
    }
    for place in shares.indices { shares[place] = (listed[place] + 0.5) / (all[place] + 1) }
  }

  private static func place(_ length: Int, _ level: UInt8) -> Int { length * CountedWords.levels + Int(level) }

  func share(of word: KnownWord) -> Float { shares[Self.place(Int(word.shape.length), word.level)] }

  /// The share that it would have if its convention parted no longer words. Words of two characters fall apart seldom, in any
  /// convention; of longer ones, which are rarer in any text, a list that keeps them whole has about half as many.
  func wholeShare(of word: KnownWord) -> Float { shares[Self.place(2, word.level)] * (word.shape.length > 2 ? 0.5 : 1) }
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
