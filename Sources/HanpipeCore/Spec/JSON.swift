/// A JSON value whose objects keep the order of their keys and whose integers stay integers.
public enum JSON: Sendable, Equatable, CustomStringConvertible {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  /// One line, as it is written to a stream of JSON Lines.
  public var description: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The beginning of the value, as a message shows it.
  package var excerpt: String {
    let text = description
    return text.count > 60 ? text.prefix(57) + "…" : text
  }

  public subscript(key: String) -> JSON? {
    if case .object(let object) = self { object[key] } else { nil }
  }
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
  public var intValue: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var arrayValue: [JSON]? { if case .array(let value) = self { value } else { nil } }
  public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }
}

/// Keys and values in the order in which they stand.
///
/// Keys are the same if their UTF-8 is (RFC 8259, section 8.3). Swift's own comparison would take 豈 U+F900 for 豈 U+8C48.
public struct JSONObject: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  public private(set) var members: [(key: String, value: JSON)] = []
  public init() {}
  public init(dictionaryLiteral elements: (String, JSON)...) { for (key, value) in elements { self[key] = value } }
  /// Of a key that stands twice, the last value.
  public init(_ members: some Sequence<(String, JSON)>) {
    // By their bytes, and not by searching for each: an object from outside may have 100,000 members.
    var places: [[UInt8]: Int] = [:]
    for (key, value) in members {
      let place = places[Array(key.utf8), default: self.members.count]
      if place < self.members.count {
        self.members[place].value = value
      } else {
        places[Array(key.utf8)] = place
        self.members.append((key, value))
      }
    }
  }

  /// Members whose keys are known to differ: no search for each.
  init(unique members: [(String, JSON)]) { self.members = members.map { (key: $0.0, value: $0.1) } }

  public var keys: [String] { members.map(\.key) }
  public subscript(key: String) -> JSON? {
    get { members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value }
    set {
      let index = members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append((key, value))
      case (nil, nil): break
      }
    }
  }
  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.members.count == b.members.count && a.members.allSatisfy { b[$0.key] == $0.value }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
}
