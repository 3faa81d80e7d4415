import HanpipeCore
import Testing

@Suite struct RegistryTests {
  @Test func `a type that is registered twice is refused with both modules`() throws {
    var registry = try toyRegistry()
    #expect(throws: StageRegistry.Failure.duplicate("lower", "HanpipeCoreTests", "HanpipeCoreTests")) {
      try registry.register(Lower.self)
    }
    let failure = message {
      try registry.register("lower", NoConfiguration.self, summary: "", module: "Weicheng", [StageFactory(Lower.self)]) { _, _ in
        true
      }
    }
    #expect(failure == #"Weicheng brings a stage of type "lower", but HanpipeCoreTests already has one"#)
  }

  @Test func `a plug-in registers its stages`() throws {
    enum Plugin: StagePlugin {
      static func register(in registry: inout StageRegistry) throws(StageRegistry.Failure) { try registry.register(Lower.self) }
    }
    var registry = StageRegistry()
    try Plugin.register(in: &registry)
    #expect(registry.entries.keys.sorted() == ["lower"])
    #expect(registry.entries["lower"]?.summary == "Folds A to Z.")
    #expect(registry.entries["lower"]?.module == "HanpipeCoreTests")
  }

  @Test func `who brings a stage is known`() throws {
    var registry = StageRegistry()
    try registry.register(Lower.self)
    try registry.register("child", NoConfiguration.self, summary: "", module: "M", origin: .process, [StageFactory(Picky.self)]) {
      _, _ in
      true
    }
    registry.markBuiltIn()
    try registry.register(Pieces.self)
    #expect(registry.entries["lower"]?.origin == .builtIn)
    #expect(registry.entries["child"]?.origin == .process)
    #expect(registry.entries["pieces"]?.origin == .package)
  }

  @Test(arguments: [
    ("lower", StageRole.normalizer), ("pieces", .segmenter), ("numbers", .vocabulary), ("pad", .padding), ("sum", .encoder),
    ("either", .stage),
  ])
  func `a role is known by the kinds`(_ type: String, _ role: StageRole) throws {
    #expect(try toyRegistry().entries[StageType(rawValue: type)]?.role == role)
  }

  @Test func `an encoder that also reads a sequence is an encoder`() {
    #expect(StageRole([("padded", "vectors"), ("sequence", "vectors")]) == .encoder)
    #expect(StageRole([("sequence", "vectors")]) == .pooling)
    #expect(StageRole([("vectors", "prediction")]) == .classifier)
    #expect(StageRole([("sequence", "tags")]) == .tagger)
    #expect(StageRole([("tokens", "tokens")]) == .tokenFilter)
    #expect(StageRole([("text", "text"), ("text", "tokens")]) == .stage)
    #expect(StageRole([]) == .stage)
  }

  @Test func `every setting is described once, with its default, bounds and schema`() throws {
    let settings = try #require(toyRegistry().entries["pieces"]).settings
    #expect(settings.map(\.key) == ["size", "side", "share", "verbose", "label", "limit", "words", "weights", "lexicon", "inner"])
    #expect(settings.map(\.standard) == [1, "post", 0.5, false, .null, .null, [], [:], .null, ["depth": 2]])
    #expect(settings[0].help == "Characters a word.")
    #expect(settings[0].allowed == "an integer from 1 to 8")
    #expect(settings[0].schema == ["type": "integer", "minimum": 1, "maximum": 8])
    #expect(settings[1].schema == ["enum": ["pre", "post"]])
    #expect(settings[5].schema == ["anyOf": [["type": "integer", "minimum": 1, "maximum": 100], ["type": "null"]]])
    #expect(settings[6].schema == ["type": "array", "items": ["type": "string"]])
    #expect(settings[7].schema == ["type": "object", "additionalProperties": ["type": "number"]])
    #expect(
      settings[9].schema == [
        "type": "object", "additionalProperties": false,
        "properties": ["depth": ["type": "integer", "minimum": 0, "maximum": 9, "description": "How deep.", "default": 2]],
      ])
  }

  @Test func `what a stage learns by is known`() throws {
    let entries = try toyRegistry().entries
    func learning(_ type: StageType) -> String {
      switch entries[type]?.factories[0].learning {
      case .some(.none): "none"
      case .given: "given"
      case .counting: "counting"
      case .gradients: "gradients"
      case .branches: "branches"
      case nil: "absent"
      }
    }
    #expect(["lower", "double", "given", "numbers", "sum"].map(learning) == ["none", "none", "given", "counting", "gradients"])
  }
}
