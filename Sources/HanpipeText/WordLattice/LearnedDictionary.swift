/// Turns learned weights into a dictionary of small integers.
struct LearnedDictionary {
  private let codes: UnitCodes
  private let words: WordCounts
  private let sequences: SequenceTable
  private let weights: [Float]
  private let smallestWeight: Int

  /// The share of weights that are not cut off at ±127.
  private static let kept = 0.9999

  init(
    _ codes: UnitCodes, _ words: WordCounts, _ sequences: SequenceTable, _ weights: [Float], _ options: LatticeTrainer.Options
  ) {
    self.codes = codes
    self.words = words
    self.sequences = sequences
    self.weights = weights
    smallestWeight = options.smallestWeight
  }

  var dictionary: LatticeDictionary {
    let scale = self.scale
    func score(_ feature: Int) -> Int16 { Int16(max(-30_000, min(30_000, (weights[feature] * scale).rounded()))) }
    let firstClass = sequences.count * DoubleArrayTrie.window
    let classes = LatticeDictionary.lengthClasses * LatticeDictionary.countClasses
    let classScores = (0..<classes).map { score(firstClass + $0) }
    let unknown = (0..<LatticeDictionary.shortWord).map { score(firstClass + classes + $0) }
    var entries: [[UInt16]: DoubleArrayBuilder.Entry] = [:]
    for (i, sequence) in sequences.sequences.enumerated() {
      var vector = SIMD8<Int8>(repeating: 0)
      for lane in 0..<DoubleArrayTrie.window {
        vector[lane] = Int8(max(-127, min(127, (weights[i * DoubleArrayTrie.window + lane] * scale).rounded())))
      }
      if (0..<DoubleArrayTrie.window).contains(where: { abs(Int(vector[$0])) > smallestWeight }) {
        entries[sequence] = DoubleArrayBuilder.Entry(codes: sequence, weights: vector)
      }
    }
    for (i, word) in words.words.enumerated() where words.counts[i] > 0 || words.isListed[i] {
      let index =
        LatticeDictionary.lengthClass(word.count) * LatticeDictionary.countClasses
        + LatticeDictionary.countClass(words.counts[i])
      entries[word, default: DoubleArrayBuilder.Entry(codes: word)].word = classScores[index]
    }
    return LatticeDictionary(
      codes: codes, entries: Array(entries.values), classScores: classScores, unknownScores: unknown, hasModel: true,
      counts: words.counts.indices.filter { words.counts[$0] > 0 || words.isListed[$0] }
        .sorted { words.words[$0].lexicographicallyPrecedes(words.words[$1]) }.map { words.counts[$0] })
  }

  /// What a weight of 1 is as an integer.
  private var scale: Float {
    let sizes = weights[..<(sequences.count * DoubleArrayTrie.window)].lazy.map(abs).filter { $0 > 0 }.sorted()
    guard let largest = sizes.last else { return 64 }
    return 127 / min(largest, sizes[Int(Double(sizes.count - 1) * Self.kept)])
  }
}

extension LatticeDictionary {
  /// Lays out a dictionary in memory.
  /// - Parameter counts: of the words among the entries, in the order of their codes.
  init(
    codes: UnitCodes, entries: [DoubleArrayBuilder.Entry], classScores: [Int16], unknownScores: [Int16], hasModel: Bool,
    counts: [Int]
  ) {
    let sorted = entries.sorted { $0.codes.lexicographicallyPrecedes($1.codes) }
    let nodes = DoubleArrayBuilder.build(sorted, codes: codes.count)
    let words = nodes.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
    self.init(
      codes: codes, trie: DoubleArrayTrie(words, offset: 0, count: nodes.count), classScores: classScores,
      unknownScores: unknownScores, hasModel: hasModel, counts: counts)
  }
}
