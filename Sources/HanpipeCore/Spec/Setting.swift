/// Something that an object of a spec says, with defaults, bounds and help written down once.
public protocol SettingsObject: Sendable, Equatable {
  /// The defaults.
  init()
  static var settings: [Setting<Self>] { get }
  /// What the schema adds to that of the settings one by one: which are required, and how they go together, as far as JSON Schema can
  /// say it. Whoever reads the object checks the same. The default is empty.
  static var schemaRules: JSONObject { get }
}
extension SettingsObject {
  public static var schemaRules: JSONObject { JSONObject() }
  static var requiredKeys: [String] { schemaRules["required"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
}

/// A setting whose value is such an object.
extension SettingValue where Self: SettingsObject {
  public static var schema: JSON { .object(objectSchema()) }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> Self {
    guard let node = json.objectValue else { throw .badValue(path, found: json.description, allowed: noun) }
    return try Self(node, at: path)
  }
  public var json: JSON { .object((self as any SettingsObject).json) }
}

/// A stage's part of a spec, all keys but `type`.
public protocol StageConfiguration: SettingsObject {
  /// Whether the settings fit each other; what one alone may be is said by its `Setting`.
  func validate(at path: SpecPath) throws(SpecError)
}
extension StageConfiguration {
  public func validate(at path: SpecPath) throws(SpecError) {}
}

/// For a stage of which a spec can set nothing.
public struct NoConfiguration: StageConfiguration {
  public init() {}
  public static var settings: [Setting<Self>] { [] }
}

/// One key of an object in a spec: parser, bounds, message, help and schema in one.
public struct Setting<Object>: Sendable {
  public let key: String
  public let help: String
  /// What is allowed, in words: `an integer from 1 to 8192`.
  public let allowed: String
  /// JSON Schema of the value.
  public let schema: JSON
  let assign: @Sendable (JSON, SpecPath, inout Object) throws(SpecError) -> Void
  let render: @Sendable (Object) -> JSON
  /// Whether the value names a file, or several, that belong into a model directory.
  let isResource: Bool
  /// Whether the value names a model directory that belongs into a model directory.
  let isModel: Bool

  /// A number with bounds.
  public init<Value: SettingValue & Comparable>(
    _ key: String, _ keyPath: any WritableKeyPath<Object, Value> & Sendable, in bounds: ClosedRange<Value>,
    _ help: String
  ) {
    var schema = Value.schema.objectValue ?? JSONObject()
    schema["minimum"] = bounds.lowerBound.json
    schema["maximum"] = bounds.upperBound.json
    self.init(
      key, keyPath, "\(Value.noun) from \(bounds.lowerBound.json) to \(bounds.upperBound.json)", .object(schema), help
    ) { bounds.contains($0) }
  }

  /// A number with bounds, or null.
  public init<Value: SettingValue & Comparable>(
    _ key: String, _ keyPath: any WritableKeyPath<Object, Value?> & Sendable, in bounds: ClosedRange<Value>,
    _ help: String
  ) {
    var schema = Value.schema.objectValue ?? JSONObject()
    schema["minimum"] = bounds.lowerBound.json
    schema["maximum"] = bounds.upperBound.json
    self.init(
      key, keyPath, "\(Value.noun) from \(bounds.lowerBound.json) to \(bounds.upperBound.json), or null",
      ["anyOf": [.object(schema), ["type": "null"]]], help
    ) { $0.map(bounds.contains) ?? true }
  }

  /// Any value of its type.
  public init<Value: SettingValue>(
    _ key: String, _ keyPath: any WritableKeyPath<Object, Value> & Sendable, _ help: String
  ) {
    self.init(key, keyPath, Value.noun, Value.schema, help) { _ in true }
  }

  private init<Value: SettingValue>(
    _ key: String, _ keyPath: any WritableKeyPath<Object, Value> & Sendable, _ allowed: String, _ schema: JSON,
    _ help: String, _ isAllowed: @escaping @Sendable (Value) -> Bool
  ) {
    self.key = key
    self.help = help
    self.allowed = allowed
    self.schema = schema
    isResource = Value.self == ResourcePath.self || Value.self == ResourcePath?.self || Value.self == [ResourcePath].self
    isModel = Value.self == ModelPath.self || Value.self == ModelPath?.self
    assign = { json, path, object throws(SpecError) in
      // A value that is an object reports what is wrong inside it; any other is judged whole, with its bounds.
      let value: Value
      do throws(SpecError) { value = try Value.decode(json, at: path) } catch {
        if case .badValue(path, let found, _) = error { throw .badValue(path, found: found, allowed: allowed) }
        throw error
      }
      guard isAllowed(value) else { throw .badValue(path, found: json.excerpt, allowed: allowed) }
      object[keyPath: keyPath] = value
    }
    render = { $0[keyPath: keyPath].json }
  }
}

extension SettingsObject {
  /// Reads every key of `node` but those in `ignoring`; refuses what it does not know.
  public init(_ node: JSONObject, at path: SpecPath, ignoring: Set<String> = []) throws(SpecError) {
    self.init()
    for (key, value) in node.members where !ignoring.contains(key) {
      guard let setting = Self.settings.first(where: { $0.key == key }) else {
        throw .unknownKey(path, key: key, known: Self.settings.map(\.key))
      }
      try setting.assign(value, path[key], &self)
    }
  }

  /// JSON Schema (draft 2020-12) of the object: every key with its type, bounds and default, and no other.
  /// - Parameter type: the value of the key `type`, where that tells several objects apart.
  public static func objectSchema(type: String? = nil) -> JSONObject {
    let defaults = Self()
    var rules = schemaRules
    let required = (type == nil ? [] : ["type"]) + requiredKeys
    rules["required"] = nil
    var properties = JSONObject()
    if let type { properties["type"] = ["const": .string(type)] }
    for setting in settings {
      var schema = setting.schema.objectValue ?? JSONObject()
      schema["description"] = .string(setting.help)
      if !required.contains(setting.key) { schema["default"] = setting.render(defaults) }
      properties[setting.key] = .object(schema)
    }
    var schema: JSONObject = ["type": "object", "properties": .object(properties), "additionalProperties": false]
    if !required.isEmpty { schema["required"] = .array(required.map(JSON.string)) }
    if !rules.members.isEmpty { schema["allOf"] = [.object(rules)] }
    return schema
  }

  /// Every setting with its value, in the order of their declaration.
  public var json: JSONObject { JSONObject(Self.settings.map { ($0.key, $0.render(self)) }) }
}
