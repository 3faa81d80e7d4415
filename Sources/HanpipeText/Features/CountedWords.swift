internal import CKernels
import HanpipeCore

/// Words, and how frequent each is in several sources.
struct CountedWords: Sendable {
  /// Frequencies that are told apart: listed without a count, and up to 3, 15, 63, 255 times, and more.
  static let levels = 6
  static let largestSourceCount = 64

  let sourceCount: Int
  /// The column of a list that was added, behind those of the sources.
  var listColumn: Int { sourceCount }
  /// Numbers of words, from 1.
  private var trie: ScalarTrie
  /// Where a word's first scalar leads, if it is in the basic plane: one look instead of a search.
  private var roots = [ScalarTrie.Step](repeating: .none, count: 1 << 16)
  /// Of each word, `lanes` numbers: a byte a source, in which the bit of its level is set, and none where the source lacks it. The
  /// levels of two words join by "or"; the larger is the highest bit.
  private var levelBits: [UInt64] = []
  /// Of each word its shape, if they are kept.
  private(set) var shapes: [WordShape] = []
  private let keepsShapes: Bool
  /// Numbers of 64 bits that the levels of a word take.
  var lanes: Int { sourceCount / 8 + 1 }
  /// For each lane the bytes of the first `count` columns, but not of column `hidden`.
  func masks(columns count: Int, hiding hidden: Int?) -> [UInt64] {
    (0..<lanes).map { lane in
      (0..<8).reduce(0) { mask, byte in
        lane * 8 + byte < count && lane * 8 + byte != hidden ? mask | 0xFF << UInt64(byte * 8) : mask
      }
    }
  }

  enum Failure: Error, Equatable, CustomStringConvertible {
    case empty
    case notUTF8(line: Int)
    case noWord(line: Int)
    case columns(line: Int, found: Int, expected: Int)
    case badCount(line: Int, found: String)
    case twice(line: Int, word: String)
    var description: String {
      switch self {
      case .empty: "no word; expected a word a line, and behind it, each after a TAB, its count in each source"
      case .notUTF8(let line): "line \(line): not UTF-8; save the file as UTF-8"
      case .noWord(let line): "line \(line): no word before the TAB"
      case .columns(let line, let found, let expected):
        "line \(line): \(found) counts, but the lines before have \(expected); leave a count empty where the source lacks the word"
      case .badCount(let line, let found):
        "line \(line): the count \"\(found)\" is not allowed; expected an integer from 0, or nothing where the source lacks the word"
      case .twice(let line, let word): "line \(line): \"\(word)\" stands in an earlier line too; remove one of them"
      }
    }
  }

  /// Lines of a word and, each after a TAB, its count in each source: nothing where the source lacks it, 0 where nobody counted.
  /// Without any TAB all words are of one source, which nobody counted. Blank lines are skipped.
  init(_ bytes: [UInt8], keepsShapes: Bool = false) throws(Failure) {
    self.keepsShapes = keepsShapes
    // A line of the usual list takes 18 bytes and gives two edges.
    trie = ScalarTrie(edges: bytes.count / 9)
    sourceCount = try Self.columnCount(bytes)
    let isValid = isValidUTF8(bytes[...])
    var lines = TextLines(bytes)
    while let (number, line) = lines.next() {
      if line.isEmpty { continue }
      guard isValid || isValidUTF8(bytes[line]) else { throw .notUTF8(line: number) }
      try add(bytes, line, number)
    }
    noteRoots()
  }

  /// Adds the words of a list, which nobody counted.
  mutating func add(_ list: WordList) {
    for i in 0..<list.words.count where !list.words.utf8(of: i).isEmpty {
      let new = levelBits.count / lanes + 1
      let known = list.words.utf8(of: i).withUnsafeBufferPointer { trie.insert($0, UInt32(new)) }
      if known == nil {
        for _ in 0..<lanes { levelBits.append(0) }
        if keepsShapes { shapes.append(list.words.utf8(of: i).withUnsafeBufferPointer { WordShape($0) }) }
      }
      levelBits[(Int(known ?? UInt32(new)) - 1) * lanes + listColumn / 8] |= 1 << UInt64(listColumn % 8 * 8)
    }
    noteRoots()
  }

  private mutating func noteRoots() {
    for scalar in 0..<UInt32(roots.count) {
      if let step = trie.step(from: 0, scalar) { roots[Int(scalar)] = step }
    }
  }

  /// - Parameter line: its place in `bytes`; not empty.
  private mutating func add(_ bytes: [UInt8], _ line: Range<Int>, _ number: Int) throws(Failure) {
    let tab = UInt8(ascii: "\t")
    /// The end of what begins at `start`: a TAB, or that of the line.
    func end(_ start: Int) -> Int {
      var end = start
      while end < line.upperBound, bytes[end] != tab { end += 1 }
      return end
    }
    let word = line.lowerBound..<end(line.lowerBound)
    guard !word.isEmpty else { throw .noWord(line: number) }
    let first = levelBits.count
    for _ in 0..<lanes { levelBits.append(0) }
    var column = 0
    var place = word.upperBound
    // A line without a TAB is in a list of one source, which nobody counted.
    repeat {
      let isCounted = place < line.upperBound
      let start = isCounted ? place + 1 : place
      place = end(start)
      if column < sourceCount, column < Self.largestSourceCount {
        let level = isCounted ? try Self.level(bytes[start..<place], line: number) : 0
        if let level { levelBits[first + column / 8] |= 1 << UInt64(column % 8 * 8 + level) }
      }
      column += 1
    } while place < line.upperBound
    guard column == sourceCount, column <= Self.largestSourceCount else {
      throw .columns(line: number, found: column, expected: min(sourceCount, Self.largestSourceCount))
    }
    if keepsShapes { shapes.append(bytes[word].withUnsafeBufferPointer { WordShape($0) }) }
    let isNew = bytes[word].withUnsafeBufferPointer { trie.insert($0, UInt32(levelBits.count / lanes)) == nil }
    guard isNew else { throw .twice(line: number, word: String(decoding: bytes[word], as: UTF8.self)) }
  }

