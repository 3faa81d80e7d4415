extension PipelineSpec {
  /// The spec with the stages of the specs that it includes in their places, however deep; it includes none afterwards.
  ///
  /// Files that included stages name are renamed, so that they are relative to this spec.
  /// - Parameters:
  ///   - name: the spec's own file name, by which a circle is noticed.
  ///   - read: gives a file by its path relative to this spec.
  /// - Throws: `SpecError` with the places in all files on the way.
  public func resolvingIncludes(
    named name: String, registry: StageRegistry, read: @escaping (ResourcePath) throws -> [UInt8]
  ) throws(SpecError) -> PipelineSpec {
    var resolver = IncludeResolver(registry: registry, read: read)
    let written = try resolver.stages(of: self, files: [name])
    if resolver.count == 0 { return self }
    var result = self
    result.stages = written.map(\.node)
    result.places = written.map(\.place)
    return result
  }
}

/// Puts the stages of other specs in the places of the elements that include them.
private struct IncludeResolver {
  /// A stage, and where it is written.
  struct Written {
    var node: JSONObject
    var place: SpecPath
  }

  /// Files on the way to a stage, the first spec among them.
  static let deepest = 8
  /// Includes in all: with depth alone, a few files could ask for millions.
  static let most = 100
  /// Bytes of a spec that is included, 1 MiB.
  static let limit = 1 << 20

  let registry: StageRegistry
  let read: (ResourcePath) throws -> [UInt8]
  private(set) var count = 0
  private var parsed: [String: PipelineSpec] = [:]

  init(registry: StageRegistry, read: @escaping (ResourcePath) throws -> [UInt8]) {
    self.registry = registry
    self.read = read
  }

  /// - Parameter files: the chain of files from the first spec to this one, relative to the first.
  mutating func stages(of spec: PipelineSpec, files: [String]) throws(SpecError) -> [Written] {
    let file = files[files.count - 1]
    let own = SpecPath(files.count == 1 ? "stages" : "\(file): stages")
    let folder = file.split(separator: "/").dropLast().joined(separator: "/")
    var result: [Written] = []
    for (i, node) in spec.stages.enumerated() {
      if node[StageInclude.key] == nil {
        result.append(Written(node: try resolved(node, own[i], folder, files), place: own[i]))
      } else {
        result += try included(node, own[i], folder, files)
      }
      guard result.count <= PipelineSpec.maximumStages else {
        throw .cannot(own[i], "with it there are more than \(PipelineSpec.maximumStages) stages")
      }
    }
    return result
  }

  private mutating func included(
    _ node: JSONObject, _ place: SpecPath, _ folder: String, _ files: [String]
  ) throws(SpecError) -> [Written] {
    let include = try StageInclude(node, at: place)
    guard let path = include.file else {
      throw .badValue(place[StageInclude.key], found: "null", allowed: ResourcePath.noun)
    }
    let file = joinedPath(folder, path.path)
    let chain = files + [file]
    let shown = chain.joined(separator: " → ")
    if files.contains(file) { throw .cannot(place[StageInclude.key], "the specs include each other without end: \(shown)") }
    guard chain.count <= Self.deepest else {
      throw .cannot(place[StageInclude.key], "specs are included more than \(Self.deepest) files deep: \(shown)")
    }
    count += 1
    guard count <= Self.most else { throw .cannot(place, "with it there are more than \(Self.most) includes") }
    let stages = try stages(of: spec(file, at: place[StageInclude.key]), files: chain)
    return Array(stages[try include.range(of: stages.count, at: place)])
  }

  /// A stage that is written in `folder`, with its files named relative to where `folder` is, and so with the chains inside of it.
  /// What is no path at all stays, to be refused where stages are checked.
  private mutating func resolved(
    _ node: JSONObject, _ place: SpecPath, _ folder: String, _ files: [String]
  ) throws(SpecError) -> JSONObject {
    let entry = node["type"]?.stringValue.flatMap { registry.entries[StageType(rawValue: $0)] }
    let paths = entry.map { $0.resourceKeys() + $0.modelKeys() } ?? []
    var members: [(String, JSON)] = []
    for (key, value) in node.members {
      members.append((key, paths.contains(key) ? renamed(value, folder) : try chains(value, place[key], folder, files)))
    }
    return JSONObject(members)
  }

  private func renamed(_ value: JSON, _ folder: String) -> JSON {
    switch value {
    case .string(let path) where !folder.isEmpty && !path.isEmpty && !path.hasPrefix("/"): .string(joinedPath(folder, path))
    case .array(let values): .array(values.map { renamed($0, folder) })
    default: value
    }
  }

  /// A setting that is an array of arrays holds chains of stages, which may include others as the spec itself may.
  private mutating func chains(
    _ value: JSON, _ place: SpecPath, _ folder: String, _ files: [String]
  ) throws(SpecError) -> JSON {
    guard case .array(let chains) = value, !chains.isEmpty, chains.allSatisfy({ $0.arrayValue != nil }) else { return value }
    var result: [JSON] = []
    for (c, chain) in chains.enumerated() {
      var stages: [JSON] = []
      for (i, element) in (chain.arrayValue ?? []).enumerated() {
        guard case .object(let node) = element else {
          stages.append(element)
          continue
        }
        if node[StageInclude.key] == nil {
          stages.append(.object(try resolved(node, place[c][i], folder, files)))
        } else {
          stages += try included(node, place[c][i], folder, files).map { .object($0.node) }
        }
      }
      result.append(.array(stages))
    }
    return .array(result)
  }

  private mutating func spec(_ file: String, at place: SpecPath) throws(SpecError) -> PipelineSpec {
    if let known = parsed[file] { return known }
    let bytes: [UInt8]
    do { bytes = try read(ResourcePath(file)) } catch { throw .cannot(place, "\(error)") }
    guard bytes.count <= Self.limit else {
      throw .cannot(place, "\(file) has \(bytes.count) bytes; a spec that is included may have \(Self.limit)")
    }
    do {
      let spec = try PipelineSpec(parsing: bytes)
      parsed[file] = spec
      return spec
    } catch { throw .cannot(place, "\(file): \(error)") }
  }
}

/// `path` as it is named from where `folder` is, without `.` and, where the folder's name is known, `..`.
func joinedPath(_ folder: String, _ path: String) -> String {
  var parts: [Substring] = []
  for part in (folder + "/" + path).split(separator: "/") where part != "." {
    if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
  }
  return parts.joined(separator: "/")
}
