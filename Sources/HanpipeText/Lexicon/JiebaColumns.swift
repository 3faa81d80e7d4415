/// A line of a lexicon that was probably written for jieba: word, frequency and tag between spaces (`云计算 5 n`, `凱特琳 nz`).
///
/// A lexicon has columns between TABs, and reads such a line as one word with spaces, which no text holds: the word would be ignored
/// without a sign. The first column has no ASCII: `iPhone 15` is a word.
public struct JiebaColumns: Equatable, Sendable, CustomStringConvertible {
  /// From 1.
  public let line: Int
  public let text: String

  /// The first such line; nil if there is none.
  /// - Complexity: O(bytes).
  public init?(in bytes: [UInt8]) {
    var lines = TextLines(bytes)
    while let (number, place) = lines.next() {
      guard Self.hasColumns(bytes[place]) else { continue }
      line = number
      text = String(String(decoding: bytes[place], as: UTF8.self).prefix(40))
      return
    }
    return nil
  }

  private static func hasColumns(_ line: ArraySlice<UInt8>) -> Bool {
    let fields = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard (2...3).contains(fields.count), let word = fields.first, !word.isEmpty, word.allSatisfy({ $0 >= 0x80 }) else {
      return false
    }
    let isCounted = !fields[1].isEmpty && fields[1].allSatisfy { (0x30...0x39).contains($0) }
    let tag = fields.dropFirst(isCounted ? 2 : 1)
    return tag.count <= 1 && tag.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy { (0x61...0x7A).contains($0) } }
  }

  public var description: String {
    "line \(line): \"\(text)\" is taken as one word with spaces; if its columns are jieba's (word, frequency, tag), keep the words "
      + "alone: cut -d' ' -f1"
  }
}
