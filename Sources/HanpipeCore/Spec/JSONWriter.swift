extension JSON {
  /// Appends the value on one line: `{"a": 1, "b": [true, null]}`.
  public func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): Self.write(integer: value, to: &bytes)
    case .number(let value): bytes.append(contentsOf: Self.text(of: value).utf8)
    case .string(let value): Self.write(string: value.utf8, to: &bytes)
    case .array(let values):
      bytes.append(UInt8(ascii: "["))
      for (i, value) in values.enumerated() {
        if i > 0 { bytes.append(contentsOf: ", ".utf8) }
        value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (i, member) in object.members.enumerated() {
        if i > 0 { bytes.append(contentsOf: ", ".utf8) }
        Self.write(string: member.key.utf8, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
        member.value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  /// Appends a quoted string. Only what JSON demands is escaped: Chinese stays readable.
  public static func write(string: some Sequence<UInt8>, to bytes: inout [UInt8]) {
    // Strings and arrays lend their storage: the loop then runs on plain memory, not on the generic sequence of another module.
    let done: Void? = string.withContiguousStorageIfAvailable { write($0, to: &bytes) }
    if done == nil { Array(string).withUnsafeBufferPointer { write($0, to: &bytes) } }
  }

  /// Appends an integer in decimal digits, without making a string of it first.
  public static func write(integer: Int, to bytes: inout [UInt8]) {
    var rest = integer.magnitude
    // 2⁶⁴ has 20 digits.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var first = 20
      repeat {
        first -= 1
        digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      if integer < 0 { bytes.append(UInt8(ascii: "-")) }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
    }
  }

  private static func write(_ string: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    for i in string.indices {
      let byte = string[i]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
      bytes.append(contentsOf: string[start..<i])
      bytes.append(contentsOf: escape(byte).utf8)
      start = i + 1
    }
    bytes.append(contentsOf: string[start...])
    bytes.append(UInt8(ascii: "\""))
  }

  private static func escape(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): #"\""#
    case UInt8(ascii: "\\"): #"\\"#
    case 0x0A: #"\n"#
    case 0x0D: #"\r"#
    case 0x09: #"\t"#
    default: "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
    }
  }

  /// The shortest text that reads back as the same number, with its point: `1.0` passes through as `1.0`, not as an integer.
  /// JSON has no NaN and no infinity: they become null.
  static func text(of value: Double) -> String { value.isFinite ? "\(value)" : "null" }

  /// Several lines, two spaces a level; arrays of plain values stay on one line. Ends without a newline.
  public func pretty(indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .object(let object) where !object.members.isEmpty:
      let lines = object.members.map { member -> String in
        let key = JSON.string(member.key).description
        return "\(inner)\(key): \(member.value.pretty(indent: inner))"
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    case .array(let values) where values.contains { $0.objectValue != nil || $0.arrayValue != nil }:
      return "[\n" + values.map { inner + $0.pretty(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
    default: return description
    }
  }
}
