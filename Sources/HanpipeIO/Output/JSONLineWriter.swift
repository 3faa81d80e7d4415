public import HanpipeCore

/// Writes one JSON object a line, straight into bytes.
///
///     var line = JSONLineWriter()
///     line.begin()
///     line.members(record.members, except: ["label"])
///     line.string("label", "positive")
///     line.number("probability", 0.9731)
///     line.end()
///     try sink.write(line.bytes)
///
/// `{"id": 7, "label": "positive", "probability": 0.9731}`. Keys are written as they are: use none that needs escaping.
public struct JSONLineWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  private var isFirst = true

  public init() {}

  /// Begins a line.
  public mutating func begin() {
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
  }
  /// Ends the line.
  public mutating func end() {
    bytes.append(UInt8(ascii: "}"))
    bytes.append(0x0A)
    isFirst = true
  }

  /// Begins a member; its value is for the caller to write to `value`.
  public mutating func member(_ key: StaticString, _ value: (inout [UInt8]) -> Void) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    colon()
    value(&bytes)
  }

  public mutating func string(_ key: StaticString, _ value: some Sequence<UInt8>) {
    member(key) { JSON.write(string: value, to: &$0) }
  }
  public mutating func string(_ key: StaticString, _ value: String) { string(key, value.utf8) }
  public mutating func integer(_ key: StaticString, _ value: Int) {
    member(key) { JSON.write(integer: value, to: &$0) }
  }
  public mutating func bool(_ key: StaticString, _ value: Bool) {
    member(key) { $0.append(contentsOf: (value ? "true" : "false").utf8) }
  }
  /// The shortest digits that mean this number; null for NaN and infinities, which JSON has not.
  public mutating func number(_ key: StaticString, _ value: Float) { member(key) { Self.write(value, to: &$0) } }
  public mutating func strings(_ key: StaticString, _ values: some Sequence<String>) {
    member(key) { bytes in
      bytes.append(UInt8(ascii: "["))
      var isFirst = true
      for value in values {
        if !isFirst { bytes.append(contentsOf: ", ".utf8) }
        isFirst = false
        JSON.write(string: value.utf8, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    }
  }
  /// An object of numbers by name, such as a probability a label.
  /// - Precondition: as many values as names.
  public mutating func numbers(_ key: StaticString, _ names: [String], _ values: ArraySlice<Float>) {
    precondition(names.count == values.count, "\(values.count) numbers for \(names.count) names")
    member(key) { bytes in
      bytes.append(UInt8(ascii: "{"))
      for (i, name) in names.enumerated() {
        if i > 0 { bytes.append(contentsOf: ", ".utf8) }
        JSON.write(string: name.utf8, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
        Self.write(values[values.startIndex + i], to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }
  public mutating func json(_ key: StaticString, _ value: JSON) { member(key) { value.write(to: &$0) } }

  /// What the record brought along, byte for byte.
  /// - Parameter except: keys that the line itself writes: twice in one object they would be ambiguous.
  public mutating func members(_ members: RawMembers, except: [StaticString] = []) {
    for index in 0..<members.count {
      let key = members.key(index)
      let isTaken = except.contains { key.elementsEqual(UnsafeBufferPointer(start: $0.utf8Start, count: $0.utf8CodeUnitCount)) }
      if isTaken { continue }
      separate()
      bytes.append(UInt8(ascii: "\""))
      bytes.append(contentsOf: key)
      bytes.append(UInt8(ascii: "\""))
      colon()
      bytes.append(contentsOf: members.value(index))
    }
  }

  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    isFirst = true
  }

  private mutating func separate() {
    if !isFirst { bytes.append(contentsOf: ", ".utf8) }
    isFirst = false
  }
  private mutating func colon() { bytes.append(contentsOf: ": ".utf8) }

  package static func write(_ value: Float, to bytes: inout [UInt8]) {
    guard value.isFinite else {
      bytes.append(contentsOf: "null".utf8)
      return
    }
    let text = value.description
    bytes.append(contentsOf: text.utf8)
    if text.hasSuffix(".0") { bytes.removeLast(2) }
  }
}

/// Writes fields between TABs.
public enum TSVLine {
  /// Appends one line. TAB, LF and CR inside a field would end it, and become spaces.
  public static func write(_ fields: some Sequence<ArraySlice<UInt8>>, to bytes: inout [UInt8]) {
    var isFirst = true
    for field in fields {
      if !isFirst { bytes.append(0x09) }
      isFirst = false
      bytes.append(contentsOf: field.lazy.map { $0 == 0x09 || $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
    }
    bytes.append(0x0A)
  }
  public static func write(_ fields: [String], to bytes: inout [UInt8]) {
    write(fields.map { Array($0.utf8)[...] }, to: &bytes)
  }
}
