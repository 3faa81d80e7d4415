internal import HanpipeCore

/// The words of a list, a word a line.
///
/// UTF-8; a byte order mark, CRLF, blank lines and white space around a word are tolerated; a line that begins with `#` is a comment
/// (`\#` a word with `#`). The same word twice is harmless.
struct StopWordLines {
  /// Bytes of the longest line.
  static let limit = 4096

  let bytes: [UInt8]
  let lines: [(number: Int, word: Range<Int>)]

  /// - Throws: `StopWordError` for the first line that is wrong; `empty` if there is no word.
  init(_ bytes: [UInt8]) throws(StopWordError) {
    self.bytes = bytes
    var lines: [(Int, Range<Int>)] = []
    var all = TextLines(bytes)
    while let (number, line) = all.next() {
      if let word = try Self.word(bytes, line, number) { lines.append((number, word)) }
    }
    guard !lines.isEmpty else { throw .empty }
    self.lines = lines
  }

  /// Words that a spec names itself, as line 0.
  init(_ words: [String]) {
    var bytes: [UInt8] = []
    lines = words.map { word in
      let start = bytes.count
      bytes += Array(word.utf8)
      return (0, start..<bytes.count)
    }
    self.bytes = bytes
  }

  private static func word(_ bytes: [UInt8], _ line: Range<Int>, _ number: Int) throws(StopWordError) -> Range<Int>? {
    guard line.count <= limit else { throw .lineTooLong(line: number, bytes: line.count, limit: limit) }
    guard isValidUTF8(bytes[line]) else { throw .notUTF8(line: number) }
    if line.first.map({ bytes[$0] }) == UInt8(ascii: "#") { return nil }
    var word = trimmed(bytes, line)
    if word.isEmpty { return nil }
    if let tab = word.first(where: { bytes[$0] == UInt8(ascii: "\t") }) {
      throw .columns(line: number, word: String(decoding: bytes[word.lowerBound..<tab], as: UTF8.self))
    }
    if word.count > 1, bytes[word.lowerBound] == UInt8(ascii: "\\"), bytes[word.lowerBound + 1] == UInt8(ascii: "#") {
      word = word.lowerBound + 1..<word.upperBound
    }
    return word
  }

  /// What is left of a stretch of valid UTF-8 without the white space at its ends.
  static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
    bytes.withUnsafeBufferPointer { utf8 in
      let line = UnsafeBufferPointer(rebasing: utf8[range])
      var (start, end) = (0, line.count)
      while start < end {
        let (scalar, length) = decodeScalar(line, at: start)
        if !isWhiteSpace(scalar) { break }
        start += length
      }
      while end > start, let scalar = decodeScalar(line, before: end), isWhiteSpace(scalar) { end -= utf8Length(scalar) }
      return range.lowerBound + start..<range.lowerBound + end
    }
  }
}

/// What is wrong with a list of stop words.
public enum StopWordError: Error, Equatable, CustomStringConvertible {
  case notUTF8(line: Int)
  case lineTooLong(line: Int, bytes: Int, limit: Int)
  case columns(line: Int, word: String)
  case empty

  public var description: String {
    switch self {
    case .notUTF8(let line): "line \(line): not UTF-8; save the file as UTF-8"
    case .lineTooLong(let line, let bytes, let limit):
      "line \(line): \(bytes) bytes, but a line may have \(limit); write one word a line"
    case .columns(let line, let word): "line \(line): a TAB behind \"\(word)\"; expected a word alone: cut -f1 keeps the first column"
    case .empty: "no word; expected a word a line"
    }
  }
}
