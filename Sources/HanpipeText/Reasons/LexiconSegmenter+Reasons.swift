public import HanpipeCore
internal import Synchronization

extension LexiconSegmenter: ReasoningStage {
  public func reasons(for output: Tokens, from texts: Texts) -> WordReasons {
    var result = WordReasons()
    texts.forEachUTF8 { record, utf8 in
      let words = output.spans(of: record).map(\.range)
      result.append(words.map { reason($0, utf8) }, missed: missed(utf8, words))
    }
    return result
  }

  /// What a word of a text is.
  private func reason(_ range: Range<Int>, _ utf8: UnsafeBufferPointer<UInt8>) -> WordReason {
    let word = UnsafeBufferPointer(rebasing: utf8[range])
    var source: UserWords.Source?
    rules.exactWords.forEach(in: word, at: 0) { end, found in if end == word.count { source = found } }
    if let source, source.file > 0 {
      let place = place(source)
      let rank = userWordsRule == .win ? "which wins" : "by its frequency \(max(1, source.count))"
      return WordReason("user", "user word of \(place), \(rank)", place: place, count: Int(source.count))
    }
    if let source { return Self.dictionary(count: Int(source.count)) }
    var units: [UInt16] = []
    rules.dictionary.codes.units(of: word, into: &units)
    // The dictionary counts runs, whatever they are, as one word of their kind.
    let isKind = units.map { $0 < UnitKind.count }
    if isKind != [true], let count = frequencies.count(of: units, in: rules.dictionary) {
      return Self.dictionary(count: count, as: isKind.contains(true) ? units.map(rules.dictionary.codes.text(of:)).joined() : nil)
    }
    if units.count > 1 {
      return WordReason("unknown", "in no dictionary; found by the model of unknown words")
    }
    var scanner = UnitScanner(word)
    switch UnitKind(rawValue: scanner.next(.none)) {
    case .digits, .letters, .mixed, .kana: return WordReason("run", "a run of letters, digits or katakana, which is never cut")
    case .address: return WordReason("run", "an address, which is never cut")
    case .blank: return WordReason("blank", "white space, or a control character")
    case .punctuation, .symbol: return WordReason("sign", "a sign by itself")
    default: return WordReason("character", "a single character that belongs to no known word here")
    }
  }

  /// - Parameter name: as what the dictionary has the word, if otherwise than it stands.
  private static func dictionary(count: Int, as name: String? = nil) -> WordReason {
    let times = count == 1 ? "once" : "\(grouped(count)) times"
    return WordReason(
      "dictionary", "in the dictionary\(name.map { " as \($0)" } ?? ""), \(count > 0 ? "counted \(times)" : "never counted")",
      count: count)
  }

  private func place(_ source: UserWords.Source) -> WordReason.Place {
    WordReason.Place(file: userFiles[Int(source.file) - 1], line: Int(source.line))
  }

  // MARK: What did not win

  /// The user's words that stand in a text and are none.
  private func missed(_ utf8: UnsafeBufferPointer<UInt8>, _ words: [Range<Int>]) -> [MissedWord] {
    if userFiles.isEmpty { return [] }
    let given = Set(words)
    let outermost = words.reduce(into: [Range<Int>]()) { all, word in
      // A word that begins where others do, and is longer, comes behind them.
      while let last = all.last, last.lowerBound >= word.lowerBound { all.removeLast() }
      if word.upperBound > all.last?.upperBound ?? 0 { all.append(word) }
    }
    let units = units(of: utf8)
    var result: [MissedWord] = []
    var start = 0
    while start < utf8.count {
      rules.exactWords.forEach(in: utf8, at: start) { end, source in
        let range = start..<end
        guard source.file > 0, !given.contains(range) else { return }
        let place = place(source)
        let reason = obstacle(range, units, outermost, utf8)
        result.append(MissedWord(range, WordReason("user", "\(place): \(reason)", place: place, count: Int(source.count))))
      }
      start += decodeScalar(utf8, at: start).length
    }
    return result
  }

  /// The units of a text, which are never cut.
  private func units(of utf8: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    var scanner = UnitScanner(utf8)
    var units: [Range<Int>] = []
    while scanner.position < utf8.count {
      let start = scanner.position
      _ = scanner.next(.none)
      units.append(start..<scanner.position)
    }
    return units
  }

  /// Why a word of the user's is none here.
  private func obstacle(
    _ range: Range<Int>, _ units: [Range<Int>], _ words: [Range<Int>], _ utf8: UnsafeBufferPointer<UInt8>
  ) -> String {
    func quoted(_ range: Range<Int>) -> String { String(decoding: utf8[range], as: UTF8.self) }
    for place in [range.lowerBound, range.upperBound] {
      if let cut = units.indices(overlapping: place..<place).first {
        return "it would cut \(quoted(units[cut])), a run of letters and digits, an address or a character"
      }
    }
    let others = words[words.indices(overlapping: range)]
    let spoken = others.map(quoted).joined(separator: " | ")
    if userWordsRule == .compete { return "its frequency does not suffice against \(spoken)" }
    let user = others.first { reason($0, utf8).rule == "user" }
    if let user { return "user word \(quoted(user)) overlaps it: those that cover most win, then the fewest" }
    return others.isEmpty ? "it is left out, as punctuation or white space" : "other words stand here: \(spoken)"
  }
}

/// How often the words of a dictionary were counted, by their nodes. Made when somebody asks: to cut text nobody needs it.
final class WordFrequencies: Sendable {
  private let known = Mutex<[Int: Int]?>(nil)

  /// - Parameter units: the codes of a word's units.
  /// - Returns: nil if the dictionary does not have it.
  func count(of units: [UInt16], in dictionary: LatticeDictionary) -> Int? {
    let found: Int? = dictionary.trie.withNodes { nodes in
      var node = DoubleArrayTrie.root
      for unit in units {
        guard let next = nodes.child(of: node, unit) else { return nil }
        node = next
      }
      return nodes[node].payload.word == DoubleArrayTrie.noWord ? nil : node
    }
    guard let found else { return nil }
    return known.withLock { known in
      if known == nil {
        var counts: [Int: Int] = [:]
        dictionary.forEachWord { _, node, count in counts[node] = count }
        known = counts
      }
      return known?[found] ?? 0
    }
  }
}
