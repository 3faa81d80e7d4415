public import HanpipeCore

/// What a shared library can do in a pipeline.
public enum LibraryRole: String, Sendable, CaseIterable, SettingValue {
  case segmenter
  case normalizer
  case tokenFilter = "token-filter"
  case classifier
}

/// The settings of `library`.
///
///     {"type": "library", "path": "libwords.so", "role": "segmenter"}
public struct LibraryConfiguration: StageConfiguration {
  public var path: ResourcePath?
  public var role = LibraryRole.segmenter
  public var options = LibraryOptions()
  public var data: ResourcePath?
  public var labels: [String] = []
  public var task = ClassifierTask.multiClass
  public init() {}

  public static let settings: [Setting<Self>] = [
    Setting("path", \.path, "The shared library, a file of the spec; a model takes it along."),
    Setting("role", \.role, "What it does."),
    Setting("options", \.options, "Settings of its own, by name."),
    Setting("data", \.data, "A file of the spec whose content the library gets; a model takes it along."),
    Setting("labels", \.labels, "Of a classifier: the names of the classes, in the order of its probabilities."),
    Setting("task", \.task, "Of a classifier: whether a record has one label or any number."),
  ]

  public static var schemaRules: JSONObject {
    var rules = classifierRules
    rules["required"] = ["path"]
    rules["properties"] = ["path": ["type": "string"]]
    return rules
  }

  public func validate(at path: SpecPath) throws(SpecError) {
    if self.path == nil { throw .missingKey(path, key: "path", meaning: "the path of a shared library, as in \"libwords.so\"") }
    try checkClassifier(labels, isClassifier: role == .classifier, task, at: path)
  }
}

/// Names with strings, numbers and booleans, which a library gets as text.
public struct LibraryOptions: SettingValue, Equatable {
  public private(set) var values = JSONObject()
  public init() {}

  public static var noun: String { "an object of strings, numbers and booleans" }
  public static var schema: JSON {
    [
      "type": "object", "propertyNames": ["pattern": textPattern],
      "additionalProperties": ["type": ["string", "number", "boolean"], "pattern": textPattern],
    ]
  }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> LibraryOptions {
    guard let object = json.objectValue else { throw .badValue(path, found: json.description, allowed: noun) }
    for (key, value) in object.members {
      guard let text = text(of: value), !text.utf8.contains(0), !key.utf8.contains(0) else {
        throw .badValue(path[key], found: value.description, allowed: "a string without NUL, a number, true or false")
      }
    }
    var options = LibraryOptions()
    options.values = object
    return options
  }
  public var json: JSON { .object(values) }

  /// Names and values as text, in the order of the spec.
  var texts: [(name: String, value: String)] { values.members.map { ($0.key, Self.text(of: $0.value) ?? "") } }

  private static func text(of value: JSON) -> String? {
    switch value {
    case .string(let text): text
    case .bool, .integer, .number: value.description
    case .null, .array, .object: nil
    }
  }
}
