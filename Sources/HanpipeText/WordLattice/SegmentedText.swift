/// Segmented sentences as codes of units, to learn from.
struct SegmentedText {
  /// All sentences, each with the blanks before and behind it that `LatticeDecoder` sees there.
  private(set) var units: [UInt16] = []
  /// Whether a word begins at the unit.
  private(set) var begins: [Bool] = []
  /// Each sentence's units, without blanks.
  private(set) var sentences: [Range<Int>] = []
  /// Boundaries inside of what is one unit here: they cannot be learned.
  private(set) var lostBoundaries = 0
  /// The words in which letters stand beside something else, which codes alone do not tell apart.
  private(set) var letterWords = LetterWordForms()

  private mutating func pad(_ count: Int) {
    units.append(contentsOf: repeatElement(UnitKind.blank.rawValue, count: count))
    begins.append(contentsOf: repeatElement(true, count: count))
  }

  /// Adds a sentence.
  /// - Parameters:
  ///   - text: its words without white space between them.
  ///   - ends: where each word ends in it, in bytes.
  mutating func append(_ text: [UInt8], ends: [Int], _ codes: UnitCodes) {
    pad(LatticeDecoder.context)
    let first = units.count
    text.withUnsafeBufferPointer { utf8 in
      var scanner = UnitScanner(utf8)
      var word = 0
      var isBegin = true
      var begin = (unit: units.count, byte: 0)
      while scanner.position < utf8.count {
        units.append(scanner.next(codes))
        begins.append(isBegin)
        while word < ends.count, ends[word] < scanner.position {
          lostBoundaries += 1
          word += 1
        }
        isBegin = word < ends.count && ends[word] == scanner.position
        if isBegin {
          word += 1
          letterWords.add(units[begin.unit...], UnsafeBufferPointer(rebasing: utf8[begin.byte..<scanner.position]), count: 1)
          begin = (units.count, scanner.position)
        }
      }
    }
    if units.count > first { sentences.append(first..<units.count) }
    pad(LatticeDecoder.contextBehind)
  }

  /// The words of a sentence, as ranges of `units`.
  func words(of sentence: Range<Int>) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var start = sentence.lowerBound
    for i in sentence.dropFirst() where begins[i] {
      words.append(start..<i)
      start = i
    }
    if start < sentence.upperBound { words.append(start..<sentence.upperBound) }
    return words
  }
}
