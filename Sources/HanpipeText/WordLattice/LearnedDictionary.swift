/// Turns learned weights into a dictionary of small integers.
struct LearnedDictionary {
  private let codes: UnitCodes
  private let words: WordCounts
  private let sequences: SequenceTable
  private let layout: WeightLayout
  private let weights: [Float]
  private let options: LatticeTrainer.Options

  /// The share of weights that are not cut off at ±127.
  private static let kept = 0.9999

  init(
    _ codes: UnitCodes, _ words: WordCounts, _ sequences: SequenceTable, _ layout: WeightLayout, _ weights: [Float],
    _ options: LatticeTrainer.Options
  ) {
    self.codes = codes
    self.words = words
    self.sequences = sequences
    self.layout = layout
    self.weights = weights
    self.options = options
  }

  var dictionary: LatticeDictionary {
    let scale = self.scale
    func score(_ weight: Float) -> Int16 { Int16(max(-30_000, min(30_000, (weight * scale).rounded()))) }
    let classScores = (0..<LatticeDictionary.lengthClasses).flatMap { length in
      (0..<LatticeDictionary.countClasses).map { score(weights[layout.shared(lengthClass: length, countClass: $0)]) }
    }
    let unknown = (1...LatticeDictionary.shortWord).map { score(weights[layout.unknown($0)]) }
    var payloads: [[UInt16]: DoubleArrayTrie.Payload] = [:]
    for (i, sequence) in sequences.sequences.enumerated() {
      var vector = SIMD8<Int8>(repeating: 0)
      for lane in 0..<DoubleArrayTrie.window {
        vector[lane] = Int8(max(-127, min(127, (weights[layout.sequence(i, lane)] * scale).rounded())))
      }
      if (0..<DoubleArrayTrie.window).contains(where: { abs(Int(vector[$0])) > options.smallestWeight }) {
        payloads[sequence, default: DoubleArrayTrie.Payload()].weights = vector
      }
    }
    var letterWords: [LetterWord] = []
    for (i, word) in words.words.enumerated() where words.counts[i] > 0 || words.isListed[i] {
      if let forms = words.letterWords.exact(word) {
        letterWords += forms.map { LetterWord(text: $0.text, score: score(weight(of: i, counted: $0.count)), count: $0.count) }
      } else {
        payloads[word, default: DoubleArrayTrie.Payload()].word = score(weight(of: i, counted: words.counts[i]))
      }
    }
    var entries = TrieEntries()
    for (sequence, payload) in payloads { entries.append(sequence, payload) }
    entries = entries.sorted().entries
    let counts = (0..<entries.count).lazy.filter { entries.payloads[$0].word != DoubleArrayTrie.noWord }.map { entry in
      words.number(of: entries.codes(of: entry)).map { words.counts[$0] } ?? 0
    }
    return LatticeDictionary(
      codes: codes, entries: entries, classScores: classScores, unknownScores: unknown, model: .learned,
      counts: WordCountList(Array(counts)),
      letterWords: letterWords.sorted { $0.text.lexicographicallyPrecedes($1.text) })
  }

  /// What a word is worth that stands in the text so often.
  private func weight(of word: Int, counted count: Int) -> Float {
    let shared = weights[
      layout.shared(
        lengthClass: LatticeDictionary.lengthClass(words.words[word].count), countClass: LatticeDictionary.countClass(count))]
    return count >= options.minimumWord ? shared + weights[layout.own(word)] : shared
  }

  /// What a weight of 1 is as an integer.
  private var scale: Float {
    let sizes = weights[..<layout.sequence(sequences.count, 0)].lazy.map(abs).filter { $0 > 0 }.sorted()
    guard let largest = sizes.last else { return 64 }
    return 127 / min(largest, sizes[Int(Double(sizes.count - 1) * Self.kept)])
  }
}
