internal import HanpipeCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a word lattice is scored with: words, and what sequences of units say about boundaries.
///
/// The score of a segmentation is the sum of its words' scores and of its boundaries' scores. A word's comes from the trie, or from
/// its length where the trie does not have it; a boundary's is the sum of what the sequences of one to three units around it say
/// (`DoubleArrayTrie.Payload.weights`). All are integers, so that every machine finds the same best path.
struct LatticeDictionary: Sendable {
  /// Units of the longest word that needs no list of its own, and of the longest unknown one.
  static let shortWord = 8
  /// Units of the longest word.
  static let longestWord = 64
  /// Words by how often they stood in the training text: 0, 1, 2, 3–4, 5–8, …, more than 4,096.
  static let countClasses = 15
  /// Lengths that scores of words tell apart: 1, 2, 3, 4, 5 and more.
  static let lengthClasses = 5

  /// Where the scores come from.
  enum Model: Equatable { case learned, frequencies(total: Int) }

  let codes: UnitCodes
  let trie: DoubleArrayTrie
  /// Scores of words by length class, then count class: `lengthClasses` × `countClasses`.
  let classScores: [Int16]
  /// Scores of words that the trie does not have, by their length from 1 to `shortWord`; `noWord` where none may be so long.
  let unknownScores: [Int16]
  let model: Model
  /// How often each word was counted, in the order of the words' codes.
  let counts: WordCountList
  /// Words that stand beside the trie, letter for letter, in the order of their bytes.
  let letterWords: [LetterWord]

  static func countClass(_ count: Int) -> Int {
    count <= 1 ? max(0, count) : min(countClasses - 1, Int.bitWidth - (count - 1).leadingZeroBitCount + 1)
  }
  static func lengthClass(_ units: Int) -> Int { min(units, lengthClasses) - 1 }

  /// The score of a word that was counted so often.
  func score(units: Int, count: Int) -> Int16 {
    switch model {
    case .learned: classScores[Self.lengthClass(units) * Self.countClasses + Self.countClass(count)]
    case .frequencies(let total): FrequencyScale(total: total).score(count)
    }
  }
}

extension LatticeDictionary {
  /// Lays out a dictionary in memory.
  /// - Parameters:
  ///   - entries: in the order of their codes, no two with the same.
  ///   - counts: of the words among the entries.
  ///   - letterWords: in the order of their bytes.
  init(
    codes: UnitCodes, entries: TrieEntries, classScores: [Int16], unknownScores: [Int16], model: Model,
    counts: WordCountList, letterWords: [LetterWord] = []
  ) {
    let nodes = DoubleArrayBuilder.build(entries, codes: codes.count, isCompact: model == .learned)
    self.init(
      codes: codes, trie: DoubleArrayTrie(nodes.withUnsafeBytes { AlignedBytes($0) }, offset: 0, count: nodes.count),
      classScores: classScores, unknownScores: unknownScores, model: model, counts: counts,
      letterWords: letterWords)
  }
}

/// Scores that are logarithms of frequencies.
struct FrequencyScale {
  private let logTotal: Double

  /// What a natural logarithm of 1 is as a score.
  private static let unit = 1000.0

  /// - Parameter total: the sum of all frequencies.
  init(total: Int) { logTotal = log(Double(max(1, total))) }

  /// ln(count / total), what was never counted taken as counted once.
  func score(_ count: Int) -> Int16 {
    Int16(max(-30_000, min(0, ((log(Double(max(1, count))) - logTotal) * Self.unit).rounded())))
  }
}
