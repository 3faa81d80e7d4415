public import HanpipeCore

/// What a plug-in counts offsets in.
public enum OffsetUnit: String, Sendable, CaseIterable, SettingValue {
  /// Of UTF-8: Rust, Go, C.
  case bytes
  /// Unicode scalar values: Python's strings.
  case characters
  /// Units of UTF-16: JavaScript, Java, C#.
  case utf16 = "utf-16"
}

/// Turns the offsets into one text into bytes.
struct OffsetTable {
  private let unit: OffsetUnit
  private let size: Int
  /// The byte at which each unit starts, and the text's end; empty where units are bytes. The second half of a pair of surrogates
  /// starts inside of its character, so that whoever cuts there is found out.
  private var bytes: [Int] = []

  init(_ unit: OffsetUnit, _ utf8: ArraySlice<UInt8>) {
    self.unit = unit
    size = utf8.count
    guard unit != .bytes else { return }
    bytes.reserveCapacity(utf8.count + 1)
    for (i, byte) in utf8.enumerated() where byte & 0xC0 != 0x80 {
      bytes.append(i)
      if unit == .utf16, byte >= 0xF0 { bytes.append(i + 1) }
    }
    bytes.append(size)
  }

  /// Reads an answer that is an array of arrays, each of which begins with a start and an end.
  /// - Parameter item: makes one of a place and the values behind it; nil if they are not what is expected.
  func items<Item>(
    _ json: JSON, _ name: AnswerError.SpanName, expected: String, _ item: (PluginSpan, ArraySlice<JSON>) -> Item?
  ) throws(AnswerError) -> [Item] {
    guard let values = json.arrayValue else { throw .form(expected: expected, found: json.excerpt) }
    var items: [Item] = []
    items.reserveCapacity(values.count)
    for (i, value) in values.enumerated() {
      guard let parts = value.arrayValue, parts.count >= 2, let start = parts[0].intValue, let end = parts[1].intValue,
        let item = item(try span(start, end, name, number: i + 1), parts.dropFirst(2))
      else { throw .form(expected: expected, found: value.excerpt) }
      items.append(item)
    }
    return items
  }

  /// - Parameter number: which of the answer's spans it is, from 1.
  func span(_ start: Int, _ end: Int, _ name: AnswerError.SpanName, number: Int) throws(AnswerError) -> PluginSpan {
    let span = PluginSpan(start: start, end: end)
    guard unit != .bytes else { return span }
    if end < start { throw .span(name, number: number, span, .backwards) }
    guard start >= 0, end < bytes.count else {
      throw .span(name, number: number, span, .outside(size: bytes.count - 1, unit: unit == .utf16 ? "units of UTF-16" : "characters"))
    }
    return PluginSpan(start: bytes[start], end: bytes[end])
  }
}
