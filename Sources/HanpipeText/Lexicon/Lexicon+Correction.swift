/// How a lexicon corrects a segmenter's words.
extension Lexicon {
  /// Applies the rules to the words of one text.
  ///
  /// - Parameters:
  ///   - words: cover the text; so they do afterwards.
  ///   - scratch: room that is kept from text to text.
  /// - Complexity: O(bytes · longest entry); a bit test a character where no entry begins.
  func correct(_ words: inout [Word], in text: UnsafeBufferPointer<UInt8>, scratch: inout [Word]) {
    // A pass that finds nothing, as most do, copies nothing.
    if !forced.isEmpty, force(words, in: text, into: &scratch) { swap(&words, &scratch) }
    if !splitting.isEmpty, split(words, in: text, into: &scratch) { swap(&words, &scratch) }
    if !preferred.isEmpty, join(words, in: text, into: &scratch) { swap(&words, &scratch) }
  }

  /// The longest entry of `rule` at `start` whose end is `accepted`.
  @inline(__always)
  private func longest(
    _ rule: Rule, in text: UnsafeBufferPointer<UInt8>, at start: Int, accepted: (_ end: Int) -> Bool
  ) -> Word? {
    var node: ScalarTrie.Node = 0
    var position = start
    var found: Word?
    while position < text.count {
      let (scalar, length) = decodeScalar(text, at: position)
      guard let next = trie.step(from: node, scalar) else { break }
      node = next.node
      position += length
      if next.value != 0, entries[Int(next.value) - 1].rule == rule, accepted(position) {
        found = Word(end: Int32(position), entry: next.value)
      }
    }
    return found
  }

  /// Forced words replace what they overlap; what they cut off stays as words of its own. Returns whether there was any.
  private func force(_ words: [Word], in text: UnsafeBufferPointer<UInt8>, into result: inout [Word]) -> Bool {
    result.removeAll(keepingCapacity: true)
    var next = 0
    var position = 0
    while position < text.count {
      let (scalar, length) = decodeScalar(text, at: position)
      guard forced.mayContain(scalar), !cutsRun(text, at: position),
        let match = longest(.force, in: text, at: position, accepted: { !cutsRun(text, at: $0) })
      else {
        position += length
        continue
      }
      while next < words.count, words[next].end <= position {
        result.append(words[next])
        next += 1
      }
      if position > Int(result.last?.end ?? 0) { result.append(Word(end: Int32(position), entry: 0)) }
      result.append(match)
      while next < words.count, words[next].end <= match.end { next += 1 }
      position = Int(match.end)
    }
    guard !result.isEmpty else { return false }
    result.append(contentsOf: words[next...])
    return true
  }

  /// Words that equal an entry fall into its parts; forced words stay. Returns whether there was any.
  private func split(_ words: [Word], in text: UnsafeBufferPointer<UInt8>, into result: inout [Word]) -> Bool {
    result.removeAll(keepingCapacity: true)
    var start = 0
    var copied = 0
    for (i, word) in words.enumerated() {
      let end = Int(word.end)
      if word.entry == 0, splitting.mayContain(decodeScalar(text, at: start).scalar),
        let match = longest(.split, in: text, at: start, accepted: { $0 == end })
      {
        result.append(contentsOf: words[copied..<i])
        for length in lengths(of: entries[Int(match.entry) - 1]) {
          start += Int(length)
          result.append(Word(end: Int32(start), entry: match.entry))
        }
        copied = i + 1
      }
      start = end
    }
    result.append(contentsOf: words[(copied > 0 ? copied : words.count)...])
    return copied > 0
  }

  /// Adjacent words that together equal an entry become one; forced words are no part of it. Returns whether there was any.
  private func join(_ words: [Word], in text: UnsafeBufferPointer<UInt8>, into result: inout [Word]) -> Bool {
    result.removeAll(keepingCapacity: true)
    var start = 0
    var next = 0
    var copied = 0
    while next < words.count {
      if let (word, last) = joined(words, from: next, start, in: text) {
        result.append(contentsOf: words[copied..<next])
        result.append(word)
        copied = last + 1
        next = last
      }
      start = Int(words[next].end)
      next += 1
    }
    result.append(contentsOf: words[(copied > 0 ? copied : words.count)...])
    return copied > 0
  }

  /// The longest entry that two or more words from `first` on, which begins at `start`, make up, and the last of them.
  @inline(__always)
  private func joined(
    _ words: [Word], from first: Int, _ start: Int, in text: UnsafeBufferPointer<UInt8>
  ) -> (word: Word, last: Int)? {
    guard !isForced(words[first]), mayJoin(start..<Int(words[first].end), in: text) else { return nil }
    var reached = first
    var last = first
    let match = longest(.prefer, in: text, at: start) { end in
      // `reached` is the word that ends at `end` or beyond; a forced one on the way ends the search for good.
      while Int(words[reached].end) < end, reached + 1 < words.count, !isForced(words[reached + 1]) { reached += 1 }
      guard Int(words[reached].end) == end else { return false }
      last = reached
      return true
    }
    guard let match, last > first else { return nil }
    return (match, last)
  }

  /// Whether an entry may begin with a word and go on with the character behind it.
  @inline(__always)
  private func mayJoin(_ word: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard word.upperBound < text.count, preferred.mayContain(decodeScalar(text, at: word.lowerBound).scalar) else { return false }
    var hash: UInt64 = 0
    var position = word.lowerBound
    while position <= word.upperBound {
      let (scalar, length) = decodeScalar(text, at: position)
      hash = PrefixFilter.extend(hash, scalar)
      position += length
    }
    return joins.mayContain(hash)
  }

  private func isForced(_ word: Word) -> Bool { word.entry != 0 && entries[Int(word.entry) - 1].rule == .force }
}
