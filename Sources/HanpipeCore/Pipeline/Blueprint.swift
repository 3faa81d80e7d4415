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

    /// The chains inside, of a stage that is made of stages.
    public var branches: [[Link]] { if case .branches(let branches) = factory.learning { branches } else { [] } }
    /// This link and all inside of it.
    public var all: [Link] { [self] + branches.joined().flatMap(\.all) }
    /// The files that the stage, or one inside of it, reads.
    public var resources: [ResourcePath] {
      all.flatMap { link in
        link.resourceKeys.flatMap { key in
          // One file, or several.
          (link.node[key]?.arrayValue ?? link.node[key].map { [$0] } ?? []).compactMap { $0.stringValue.map(ResourcePath.init) }
        }
      }
    }
    /// The model directories that the stage, or one inside of it, reads.
    public var models: [ModelPath] {
      all.flatMap { link in link.modelKeys.compactMap { link.node[$0]?.stringValue.map(ModelPath.init) } }
    }
    /// `node` with other paths of files and model directories.
    public func node<E: Error>(
      file: (ResourcePath) throws(E) -> String, model: (ModelPath) throws(E) -> String
    ) throws(E) -> JSONObject {
      var node = node
      for key in resourceKeys {
        if let path = node[key]?.stringValue { node[key] = .string(try file(ResourcePath(path))) }
        guard let paths = node[key]?.arrayValue else { continue }
        var places: [JSON] = []
        for path in paths { if let path = path.stringValue { places.append(.string(try file(ResourcePath(path)))) } }
        node[key] = .array(places)
      }
      for key in modelKeys {
        if let path = node[key]?.stringValue { node[key] = .string(try model(ModelPath(path))) }
      }
      guard !branches.isEmpty else { return node }
      var inner: [JSON] = []
      for branch in branches {
        var nodes: [JSON] = []
        for link in branch { nodes.append(.object(try link.node(file: file, model: model))) }
        inner.append(.array(nodes))
      }
      node["branches"] = .array(inner)
      return node
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
    let nodes = Array(spec.stages.prefix(only ?? .max))
    self.init(spec, links: try Self.links(nodes, at: SpecPath("stages"), places: nodes.indices.map(spec.place), after: nil, registry), registry: registry)
  }

  init(_ spec: PipelineSpec, links: [Link], registry: StageRegistry) {
    self.spec = spec
    self.links = links
    self.registry = registry
  }

  /// A chain that stands inside of a stage.
  init(chain links: [Link], registry: StageRegistry) {
    self.init(PipelineSpec(stages: links.map(\.node)), links: links, registry: registry)
  }

  /// - Parameters:
  ///   - places: of the nodes, where they do not simply stand one after the other at `place`.
  ///   - previous: the stage before the first; nil if what it will take is not known.
  static func links(
    _ nodes: [JSONObject], at place: SpecPath, places: [SpecPath]? = nil, after previous: Link?, _ registry: StageRegistry
  ) throws(SpecError) -> [Link] {
    var links: [Link] = []
    for (i, node) in nodes.enumerated() {
      let path = places?[i] ?? place[i]
      guard let typeName = node["type"] else {
        if node[StageInclude.key] != nil {
          throw .cannot(path, "\"include\" is for specs; a model directory holds its stages itself")
        }
        if let key = nearest(to: "type", in: node.keys) { throw .unknownKey(path, key: key, known: ["type"]) }
        throw .missingKey(path, key: "type", meaning: "the name of a stage")
      }
      let type = StageType(rawValue: try String.decode(typeName, at: path["type"]))
      guard let entry = registry.entries[type] else {
        throw .unknownType(path, found: type, known: registry.entries.keys.sorted())
      }
      let before = links.last ?? previous
      let factory = try choose(entry.candidates(node, path, StagePlace(registry: registry, previous: before)), after: before, path, registry)
      var resolved = try entry.resolve(node, path)
      if case .branches(let branches) = factory.learning {
        resolved["branches"] = .array(branches.map { .array($0.map { .object($0.node) }) })
      }
      links.append(
        Link(
          path: path, type: type, factory: factory, node: resolved, resourceKeys: entry.resourceKeys(),
          modelKeys: entry.modelKeys()))
    }
    return links
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
      path, takes: takes, after: previous.path, gives: gives.outputKind, remedy: remedy(previous, candidates, registry),
      bridges: registry.bridges(from: gives.outputKind, to: takes))
  }

  /// Another value of one setting with which `previous` gives what one of `candidates` takes: `"output": "sequence"`.
  private static func remedy(_ previous: Link, _ candidates: [StageFactory], _ registry: StageRegistry) -> String? {
    guard let entry = registry.entries[previous.type] else { return nil }
    for setting in entry.settings {
      for value in setting.schema["enum"]?.arrayValue ?? [] {
        var node = previous.node
        node[setting.key] = value
        let others = (try? entry.candidates(node, previous.path, StagePlace(registry: registry, previous: nil))) ?? []
        let fits = others.contains { other in
          other.inputType == previous.factory.inputType && candidates.contains { $0.inputType == other.outputType }
        }
        if fits { return "\"\(setting.key)\": \(value)" }
      }
    }
    return nil
  }

  /// The chains inside of the stage at `index`, each a blueprint of its own.
  public func chains(at index: Int) -> [Blueprint] {
    links[index].branches.map { Blueprint(chain: $0, registry: registry) }
  }

  public var inputKind: ValueKind? { links.first?.factory.inputKind }
  public var outputKind: ValueKind? { links.last?.factory.outputKind }

  /// What is known of the output of the stage at `index` before anything is learned.
  public func plannedShape(at index: Int, for input: ValueShape) throws -> ValueShape {
    try links[index].factory.plan(links[index].node, links[index].path, input)
  }

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
