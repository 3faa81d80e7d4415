internal import HanpipeCore

/// One entry of a lexicon file, as byte ranges into it.
struct LexiconLine {
  var number: Int
  var text: Range<Int>
  var rule: Lexicon.Rule
  var parts: [Range<Int>]
}

/// The entries of a lexicon file, checked one by one.
struct LexiconLines {
  /// Longest line, in bytes: 1,365 ideographs. Beyond it the file is not a list of words, and no message should show it.
  static let limit = 4096

  private let bytes: UnsafeBufferPointer<UInt8>
  private var lines: TextLines<UnsafeBufferPointer<UInt8>>
  private var number = 0

  /// Whether the whole file is UTF-8: then no line needs to be looked at.
  private let isValid: Bool

  init(_ bytes: UnsafeBufferPointer<UInt8>, isValid: Bool) {
    self.bytes = bytes
    self.isValid = isValid
    lines = TextLines(bytes)
  }

  mutating func next() throws(LexiconError) -> LexiconLine? {
    while let (number, line) = lines.next() {
      self.number = number
      if line.isEmpty || bytes[line.lowerBound] == UInt8(ascii: "#") { continue }
      return try parse(line)
    }
    return nil
  }

  private func parse(_ line: Range<Int>) throws(LexiconError) -> LexiconLine {
    guard line.count <= Self.limit else {
      throw .lineTooLong(line: number, bytes: line.count, limit: Self.limit)
    }
    guard isValid || isValidUTF8(ArraySlice(bytes[line])) else { throw .notUTF8(line: number) }
    var columns = columns(of: line)
    // Spreadsheets end short rows with empty columns.
    while columns.count > 1, columns[columns.count - 1].isEmpty { columns.removeLast() }
    var text = columns[0]
    if text.count > 1, bytes[text.lowerBound] == UInt8(ascii: "\\"), bytes[text.lowerBound + 1] == UInt8(ascii: "#") {
      text = text.lowerBound + 1..<text.upperBound
    }
    try checkText(text)
    let rule = try rule(columns.count > 1 ? columns[1] : text.lowerBound..<text.lowerBound)
    let parts = Array(columns.dropFirst(2))
    try checkParts(parts, of: text, rule)
    return LexiconLine(number: number, text: text, rule: rule, parts: parts)
  }

  private func columns(of line: Range<Int>) -> [Range<Int>] {
    var columns: [Range<Int>] = []
    var start = line.lowerBound
    for i in line where bytes[i] == UInt8(ascii: "\t") {
      columns.append(start..<i)
      start = i + 1
    }
    columns.append(start..<line.upperBound)
    return columns
  }

  private func checkText(_ text: Range<Int>) throws(LexiconError) {
    guard !text.isEmpty else { throw .noText(line: number) }
    let utf8 = UnsafeBufferPointer(rebasing: bytes[text])
    guard !isWhiteSpace(decodeScalar(utf8, at: 0).scalar),
      !isWhiteSpace(decodeScalar(utf8, before: utf8.count) ?? 0)
    else { throw .spaceAtEdge(line: number, text: string(text)) }
  }

  private func rule(_ column: Range<Int>) throws(LexiconError) -> Lexicon.Rule {
    if column.isEmpty { return .force }
    guard let rule = Lexicon.Rule(rawValue: string(column)) else {
      throw .unknownRule(line: number, found: string(column))
    }
    return rule
  }

  private func checkParts(_ parts: [Range<Int>], of text: Range<Int>, _ rule: Lexicon.Rule) throws(LexiconError) {
    guard rule == .split else {
      guard parts.isEmpty else { throw .unexpectedParts(line: number, rule: rule) }
      return
    }
    guard parts.count > 1 else { throw .tooFewParts(line: number, text: string(text)) }
    guard parts.allSatisfy({ !$0.isEmpty }), parts.lazy.flatMap({ bytes[$0] }).elementsEqual(bytes[text]) else {
      throw .partsDiffer(line: number, text: string(text), parts: parts.map(string))
    }
  }

  private func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
