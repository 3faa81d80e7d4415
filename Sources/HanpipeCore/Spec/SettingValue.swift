/// A type that a setting can have.
public protocol SettingValue: Sendable {
  /// As messages name it: `an integer`.
  static var noun: String { get }
  static var schema: JSON { get }
  /// - Throws: `SpecError.badValue` at `path` if the value is of another type.
  static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> Self
  var json: JSON { get }
}

extension SettingValue {
  fileprivate static func refuse(_ json: JSON, at path: SpecPath) -> SpecError {
    .badValue(path, found: json.excerpt, allowed: noun)
  }
}

extension Int: SettingValue {
  public static var noun: String { "an integer" }
  public static var schema: JSON { ["type": "integer"] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> Int {
    guard let value = json.intValue else { throw refuse(json, at: path) }
    return value
  }
  public var json: JSON { .integer(self) }
}

extension Double: SettingValue {
  public static var noun: String { "a number" }
  public static var schema: JSON { ["type": "number"] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> Double {
    guard let value = json.doubleValue else { throw refuse(json, at: path) }
    return value
  }
  public var json: JSON { Int(exactly: self).map(JSON.integer) ?? .number(self) }
}

extension Bool: SettingValue {
  public static var noun: String { "true or false" }
  public static var schema: JSON { ["type": "boolean"] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> Bool {
    guard let value = json.boolValue else { throw refuse(json, at: path) }
    return value
  }
  public var json: JSON { .bool(self) }
}

extension String: SettingValue {
  public static var noun: String { "a string" }
  public static var schema: JSON { ["type": "string"] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> String {
    guard let value = json.stringValue else { throw refuse(json, at: path) }
    return value
  }
  public var json: JSON { .string(self) }
}

/// Enumerations of names.
extension SettingValue where Self: RawRepresentable, RawValue == String, Self: CaseIterable {
  public static var noun: String { "one of " + allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ") }
  public static var schema: JSON { ["enum": .array(allCases.map { .string($0.rawValue) })] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> Self {
    guard let value = json.stringValue.flatMap(Self.init(rawValue:)) else {
      throw .badValue(path, found: json.excerpt, allowed: noun)
    }
    return value
  }
  public var json: JSON { .string(rawValue) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
  public static var noun: String { "\(Wrapped.noun), or null" }
  public static var schema: JSON { ["anyOf": [Wrapped.schema, ["type": "null"]]] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> Wrapped? {
    if json == .null { return nil }
    return try Wrapped.decode(json, at: path)
  }
  public var json: JSON { self?.json ?? .null }
}

extension Array: SettingValue where Element: SettingValue {
  public static var noun: String { "an array, each of it \(Element.noun)" }
  public static var schema: JSON { ["type": "array", "items": Element.schema] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> [Element] {
    guard let values = json.arrayValue else { throw .badValue(path, found: json.excerpt, allowed: noun) }
    var result: [Element] = []
    for (i, value) in values.enumerated() { result.append(try Element.decode(value, at: path[i])) }
    return result
  }
  public var json: JSON { .array(map(\.json)) }
}

/// Numbers by name, such as the weight of each class.
extension Dictionary: SettingValue where Key == String, Value == Double {
  public static var noun: String { "an object of numbers" }
  public static var schema: JSON { ["type": "object", "additionalProperties": ["type": "number"]] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> [String: Double] {
    guard let object = json.objectValue else { throw .badValue(path, found: json.excerpt, allowed: noun) }
    var result: [String: Double] = [:]
    for (key, value) in object.members { result[key] = try Double.decode(value, at: path[key]) }
    return result
  }
  public var json: JSON { .object(JSONObject(sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })) }
}

/// A file that a spec names, relative to the spec's own. It is copied into a model directory with the model.
public struct ResourcePath: SettingValue, Equatable {
  public let path: String
  public init(_ path: String) { self.path = path }
  public static var noun: String { "a path relative to the spec's own file" }
  public static var schema: JSON { ["type": "string", "pattern": #"^[^/\u0000][^\u0000]*$"#] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> ResourcePath {
    guard let value = json.stringValue, !value.isEmpty, !value.hasPrefix("/"), !value.utf8.contains(0) else {
      throw .badValue(path, found: json.excerpt, allowed: noun)
    }
    return ResourcePath(value)
  }
  public var json: JSON { .string(path) }
}

/// A model directory that a spec names, relative to the spec's own file. It is copied into a model directory with the model.
public struct ModelPath: SettingValue, Equatable {
  public let path: String
  public init(_ path: String) { self.path = path }
  public static var noun: String { "the path of a model directory, relative to the spec's own file" }
  public static var schema: JSON { ResourcePath.schema }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> ModelPath {
    guard let resource = try? ResourcePath.decode(json, at: path) else {
      throw .badValue(path, found: json.excerpt, allowed: noun)
    }
    return ModelPath(resource.path)
  }
  public var json: JSON { .string(path) }
  /// A file of the directory.
  public func file(_ name: String) -> ResourcePath { ResourcePath(path + "/" + name) }
}
