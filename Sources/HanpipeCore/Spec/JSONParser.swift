/// Where and why a text is not JSON, or not JSON as we read it (a key twice is refused).
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  public var line: Int
  /// In bytes, from 1.
  public var column: Int
  public var message: String
  public var description: String { "line \(line), column \(column): \(message)" }
}

extension JSON {
  /// Reads one JSON value (RFC 8259) that fills all of `bytes`; a byte order mark in front is skipped.
  ///
  /// - Throws: `JSONSyntaxError`, also for a key that stands twice in an object and for nesting deeper than 512.
  public init(parsing bytes: some Collection<UInt8>) throws(JSONSyntaxError) {
    var parser = JSONParser(Array(bytes))
    self = try parser.document()
  }
  public init(parsing text: String) throws(JSONSyntaxError) { try self.init(parsing: text.utf8) }
}

private struct JSONParser {
  private let bytes: [UInt8]
  private var at = 0
  private static let deepest = 512

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONSyntaxError) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    let value = try value(depth: 0)
    skipSpace()
    if at < bytes.count { throw error("after the value, unexpected \(found)") }
    return value
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private var found: String {
    guard let byte = peek else { return "end of input" }
    if byte < 0x20 || byte == 0x7F { return "byte \(byte)" }
    let character = String(decoding: bytes[at..<min(bytes.count, at + 4)], as: UTF8.self).first.map(String.init) ?? "?"
    return "\"\(character)\"\(hint(character))"
  }

  /// What is probably wrong with what stands here: marks of other languages, or of an input method.
  private func hint(_ character: String) -> String {
    let rest = bytes[at...]
    switch character {
    case "/" where rest.starts(with: "//".utf8) || rest.starts(with: "/*".utf8), "#": return "; JSON has no comments: remove it"
    case "'", "“", "”", "‘", "’": return "; strings stand in double quotes"
    case "，", "：", "［", "］", "｛", "｝", "、":
      return "; it is full width: JSON's marks are ASCII"
    default:
      for (word, json) in [("True", "true"), ("False", "false"), ("None", "null")] where rest.starts(with: word.utf8) {
        return "; JSON writes \(json)"
      }
      return ""
    }
  }

  private func error(_ message: String, at position: Int? = nil) -> JSONSyntaxError {
    let before = bytes[..<(position ?? at)]
    let line = before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return JSONSyntaxError(line: line, column: before.endIndex - start + 1, message: message)
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard depth < Self.deepest else { throw error("nested more than \(Self.deepest) deep") }
      return try peek == UInt8(ascii: "{") ? object(depth) : array(depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    default: throw error("expected a value, found \(found)")
    }
  }

  private mutating func word(_ word: String, _ value: JSON) throws(JSONSyntaxError) -> JSON {
    guard bytes[at...].starts(with: word.utf8) else { throw error("expected a value, found \(found)") }
    at += word.utf8.count
    return value
  }

  private mutating func object(_ depth: Int) throws(JSONSyntaxError) -> JSON {
    var members: [(String, JSON)] = []
    var keys: Set<[UInt8]> = []
    at += 1
    skipSpace()
    if peek == UInt8(ascii: "}") {
      at += 1
      return .object(JSONObject())
    }
    while true {
      skipSpace()
      let start = at
      guard peek == UInt8(ascii: "\"") else { throw error("expected a key in quotes, found \(found)") }
      let key = try string()
      guard keys.insert(Array(key.utf8)).inserted else {
        throw error("the key \"\(key)\" stands twice in one object", at: start)
      }
      skipSpace()
      guard peek == UInt8(ascii: ":") else { throw error("expected \":\" after the key \"\(key)\", found \(found)") }
      at += 1
      members.append((key, try value(depth: depth + 1)))
      skipSpace()
      switch peek {
      case UInt8(ascii: ","): try comma(before: "}")
      case UInt8(ascii: "}"):
        at += 1
        return .object(JSONObject(unique: members))
      default: throw error("expected \",\" or \"}\", found \(found)")
      }
    }
  }

  /// Goes past a comma, which something must follow.
  private mutating func comma(before end: Unicode.Scalar) throws(JSONSyntaxError) {
    let comma = at
    at += 1
    skipSpace()
    if peek == UInt8(ascii: end) { throw error("the comma before \"\(end)\" is one too many: remove it", at: comma) }
  }

  private mutating func array(_ depth: Int) throws(JSONSyntaxError) -> JSON {
    var values: [JSON] = []
    at += 1
    skipSpace()
    if peek == UInt8(ascii: "]") {
      at += 1
      return .array([])
    }
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      switch peek {
      case UInt8(ascii: ","): try comma(before: "]")
      case UInt8(ascii: "]"):
        at += 1
        return .array(values)
      default: throw error("expected \",\" or \"]\", found \(found)")
      }
    }
  }

  private mutating func number() throws(JSONSyntaxError) -> JSON {
    let start = at
    var isInteger = true
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }
    if peek == UInt8(ascii: "-") { at += 1 }
    guard isDigit(peek) else { throw error("expected a digit, found \(found)") }
    if peek == UInt8(ascii: "0") { at += 1 } else { while isDigit(peek) { at += 1 } }
    if peek == UInt8(ascii: ".") {
      isInteger = false
      at += 1
      guard isDigit(peek) else { throw error("expected a digit after the point, found \(found)") }
      while isDigit(peek) { at += 1 }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      isInteger = false
      at += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { at += 1 }
      guard isDigit(peek) else { throw error("expected a digit in the exponent, found \(found)") }
      while isDigit(peek) { at += 1 }
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    // An integer has no negative zero.
    if isInteger, let value = Int(text), value != 0 || bytes[start] != UInt8(ascii: "-") { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw error("the number \(text.count > 40 ? text.prefix(37) + "…" : text) is too large", at: start)
    }
    return .number(value)
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    let start = at
    var text: [UInt8] = []
    at += 1
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        guard isValidUTF8(text[...]) else { throw error("the string is not UTF-8", at: start) }
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(&text)
      case 0..<0x20: throw error("a control character (byte \(byte)) inside a string; write it as an escape")
      default:
        // What needs no escape is copied as a whole.
        let plain = at
        while at < bytes.count, bytes[at] >= 0x20, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") { at += 1 }
        text.append(contentsOf: bytes[plain..<at])
      }
    }
    throw error("the string never ends", at: start)
  }

  private mutating func escape(_ text: inout [UInt8]) throws(JSONSyntaxError) {
    at += 1
    switch peek {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[at])
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      at += 1
      var unit = try hex4()
      // A pair of surrogates is one character; a lone one is none, and is repaired as everywhere else.
      if (0xD800..<0xDC00).contains(unit), bytes[at...].starts(with: Array(#"\u"#.utf8)) {
        let mark = at
        at += 2
        let low = try hex4()
        if (0xDC00..<0xE000).contains(low) {
          unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        } else {
          at = mark
        }
      }
      text.append(contentsOf: String(Character(Unicode.Scalar(unit) ?? "\u{FFFD}")).utf8)
      return
    case nil: return  // the string never ends, as its caller will see
    default: throw error("expected an escape after \"\\\", found \(found)")
    }
    at += 1
  }

  private mutating func hex4() throws(JSONSyntaxError) -> UInt32 {
    guard at + 4 <= bytes.count, let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16),
      bytes[at] != UInt8(ascii: "+"), bytes[at] != UInt8(ascii: "-")
    else { throw error("expected four hexadecimal digits after \\u") }
    at += 4
    return value
  }
}
