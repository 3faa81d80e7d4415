/// The stretches of a text that no word of Chinese ends in: runs of letters and digits, numbers, runs of katakana, and addresses, as
/// `UnitScanner` finds them for `lexicon`.
public struct TextRuns {
  private var runs: [(range: Range<Int>, isAddress: Bool)] = []

  public init(_ utf8: some Collection<UInt8>) {
    let found: Void? = utf8.withContiguousStorageIfAvailable { find(in: $0) }
    if found == nil { Array(utf8).withUnsafeBufferPointer { find(in: $0) } }
  }

  private mutating func find(in utf8: UnsafeBufferPointer<UInt8>) {
    var scanner = UnitScanner(utf8)
    while scanner.position < utf8.count {
      let start = scanner.position
      switch UnitKind(rawValue: scanner.next(.none)) {
      case .digits, .letters, .mixed, .kana: runs.append((start..<scanner.position, false))
      case .address: runs.append((start..<scanner.position, true))
      default: break
      }
    }
  }

  /// Words that end in no run: those that meet in one are joined, and an address is cut out of what stands beside it.
  /// - Parameter words: rising and disjoint.
  /// - Complexity: O(words + runs).
  public func mending(_ words: [Range<Int>]) -> [Range<Int>] {
    if runs.isEmpty { return words }
    var result: [Range<Int>] = []
    result.reserveCapacity(words.count)
    var next = 0
    for word in words {
      while next < runs.count, runs[next].range.upperBound <= word.lowerBound { next += 1 }
      if let last = result.last, last.upperBound == word.lowerBound, next < runs.count, runs[next].range.lowerBound < word.lowerBound {
        result[result.count - 1] = last.lowerBound..<word.upperBound
      } else {
        result.append(word)
      }
    }
    return runs.contains(where: \.isAddress) ? cutting(result) : result
  }

  /// Cuts words where addresses begin and end.
  private func cutting(_ words: [Range<Int>]) -> [Range<Int>] {
    let places = runs.filter(\.isAddress).flatMap { [$0.range.lowerBound, $0.range.upperBound] }
    var next = 0
    return words.flatMap { word -> [Range<Int>] in
      while next < places.count, places[next] <= word.lowerBound { next += 1 }
      var parts: [Range<Int>] = []
      var start = word.lowerBound
      while next < places.count, places[next] < word.upperBound {
        if places[next] > start { parts.append(start..<places[next]) }
        start = places[next]
        next += 1
      }
      return parts + [start..<word.upperBound]
    }
  }
}
