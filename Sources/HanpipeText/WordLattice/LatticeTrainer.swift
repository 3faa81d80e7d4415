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
    public var minimumPairs = 2
    public var minimumTriples = 2
    /// Words are worth something of their own, beside what all words of their length and frequency are, from so many occurrences on.
    public var minimumWord = 2
    /// What a wrong boundary costs.
    public var margin: Float = 1
    /// Sequences none of whose weights is larger are dropped, the largest of all being 127: with 20, half of them are, and F1 is the
    /// same to 0.001 (measured on a tenth of each corpus, held out).
    public var smallestWeight = 20
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
    var words: [KnownWord] = []
  }

  /// A known word at a place of the text.
  struct KnownWord {
    var units: UInt8
    /// The weight of its length and frequency.
    var shared: Int32
    /// Its own weight; −1 for a rare one.
    var own: Int32
  }

  let text: SegmentedText
  let features: Features
  let options: Options
  /// In the order of `WeightLayout`.
  private(set) var weights: [Float]
  private let layout: WeightLayout
  private var squares: [Float]
  private var moments: [Float]
  private var steps: Float = 1
  // For one sentence.
  private var best: [Float] = []
  private var edges: [KnownWord] = []
  private var predicted: [Bool] = []

  init(_ text: SegmentedText, _ features: Features, _ layout: WeightLayout, options: Options) {
    self.text = text
    self.features = features
    self.layout = layout
    self.options = options
    weights = Array(repeating: 0, count: layout.count)
    squares = Array(repeating: 0, count: weights.count)
    moments = squares
    for units in 1...LatticeDictionary.shortWord { weights[layout.unknown(units)] = -1 }
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
    edges = Array(repeating: KnownWord(units: 0, shared: 0, own: -1), count: n + 1)
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
        let word = features.words[w]
        if word.units < 64 { isKnown |= 1 << UInt64(word.units) }
        relax(i, word, n)
      }
      for units in 1...LatticeDictionary.shortWord where isKnown >> UInt64(units) & 1 == 0 { relax(i, unknown(units), n) }
    }
    predicted = Array(repeating: false, count: n + 1)
    var end = n
    while end > 0 {
      predicted[end] = true
      end -= Int(edges[end].units)
    }
  }

  private func unknown(_ units: Int) -> KnownWord {
    KnownWord(units: UInt8(units), shared: Int32(layout.unknown(units)), own: -1)
  }

  private mutating func relax(_ i: Int, _ word: KnownWord, _ n: Int) {
    let end = i + Int(word.units)
    guard end <= n else { return }
    let sum = best[i] + weights[Int(word.shared)] + (word.own < 0 ? 0 : weights[Int(word.own)])
    if sum > best[end] {
      best[end] = sum
      edges[end] = word
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
      add(edges[end], -1)
      end -= Int(edges[end].units)
    }
    for word in text.words(of: sentence) {
      let known = features.wordStarts[word.lowerBound]..<features.wordStarts[word.lowerBound + 1]
      if let w = known.first(where: { Int(features.words[$0].units) == word.count }) {
        add(features.words[w], 1)
      } else if word.count <= LatticeDictionary.shortWord {
        add(unknown(word.count), 1)
      }
    }
    return wrong
  }

  private mutating func add(_ word: KnownWord, _ direction: Float) {
    add(Int(word.shared), direction)
    if word.own >= 0 { add(Int(word.own), direction) }
  }

  private mutating func add(_ feature: Int, _ direction: Float) {
    squares[feature] += 1
    let step = options.learningRate * direction / squares[feature].squareRoot()
    weights[feature] += step
    moments[feature] += step * steps
  }
}

/// Where each weight stands: those of sequences, then those that words share by length and frequency, those of unknown words by
/// length, and those of single words.
struct WeightLayout {
  let sequences: Int
  let words: Int

  private var firstShared: Int { sequences * DoubleArrayTrie.window }
  private var firstUnknown: Int { firstShared + LatticeDictionary.lengthClasses * LatticeDictionary.countClasses }
  private var firstOwn: Int { firstUnknown + LatticeDictionary.shortWord }
  var count: Int { firstOwn + words }

  /// Of a sequence, from two boundaries before its first unit on.
  func sequence(_ number: Int, _ lane: Int) -> Int { number * DoubleArrayTrie.window + lane }
  /// Of all words of a class (`LatticeDictionary.lengthClass`, `countClass`).
  func shared(lengthClass: Int, countClass: Int) -> Int { firstShared + lengthClass * LatticeDictionary.countClasses + countClass }
  func unknown(_ units: Int) -> Int { firstUnknown + units - 1 }
  func own(_ word: Int) -> Int { firstOwn + word }
}
