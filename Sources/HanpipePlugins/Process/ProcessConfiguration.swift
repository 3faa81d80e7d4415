public import HanpipeCore

/// What a process can do in a pipeline.
public enum ProcessRole: String, Sendable, CaseIterable, SettingValue {
  case segmenter
  case normalizer
  case tokenFilter = "token-filter"
  case classifier
  case encoder
}

/// The settings of `process`.
///
///     {"type": "process", "command": ["python3"], "script": "words.py", "role": "segmenter"}
public struct ProcessConfiguration: StageConfiguration {
  public var command: [String] = []
  public var script: ResourcePath?
  public var arguments: [String] = []
  public var role = ProcessRole.segmenter
  public var workers = 1
  public var timeout = 60.0
  public var batchSize = 64
  public var labels: [String] = []
  public var task = ClassifierTask.multiClass
  public init() {}

  public static let settings: [Setting<Self>] = [
    Setting("command", \.command, "The program, as found on the PATH or by its absolute path, and its arguments."),
    Setting("script", \.script, "A file of the spec, which comes behind the command; a model takes it along."),
    Setting("arguments", \.arguments, "What comes behind the script."),
    Setting("role", \.role, "What it does."),
    Setting("workers", \.workers, in: 1...256, "How many processes may run at once."),
    Setting("timeout", \.timeout, in: 0.01...86_400, "Seconds within which it must begin, and answer each request."),
    Setting("batchSize", \.batchSize, in: 1...65_536, "Records in one request, at most."),
    Setting("labels", \.labels, "Of a classifier: the names of the classes, in the order of its probabilities."),
    Setting("task", \.task, "Of a classifier: whether a record has one label or any number."),
  ]

  public static var schemaRules: JSONObject {
    let word: JSON = ["pattern": textPattern]
    // Either a name without a slash, or an absolute path.
    let program: JSON = ["pattern": #"^(/[^\u0000]*|[^/\u0000]+)$"#]
    var rules = classifierRules
    rules["required"] = ["command"]
    rules["properties"] = [
      "command": ["minItems": 1, "prefixItems": [program], "items": word], "arguments": ["items": word],
    ]
    return rules
  }

  public func validate(at path: SpecPath) throws(SpecError) {
    guard let program = command.first else {
      throw .missingKey(path, key: "command", meaning: "a program and its arguments, as in [\"python3\"]")
    }
    let isPath = program.utf8.contains(UInt8(ascii: "/"))
    if program.isEmpty || (isPath && !program.hasPrefix("/")) {
      throw .badValue(
        path["command"][0], found: program.json.description,
        allowed: "a name on the PATH or an absolute path; a file beside the spec belongs into \"script\"")
    }
    for (key, words) in [("command", command), ("arguments", arguments)] {
      if let i = words.firstIndex(where: { $0.utf8.contains(0) }) {
        throw .badValue(path[key][i], found: words[i].json.description, allowed: "a string without NUL")
      }
    }
    try checkClassifier(labels, isClassifier: role == .classifier, task, at: path)
  }
}
