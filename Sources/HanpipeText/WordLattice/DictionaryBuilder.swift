internal import HanpipeCore

/// Makes a dictionary from segmented text and lists of words.
///
/// All of the text is held in memory: about 150 bytes for each of its characters.
public struct DictionaryBuilder {
  private var sentences: [(text: [UInt8], ends: [Int])] = []
  private var listed: [[UInt8]] = []
  public var options = LatticeTrainer.Options()

  public init() {}

  /// What was learned from.
  public var sentenceCount: Int { sentences.count }

  /// Adds a sentence, its words separated by white space.
  public mutating func add(segmented line: ArraySlice<UInt8>) {
    let line = SegmentedLine(line)
    if !line.text.isEmpty { sentences.append((line.text, line.ends)) }
  }

  /// Adds words that nobody counted, from a file in jieba's format or of a word a line.
  /// - Parameter skipped: called with what is wrong with a line, which is then left out; without it the first one is thrown.
  public mutating func add(
    words file: [UInt8], skipped: ((DictionaryError) -> Void)? = nil
  ) throws(DictionaryError) {
    let text = try DictionaryLines(file, skipped: skipped)
    for line in text.lines { listed.append(text.withWord(line) { Array($0) }) }
  }

  /// Learns, and gives the compiled dictionary's file.
  /// - Parameter report: called after each pass over the text with its number and how many boundaries were wrong.
  public func compiled(_ report: (_ epoch: Int, _ wrong: Int) -> Void) throws(DictionaryError) -> [UInt8] {
    guard !sentences.isEmpty else { throw .noText }
    return build(report).file()
  }

  /// Learns.
  /// - Parameter report: called after each pass with its number and how many boundaries were wrong.
  func build(_ report: (_ epoch: Int, _ wrong: Int) -> Void) -> LatticeDictionary {
    let codes = unitCodes()
    var text = SegmentedText()
    for sentence in sentences { text.append(sentence.text, ends: sentence.ends, codes) }
    let words = WordCounts(text, listed: listed, codes, longestListed: options.longestListed)
    let sequences = SequenceTable(text, options)
    let layout = WeightLayout(sequences: sequences.count, words: words.words.count)
    let features = LatticeTrainer.Features(
      text, words, sequences, layout, codes: codes.count, minimumWord: options.minimumWord)
    var trainer = LatticeTrainer(text, features, layout, options: options)
    var generator = SeededGenerator(seed: options.seed)
    for epoch in 1...options.epochs { report(epoch, trainer.runEpoch(&generator)) }
    return LearnedDictionary(codes, words, sequences, layout, trainer.averaged, options).dictionary
  }

  /// The characters that stand at least twice, the most frequent first.
  private func unitCodes() -> UnitCodes {
    var counter = CharacterCounter()
    for text in sentences.map(\.text) + listed { text.withUnsafeBufferPointer { counter.add($0) } }
    return UnitCodes(scalars: counter.counts.lazy.filter { $0.count > 1 }.prefix(UnitCodes.limit).map(\.scalar))
  }
}
