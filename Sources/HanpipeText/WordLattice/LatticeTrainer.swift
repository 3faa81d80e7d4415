internal import HanpipeCore

/// Learns a dictionary from segmented text.
///
/// Everything that scores a path is learned together, so that what words and what characters say is weighed against each other: a
/// structured support vector machine on the lattice (Tsochantaridis et al. 2005, with one error for each wrong boundary), by
/// stochastic subgradients with AdaGrad's step sizes (Duchi et al. 2011), averaged over all steps. A word is worth in a sentence
/// what it is counted in all the others, so that words which stand once are learned as unknown ones.
public struct LatticeTrainer {
  public struct Options: Sendable, Equatable {
    public var epochs = 8
    /// Step size of the first update of a weight.
    public var learningRate: Float = 0.1
    /// Sequences of two and of three units are kept from so many occurrences on.
    public var minimumPairs = 3
    public var minimumTriples = 5
    /// What a wrong boundary costs.
    public var margin: Float = 1
    /// Sequences none of whose weights is larger are dropped, the largest of all being 127: with 26, two thirds of the size are saved
    /// and no F1 lost (measured on a tenth of each corpus, held out).
    public var smallestWeight = 26
    /// Units of the longest listed word that is kept; nil for all.
    public var longestListed: Int?
    public var seed: UInt64 = 42
    public init() {}
  }

  /// The features of every place of the text, as numbers of weights.
  struct Features {
    /// Sequences of one, two and three units that begin at each unit; −1 for none. Their weights are at 6 × the number.
    var sequences: [SIMD3<Int32>] = []
    /// Known words that begin at unit i: `wordStarts[i]..<wordStarts[i + 1]`.
    var wordStarts: [Int] = [0]
    var words: [(units: UInt8, feature: Int32)] = []
  }

  let text: SegmentedText
  let features: Features
  let options: Options
  /// Weights of sequences, then of word classes, then of unknown words by length.
  private(set) var weights: [Float]
  private let firstClass: Int
  private let firstUnknown: Int
  private var squares: [Float]
  private var moments: [Float]
  private var steps: Float = 1
  // For one sentence.
  private var best: [Float] = []
  private var lengths: [UInt8] = []
  private var features0: [Int32] = []
  private var predicted: [Bool] = []

  init(_ text: SegmentedText, _ features: Features, sequences: Int, options: Options) {
    self.text = text
    self.features = features
    self.options = options
    firstClass = sequences * DoubleArrayTrie.window
    firstUnknown = firstClass + LatticeDictionary.lengthClasses * LatticeDictionary.countClasses
    weights = Array(repeating: 0, count: firstUnknown + LatticeDictionary.shortWord)
    squares = Array(repeating: 0, count: weights.count)
    moments = squares
    for i in firstUnknown..<weights.count { weights[i] = -1 }
  }

  /// One pass over the sentences in an order drawn by `generator`; the number of wrong boundaries, the margin's included.
  mutating func runEpoch(_ generator: inout SeededGenerator) -> Int {
    var order = Array(text.sentences.indices)
    order.shuffle(using: &generator)
    var wrong = 0
    for i in order {
      let sentence = text.sentences[i]
      decode(sentence)
      wrong += update(sentence)
      steps += 1
    }
    return wrong
  }

  /// The weights, averaged over all steps.
  var averaged: [Float] { weights.indices.map { weights[$0] - moments[$0] / steps } }

  func boundaryScore(at p: Int) -> Float {
    var sum: Float = 0
    for k in (p - 3)...(p + 2) {
      let ids = features.sequences[k]
      let lane = p - k + 2
      if ids.x >= 0 { sum += weights[Int(ids.x) * DoubleArrayTrie.window + lane] }
      if ids.y >= 0 { sum += weights[Int(ids.y) * DoubleArrayTrie.window + lane] }
      if ids.z >= 0 { sum += weights[Int(ids.z) * DoubleArrayTrie.window + lane] }
    }
    return sum
  }

  /// The best path that the margin makes look better than it is.
  private mutating func decode(_ sentence: Range<Int>) {
    let n = sentence.count
    best = Array(repeating: -.infinity, count: n + 1)
    lengths = Array(repeating: 0, count: n + 1)
    features0 = Array(repeating: -1, count: n + 1)
    best[0] = 0
    for i in 0..<n {
      let at = sentence.lowerBound + i
      if i > 0 {
        // Written so that a boundary which should not be is worth more, and one which should be is worth less.
        best[i] += boundaryScore(at: at) + (text.begins[at] ? -options.margin : options.margin)
      }
      let known = features.wordStarts[at]..<features.wordStarts[at + 1]
      var isKnown: UInt64 = 0
      for w in known {
        let (units, feature) = features.words[w]
        if units < 64 { isKnown |= 1 << UInt64(units) }
        relax(i, Int(units), feature, n)
      }
      for units in 1...LatticeDictionary.shortWord where isKnown >> UInt64(units) & 1 == 0 {
        relax(i, units, Int32(firstUnknown + units - 1), n)
      }
    }
    predicted = Array(repeating: false, count: n + 1)
    var end = n
    while end > 0 {
      predicted[end] = true
      end -= Int(lengths[end])
    }
  }

  private mutating func relax(_ i: Int, _ units: Int, _ feature: Int32, _ n: Int) {
    guard i + units <= n else { return }
    let sum = best[i] + weights[Int(feature)]
    if sum > best[i + units] {
      best[i + units] = sum
      lengths[i + units] = UInt8(truncatingIfNeeded: units)
      features0[i + units] = feature
    }
  }

  /// Moves the weights from the best path to the right one.
  private mutating func update(_ sentence: Range<Int>) -> Int {
    let n = sentence.count
    var wrong = 0
    for i in 1..<max(1, n) {
      let at = sentence.lowerBound + i
      if predicted[i] == text.begins[at] { continue }
      wrong += 1
      let direction: Float = text.begins[at] ? 1 : -1
      for k in (at - 3)...(at + 2) {
        let ids = features.sequences[k]
        let lane = at - k + 2
        if ids.x >= 0 { add(Int(ids.x) * DoubleArrayTrie.window + lane, direction) }
        if ids.y >= 0 { add(Int(ids.y) * DoubleArrayTrie.window + lane, direction) }
        if ids.z >= 0 { add(Int(ids.z) * DoubleArrayTrie.window + lane, direction) }
      }
    }
    if wrong == 0 { return 0 }
    var end = n
    while end > 0 {
      add(Int(features0[end]), -1)
      end -= Int(lengths[end])
    }
    for word in text.words(of: sentence) {
      let known = features.wordStarts[word.lowerBound]..<features.wordStarts[word.lowerBound + 1]
      if let w = known.first(where: { Int(features.words[$0].units) == word.count }) {
        add(Int(features.words[w].feature), 1)
      } else if word.count <= LatticeDictionary.shortWord {
        add(firstUnknown + word.count - 1, 1)
      }
    }
    return wrong
  }

  private mutating func add(_ feature: Int, _ direction: Float) {
    squares[feature] += 1
    let step = options.learningRate * direction / squares[feature].squareRoot()
    weights[feature] += step
    moments[feature] += step * steps
  }
}
