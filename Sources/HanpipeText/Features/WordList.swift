public import HanpipeCore

/// A list of words that says what a word is: the convention of whoever made it.
///
/// A word a line, as the dictionaries of `lexicon` in text have it: a frequency and a tag may stand behind the word, and are not read. A
/// byte order mark, CRLF and blank lines are tolerated; the same word twice is harmless.
public struct WordList: Sendable {
  /// In the order of the file.
  public let words: Texts
  /// Where each word stands in the file; nil where there is none.
  private let numbers: [UInt32]?

  /// - Throws: `DictionaryError` that names the line; `empty` if there is no word.
  public init(_ bytes: [UInt8]) throws(DictionaryError) {
    let lines = try DictionaryLines(bytes)
    guard !lines.lines.isEmpty else { throw .empty }
    var words = Texts()
    for line in lines.lines { words.append(validated: lines.bytes[line.word]) }
    self.words = words
    numbers = lines.lines.map { UInt32($0.number) }
  }

  public init(_ words: Texts) {
    self.words = words
    numbers = nil
  }

  /// The line of a word, from 1.
  package func line(of word: Int) -> Int { numbers.map { Int($0[word]) } ?? word + 1 }

  /// What `init(_:)` reads as the same words.
  public var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(words.bytes.count + 2 * words.count)
    for word in 0..<words.count {
      result.append(contentsOf: words.utf8(of: word))
      // The TAB ends a word that holds a space.
      result += [0x09, 0x0A]
    }
    return result
  }
}