  /// Of the first line that is not blank.
  private static func columnCount(_ bytes: [UInt8]) throws(Failure) -> Int {
    var lines = TextLines(bytes)
    while let (_, line) = lines.next() {
      if !line.isEmpty { return max(1, bytes[line].count { $0 == UInt8(ascii: "\t") }) }
    }
    throw .empty
  }

  /// Nil where the source lacks the word.
  private static func level(_ digits: ArraySlice<UInt8>, line: Int) throws(Failure) -> Int? {
    if digits.isEmpty { return nil }
    guard let count = number(digits) ?? Int(String(decoding: digits, as: UTF8.self)), count >= 0 else {
      throw .badCount(line: line, found: String(decoding: digits.prefix(40), as: UTF8.self))
    }
    return count == 0 ? 0 : min(levels - 1, 1 + (Int.bitWidth - 1 - count.leadingZeroBitCount) / 2)
  }

  /// Of a few digits alone, without a string: half of a large list's time.
  @inline(__always)
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.count <= 9 else { return nil }
    var number = 0
    for digit in digits {
      guard 0x30...0x39 ~= digit else { return nil }
      number = number * 10 + Int(digit - 0x30)
    }
    return number
  }

  /// How frequent word `word` (from 1) is: lane `lane` of its levels.
  @inline(__always)
  func levelBits(of word: Int, lane: Int) -> UInt64 { levelBits[(word - 1) * lanes + lane] }

  /// How frequent word `word` (from 1) is where it is most frequent, of the columns in the masks; nil if it stands in none.
  func highestLevel(of word: Int, _ masks: [UInt64]) -> Int? {
    var joined: UInt64 = 0
    for lane in 0..<lanes { joined |= levelBits(of: word, lane: lane) & masks[lane] }
    joined |= joined >> 32
    joined |= joined >> 16
    joined = (joined | joined >> 8) & 0xFF
    return joined == 0 ? nil : 63 - joined.leadingZeroBitCount
  }

  /// How frequent word `word` (from 1) is in a source; nil if it does not stand there.
  func level(of word: Int, in source: Int) -> Int? {
    let bits = levelBits(of: word, lane: source / 8) >> UInt64(source % 8 * 8) & 0xFF
    return bits == 0 ? nil : bits.trailingZeroBitCount
  }

  /// Every word that some neighbouring tokens make, by where it begins and then by length. Words do not leap over what stands between
  /// tokens.
  @inline(__always)
  func forEachWord(in tokens: TokenScalars, _ body: (_ tokens: Range<Int>, _ word: Int) -> Void) {
    let scalars = tokens.scalars.span
    let ended = tokens.ended.span
    let (firsts, seconds) = firstSteps(tokens)
    for token in firsts.indices {
      var place = tokens.firsts[token]
      var step = firsts[token]
      guard step.node != 0 else { continue }
      if step.value != 0, ended[place] >= 0 { body(token..<Int(ended[place]) + 1, Int(step.value)) }
      step = seconds[token]
      while step.node != 0 {
        place += 1
        if step.value != 0, ended[place] >= 0 { body(token..<Int(ended[place]) + 1, Int(step.value)) }
        guard step.goesOn, let next = trie.step(from: step.node, scalars[place + 1]) else { break }
        step = next
      }
    }
  }

  /// The first two steps from each token on; `none` where there is none. Taken for all tokens before any word is looked at, so that
  /// what the next steps read comes from memory meanwhile.
  private func firstSteps(_ tokens: TokenScalars) -> (firsts: [ScalarTrie.Step], seconds: [ScalarTrie.Step]) {
    let scalars = tokens.scalars.span
    let places = tokens.firsts.span
    // Filled in place: what `append` checks each time took as long as the steps.
    let firsts = [ScalarTrie.Step](unsafeUninitializedCapacity: places.count) { steps, count in
      for token in places.indices {
        let step = root(scalars[places[token]])
        if step.goesOn { trie.prefetchStep(from: step.node, scalars[places[token] + 1]) }
        steps.initializeElement(at: token, to: step)
      }
      count = places.count
    }
    let known = firsts.span
    let seconds = [ScalarTrie.Step](unsafeUninitializedCapacity: places.count) { steps, count in
      for token in places.indices {
        var step = ScalarTrie.Step.none
        if known[token].goesOn, let second = trie.step(from: known[token].node, scalars[places[token] + 1]) {
          step = second
          if step.goesOn { trie.prefetchStep(from: step.node, scalars[places[token] + 2]) }
          if step.value != 0 { prefetchLevels(of: Int(step.value)) }
        }
        steps.initializeElement(at: token, to: step)
      }
      count = places.count
    }
    return (firsts, seconds)
  }

  @inline(__always)
  private func prefetchLevels(of word: Int) {
    levelBits.withUnsafeBufferPointer { bits in
      if (word - 1) * lanes < bits.count, let first = bits.baseAddress { hp_prefetch(first + (word - 1) * lanes) }
    }
  }

  /// `none` where no word begins so.
  @inline(__always)
  private func root(_ scalar: UInt32) -> ScalarTrie.Step {
    scalar < 1 << 16 ? roots[Int(scalar)] : trie.step(from: 0, scalar) ?? .none
  }
}
