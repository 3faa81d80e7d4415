/// Words of a text as sequences of codes, counted.
struct WordCounts {
  private(set) var words: [[UInt16]] = []
  private(set) var counts: [Int] = []
  private(set) var isListed: [Bool] = []
  private var numbers: [[UInt16]: Int] = [:]
  private(set) var letterWords: LetterWordForms

  init(_ text: SegmentedText, listed: [[UInt8]], _ codes: UnitCodes, longestListed: Int? = nil) {
    letterWords = text.letterWords
    for sentence in text.sentences {
      for word in text.words(of: sentence) where word.count <= LatticeDictionary.longestWord {
        counts[number(Array(text.units[word]))] += 1
      }
    }
    for word in listed {
      let units = codes.units(of: word)
      guard !units.isEmpty, units.count <= longestListed ?? LatticeDictionary.longestWord else { continue }
      isListed[number(units)] = true
      word.withUnsafeBufferPointer { letterWords.add(units[...], $0, count: 0) }
    }
  }

  private mutating func number(_ word: [UInt16]) -> Int {
    if let known = numbers[word] { return known }
    numbers[word] = words.count
    words.append(word)
    counts.append(0)
    isListed.append(false)
    return words.count - 1
  }

  func number(of word: ArraySlice<UInt16>) -> Int? { numbers[Array(word)] }
}

/// Sequences of one to three units that stand often enough, with numbers.
struct SequenceTable {
  private(set) var sequences: [[UInt16]] = []
  private var numbers: [UInt64: Int32] = [:]
  var count: Int { sequences.count }

  private static func key(_ units: ArraySlice<UInt16>) -> UInt64 { units.reduce(1) { $0 << 16 | UInt64($1) } }

  init(_ text: SegmentedText, _ options: LatticeTrainer.Options) {
    for (length, minimum) in [(1, 1), (2, options.minimumPairs), (3, options.minimumTriples)] {
      var counts: [UInt64: Int] = [:]
      for i in 0...(text.units.count - length) { counts[Self.key(text.units[i..<i + length]), default: 0] += 1 }
      for (key, count) in counts.sorted(by: { $0.key < $1.key }) where count >= minimum {
        numbers[key] = Int32(sequences.count)
        sequences.append((0..<length).map { UInt16(truncatingIfNeeded: key >> UInt64(16 * (length - 1 - $0))) })
      }
    }
  }

  /// The numbers of the sequences that begin at a unit, −1 for those that are not there.
  func numbers(_ units: [UInt16], at i: Int) -> SIMD3<Int32> {
    var result = SIMD3<Int32>(repeating: -1)
    for length in 1...3 where i + length <= units.count { result[length - 1] = numbers[Self.key(units[i..<i + length])] ?? -1 }
    return result
  }
}

extension LatticeTrainer.Features {
  init(_ text: SegmentedText, _ counts: WordCounts, _ table: SequenceTable, _ layout: WeightLayout, codes: Int, minimumWord: Int) {
    sequences = text.units.indices.map { table.numbers(text.units, at: $0) }
    var entries = TrieEntries()
    for word in counts.words { entries.append(word, DoubleArrayTrie.Payload(word: 0)) }
    let nodes = DoubleArrayBuilder.build(entries.sorted().entries, codes: codes)
    let known = Self.wordsOfNodes(nodes, counts)
    wordStarts = Array(repeating: 0, count: text.units.count + 1)
    var next = 0
    for sentence in text.sentences {
      while next <= sentence.lowerBound {
        wordStarts[next] = words.count
        next += 1
      }
      var own: [Int: Int] = [:]
      for word in text.words(of: sentence) {
        if let number = counts.number(of: text.units[word]) { own[number, default: 0] += 1 }
      }
      for i in sentence {
        nodes.withUnsafeBufferPointer { nodes in
          var node = DoubleArrayTrie.root
          var at = i
          while at < sentence.upperBound, let child = nodes.child(of: node, text.units[at]) {
            node = child
            at += 1
            guard let number = known[node] else { continue }
            let count = counts.counts[number] - (own[number] ?? 0)
            if count == 0 && !counts.isListed[number] { continue }
            let shared = layout.shared(
              lengthClass: LatticeDictionary.lengthClass(at - i), countClass: LatticeDictionary.countClass(count))
            let own = count >= minimumWord ? layout.own(number) : -1
            words.append(LatticeTrainer.KnownWord(units: UInt8(at - i), shared: Int32(shared), own: Int32(own)))
          }
        }
        wordStarts[i + 1] = words.count
      }
      next = sentence.upperBound + 1
    }
    while next < wordStarts.count {
      wordStarts[next] = words.count
      next += 1
    }
  }

  private static func wordsOfNodes(_ nodes: [DoubleArrayTrie.Node], _ counts: WordCounts) -> [Int: Int] {
    var result: [Int: Int] = [:]
    nodes.withUnsafeBufferPointer { nodes in
      for number in counts.words.indices {
        var node = DoubleArrayTrie.root
        for code in counts.words[number] { node = nodes.child(of: node, code) ?? 0 }
        result[node] = number
      }
    }
    return result
  }
}
