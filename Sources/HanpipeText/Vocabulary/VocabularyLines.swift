internal import HanpipeCore

/// The lines of a vocabulary file, checked one by one.
struct VocabularyLines {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var number = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  func wrong(_ reason: String) -> StateError { .malformed(Vocabulary.fileName, reason: "line \(number): \(reason)") }

  mutating func readReserved(_ name: String) throws(StateError) {
    let line = nextLine()
    guard let line, bytes[line.range].elementsEqual("\(name)\t0".utf8) else {
      let found = line.map { "\"\(show($0.range))\"" } ?? "the end of the file"
      throw wrong("found \(found); expected \"\(name)\", a TAB and 0, the line of a reserved id")
    }
  }

  /// Hands out the next word and its count; `take` says whether the word is new. Returns false at the end.
  mutating func next(_ take: (_ word: UnsafeBufferPointer<UInt8>, _ count: Int) -> Bool) throws(StateError) -> Bool {
    guard let line = nextLine() else { return false }
    guard let tab = line.tab else {
      throw wrong("found \"\(show(line.range))\"; expected a word, a TAB and its count")
    }
    guard let count = number(tab + 1..<line.range.upperBound) else {
      throw wrong("the count \"\(show(tab + 1..<line.range.upperBound))\" is not allowed; expected an integer from 0 up")
    }
    let word = line.range.lowerBound..<tab
    guard !word.isEmpty else { throw wrong("no word before the TAB; remove the line, or write the word") }
    let isNew: Bool
    if line.hasEscape {
      isNew = try unescape(bytes[word]).withUnsafeBufferPointer { take($0, count) }
    } else {
      isNew = take(UnsafeBufferPointer(rebasing: bytes[word]), count)
    }
    guard isNew else { throw wrong("\"\(show(word))\" stands in an earlier line too; keep one of the two") }
    return true
  }

  private struct Line {
    /// Without its end.
    var range: Range<Int>
    /// The first one's place.
    var tab: Int?
    /// Whether there is a backslash before the TAB.
    var hasEscape: Bool
  }

  /// One pass for all that is to be known: a model's start waits for the vocabulary.
  private mutating func nextLine() -> Line? {
    number += 1
    guard position < bytes.count else { return nil }
    let start = position
    var tab: Int?
    var hasEscape = false
    var end = start
    while end < bytes.count {
      let byte = bytes[end]
      if byte == UInt8(ascii: "\n") { break }
      if byte == UInt8(ascii: "\t"), tab == nil { tab = end }
      if byte == UInt8(ascii: "\\"), tab == nil { hasEscape = true }
      end += 1
    }
    position = end + 1
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return Line(range: start..<end, tab: tab, hasEscape: hasEscape)
  }

  private func number(_ digits: Range<Int>) -> Int? {
    guard !digits.isEmpty, digits.count <= 18 else { return nil }
    var value = 0
    for i in digits {
      guard 0x30...0x39 ~= bytes[i] else { return nil }
      value = value * 10 + Int(bytes[i] - 0x30)
    }
    return value
  }

  // MARK: Escapes

  private static let escapes: [(byte: UInt8, letter: UInt8)] = [
    (0x09, UInt8(ascii: "t")), (0x0A, UInt8(ascii: "n")), (0x0D, UInt8(ascii: "r")), (0x5C, 0x5C),
  ]

  static func escape(_ word: ArraySlice<UInt8>, into result: inout [UInt8]) {
    for byte in word {
      if let escape = escapes.first(where: { $0.byte == byte }) {
        result.append(0x5C)
        result.append(escape.letter)
      } else {
        result.append(byte)
      }
    }
  }

  private func unescape(_ word: Slice<UnsafeBufferPointer<UInt8>>) throws(StateError) -> [UInt8] {
    var result: [UInt8] = []
    var i = word.startIndex
    while i < word.endIndex {
      if word[i] == 0x5C {
        i += 1
        guard i < word.endIndex, let escape = Self.escapes.first(where: { $0.letter == word[i] }) else {
          throw wrong(#"a backslash in "\#(show(word.startIndex..<word.endIndex))"; expected one of \t, \n, \r, \\"#)
        }
        result.append(escape.byte)
      } else {
        result.append(word[i])
      }
      i += 1
    }
    return result
  }

  /// At most 40 characters, for a message.
  private func show(_ range: Range<Int>) -> String {
    let text = String(decoding: bytes[range].prefix(400), as: UTF8.self)
    return text.count > 40 ? text.prefix(40) + "…" : text
  }
}
