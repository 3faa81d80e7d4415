/// The settings of a stage that is made of chains of stages.
public struct BranchesConfiguration: StageConfiguration {
  public var branches: [[JSONObject]] = []
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("branches", \.branches, "Chains of stages, which all read this stage's input.")
  ]
  public static var schemaRules: JSONObject {
    ["required": ["branches"], "properties": ["branches": ["minItems": 1, "items": ["minItems": 1]]]]
  }
  public func validate(at path: SpecPath) throws(SpecError) {
    if branches.isEmpty { throw .missingKey(path, key: "branches", meaning: "an array of at least one chain, each an array of stages") }
    for (i, branch) in branches.enumerated() where branch.isEmpty {
      throw .badValue(path["branches"][i], found: "[]", allowed: "an array of at least one stage")
    }
  }
}

/// A stage's part of a spec.
extension JSONObject: SettingValue {
  public static var noun: String { "an object with a \"type\"" }
  public static var schema: JSON { StageRegistry.chainSchema["items"] ?? ["type": "object", "required": ["type"]] }
  public static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> JSONObject {
    guard let object = json.objectValue else { throw .badValue(path, found: json.excerpt, allowed: noun) }
    return object
  }
  public var json: JSON { .object(self) }
}

/// Stages that are made of stages.
public enum CompositeStages: StagePlugin {
  public static func register(in registry: inout StageRegistry) throws(StageRegistry.Failure) {
    try registry.register(
      "concatenate", BranchesConfiguration.self, summary: "Chains of stages that read the same input, their outputs side by side.",
      module: { "HanpipeCore" }, factories: { [] }
    ) { configuration, path, place throws(SpecError) in [try concatenation(configuration, path, place)] }
  }

  private static func concatenation(
    _ configuration: BranchesConfiguration, _ path: SpecPath, _ place: StagePlace
  ) throws(SpecError) -> StageFactory {
    var branches: [[Blueprint.Link]] = []
    for (i, nodes) in configuration.branches.enumerated() {
      branches.append(try Blueprint.links(nodes, at: path["branches"][i], after: place.previous, place.registry))
    }
    let (first, last) = (branches[0][0].factory, branches[0][branches[0].count - 1].factory)
    for branch in branches {
      guard let own = branch.first, own.factory.inputType == first.inputType else {
        throw .cannot(
          path, "its branches take \(first.inputKind) and \(branch[0].factory.inputKind), but all read the same input")
      }
      guard let end = branch.last, end.factory.outputType == last.outputType else {
        throw .cannot(
          path,
          "its branches give \(last.outputKind) and \(branch[branch.count - 1].factory.outputKind), but only rows of one kind can stand side by "
            + "side; make all give sequence or all give vectors (by pooling, for example)")
      }
    }
    guard let output = last.outputType as? any ConcatenableValue.Type else {
      throw .cannot(path, "its branches give \(last.outputKind), but only sequence and vectors can stand side by side")
    }
    return factory(from: first.inputType, to: output, branches)
  }

  private static func factory<Input: StageValue, Output: ConcatenableValue>(
    from: Input.Type, to: Output.Type, _ branches: [[Blueprint.Link]]
  ) -> StageFactory {
    StageFactory(Concatenation<Input, Output>.self, BranchesConfiguration.self, branches: branches) { reader, context in
      var prefixes: [String] = []
      let made = try branches.enumerated().map { b, links in
        var pipeline = Pipeline(Blueprint(chain: links, registry: context.registry))
        for (i, link) in links.enumerated() {
          let prefix = Branch.prefix(branch: b, stage: i, link.type)
          prefixes.append(prefix)
          try pipeline.append(state: reader?.part(prefix), resource: context.resource, input: context.input)
        }
        return try Branch(pipeline)
      }
      if let foreign = reader?.tensorNames.first(where: { name in !prefixes.contains { name.hasPrefix($0) } }) {
        throw StateError.unexpected(foreign)
      }
      return Concatenation<Input, Output>(made)
    }
  }
}
