/// How a lexicon corrects a segmenter's words.
extension Lexicon {
  /// Room that is kept from text to text.
  struct Scratch {
    fileprivate var words: [Word] = []
    fileprivate var forced: [PlacedWord] = []
    fileprivate var beginnings: [Beginning] = []
  }

  /// Applies the rules to the words of one text.
  ///
  /// - Parameters:
  ///   - words: cover the text; so they do afterwards.
  ///   - closed: words that no forced one may begin or end inside of, beside `cutsRun`: rising, disjoint.
  /// - Complexity: O(bytes · longest entry); a bit test a character where no entry begins.
  func correct(
    _ words: inout [Word], in text: UnsafeBufferPointer<UInt8>, closed: [PlacedWord] = [], scratch: inout Scratch
  ) {
    // A pass that finds nothing, as most do, copies nothing.
    let fold = self.words.fold
    if !forced.isEmpty {
      forced.withFirsts { findForced(in: text, closed, $0, fold, into: &scratch.forced) }
      impose(scratch.forced, on: &words, scratch: &scratch.words)
    }
    if !splitting.isEmpty, splitting.withFirsts({ split(words, in: text, $0, fold, into: &scratch.words) }) {
      swap(&words, &scratch.words)
    }
    if !preferred.isEmpty,
      preferred.withFirsts({
        join(words, in: text, $0, fold, into: &scratch.words, beginnings: &scratch.beginnings)
      })
    {
      swap(&words, &scratch.words)
    }
  }

  // MARK: Force

  /// The forced words of a text: the leftmost and there the longest one first.
  private func findForced(
    in text: UnsafeBufferPointer<UInt8>, _ closed: [PlacedWord], _ firsts: WordFilter.Firsts, _ fold: CharacterFolding,
    into found: inout [PlacedWord]
  ) {
    found.removeAll(keepingCapacity: true)
    var position = 0
    var nextClosed = 0
    while position < text.count {
      let (scalar, length) = decodeScalar(text, at: position)
      guard firsts.contains(fold(scalar)) else {
        position += length
        continue
      }
      while nextClosed < closed.count, closed[nextClosed].word.end <= position { nextClosed += 1 }
      if nextClosed < closed.count, closed[nextClosed].start < position {
        position = Int(closed[nextClosed].word.end)
        continue
      }
      guard let word = longestForced(in: text, at: position, closed, from: nextClosed) else {
        position += length
        continue
      }
      found.append(PlacedWord(start: Int32(position), word: word))
      position = Int(word.end)
    }
  }

  /// The longest forced word that begins at `start`, and neither begins nor ends where it may not.
  @inline(__always)
  private func longestForced(
    in text: UnsafeBufferPointer<UInt8>, at start: Int, _ closed: [PlacedWord], from nextClosed: Int
  ) -> Word? {
    var hash: UInt64 = 0
    var position = start
    var length = 0
    var candidates = Candidates()
    while position < text.count {
      let (scalar, bytes) = decodeScalar(text, at: position)
      hash = LexiconWords.extend(hash, words.fold(scalar))
      position += bytes
      length += 1
      // The more characters a prefix has, the fewer texts have it: no question before the first that may be a whole word.
      if length < forced.shortest { continue }
      let answer = forced.answer(hash)
      if answer.ends, !cutsRun(text, at: position), !isInside(closed, from: nextClosed, position) {
        candidates.push((position, hash)) { forcedWord(start, $0, in: text) }
      }
      if !answer.continues { break }
    }
    let found = candidates.last { forcedWord(start, $0, in: text) }
    // Asked last: nearly always there is no word, and then it need not be known.
    return found != nil && cutsRun(text, at: start) ? nil : found
  }

  /// Whether a place is inside of one of the words from `first` on.
  private func isInside(_ closed: [PlacedWord], from first: Int, _ position: Int) -> Bool {
    var i = first
    while i < closed.count, closed[i].start < position {
      if position < closed[i].word.end { return true }
      i += 1
    }
    return false
  }

  private func forcedWord(_ start: Int, _ end: Candidates.End, in text: UnsafeBufferPointer<UInt8>) -> Word? {
    let entry = words.find(.force, start..<end.position, in: text, hash: end.hash)
    return entry == 0 ? nil : Word(end: Int32(end.position), entry: entry)
  }

  /// Where words may end that begin at one place. Looking a word up costs a cache miss or two, so that the longest is looked up
  /// first and the others, which nearly always need not be, later.
  private struct Candidates {
    typealias End = (position: Int, hash: UInt64)
    private var newest: End?
    private var second: End?
    /// The longest of the earlier ones that is a word.
    private var found: Word?

    @inline(__always)
    mutating func push(_ end: End, _ word: (End) -> Word?) {
      if let second { found = word(second) ?? found }
      second = newest
      newest = end
    }
    @inline(__always)
    func last(_ word: (End) -> Word?) -> Word? { newest.flatMap(word) ?? second.flatMap(word) ?? found }
  }

  // MARK: Split

