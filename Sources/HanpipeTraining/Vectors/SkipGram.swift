public import HanpipeCore
import HanpipeNeural
public import HanpipeText

/// Learns a vector for each word from text without labels: words that stand among the same words get vectors that are near.
///
/// Skip-gram with negative sampling: Mikolov et al. 2013, arXiv:1310.4546; the negatives are shared by the words of a window (Ji et
/// al. 2016, arXiv:1604.04661). One thread, so that the same seed gives the same bits.
public struct SkipGram: Sendable {
  public struct Settings: Sendable {
    /// Floats of a vector.
    public var width = 128
    /// Words on each side that a word is to predict; each time a number from 1 to this is drawn.
    public var window = 5
    public var negatives = 5
    public var epochs = 5
    /// At the beginning; falls to 0 in a straight line.
    public var learningRate = 0.025
    /// A word that makes up more than about this share of the text is often left out.
    public var sample = 1e-3
    public var seed = 42
    public init() {}
  }

  private let settings: Settings
  private let vocabulary: Vocabulary
  /// The numbers of words (ids without the reserved ones), text after text.
  private var words: [Int32] = []
  private var starts = [0]

  /// - Parameter vocabulary: words to learn vectors for; others are passed over.
  public init(_ settings: Settings, vocabulary: Vocabulary) {
    self.settings = settings
    self.vocabulary = vocabulary
  }

  /// The number of words that have been added and are in the vocabulary.
  public var wordCount: Int { words.count }

  public mutating func add(_ ids: TokenIDs) {
    for record in 0..<ids.count {
      words += ids.ids(of: record).compactMap { $0 < Self.reserved ? nil : $0 - Self.reserved }
      if words.count > starts[starts.count - 1] { starts.append(words.count) }
    }
  }
  private static var reserved: Int32 { Int32(Vocabulary.reserved.count) }

  /// - Parameter progress: called now and then with the share done.
  /// - Throws: `VectorsError.noWords`, and what `progress` throws.
  /// - Complexity: about words · epochs · window · (negatives + 1) · 6 · width operations.
  public func learn(progress: (_ share: Double) throws -> Void = { _ in }) throws -> WordVectors {
    let rows = vocabulary.size - Int(Self.reserved)
    guard rows > 0, !words.isEmpty else { throw VectorsError.noWords }
    var generator = SeededGenerator(seed: UInt64(settings.seed), 0x5647)
    let limit = 0.5 / Float(settings.width)
    let first = (0..<rows * settings.width).map { _ in (generator.uniform() * 2 - 1) * limit }
    var tables = SkipGramTables(width: settings.width, vectors: first)
    var counts = [Double](repeating: 0, count: rows)
    for word in words { counts[Int(word)] += 1 }
    let kept = keptShares(counts)
    let noise = NoiseTable(counts)
    let total = Double(words.count * settings.epochs)
    var done = 0
    var text: [Int32] = []
    for _ in 0..<settings.epochs {
      for record in 0..<starts.count - 1 {
        let range = starts[record]..<starts[record + 1]
        text.removeAll(keepingCapacity: true)
        for word in words[range] where generator.uniform() < kept[Int(word)] { text.append(word) }
        let rate = settings.learningRate * max(1e-4, 1 - Double(done) / total)
        learn(text, &tables, noise, rate: Float(rate), &generator)
        done += range.count
        if record % 1024 == 0 { try progress(Double(done) / total) }
      }
    }
    try progress(1)
    let names = (0..<rows).map { vocabulary.word(of: Int32($0) + Self.reserved) ?? "" }
    return WordVectors(words: names, width: settings.width, values: tables.vectors)
  }

  private func learn(
    _ text: [Int32], _ tables: inout SkipGramTables, _ noise: NoiseTable, rate: Float, _ generator: inout SeededGenerator
  ) {
    var context: [Int32] = []
    var outputs: [Int32] = []
    for center in text.indices {
      let reach = 1 + Int(generator.next() % UInt64(settings.window))
      context.removeAll(keepingCapacity: true)
      for place in max(0, center - reach)...min(text.count - 1, center + reach) where place != center { context.append(text[place]) }
      outputs.removeAll(keepingCapacity: true)
      outputs.append(text[center])
      for _ in 0..<settings.negatives {
        let negative = noise.draw(&generator)
        if negative != text[center] { outputs.append(negative) }
      }
      tables.step(context: context, words: outputs, rate: rate)
    }
  }

  /// For each word with which probability an occurrence is kept: √(s/f) + s/f, as word2vec's program has it.
  private func keptShares(_ counts: [Double]) -> [Float] {
    let total = counts.reduce(0, +)
    return counts.map { count in
      guard count > 0, settings.sample > 0 else { return 1 }
      let share = settings.sample * total / count
      return Float(min(1, share.squareRoot() + share))
    }
  }
}

/// Draws words by their count to the power of ¾.
private struct NoiseTable {
  private var words: [Int32] = []
  private static let size = 1 << 20

  init(_ counts: [Double]) {
    let weights = counts.map { ($0 * $0.squareRoot()).squareRoot() }
    let total = weights.reduce(0, +)
    words.reserveCapacity(Self.size)
    var (sum, word) = (0.0, 0)
    for i in 0..<Self.size {
      words.append(Int32(word))
      if Double(i + 1) / Double(Self.size) > (sum + weights[word]) / total, word < weights.count - 1 {
        sum += weights[word]
        word += 1
      }
    }
  }
  func draw(_ generator: inout SeededGenerator) -> Int32 { words[Int(generator.next() >> 44)] }
}
