internal import HanpipeCore

/// A word of a dictionary's text file.
struct DictionaryLine {
  /// From 1.
  var number: Int
  var word: ArraySlice<UInt8>
  /// Nil where the line has none.
  var count: Int?
}

/// The lines of a dictionary in text, checked one by one.
///
/// jieba's format, `word [frequency] [tag]` with spaces between, or `word TAB frequency`, with anything in further columns, as
/// `hanpipe vocabulary build` prints it (its `<pad>` and `<unk>` are not read). A byte order mark, CRLF and blank lines are tolerated.
struct DictionaryLines {
  /// Longest line, in bytes.
  static let limit = 4096
  static let largestCount = 1_000_000_000_000

  private let bytes: [UInt8]
  private let isValid: Bool
  private var position = 0
  private var number = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    isValid = isValidUTF8(bytes[...])
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next word; nil at the end. After an error, the line behind.
  mutating func next() throws(DictionaryError) -> DictionaryLine? {
    while position < bytes.count {
      number += 1
      let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      var line = bytes[position..<end]
      position = end + 1
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) && !line.contains(UInt8(ascii: "\t")) { continue }
      if line.elementsEqual("<pad>\t0".utf8) || line.elementsEqual("<unk>\t0".utf8) { continue }
      return try parse(line)
    }
    return nil
  }

  private func parse(_ line: ArraySlice<UInt8>) throws(DictionaryError) -> DictionaryLine {
    guard line.count <= Self.limit else { throw .lineTooLong(line: number, bytes: line.count, limit: Self.limit) }
    guard isValid || isValidUTF8(line) else { throw .notUTF8(line: number) }
    var word = line
    var count: ArraySlice<UInt8>?
    if let tab = line.firstIndex(of: UInt8(ascii: "\t")) {
      word = line[..<tab]
      let rest = line[(tab + 1)...]
      count = rest[..<(rest.firstIndex(of: UInt8(ascii: "\t")) ?? rest.endIndex)]
    } else {
      // From the end, as jieba's pattern `(.+?)( [0-9]+)?( [a-z]+)?` has it.
      word = Self.trimmed(word)
      if let (rest, tag) = Self.lastColumn(word), tag.allSatisfy({ 0x61...0x7A ~= $0 }) { word = rest }
      if let (rest, digits) = Self.lastColumn(word), digits.allSatisfy({ 0x30...0x39 ~= $0 }) { (word, count) = (rest, digits) }
    }
    guard !word.isEmpty else { throw .noWord(line: number) }
    return DictionaryLine(number: number, word: try checked(word), count: try count.map(self.count))
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var line = line
    while line.last == UInt8(ascii: " ") { line.removeLast() }
    while line.first == UInt8(ascii: " ") { line.removeFirst() }
    return line
  }

  private static func lastColumn(_ line: ArraySlice<UInt8>) -> (rest: ArraySlice<UInt8>, column: ArraySlice<UInt8>)? {
    guard let space = line.lastIndex(of: UInt8(ascii: " ")) else { return nil }
    return (trimmed(line[..<space]), line[(space + 1)...])
  }

  private func count(_ digits: ArraySlice<UInt8>) throws(DictionaryError) -> Int {
    guard let count = Int(String(decoding: digits, as: UTF8.self)), 0...Self.largestCount ~= count else {
      throw .badCount(line: number, found: Self.show(digits))
    }
    return count
  }

  private func checked(_ word: ArraySlice<UInt8>) throws(DictionaryError) -> ArraySlice<UInt8> {
    var units = 0
    let hasSpace = word.withUnsafeBufferPointer { utf8 in
      var scanner = UnitScanner(utf8)
      let codes = UnitCodes.none
      while scanner.position < utf8.count {
        if scanner.next(codes) == UnitKind.blank.rawValue { return true }
        units += 1
      }
      return false
    }
    if hasSpace { throw .whiteSpace(line: number, word: Self.show(word)) }
    guard units <= LatticeDictionary.longestWord else {
      throw .wordTooLong(line: number, units: units, limit: LatticeDictionary.longestWord)
    }
    return word
  }

  /// At most 40 characters, for a message.
  private static func show(_ bytes: ArraySlice<UInt8>) -> String {
    let text = String(decoding: bytes.prefix(400), as: UTF8.self)
    return text.count > 40 ? text.prefix(40) + "…" : text
  }
}
