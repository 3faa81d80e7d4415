internal import HanpipeCore

/// Says which lines of a lexicon made the words of a text what they are, and why others that stand in it did not.
struct LexiconReasons {
  let lexicon: Lexicon
  let file: String
  private let utf8: UnsafeBufferPointer<UInt8>
  /// Places between which no forced word begins or ends.
  private let closed: [Range<Int>]
  /// The words before and after the lexicon, both covering the text.
  private let before: [Range<Int>]
  private let after: [Range<Int>]
  /// Of each word after it: the entry that made it, or 0.
  private let entries: [UInt32]

  init(
    _ lexicon: Lexicon, file: String, _ utf8: UnsafeBufferPointer<UInt8>, closed: [PlacedWord], before: [Word], after: [Word]
  ) {
    (self.lexicon, self.file, self.utf8) = (lexicon, file, utf8)
    self.closed = closed.map { Int($0.start)..<Int($0.word.end) }
    self.before = Self.ranges(before)
    self.after = Self.ranges(after)
    entries = after.map(\.entry)
  }

  private static func ranges(_ words: [Word]) -> [Range<Int>] {
    var start = 0
    return words.map { word in
      defer { start = Int(word.end) }
      return start..<Int(word.end)
    }
  }

  /// What the lexicon did, by the words that it made or left over.
  func changes() -> [Range<Int>: WordReason] {
    var result: [Range<Int>: WordReason] = [:]
    let known = Set(before)
    for (range, entry) in zip(after, entries) {
      if entry != 0 { result[range] = made(range, entry) } else if !known.contains(range) { result[range] = rest(range) }
    }
    return result
  }

  private func made(_ range: Range<Int>, _ entry: UInt32) -> WordReason {
    let (rule, line) = lexicon.entry(entry)
    let place = WordReason.Place(file: file, line: line)
    let old = before[before.indices(overlapping: range)]
    switch rule {
    case .force:
      let instead = old.elementsEqual([range]) ? "" : ", instead of \(spoken(old))"
      return WordReason(rule.rawValue, "forced by \(place)\(instead)", place: place)
    case .prefer: return WordReason(rule.rawValue, "joined by \(place) (prefer) from \(spoken(old))", place: place)
    case .split: return WordReason(rule.rawValue, "split by \(place) from \(spoken(old))", place: place)
    }
  }

  /// What a forced word left over.
  private func rest(_ range: Range<Int>) -> WordReason {
    let old = before[before.indices(overlapping: range)]
    let near = after.indices(overlapping: (old.first?.lowerBound ?? 0)..<(old.last?.upperBound ?? 0))
    guard let forced = near.first(where: { entries[$0] != 0 }) else { return WordReason("rest", "left over of \(spoken(old))") }
    let place = WordReason.Place(file: file, line: lexicon.entry(entries[forced]).line)
    return WordReason("rest", "left over of \(spoken(old)) by \(quoted(after[forced])), forced by \(place)", place: place)
  }

  // MARK: What did not win

  /// The lexicon's texts that stand here and are no words.
  /// - Complexity: O(bytes · longest entry · log words).
  func missed() -> [MissedWord] {
    let words = Set(after)
    let boundaries = Set(after.map(\.upperBound))
    var result: [MissedWord] = []
    forEachOccurrence { range, rule, entry in
      if words.contains(range) || (rule == .split && isSplit(range, entry, boundaries)) { return }
      let place = WordReason.Place(file: file, line: lexicon.entry(entry).line)
      result.append(MissedWord(range, WordReason(rule.rawValue, "\(place) (\(rule.rawValue)): \(obstacle(range, rule))", place: place)))
    }
    return result
  }

