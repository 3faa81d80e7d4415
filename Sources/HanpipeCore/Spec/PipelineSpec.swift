/// A spec as it is written: which stages, with which settings, and how to train them.
public struct PipelineSpec: Sendable, Equatable {
  public var name: String?
  public var about: String?
  /// Each an object with a `type`, or, as long as includes are not resolved, with an `include`.
  public var stages: [JSONObject]
  /// Where each stage is written, if it is not where it stands: in another file.
  var places: [SpecPath] = []
  /// How to train; read by the trainer.
  public var training: JSONObject?
  /// What a model directory adds: versions and identities. Absent in a spec that a person writes.
  public var model: JSONObject?

  /// What an element of `stages` may stand for, all includes taken together.
  static let maximumStages = 1000
  public static let knownKeys = ["$schema", "name", "description", "stages", "training", "model"]

  public init(name: String? = nil, stages: [JSONObject], training: JSONObject? = nil) {
    self.name = name
    self.stages = stages
    self.training = training
  }

  /// - Throws: `SpecError`.
  public init(parsing bytes: some Collection<UInt8>) throws(SpecError) {
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch { throw .syntax(error) }
    try self.init(json)
  }

  public init(_ json: JSON) throws(SpecError) {
    let root = SpecPath()
    guard case .object(let object) = json else {
      throw .badValue(SpecPath("the spec"), found: json.excerpt, allowed: "an object with \"stages\"")
    }
    for key in object.keys where !Self.knownKeys.contains(key) {
      throw .unknownKey(root, key: key, known: Self.knownKeys)
    }
    name = try object["name"].map { json throws(SpecError) in try String.decode(json, at: root["name"]) }
    about = try object["description"].map { json throws(SpecError) in try String.decode(json, at: root["description"]) }
    if let schema = object["$schema"] { _ = try String.decode(schema, at: root["$schema"]) }
    guard let list = object["stages"] else {
      throw .missingKey(root, key: "stages", meaning: "an array of stages")
    }
    guard case .array(let values) = list, !values.isEmpty else {
      throw .badValue(root["stages"], found: list.excerpt, allowed: "an array of at least one stage")
    }
    guard values.count <= Self.maximumStages else {
      throw .badValue(root["stages"], found: "\(values.count) stages", allowed: "at most \(Self.maximumStages)")
    }
    stages = []
    for (i, value) in values.enumerated() {
      guard case .object(let node) = value else {
        throw .badValue(root["stages"][i], found: value.excerpt, allowed: "an object with a \"type\"")
      }
      stages.append(node)
    }
    training = try Self.object(object["training"], at: root["training"])
    model = try Self.object(object["model"], at: root["model"])
  }

  /// Where a stage is written: `stages[4]`, or `segment.json: stages[0]`.
  public func place(of stage: Int) -> SpecPath { places.indices.contains(stage) ? places[stage] : SpecPath("stages")[stage] }

  private static func object(_ json: JSON?, at path: SpecPath) throws(SpecError) -> JSONObject? {
    guard let json else { return nil }
    guard case .object(let object) = json else {
      throw .badValue(path, found: json.excerpt, allowed: "an object")
    }
    return object
  }

  public var json: JSON {
    var object = JSONObject()
    object["name"] = name.map(JSON.string)
    object["description"] = about.map(JSON.string)
    object["stages"] = .array(stages.map(JSON.object))
    object["training"] = training.map(JSON.object)
    object["model"] = model.map(JSON.object)
    return .object(object)
  }
}
