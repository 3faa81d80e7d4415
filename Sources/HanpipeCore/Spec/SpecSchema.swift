/// JSON Schema (draft 2020-12, https://json-schema.org/draft/2020-12) of specs: what editors complete and check from.
///
/// It says all that a value, a stage or the training may hold by itself. What it cannot say is left to `hanpipe validate`: which stages
/// fit each other, which files exist and what is in them.
extension StageRegistry {
  private static let dialect: JSON = "https://json-schema.org/draft/2020-12/schema"

  /// A chain of stages, for a setting that holds some: `["type": "array", "items": StageRegistry.chainSchema]` is an array of chains.
  /// `schema(of:)` and `specSchema(training:)` define what it refers to.
  public static let chainSchema: JSON = [
    "type": "array", "minItems": 1, "maxItems": .integer(PipelineSpec.maximumStages), "items": ["$ref": "#/$defs/element"],
  ]

  /// The schema of one stage's object; nil for a type that is not registered.
  public func schema(of type: StageType) -> JSON? {
    guard let entry = entries[type] else { return nil }
    var schema: JSONObject = ["$schema": Self.dialect]
    for (key, value) in entry.schema.members { schema[key] = value }
    if Self.refers(.object(schema)) { schema["$defs"] = definitions }
    return .object(schema)
  }

  /// The schema of a whole spec with these stages.
  /// - Parameter training: the schema of `training`.
  public func specSchema(training: JSON) -> JSON {
    var stages = Self.chainSchema.objectValue ?? JSONObject()
    stages["description"] = "The stages, in order: each takes what the one before gives."
    var described = training.objectValue ?? JSONObject()
    described["description"] = "How to train; commands that only run the pipeline do not read it."
    return [
      "$schema": Self.dialect, "title": "hanpipe pipeline",
      "description": "A chain of stages from text to words, vectors, labels or tags, and how to train it.",
      "type": "object",
      "properties": [
        "$schema": ["type": "string", "description": "Where this schema lies, for editors."],
        "name": ["type": "string", "description": "A name, for people."],
        "description": ["type": "string", "description": "What it is for."],
        "stages": .object(stages),
        "training": .object(described),
        "model": ["type": "object", "description": "What hanpipe writes into a model directory; not for people."],
      ],
      "required": ["stages"], "additionalProperties": false,
      "$defs": definitions,
    ]
  }

  private var definitions: JSON {
    let types = entries.keys.sorted()
    let stages = types.compactMap { entries[$0].map { JSON.object($0.schema) } }
    var include: JSONObject = ["title": "include", "description": "The stages of another spec."]
    for (key, value) in StageInclude.objectSchema().members { include[key] = value }
    return [
      "element": ["anyOf": [["$ref": "#/$defs/stage"], ["$ref": "#/$defs/include"]]],
      // The types once more, all together: what an editor then says of a wrong one is which there are.
      "stage": ["properties": ["type": ["enum": .array(types.map { .string($0.rawValue) })]], "oneOf": .array(stages)],
      "include": .object(include),
    ]
  }

  private static func refers(_ schema: JSON) -> Bool {
    switch schema {
    case .object(let object): object["$ref"] != nil || object.members.contains { refers($0.value) }
    case .array(let values): values.contains(where: refers)
    default: false
    }
  }
}
