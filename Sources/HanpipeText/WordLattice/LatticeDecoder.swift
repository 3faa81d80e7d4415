internal import HanpipeCore

/// Finds the best path through the word lattice of a text, block by block, so that time is linear in its length and memory bounded.
///
/// One caller at a time; its arrays are kept from text to text.
struct LatticeDecoder {
  /// Units that are scored at once.
  static let block = 2048
  /// Units of a block that are not decided with it, but with the next one: what stands behind a boundary may move it, but not from
  /// so far away.
  static let undecided = 256
  /// Units that are kept before a block, because sequences that begin there speak of its boundaries.
  static let context = 3
  /// Blanks that stand behind a text, because sequences that begin in it, and one behind it, are three units long.
  static let contextBehind = context + 1
  private static let capacity = context + block + contextBehind

  struct LongWord {
    var start: Int
    var units: Int
    var score: Int32
  }

  /// Codes of the units: `context` that came before, then those of the block, and behind a text as many blanks.
  private var codes = [UInt16](repeating: 0, count: capacity)
  /// Where each unit ends, in bytes of the text.
  private var ends = [Int](repeating: 0, count: capacity)
  /// Scores of boundaries before each unit.
  private var boundaries = [Int16](repeating: 0, count: capacity)
  /// Scores of the words that begin at each unit, by length from 1 to 8.
  private var words = [SIMD8<Int16>](repeating: SIMD8(repeating: 0), count: capacity)
  /// Words of more than `shortWord` units and those beside the trie, in the order of their beginnings.
  private var longWords: [LongWord] = []
  /// Lengths of the known words of up to `shortWord` units that begin at each unit: bit i for i units, bit 0 for 8.
  private var known = [UInt8](repeating: 0, count: capacity)
  private var best = [Int32](repeating: 0, count: capacity)
  private var lengths = [UInt8](repeating: 0, count: capacity)

  /// Finds the words of a text, in order; white space is one.
  /// - Parameters:
  ///   - rules: what may be a word, and what is given out.
  ///   - spans: where the words go.
  mutating func decode(_ utf8: UnsafeBufferPointer<UInt8>, _ rules: LatticeRules, into spans: inout [Tokens.Span]) {
    let dictionary = rules.dictionary
    var scanner = UnitScanner(utf8)
    var unknown = SIMD8<Int16>(repeating: DoubleArrayTrie.noWord)
    for i in 0..<(rules.joinsUnknown ? LatticeDictionary.shortWord : 1) { unknown[i] = dictionary.unknownScores[i] }
    for i in 0..<Self.context { codes[i] = UnitKind.blank.rawValue }
    var start = 0
    var filled = Self.context
    while true {
      fill(&scanner, dictionary.codes, &filled)
      if filled == Self.context { return }
      let isLast = scanner.position == utf8.count
      let scored = isLast ? filled + Self.contextBehind : filled
      for i in filled..<scored { codes[i] = UnitKind.blank.rawValue }
      dictionary.trie.withNodes { scoreWords($0, scored, unknown) }
      if scanner.sawOtherScript && rules.joinsUnknown { endUnknownWords(dictionary.codes.scripts, filled) }
      if rules.exactWords.count > 0, scanner.sawOtherScript || !rules.exactWords.allHaveLetters {
        rules.exactWords.find(in: utf8, from: start, ends: ends, Self.context..<filled, &known, &longWords)
      }
      findPath(filled)
      let decided = emit(filled, isLast: isLast, start: &start, utf8, rules, &spans)
      if isLast && decided == filled { return }
      shift(from: decided, filled)
      filled -= decided - Self.context
    }
  }

  private mutating func fill(_ scanner: inout UnitScanner, _ table: UnitCodes, _ filled: inout Int) {
    let end = scanner.utf8.count
    var i = filled
    while i < Self.context + Self.block, scanner.position < end {
      codes[i] = scanner.next(table)
      ends[i] = scanner.position
      i += 1
    }
    filled = i
  }

  /// Makes the units from `decided` on the beginning of the next block.
  private mutating func shift(from decided: Int, _ filled: Int) {
    for i in (decided - Self.context)..<filled {
      codes[i - decided + Self.context] = codes[i]
      ends[i - decided + Self.context] = ends[i]
    }
  }

  /// Walks the trie from every unit: words that begin there, and what the sequences say.
  private mutating func scoreWords(_ nodes: UnsafeBufferPointer<DoubleArrayTrie.Node>, _ count: Int, _ unknown: SIMD8<Int16>) {
    longWords.removeAll(keepingCapacity: true)
    // Buffers, because an access check for each element would cost more than the element.
    codes.withUnsafeBufferPointer { codes in
      words.withUnsafeMutableBufferPointer { words in
        known.withUnsafeMutableBufferPointer { known in
          boundaries.withUnsafeMutableBufferPointer { boundaries in
            Self.scoreWords(
              nodes, UnsafeBufferPointer(rebasing: codes[..<count]), unknown, words, known, boundaries, &longWords)
          }
        }
      }
    }
  }

