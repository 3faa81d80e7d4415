internal import HanpipeCore

/// A word of a dictionary's text file, as a place in the file's bytes. 24 bytes.
struct DictionaryLine {
  private var storedNumber: UInt32
  private var start: UInt32
  private var length: UInt16
  private var storedCount: Int

  init(number: Int, word: Range<Int>, count: Int?) {
    storedNumber = UInt32(number)
    start = UInt32(word.lowerBound)
    length = UInt16(word.count)
    storedCount = count ?? -1
  }

  /// Of the line, from 1.
  var number: Int { Int(storedNumber) }
  var word: Range<Int> { Int(start)..<Int(start) + Int(length) }
  /// Nil where the line has none.
  var count: Int? { storedCount < 0 ? nil : storedCount }
}

/// The words of a dictionary in text, each line checked.
///
/// jieba's format, `word [frequency] [tag]` with spaces between, or `word TAB frequency`, with anything in further columns, as
/// `hanpipe vocabulary build` prints it (its `<pad>` and `<unk>` are not read). Before a TAB a word may hold spaces. A byte order
/// mark, CRLF and blank lines are tolerated.
struct DictionaryLines {
  /// Bytes of the longest line.
  static let longestLine = 4096
  static let largestCount = 1_000_000_000_000
  /// Bytes of the longest file, so that places in it fit into 32 bits.
  static let longestFile = Int(UInt32.max)

  let bytes: [UInt8]
  let lines: [DictionaryLine]

  /// - Parameter skipped: called with what is wrong with a line, which is then left out; without it the first one is thrown.
  init(_ bytes: [UInt8], skipped: ((DictionaryError) -> Void)? = nil) throws(DictionaryError) {
    guard bytes.count <= Self.longestFile else { throw .fileTooLong(bytes: bytes.count, limit: Self.longestFile) }
    self.bytes = bytes
    let isValid = isValidUTF8(bytes[...])
    lines = try bytes.withUnsafeBufferPointer { (utf8) throws(DictionaryError) in try Self.read(utf8, isValid, skipped) }
  }

  /// Lends a word's bytes.
  @inline(__always)
  func withWord<R>(_ line: DictionaryLine, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[line.word])) }
  }

  private static func read(
    _ utf8: UnsafeBufferPointer<UInt8>, _ isValid: Bool, _ skipped: ((DictionaryError) -> Void)?
  ) throws(DictionaryError) -> [DictionaryLine] {
    var lines: [DictionaryLine] = []
    lines.reserveCapacity(utf8.count / 16)
    var all = TextLines(utf8)
    while let (number, line) = all.next() {
      do throws(DictionaryError) {
        let parser = DictionaryLineParser(utf8: utf8, isValid: isValid, number: number)
        if let line = try parser.parse(line) { lines.append(line) }
      } catch {
        guard let skipped else { throw error }
        skipped(error)
      }
    }
    return lines
  }
}

/// Reads one line of a dictionary in text.
private struct DictionaryLineParser {
  let utf8: UnsafeBufferPointer<UInt8>
  /// Whether the whole file is UTF-8: then no line needs to be looked at.
  let isValid: Bool
  let number: Int

  private static let space = UInt8(ascii: " ")
  private static let tab = UInt8(ascii: "\t")

  /// The word; nil for a blank line and for the signs of a vocabulary.
  func parse(_ line: Range<Int>) throws(DictionaryError) -> DictionaryLine? {
    guard line.count <= DictionaryLines.longestLine else {
      throw .lineTooLong(line: number, bytes: line.count, limit: DictionaryLines.longestLine)
    }
    guard isValid || isValidUTF8(ArraySlice(utf8[line])) else { throw .notUTF8(line: number) }
    let tab = line.first { utf8[$0] == Self.tab }
    var word = trimmed(line.lowerBound..<(tab ?? line.upperBound))
    var digits: Range<Int>?
    if let tab {
      let rest = tab + 1..<line.upperBound
      let column = trimmed(rest.lowerBound..<(rest.first { utf8[$0] == Self.tab } ?? rest.upperBound))
      if !column.isEmpty { digits = column }
      if utf8[word].elementsEqual("<pad>".utf8) || utf8[word].elementsEqual("<unk>".utf8) { return nil }
    } else {
      if word.isEmpty { return nil }
      // From the end, as jieba's pattern `(.+?)( [0-9]+)?( [a-z]+)?` has it.
      if let (rest, tag) = lastColumn(word), utf8[tag].allSatisfy({ 0x61...0x7A ~= $0 }) { word = rest }
      if let (rest, column) = lastColumn(word), utf8[column].allSatisfy({ 0x30...0x39 ~= $0 }) { (word, digits) = (rest, column) }
    }
    guard !word.isEmpty else { throw .noWord(line: number) }
    try check(word, allowsSpace: tab != nil)
    guard let digits else { return DictionaryLine(number: number, word: word, count: nil) }
    return DictionaryLine(number: number, word: word, count: try count(digits))
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var range = range
    while let last = range.last, utf8[last] == Self.space { range = range.dropLast() }
    while let first = range.first, utf8[first] == Self.space { range = range.dropFirst() }
    return range
  }

  private func lastColumn(_ line: Range<Int>) -> (rest: Range<Int>, column: Range<Int>)? {
    guard let space = line.last(where: { utf8[$0] == Self.space }) else { return nil }
    return (trimmed(line.lowerBound..<space), space + 1..<line.upperBound)
  }

  private func count(_ digits: Range<Int>) throws(DictionaryError) -> Int {
    var value = 0
    for i in digits {
      if 0x30...0x39 ~= utf8[i] { value = value * 10 + Int(utf8[i] - 0x30) } else { value = .max }
      guard value <= DictionaryLines.largestCount else { throw .badCount(line: number, found: show(digits)) }
    }
    return value
  }

  /// Whether a word can stand in a lattice.
  private func check(_ word: Range<Int>, allowsSpace: Bool) throws(DictionaryError) {
    // Few characters, and ideographs alone: nearly always.
    let limit = LatticeDictionary.longestWord
    if word.count <= 3 * limit, utf8[word].allSatisfy({ 0x80..<0xC0 ~= $0 || 0xE4...0xE9 ~= $0 }) { return }
    var units = 0
    var hasSpace = false
    var scanner = UnitScanner(UnsafeBufferPointer(rebasing: utf8[word]))
    while scanner.position < word.count {
      let first = decodeScalar(scanner.utf8, at: scanner.position).scalar
      if scanner.next(.none) == UnitKind.blank.rawValue, isWhiteSpace(first) { hasSpace = true }
      units += 1
    }
    if hasSpace && !allowsSpace { throw .whiteSpace(line: number, word: show(word)) }
    guard units <= limit else { throw .wordTooLong(line: number, units: units, limit: limit) }
  }

  /// At most 40 characters, for a message.
  private func show(_ range: Range<Int>) -> String {
    let text = String(decoding: utf8[range].prefix(400), as: UTF8.self)
    return text.count > 40 ? text.prefix(40) + "…" : text
  }
}
