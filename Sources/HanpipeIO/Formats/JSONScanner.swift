/// Reads the members of one JSON object without building a tree: keys and values are ranges of the line.
///
/// The line is valid UTF-8. Everything is checked as in RFC 8259, also the values that nobody looks at, so that what is handed
/// through is JSON.
struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  private(set) var at = 0
  private static let deepest = 512

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private typealias Reason = RecordError.Reason
  private func failure(_ message: String) -> RecordError.Reason { .json(message, column: at + 1) }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }
  private var found: String {
    guard let byte = peek else { return "the end of the line" }
    guard byte >= 0x20, byte != 0x7F else { return "byte \(byte)" }
    let rest = String(decoding: bytes[at..<min(bytes.count, at + 4)], as: UTF8.self)
    return "\"\(rest.first.map(String.init) ?? "")\""
  }
  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { at += 1 }
  }

  /// Calls `body` with the ranges of each member's key (between its quotes) and value.
  mutating func members(
    _ body: (_ key: Range<Int>, _ value: Range<Int>) throws(RecordError.Reason) -> Void
  ) throws(RecordError.Reason) {
    skipSpace()
    guard peek == UInt8(ascii: "{") else { throw failure("expected \"{\", found \(found)") }
    at += 1
    skipSpace()
    if peek == UInt8(ascii: "}") {
      at += 1
    } else {
      var hasMore = true
      while hasMore {
        let key = try self.key()
        let start = at
        try value(depth: 1)
        try body(key, start..<at)
        hasMore = try separator(closing: UInt8(ascii: "}"))
      }
    }
    skipSpace()
    if at < bytes.count { throw failure("unexpected \(found) after the object") }
  }

  /// A key and the colon, up to the value's first byte. Gives the range between the quotes.
  private mutating func key() throws(RecordError.Reason) -> Range<Int> {
    skipSpace()
    guard peek == UInt8(ascii: "\"") else { throw failure("expected a key in quotes, found \(found)") }
    let start = at + 1
    try string()
    let range = start..<at - 1
    skipSpace()
    guard peek == UInt8(ascii: ":") else { throw failure("expected \":\" after the key, found \(found)") }
    at += 1
    skipSpace()
    return range
  }

  /// A comma (true) or the closing bracket (false).
  private mutating func separator(closing: UInt8) throws(RecordError.Reason) -> Bool {
    skipSpace()
    guard let byte = peek, byte == UInt8(ascii: ",") || byte == closing else {
      throw failure("expected \",\" or \"\(Character(Unicode.Scalar(closing)))\", found \(found)")
    }
    at += 1
    return byte != closing
  }

  private mutating func value(depth: Int) throws(RecordError.Reason) {
    guard depth < Self.deepest else { throw failure("nested more than \(Self.deepest) deep") }
    skipSpace()
    switch peek ?? 0 {
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "{"):
      at += 1
      skipSpace()
      if peek == UInt8(ascii: "}") {
        at += 1
        return
      }
      repeat {
        _ = try key()
        try value(depth: depth + 1)
      } while try separator(closing: UInt8(ascii: "}"))
    case UInt8(ascii: "["):
      at += 1
      skipSpace()
      if peek == UInt8(ascii: "]") {
        at += 1
        return
      }
      repeat { try value(depth: depth + 1) } while try separator(closing: UInt8(ascii: "]"))
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    default: throw failure("expected a value, found \(found)")
    }
  }

  private mutating func word(_ word: StaticString) throws(RecordError.Reason) {
    for offset in 0..<word.utf8CodeUnitCount {
      guard at + offset < bytes.count, bytes[at + offset] == word.utf8Start[offset] else {
        throw failure("expected a value, found \(found)")
      }
    }
    at += word.utf8CodeUnitCount
  }

  private mutating func digits(_ place: String) throws(RecordError.Reason) {
    let start = at
    while let byte = peek, byte >= 0x30, byte <= 0x39 { at += 1 }
    if at == start { throw failure("expected a digit\(place), found \(found)") }
  }

  private mutating func number() throws(RecordError.Reason) {
    if peek == UInt8(ascii: "-") { at += 1 }
    if peek == UInt8(ascii: "0") { at += 1 } else { try digits("") }
    if peek == UInt8(ascii: ".") {
      at += 1
      try digits(" after the point")
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      at += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { at += 1 }
      try digits(" in the exponent")
    }
  }

  private mutating func string() throws(RecordError.Reason) {
    at += 1
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        return
      case UInt8(ascii: "\\"): try escape()
      case ..<0x20: throw failure("a control character (byte \(byte)) inside a string; write it as an escape")
      default: at += 1
      }
    }
    throw failure("the string never ends")
  }

  private mutating func escape() throws(RecordError.Reason) {
    at += 1
    switch peek {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
      UInt8(ascii: "r"), UInt8(ascii: "t"):
      at += 1
    case UInt8(ascii: "u"):
      at += 1
      for _ in 0..<4 {
        switch peek ?? 0 {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
          UInt8(ascii: "A")...UInt8(ascii: "F"):
          at += 1
        default: throw failure("expected four hexadecimal digits after \\u")
        }
      }
    default: throw failure("unknown escape \\\(found)")
    }
  }
}
