internal import HanpipeCore

/// Brings contributions of ids, of whatever branch, back to one text, and gathers them by word or character.
///
/// What an id contributes is divided equally among the characters of the tokens that it was made from: an n-gram of three characters
/// gives each a third.
struct ContributionMap {
  private let utf8: [UInt8]
  /// By the byte that a character begins with.
  private var scores: [Double]
  private var elsewhere = 0.0

  init(_ utf8: some Collection<UInt8>) {
    self.utf8 = Array(utf8)
    scores = [Double](repeating: 0, count: utf8.count)
  }

  /// Adds what the ids of a record contribute.
  /// - Parameter contributions: one for each of the record's ids.
  mutating func add(_ contributions: [Double], _ places: TextPlaces, record: Int) {
    let ranges = places.tokens.originalRanges(of: record)
    let lengths = ranges.map { Double(characterCount($0)) }
    var tokens = [Double](repeating: 0, count: ranges.count)
    for (origin, contribution) in zip(places.origins[places.starts[record]..<places.starts[record + 1]], contributions) {
      let total = origin.reduce(0) { $0 + lengths[$1] }
      if total == 0 {
        elsewhere += contribution
      } else {
        for token in origin { tokens[token] += contribution * lengths[token] / total }
      }
    }
    for (token, contribution) in tokens.enumerated() where contribution != 0 {
      for byte in ranges[token] where isFirst(byte) { scores[byte] += contribution / lengths[token] }
    }
  }

  /// - Parameters:
  ///   - words: places of words, rising; nil for a unit of one character.
  /// - Returns: with a part for each word, and one for each stretch between words that contributes.
  func explanation(_ words: [Range<Int>]?, label: Int, score: Double, baseline: Double?) -> Explanation {
    var parts: [Explanation.Part] = []
    var end = 0
    for word in Self.disjoint(words ?? characters()) {
      parts += between(end..<word.lowerBound)
      parts.append(part(word))
      end = word.upperBound
    }
    parts += between(end..<utf8.count)
    return Explanation(label: label, score: score, baseline: baseline, parts: parts, elsewhere: elsewhere)
  }

  private func part(_ range: Range<Int>) -> Explanation.Part { Explanation.Part(range: range, score: scores[range].reduce(0, +)) }

  /// The stretches of a gap between words that contribute.
  private func between(_ gap: Range<Int>) -> [Explanation.Part] {
    var stretches: [Range<Int>] = []
    for byte in gap where isFirst(byte) && scores[byte] != 0 {
      let end = (byte + 1..<utf8.count).first(where: isFirst) ?? utf8.count
      if let last = stretches.last, last.upperBound == byte {
        stretches[stretches.count - 1] = last.lowerBound..<end
      } else {
        stretches.append(byte..<end)
      }
    }
    return stretches.map(part)
  }

  /// Words without the empty ones, which a normaliser inserted; those that overlap, because a normaliser made two words of one
  /// character, are one.
  static func disjoint(_ words: [Range<Int>]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for word in words where !word.isEmpty {
      if let last = result.last, word.lowerBound < last.upperBound {
        result[result.count - 1] = min(last.lowerBound, word.lowerBound)..<max(last.upperBound, word.upperBound)
      } else {
        result.append(word)
      }
    }
    return result
  }

  /// All characters of the text.
  func characters() -> [Range<Int>] {
    let firsts = utf8.indices.filter(isFirst)
    return zip(firsts, firsts.dropFirst() + [utf8.count]).map { $0..<$1 }
  }

  private func isFirst(_ byte: Int) -> Bool { utf8[byte] & 0xC0 != 0x80 }
  private func characterCount(_ range: Range<Int>) -> Int { range.count(where: isFirst) }
}