  /// Words that equal an entry fall into its parts; forced words stay. Returns whether there was any.
  private func split(
    _ found: [Word], in text: UnsafeBufferPointer<UInt8>, _ firsts: WordFilter.Firsts, _ fold: CharacterFolding,
    into result: inout [Word]
  ) -> Bool {
    result.removeAll(keepingCapacity: true)
    var start = 0
    var copied = 0
    for i in found.indices {
      let word = found[i]
      let end = Int(word.end)
      let (first, length) = decodeScalar(text, at: start)
      // A single character has no parts.
      if start + length < end, word.entry == 0, firsts.contains(fold(first)) {
        let hash = words.hash(of: start..<end, in: text)
        let entry = splitting.answer(hash).ends ? words.find(.split, start..<end, in: text, hash: hash) : 0
        if entry != 0 {
          result.append(contentsOf: found[copied..<i])
          var position = start
          for length in words.partLengths(entry) {
            for _ in 0..<length { position += decodeScalar(text, at: position).length }
            result.append(Word(end: Int32(position), entry: entry))
          }
          copied = i + 1
        }
      }
      start = end
    }
    result.append(contentsOf: found[(copied > 0 ? copied : found.count)...])
    return copied > 0
  }

  // MARK: Prefer

  /// Adjacent words that together equal an entry become one; forced words are no part of it. Returns whether there was any.
  private func join(
    _ found: [Word], in text: UnsafeBufferPointer<UInt8>, _ firsts: WordFilter.Firsts, _ fold: CharacterFolding,
    into result: inout [Word], beginnings: inout [Beginning]
  ) -> Bool {
    findBeginnings(of: found, in: text, firsts, fold, into: &beginnings)
    result.removeAll(keepingCapacity: true)
    var next = 0
    var copied = 0
    for beginning in beginnings where beginning.word >= next {
      guard let (word, last) = joined(found, from: beginning, in: text) else { continue }
      result.append(contentsOf: found[copied..<beginning.word])
      result.append(word)
      copied = last + 1
      next = copied
    }
    result.append(contentsOf: found[(copied > 0 ? copied : found.count)...])
    return copied > 0
  }

  /// A word with which, and with the character behind it, an entry may begin.
  fileprivate struct Beginning {
    /// The number of the word.
    var word: Int
    var start: Int
    /// Of the word's characters.
    var hash: UInt64
  }

  /// Asks the filter of all words at once: its answers, mostly from memory that is not in the first cache, do not wait for each other.
  private func findBeginnings(
    of found: [Word], in text: UnsafeBufferPointer<UInt8>, _ firsts: WordFilter.Firsts, _ fold: CharacterFolding,
    into beginnings: inout [Beginning]
  ) {
    beginnings.removeAll(keepingCapacity: true)
    var start = 0
    for i in found.indices.dropLast() {
      let end = Int(found[i].end)
      if firsts.contains(fold(decodeScalar(text, at: start).scalar)) {
        let hash = words.hash(of: start..<end, in: text)
        let next = LexiconWords.extend(hash, fold(decodeScalar(text, at: end).scalar))
        if preferred.answer(next).bits != 0 { beginnings.append(Beginning(word: i, start: start, hash: hash)) }
      }
      start = end
    }
  }

  /// The longest entry that two or more words from a beginning on make up, and the last of them.
  private func joined(
    _ found: [Word], from beginning: Beginning, in text: UnsafeBufferPointer<UInt8>
  ) -> (word: Word, last: Int)? {
    guard !isForced(found[beginning.word]) else { return nil }
    var position = Int(found[beginning.word].end)
    var hash = beginning.hash
    var reached = beginning.word
    var match: (word: Word, last: Int)?
    while position < text.count {
      if position == Int(found[reached].end) {
        reached += 1
        if reached == found.count || isForced(found[reached]) { break }
      }
      let (scalar, length) = decodeScalar(text, at: position)
      hash = LexiconWords.extend(hash, words.fold(scalar))
      position += length
      let answer = preferred.answer(hash)
      if answer.ends, position == Int(found[reached].end) {
        let entry = words.find(.prefer, beginning.start..<position, in: text, hash: hash)
        if entry != 0 { match = (Word(end: Int32(position), entry: entry), reached) }
      }
      if !answer.continues { break }
    }
    return match
  }

  private func isForced(_ word: Word) -> Bool { word.entry != 0 && entry(word.entry).rule == .force }
}

/// A word with its beginning.
struct PlacedWord {
  /// In bytes from the beginning of the record.
  var start: Int32
  var word: Word
}

/// Puts words in the place of whatever they overlap; what they cut off stays as words of its own.
/// - Parameters:
///   - placed: rising, disjoint.
///   - words: cover the text; so they do afterwards.
func impose(_ placed: [PlacedWord], on words: inout [Word], scratch: inout [Word]) {
  guard !placed.isEmpty else { return }
  scratch.removeAll(keepingCapacity: true)
  var next = 0
  for (start, word) in placed.lazy.map({ ($0.start, $0.word) }) {
    while next < words.count, words[next].end <= start {
      scratch.append(words[next])
      next += 1
    }
    if start > scratch.last?.end ?? 0 { scratch.append(Word(end: start, entry: 0)) }
    scratch.append(word)
    while next < words.count, words[next].end <= word.end { next += 1 }
  }
  scratch.append(contentsOf: words[next...])
  swap(&words, &scratch)
}
