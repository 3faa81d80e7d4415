/// A spec whose types, settings and joints have been checked, before anything is loaded or learned.
public struct Blueprint: Sendable {
  public struct Link: Sendable {
    public let path: SpecPath
    public let type: StageType
    public let factory: StageFactory
    /// All settings, defaults included.
    public let node: JSONObject
    /// Keys of `node` that name files.
    public let resourceKeys: [String]
    /// Keys of `node` that name model directories.
    public let modelKeys: [String]

    /// The files that the stage reads; a key that names several stands once for each.
    public var resources: [(key: String, path: ResourcePath)] {
      resourceKeys.flatMap { key in
        let values = node[key]?.arrayValue ?? node[key].map { [$0] } ?? []
        return values.compactMap { $0.stringValue.map { (key, ResourcePath($0)) } }
      }
    }
    /// The model directories that the stage reads.
    public var models: [(key: String, path: ModelPath)] {
      modelKeys.compactMap { key in node[key]?.stringValue.map { (key, ModelPath($0)) } }
    }
    /// `node` with other names for the files that the stage reads.
    public func node(renaming rename: (ResourcePath) throws -> String) rethrows -> JSONObject {
      var result = node
      for key in resourceKeys {
        if let name = node[key]?.stringValue { result[key] = .string(try rename(ResourcePath(name))) }
        guard let values = node[key]?.arrayValue else { continue }
        result[key] = .array(try values.map { value in try value.stringValue.map { .string(try rename(ResourcePath($0))) } ?? value })
      }
      return result
    }
    /// `stages[4] (lstm)`.
    public var label: String { "\(path) (\(type))" }
  }
  public let spec: PipelineSpec
  public let links: [Link]
  /// What the types mean: for a stage that is itself a pipeline.
  public let registry: StageRegistry

  /// - Parameter only: how many of the stages to take, from the first; nil for all.
  /// - Throws: `SpecError`.
  public init(_ spec: PipelineSpec, registry: StageRegistry, only: Int? = nil) throws(SpecError) {
    var links: [Link] = []
    for (i, node) in spec.stages.prefix(only ?? .max).enumerated() {
      let path = SpecPath("stages")[i]
      guard let typeName = node["type"] else {
        throw .missingKey(path, key: "type", meaning: "the name of a stage")
      }
      let type = StageType(rawValue: try String.decode(typeName, at: path["type"]))
      guard let entry = registry.entries[type] else {
        throw .unknownType(path, found: type, known: registry.entries.keys.sorted())
      }
      let factory = try Self.choose(
        entry.candidates(node, path), after: links.last, path, registry)
      links.append(
        Link(
          path: path, type: type, factory: factory, node: try entry.resolve(node, path),
          resourceKeys: entry.resourceKeys(), modelKeys: entry.modelKeys()))
    }
    self.spec = spec
    self.links = links
    self.registry = registry
  }

  private static func choose(
    _ candidates: [StageFactory], after previous: Link?, _ path: SpecPath, _ registry: StageRegistry
  ) throws(SpecError) -> StageFactory {
    guard let first = candidates.first else { throw .cannot(path, "no stage serves these settings") }
    guard let previous else { return first }
    let gives = previous.factory
    if let fitting = candidates.first(where: { $0.inputType == gives.outputType }) { return fitting }
    if let other = candidates.first(where: { $0.inputKind == gives.outputKind }) {
      throw .ambiguousKind(
        other.inputKind, String(reflecting: gives.outputType), String(reflecting: other.inputType))
    }
    var takes: [ValueKind] = []
    for kind in candidates.map(\.inputKind) where !takes.contains(kind) { takes.append(kind) }
    throw .mismatch(
      path, takes: takes, after: previous.path, gives: gives.outputKind,
      bridges: registry.bridges(from: gives.outputKind, to: takes))
  }

  public var inputKind: ValueKind? { links.first?.factory.inputKind }
  public var outputKind: ValueKind? { links.last?.factory.outputKind }

  /// Makes the stage at `index`.
  /// - Parameters:
  ///   - input: what the stages before give.
  ///   - state: what it learned; nil for a stage that learns nothing.
  public func stage(
    at index: Int, input: ValueShape, state: StateReader?, resource: ResourceReader
  ) throws -> AnyStage {
    let link = links[index]
    do {
      return try link.factory.make(link.node, link.path, state, StageContext(input: input, registry: registry, resource: resource))
    } catch let error as SpecError {
      throw error
    } catch {
      throw StageConstructionError(stage: link.label, underlying: error)
    }
  }
}

/// A stage that could not be made.
public struct StageConstructionError: Error, CustomStringConvertible {
  public let stage: String
  public let underlying: any Error
  public var description: String { "\(stage): \(underlying)" }
}
