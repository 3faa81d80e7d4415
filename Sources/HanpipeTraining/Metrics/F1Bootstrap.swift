import HanpipeCore

/// A confidence interval for F1, by drawing sentences anew, with as much memory for a million of them as for one.
///
/// In each of 1,000 samples a sentence stands k times, k drawn from a Poisson distribution of mean 1: what drawing n of n
/// sentences with replacement tends to for large n, without knowing n (Chamandy et al. 2012, "Estimating uncertainty for
/// massive data streams"). The draws depend on the seed and the sentence's number alone, so neither batches nor threads matter.
public struct F1Bootstrap: Sendable, Equatable {
  public static let samples = 1000

  public let seed: UInt64
  /// For each sample: words that are right, and gold words with given ones.
  private var right = [Int](repeating: 0, count: Self.samples)
  private var words = [Int](repeating: 0, count: Self.samples)
  /// Sentences with a word.
  private var sentences = 0

  public init(seed: UInt64) { self.seed = seed }

  /// - Parameters:
  ///   - record: the sentence's number.
  ///   - words: gold words and given words together.
  mutating func add(record: Int, right: Int, words: Int) {
    guard words > 0 else { return }
    sentences += 1
    var generator = SeededGenerator(seed: seed, UInt64(record))
    for i in 0..<Self.samples {
      let times = Bootstrap.poisson(&generator)
      self.right[i] += times * right
      self.words[i] += times * words
    }
  }

  mutating func merge(_ other: F1Bootstrap) {
    sentences += other.sentences
    for i in 0..<Self.samples {
      right[i] += other.right[i]
      words[i] += other.words[i]
    }
  }

  /// The middle 95 % of the samples' F1; nil for less than two sentences.
  public var interval: ClosedRange<Double>? {
    guard sentences > 1 else { return nil }
    return Bootstrap.interval(of: zip(right, words).compactMap { $1 == 0 ? nil : 2 * Double($0) / Double($1) })
  }
}
