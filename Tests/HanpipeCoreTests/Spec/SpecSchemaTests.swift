import HanpipeCore
import Testing

/// JSON Schema of specs; that a validator agrees with hanpipe is tested end to end.
@Suite struct SpecSchemaTests {
  @Test func `a stage's schema says its type, and every setting with its default`() throws {
    let schema = try #require(toyRegistry().schema(of: "pad"))
    #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
    #expect(schema["title"] == "pad")
    let pieces = try #require(toyRegistry().schema(of: "pieces"))
    #expect(pieces["required"] == ["type"])
    #expect(pieces["additionalProperties"] == false)
    #expect(pieces["properties"]?["type"] == ["const": "pieces"])
    #expect(
      pieces["properties"]?["size"]
        == ["type": "integer", "minimum": 1, "maximum": 8, "description": "Characters a word.", "default": 1])
    #expect(pieces["$defs"] == nil)
    #expect(try toyRegistry().schema(of: "nobody") == nil)
  }

  @Test func `a spec's schema knows the keys that a spec may have, and every stage`() throws {
    let schema = try toyRegistry().specSchema(training: ["type": "object"])
    #expect(schema["properties"]?.objectValue?.keys == PipelineSpec.knownKeys)
    #expect(schema["required"] == ["stages"])
    let stages = try #require(schema["$defs"]?["stage"]?["oneOf"]?.arrayValue)
    #expect(stages.map { $0["title"]?.stringValue } == (try toyRegistry().entries.keys.sorted().map(\.rawValue)))
    #expect(schema["properties"]?["training"]?["type"] == "object")
  }

  /// A stage that holds stages.
  private struct Both: ConfiguredStage {
    struct Chains: SettingValue {
      static let noun = "an array of arrays of stages"
      static let schema: JSON = ["type": "array", "items": StageRegistry.chainSchema]
      static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> Chains { Chains() }
      var json: JSON { [] }
    }
    struct Configuration: StageConfiguration {
      var branches = Chains()
      static let settings: [Setting<Self>] = [Setting("branches", \.branches, "Chains.")]
      static let schemaRules: JSONObject = ["required": ["branches"], "properties": ["branches": ["minItems": 2]]]
      static func == (a: Self, b: Self) -> Bool { true }
    }
    static let type: StageType = "both"
    init(_ configuration: Configuration, _ context: StageContext) {}
    func process(_ input: Texts) -> Texts { input }
  }

  @Test func `stages that hold stages bring their definitions along`() throws {
    var registry = StageRegistry()
    try registry.register(Both.self)
    try registry.register(Lower.self)
    let schema = try #require(registry.schema(of: "both"))
    #expect(schema["required"] == ["type", "branches"])
    #expect(schema["properties"]?["branches"]?["default"] == nil)
    #expect(schema["allOf"] == [["properties": ["branches": ["minItems": 2]]]])
    #expect(schema["$defs"]?["stage"]?["oneOf"]?.arrayValue?.count == 2)
    #expect(registry.entries["both"]?.settings.map(\.isRequired) == [true])
    #expect(registry.schema(of: "lower")?["$defs"] == nil)
  }
}
