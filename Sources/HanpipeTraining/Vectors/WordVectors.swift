public import HanpipeCore
import HanpipeText

/// A vector for each of some words, in the text format of word2vec, fastText and GloVe.
///
///     3 4
///     苹果 0.1 -0.2 0.3 0.4
///     …
///
/// The first line, the number of words and of floats, may be missing, as GloVe's files have it.
public struct WordVectors: Sendable, Equatable {
  public private(set) var words: [String]
  /// Floats of each.
  public let width: Int
  /// A row a word.
  public private(set) var values: [Float]

  /// - Precondition: `width` floats for each word.
  public init(words: [String], width: Int, values: [Float]) {
    precondition(values.count == words.count * width, "\(values.count) floats for \(words.count) words of \(width)")
    (self.words, self.width, self.values) = (words, width, values)
  }

  /// Reads those vectors whose words are wanted; others are skipped unread, so that a file may be far larger than the memory.
  ///
  /// - Throws: `VectorsError`, which names the line.
  public init(_ file: some ByteStorage, wanted: (String) -> Bool = { _ in true }) throws(VectorsError) {
    var reader = VectorLines()
    try file.withBytes { (bytes) throws(VectorsError) in
      var line = 0
      var rest = bytes[...]
      while !rest.isEmpty {
        line += 1
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        try reader.read(UnsafeRawBufferPointer(rebasing: rest[..<end]), line: line, wanted: wanted)
        rest = end < rest.endIndex ? rest[(end + 1)...] : rest[end...]
      }
    }
    guard let width = reader.width else { throw .noWords }
    self.init(words: reader.words, width: width, values: reader.values)
  }

  /// The file's text, numbers to a millionth. Words that hold white space have no place in the format, and are left out.
  public var text: [UInt8] {
    let places = words.indices.filter { !words[$0].isEmpty && !words[$0].utf8.contains { $0 <= UInt8(ascii: " ") } }
    var result = Array("\(places.count) \(width)\n".utf8)
    for i in places {
      let word = words[i]
      result += word.utf8
      for value in values[i * width..<(i + 1) * width] {
        result.append(UInt8(ascii: " "))
        result += Self.short(value).utf8
      }
      result.append(UInt8(ascii: "\n"))
    }
    return result
  }

  private static func short(_ value: Float) -> String {
    let rounded = (Double(value) * 1e6).rounded() / 1e6
    return rounded == 0 ? "0" : "\(rounded)"
  }
}

/// Reads a file of vectors, line by line.
private struct VectorLines {
  var words: [String] = []
  var values: [Float] = []
  var width: Int?

  mutating func read(_ bytes: UnsafeRawBufferPointer, line: Int, wanted: (String) -> Bool) throws(VectorsError) {
    let separators: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    guard let end = bytes.firstIndex(where: { separators.contains($0) }) else {
      if bytes.allSatisfy({ $0 == UInt8(ascii: "\r") }) { return }
      throw .noNumbers(line: line)
    }
    let name = bytes[..<end]
    guard let word = String(validating: name, as: UTF8.self) else { throw .notUTF8(line: line) }
    if word.isEmpty { throw .noWord(line: line) }
    // A word that nobody wants needs no look at its numbers, once one line has shown how many there are.
    if width != nil, !wanted(word) { return }
    let rest = bytes[end...]
    let numbers = rest.split(whereSeparator: { separators.contains($0) || $0 == UInt8(ascii: "\r") })
    if line == 1, numbers.count == 1, let width = Int(String(decoding: numbers[0], as: UTF8.self)), Int(word) != nil {
      guard 1...8192 ~= width else { throw .width(found: width, line: line) }
      self.width = width
      return
    }
    let expected = width ?? numbers.count
    guard numbers.count == expected, expected > 0 else { throw .count(found: numbers.count, expected: expected, line: line) }
    width = expected
    guard wanted(word) else { return }
    for number in numbers {
      let text = String(decoding: number, as: UTF8.self)
      guard let value = Float(text), value.isFinite else { throw .notANumber(text, line: line) }
      values.append(value)
    }
    words.append(word)
  }
}

/// Why vectors of words cannot be learned, read or used.
public enum VectorsError: Error, Equatable, CustomStringConvertible {
  case noWords
  case noNumbers(line: Int)
  case noWord(line: Int)
  case notUTF8(line: Int)
  case width(found: Int, line: Int)
  case count(found: Int, expected: Int, line: Int)
  case notANumber(String, line: Int)
  /// No embedding of the spec is so wide.
  case noEmbedding(width: Int)

  public var description: String {
    switch self {
    case .noWords: "no words; expected text, or a file of vectors: a word and its numbers a line, with spaces between them"
    case .noNumbers(let line): "line \(line): no numbers; expected a word and its numbers, with spaces between them"
    case .noWord(let line): "line \(line): no word before the first space; expected a word and its numbers"
    case .notUTF8(let line): "line \(line): its word is not UTF-8; save the file as UTF-8"
    case .width(let found, let line): "line \(line): vectors of \(found) numbers are not allowed; expected 1 to 8192"
    case .count(let found, let expected, let line): "line \(line): \(found) numbers, but vectors of this file have \(expected)"
    case .notANumber(let text, let line): "line \(line): \"\(text.prefix(40))\" is not a finite number"
    case .noEmbedding(let width):
      "the vectors have \(width) numbers, but no embedding of the spec behind a vocabulary is so wide; set \"embedding\": \(width) (lstm, gru, rnn) "
        + "or \"width\": \(width) (embedding)"
    }
  }
}
