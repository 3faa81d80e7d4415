import HanpipeCore

/// Words, and how frequent each is in several sources.
struct CountedWords: Sendable {
  /// Frequencies that are told apart: listed without a count, and up to 3, 15, 63, 255 times, and more.
  static let levels = 6
  static let largestSourceCount = 16
  private static let absent: UInt8 = 0xFF

  let sourceCount: Int
  /// Numbers of words, from 1.
  private var trie: ScalarTrie
  private var firsts = ScalarFilter()
  /// Of each word in each source; `absent` where it does not stand.
  private var levels: [UInt8] = []

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
  init(_ bytes: [UInt8]) throws(Failure) {
    trie = ScalarTrie(edges: bytes.count / 6)
    sourceCount = try Self.columnCount(bytes)
    var words = 0
    let isValid = isValidUTF8(bytes[...])
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.isEmpty { continue }
      guard isValid || isValidUTF8(line) else { throw .notUTF8(line: number + 1) }
      let columns = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard let word = columns.first, !word.isEmpty else { throw .noWord(line: number + 1) }
      let counts = columns.count > 1 ? Array(columns.dropFirst()) : [[UInt8(ascii: "0")][...]]
      guard counts.count == sourceCount, counts.count <= Self.largestSourceCount else {
        throw .columns(line: number + 1, found: counts.count, expected: min(sourceCount, Self.largestSourceCount))
      }
      for count in counts { levels.append(try Self.level(count, line: number + 1)) }
      words += 1
      guard insert(word, UInt32(words)) else { throw .twice(line: number + 1, word: String(decoding: word, as: UTF8.self)) }
    }
  }

  /// Of the first line that is not blank.
  private static func columnCount(_ bytes: [UInt8]) throws(Failure) -> Int {
    guard let start = bytes.firstIndex(where: { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }) else { throw .empty }
    return max(1, bytes[start...].prefix { $0 != UInt8(ascii: "\n") }.count { $0 == UInt8(ascii: "\t") })
  }

  private mutating func insert(_ word: ArraySlice<UInt8>, _ number: UInt32) -> Bool {
    word.withUnsafeBufferPointer { utf8 in
      firsts.insert(decodeScalar(utf8, at: 0).scalar)
      return trie.insert(utf8, number) == nil
    }
  }

  private static func level(_ digits: ArraySlice<UInt8>, line: Int) throws(Failure) -> UInt8 {
    if digits.isEmpty { return absent }
    guard let count = Int(String(decoding: digits, as: UTF8.self)), count >= 0 else {
      throw .badCount(line: line, found: String(decoding: digits.prefix(40), as: UTF8.self))
    }
    if count == 0 { return 0 }
    return UInt8(min(levels - 1, 1 + (Int.bitWidth - 1 - count.leadingZeroBitCount) / 2))
  }

  /// How frequent word `word` (from 1) is in a source; nil if it does not stand there.
  func level(of word: Int, in source: Int) -> Int? {
    let level = levels[(word - 1) * sourceCount + source]
    return level == Self.absent ? nil : Int(level)
  }

  /// Every word that some neighbouring tokens make, by where it begins and then by length.
  func forEachWord(
    in utf8: UnsafeBufferPointer<UInt8>, _ spans: ArraySlice<Tokens.Span>, _ body: (_ tokens: Range<Int>, _ word: Int) -> Void
  ) {
    spans.withUnsafeBufferPointer { spans in
      for first in spans.indices {
        guard firsts.mayContain(decodeScalar(utf8, at: Int(spans[first].start)).scalar) else { continue }
        var node: ScalarTrie.Node = 0
        var last = first
        walk: while last < spans.count {
          // Words do not leap over what stands between tokens.
          if last > first, spans[last].start != spans[last - 1].end { break }
          var position = Int(spans[last].start)
          var value: UInt32 = 0
          while position < Int(spans[last].end) {
            let (scalar, length) = decodeScalar(utf8, at: position)
            guard let step = trie.step(from: node, scalar) else { break walk }
            (node, value) = (step.node, step.value)
            position += length
          }
          if value != 0 { body(first..<last + 1, Int(value)) }
          last += 1
        }
      }
    }
  }
}