  private static func scoreWords(
    _ nodes: UnsafeBufferPointer<DoubleArrayTrie.Node>, _ codes: UnsafeBufferPointer<UInt16>, _ unknown: SIMD8<Int16>,
    _ words: UnsafeMutableBufferPointer<SIMD8<Int16>>, _ known: UnsafeMutableBufferPointer<UInt8>,
    _ boundaries: UnsafeMutableBufferPointer<Int16>, _ longWords: inout [LongWord]
  ) {
    // What is known so far of the boundaries before units i − 2 to i + 5.
    var sums = SIMD8<Int16>(repeating: 0)
    for i in codes.indices {
      words[i] = unknown
      var lengths: UInt8 = 0
      var node = DoubleArrayTrie.root
      var units = 0
      while i + units < codes.count, units < LatticeDictionary.longestWord,
        let next = nodes.child(of: node, codes[i + units])
      {
        node = next
        units += 1
        let found = nodes[node].payload
        if units <= 3 { sums &+= SIMD8<Int16>(truncatingIfNeeded: found.weights) }
        if found.word == DoubleArrayTrie.noWord { continue }
        if units <= LatticeDictionary.shortWord {
          words[i][units - 1] = found.word
          lengths |= 1 << UInt8(truncatingIfNeeded: units & 7)
        } else {
          longWords.append(LongWord(start: i, units: units, score: Int32(found.word)))
        }
      }
      known[i] = lengths
      if i >= 2 { boundaries[i - 2] = sums[0] }
      sums = SIMD8(sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7], 0)
    }
    for i in max(0, codes.count - 2)..<codes.count { boundaries[i] = sums[i - codes.count + 2] }
  }

  /// Takes out the unknown words in which scripts meet: of 1,450 places where letters and ideographs meet in segmented text, 30 are inside
  /// of words.
  private mutating func endUnknownWords(_ scripts: [UInt8], _ filled: Int) {
    for i in Self.context..<filled {
      var script: UInt8 = 0
      var reach = 0
      while reach < LatticeDictionary.shortWord, i + reach < filled {
        let own = scripts[Int(codes[i + reach])]
        if own != 0, script != 0, own != script { break }
        if own != 0 { script = own }
        reach += 1
      }
      for units in reach..<LatticeDictionary.shortWord where known[i] >> UInt8((units + 1) & 7) & 1 == 0 {
        words[i][units] = DoubleArrayTrie.noWord
      }
    }
  }

  /// The best way to each boundary and the length of its last word.
  private mutating func findPath(_ filled: Int) {
    codes.withUnsafeBufferPointer { codes in
      words.withUnsafeBufferPointer { words in
        boundaries.withUnsafeBufferPointer { boundaries in
          best.withUnsafeMutableBufferPointer { best in
            lengths.withUnsafeMutableBufferPointer { lengths in
              Self.findPath(Self.context..<filled, codes, words, boundaries, longWords, best, lengths)
            }
          }
        }
      }
    }
  }

  private static func findPath(
    _ range: Range<Int>, _ codes: UnsafeBufferPointer<UInt16>, _ words: UnsafeBufferPointer<SIMD8<Int16>>,
    _ boundaries: UnsafeBufferPointer<Int16>, _ longWords: [LongWord], _ best: UnsafeMutableBufferPointer<Int32>,
    _ lengths: UnsafeMutableBufferPointer<UInt8>
  ) {
    let end = range.upperBound
    var long = longWords.firstIndex { $0.start >= range.lowerBound } ?? longWords.count
    for i in range.lowerBound...end { best[i] = Int32.min }
    best[range.lowerBound] = 0
    // Where words may end at most: white space and addresses are words of their own, and only the user's words hold any.
    var limit = range.lowerBound
    for i in range {
      if i >= limit {
        limit = i + 1
        while !UnitKind.standsAlone(codes[i]), limit < end, !UnitKind.standsAlone(codes[limit]) { limit += 1 }
      }
      let score = best[i] &+ (i == range.lowerBound ? 0 : Int32(boundaries[i]))
      let scores = words[i]
      for units in 1...min(LatticeDictionary.shortWord, limit - i) where scores[units - 1] != DoubleArrayTrie.noWord {
        let sum = score &+ Int32(scores[units - 1])
        if sum > best[i + units] {
          best[i + units] = sum
          lengths[i + units] = UInt8(truncatingIfNeeded: units)
        }
      }
      while long < longWords.count, longWords[long].start == i {
        let word = longWords[long]
        if i + word.units <= end, score &+ word.score > best[i + word.units] {
          best[i + word.units] = score &+ word.score
          lengths[i + word.units] = UInt8(truncatingIfNeeded: word.units)
        }
        long += 1
      }
    }
  }

  /// Gives out the words that are decided; returns the unit behind them.
  private mutating func emit(
    _ filled: Int, isLast: Bool, start: inout Int, _ utf8: UnsafeBufferPointer<UInt8>, _ rules: LatticeRules,
    _ spans: inout [Tokens.Span]
  ) -> Int {
    // Backwards, each length moves to the word's beginning: `lengths[i]` is then the length of the word that begins at i.
    var at = filled
    var following: UInt8 = 0
    while at > Self.context {
      let length = lengths[at]
      lengths[at] = following
      following = length
      at -= Int(length)
    }
    lengths[at] = following
    let limit = isLast ? filled : filled - Self.undecided
    while at < limit {
      let units = Int(lengths[at])
      let end = ends[at + units - 1]
      if rules.selection.keeps(UnsafeBufferPointer(rebasing: utf8[start..<end])) {
        if rules.isSearch && units > 2 {
          appendParts(at..<at + units, start, &spans)
        } else {
          spans.append(Tokens.Span(start, end))
        }
      }
      start = end
      at += units
    }
    return at
  }

  /// Gives out a word and the known words of two to eight units inside of it, by their beginnings, the shorter first.
  private func appendParts(_ word: Range<Int>, _ start: Int, _ spans: inout [Tokens.Span]) {
    for i in word {
      let begin = i == word.lowerBound ? start : ends[i - 1]
      for units in 2...LatticeDictionary.shortWord where known[i] >> UInt8(units & 7) & 1 != 0 {
        if units < word.count && i + units <= word.upperBound { spans.append(Tokens.Span(begin, ends[i + units - 1])) }
      }
      if i == word.lowerBound { spans.append(Tokens.Span(start, ends[word.upperBound - 1])) }
    }
  }
}
