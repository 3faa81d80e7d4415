/// Where words of a text cannot end, and where they must, whatever a model of single characters says.
///
/// No word ends inside of a run of letters and digits, a number, a run of katakana, or an address, as `UnitScanner` finds them for
/// `lexicon`. Words by themselves are addresses, emoji, and most punctuation: of 64,000 such signs in the training parts of SXU, UD-GSD,
/// Weibo and Zhuxian four stand in a word, three of these between digits of full width. A word ends between ideographs and a run of letters
/// with digits (237 of 240 times there), hiragana, and katakana.
public struct TextRuns {
  private var runs: [Range<Int>] = []
  /// Where words must end, rising; some twice.
  private var cuts: [Int] = []

  public init(_ utf8: some Collection<UInt8>) {
    let found: Void? = utf8.withContiguousStorageIfAvailable { find(in: $0) }
    if found == nil { Array(utf8).withUnsafeBufferPointer { find(in: $0) } }
  }

  private mutating func find(in utf8: UnsafeBufferPointer<UInt8>) {
    var scanner = UnitScanner(utf8)
    // In what script the unit before is, if words do not go on from there to another.
    var before: UnitKind?
    while scanner.position < utf8.count {
      let start = scanner.position
      let kind = UnitKind(rawValue: scanner.next(.none))
      var script: UnitKind?
      switch kind {
      case .digits, .letters:
        runs.append(start..<scanner.position)
        if Self.isKeycap(utf8[start..<scanner.position]) { cuts += [start, scanner.position] }
      case .mixed, .kana:
        runs.append(start..<scanner.position)
        script = kind
      case .letter, .ideograph: script = kind
      case .address:
        runs.append(start..<scanner.position)
        cuts += [start, scanner.position]
      case .punctuation, .symbol:
        if Self.standsAlone(decodeScalar(utf8, at: start).scalar) { cuts += [start, scanner.position] }
      default: break
      }
      if let script, let before, script != before { cuts.append(start) }
      before = script
    }
  }

  /// A digit that an enclosing keycap (U+20E3) makes an emoji.
  private static func isKeycap(_ utf8: Slice<UnsafeBufferPointer<UInt8>>) -> Bool { utf8.suffix(3).elementsEqual([0xE2, 0x83, 0xA3]) }

  /// ，。！？；（）“”‘’《》「」『』【】, and emoji.
  private static func standsAlone(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0xFF0C, 0x3002, 0xFF01, 0xFF1F, 0xFF1B, 0xFF08, 0xFF09, 0x2018...0x2019, 0x201C...0x201D, 0x300A...0x3011: true
    // Letters of flags.
    case 0x1F1E6...0x1F1FF: true
    default: scalar >= 0x2300 && isPictograph(scalar)
    }
  }

  /// Words that end in no run, and wherever they must: those that meet in a run are joined, others cut.
  /// - Parameter words: rising and disjoint.
  /// - Complexity: O(words + runs).
  public func mending(_ words: [Range<Int>]) -> [Range<Int>] { cutting(joining(words)) }

  private func joining(_ words: [Range<Int>]) -> [Range<Int>] {
    if runs.isEmpty { return words }
    var result: [Range<Int>] = []
    result.reserveCapacity(words.count)
    var next = 0
    for word in words {
      while next < runs.count, runs[next].upperBound <= word.lowerBound { next += 1 }
      if let last = result.last, last.upperBound == word.lowerBound, next < runs.count, runs[next].lowerBound < word.lowerBound {
        result[result.count - 1] = last.lowerBound..<word.upperBound
      } else {
        result.append(word)
      }
    }
    return result
  }

  private func cutting(_ words: [Range<Int>]) -> [Range<Int>] {
    if cuts.isEmpty { return words }
    var result: [Range<Int>] = []
    result.reserveCapacity(words.count)
    var next = 0
    for word in words {
      while next < cuts.count, cuts[next] <= word.lowerBound { next += 1 }
      var start = word.lowerBound
      while next < cuts.count, cuts[next] < word.upperBound {
        if cuts[next] > start { result.append(start..<cuts[next]) }
        start = cuts[next]
        next += 1
      }
      result.append(start..<word.upperBound)
    }
    return result
  }
}