  private func forEachOccurrence(_ body: (Range<Int>, Lexicon.Rule, UInt32) -> Void) {
    let filters = [(Lexicon.Rule.force, lexicon.forced), (.split, lexicon.splitting), (.prefer, lexicon.preferred)].filter { !$1.isEmpty }
    var start = 0
    while start < utf8.count {
      var hash: UInt64 = 0
      var position = start
      var goesOn = !filters.isEmpty
      while position < utf8.count, goesOn {
        let (scalar, length) = decodeScalar(utf8, at: position)
        hash = LexiconWords.extend(hash, lexicon.words.fold(scalar))
        position += length
        goesOn = false
        for (rule, filter) in filters {
          let answer = filter.answer(hash)
          goesOn = goesOn || answer.continues
          guard answer.ends else { continue }
          let entry = lexicon.words.find(rule, start..<position, in: utf8, hash: hash)
          if entry != 0 { body(start..<position, rule, entry) }
        }
      }
      start += decodeScalar(utf8, at: start).length
    }
  }

  /// Whether a text is cut already where an entry would cut it.
  private func isSplit(_ range: Range<Int>, _ entry: UInt32, _ boundaries: Set<Int>) -> Bool {
    var position = range.lowerBound
    for length in lexicon.words.partLengths(entry) {
      for _ in 0..<length { position += decodeScalar(utf8, at: position).length }
      if position < range.upperBound, !boundaries.contains(position) { return false }
    }
    return true
  }

  /// Why a text of the lexicon is no word here.
  private func obstacle(_ range: Range<Int>, _ rule: Lexicon.Rule) -> String {
    if rule == .force, let reason = closedPlace(range) { return reason }
    if let other = after.indices(overlapping: range).first(where: { entries[$0] != 0 && isStronger(entries[$0], rule) }) {
      let (otherRule, line) = lexicon.entry(entries[other])
      let name = "\(quoted(after[other])) of \(file):\(line) (\(otherRule.rawValue))"
      if otherRule != rule { return "\(name) stands here, and comes first" }
      if after[other].lowerBound < range.lowerBound { return "\(name) begins further left" }
      return after[other].upperBound > range.upperBound ? "\(name) is longer" : "\(name) stands here"
    }
    let given = before[before.indices(overlapping: range)]
    switch rule {
    case .force: return "other words stand here: \(spoken(given))"
    case .prefer: return "only whole words are joined, and here stand \(spoken(given)); \"force\" would cut them"
    case .split: return "only a whole word is split, and here stand \(spoken(given))"
    }
  }

  /// Whether the entry that made a word acts before those of a rule, or with them.
  private func isStronger(_ entry: UInt32, _ rule: Lexicon.Rule) -> Bool {
    switch (lexicon.entry(entry).rule, rule) {
    case (.force, _), (.split, .prefer), (.prefer, .prefer): true
    default: false
    }
  }

  /// Where a forced word may not begin or end.
  private func closedPlace(_ range: Range<Int>) -> String? {
    for place in [range.lowerBound, range.upperBound] {
      if let address = closed.indices(overlapping: place..<place).first {
        return "it would cut the address \(quoted(closed[address]))"
      }
      if cutsRun(utf8, at: place) {
        let whole = after.indices(overlapping: place..<place).first.map { after[$0] } ?? range
        return "it would cut \(quoted(whole)) inside of a run of letters and digits, or of a character"
      }
    }
    return nil
  }

  // MARK: Wording

  private func quoted(_ range: Range<Int>) -> String { String(decoding: utf8[range], as: UTF8.self) }
  /// `研究生 | 命`, the first and the last of many.
  private func spoken(_ words: ArraySlice<Range<Int>>) -> String {
    let shown = words.count > 6 ? words.prefix(3).map(quoted) + ["…"] + words.suffix(2).map(quoted) : words.map(quoted)
    return shown.joined(separator: " | ")
  }
}

extension [Range<Int>] {
  /// The ranges that have a byte in common with `range`, or that an empty one lies inside of.
  /// - Precondition: rising and disjoint.
  /// - Complexity: O(log count).
  package func indices(overlapping range: Range<Int>) -> Range<Int> {
    func first(_ isBehind: (Range<Int>) -> Bool) -> Int {
      var (low, high) = (0, count)
      while low < high {
        let middle = (low + high) / 2
        if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
      }
      return low
    }
    let start = first { $0.upperBound > range.lowerBound }
    let end = first { $0.lowerBound >= range.upperBound }
    return start..<Swift.max(start, end)
  }
}
