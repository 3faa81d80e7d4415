public import HanpipeCore

/// A pipeline with everything that its stages have learned, in a directory.
///
/// | file | content |
/// |---|---|
/// | `pipeline.json` | the spec with all defaults written out; "model": format, versions, identities, what lies here |
/// | `weights.safetensors` | tensors `stages.<i>.<type>.<parameter>` |
/// | `vocabulary.tsv` … | what stages wrote, under their own names; `stages.<i>.<name>` where two stages write the same one |
/// | `resources/` | the files that the spec names |
/// | `training.jsonl` | one line an epoch |
/// | `golden.jsonl` | texts, and what the stored bytes say to them |
/// | `README.md` | the model's card |
public enum ModelDirectory {
  static let specName = "pipeline.json", weightsName = "weights.safetensors", trainingName = "training.jsonl"
  static let goldenName = "golden.jsonl", cardName = "README.md", resourcesName = "resources"
  /// Names that no stage's file may take.
  static let reservedNames = [specName, weightsName, trainingName, goldenName, cardName, resourcesName]
  /// Bytes that files may have, checked before anything is allocated: what a stage wrote (256 MiB), the weights (4 GiB, which are
  /// mapped), the golden records (1 MiB).
  static let fileLimit = 1 << 28, weightsLimit = 1 << 32, goldenLimit = 1 << 20

  /// A model that was loaded.
  public struct Model: Sendable {
    public let path: String
    public let pipeline: Pipeline
    /// As stored, "training" and "model" included.
    public let spec: PipelineSpec
    /// The version of hanpipe that wrote it.
    public let hanpipe: String
    /// What the trainer noted.
    public let metadata: JSONObject
    /// What differs here from where it was trained; empty unless allowed.
    public let mismatches: [IdentityMismatch]

    /// Its stored predictions.
    public func golden() throws -> [Golden.Record] {
      let file = path + "/" + goldenName
      guard fileKind(file) != .missing else { return [] }
      return try Golden.records(try ModelDirectory.readFile(goldenName, of: path, limit: goldenLimit), file: file)
    }

    /// Runs the stored predictions again, at the tolerance of the precisions in which the stages compute now and did then.
    /// - Parameter saved: the spec as it was saved, where the model was loaded with a changed one.
    /// - Returns: how many there are.
    /// - Throws: `ModelError.golden` if one comes out differently.
    @discardableResult
    public func verifyGolden(
      savedAs saved: PipelineSpec? = nil, tolerance: Double? = nil, render: Golden.Render = Golden.render
    ) throws -> Int {
      let now = pipeline.blueprint.links.flatMap(\.all).map(\.node)
      let tolerance = tolerance ?? Golden.tolerance(of: now, (saved ?? spec).stages)
      let records = try golden()
      let differences = try Golden.differences(records, pipeline, tolerance: tolerance, render: render)
      if let first = differences.first {
        throw ModelError.golden(path: path, failed: differences.count, of: records.count, first: first.description)
      }
      return records.count
    }
  }

  /// Whether a directory looks like a model: it has a pipeline.json with "model".
  public static func isModel(_ path: String) -> Bool {
    guard let bytes = try? readFile(specName, of: path, limit: SpecFile.limit), let json = try? JSON(parsing: bytes) else {
      return false
    }
    return json["model"]?.objectValue != nil
  }

  /// The spec of a model directory, its format checked.
  /// - Throws: `ModelError`, or `FileError` with a `SpecError`.
  static func spec(of path: String) throws -> PipelineSpec {
    switch fileKind(path) {
    case .missing: throw ModelError.missing(path: path)
    case .regular, .other: throw ModelError.notDirectory(path: path)
    case .directory: break
    }
    let file = path + "/" + specName
    guard fileKind(file) != .missing else {
      let isEmpty = try directoryEntries(path).isEmpty
      throw isEmpty ? ModelError.empty(path: path) : .notModel(path: path, reason: "it has no \(specName)")
    }
    do {
      let json: JSON
      let bytes = try files(of: path).read(ResourcePath(specName), limit: SpecFile.limit)
      do { json = try JSON(parsing: bytes) } catch { throw SpecError.syntax(error) }
      guard let model = json["model"]?.objectValue else {
        throw ModelError.notModel(path: path, reason: "its \(specName) has no \"model\", so it is a spec that has learned nothing")
      }
      // The version first: a newer format may hold keys that are unknown here.
      _ = try ModelManifest(model, path: file, stages: json["stages"]?.arrayValue?.count ?? 0)
      return try PipelineSpec(json)
    } catch let error as ModelError {
      throw error
    } catch ResourceRoot.Refusal.unreadable(_, let error) {
      throw FileError(file, error)
    } catch {
      throw FileError(file, error)
    }
  }

  /// The files of a model directory: a link out of it is followed as little as in a spec.
  private static func files(of path: String) throws(ResourceRoot.Refusal) -> ResourceRoot {
    try ResourceRoot(directory: path, root: path)
  }

  /// - Throws: `FileError` with the file's name.
  static func openFile(_ name: String, of path: String) throws -> RegularFile {
    do { return try files(of: path).open(ResourcePath(name)) } catch .unreadable(_, let error) {
      throw FileError(path + "/" + name, error)
    } catch { throw FileError(path + "/" + name, error) }
  }

  /// - Throws: `FileError` with the file's name.
  static func readFile(_ name: String, of path: String, limit: Int) throws -> [UInt8] {
    let file = try openFile(name, of: path)
    do { return try readAll(file, limit: limit) } catch { throw FileError(path + "/" + name, error) }
  }

  // MARK: Loading

  /// Loads a model.
  ///
  /// Formats, names, sizes and shapes are checked before what they promise is allocated. Large tensors stay in their file: a model in
  /// use is replaced by renaming, as `save` does, never written over in place.
  /// - Parameters:
  ///   - spec: its spec, if the caller has read it.
  ///   - allowIdentityMismatch: whether a model may be used with other libraries than it was trained with.
  /// - Throws: `ModelError`, or `FileError` with a `SpecError`, `SafetensorsError` or `StateError`.
  public static func load(
    _ path: String, spec: PipelineSpec? = nil, registry: StageRegistry, allowIdentityMismatch: Bool = false
  ) throws -> Model {
    let spec = try spec ?? self.spec(of: path)
    let file = path + "/" + specName
    let manifest = try ModelManifest(spec.model ?? JSONObject(), path: file, stages: spec.stages.count)
    let pipeline: Pipeline
    do {
      let blueprint = try Blueprint(spec, registry: registry)
      let readers = try stateReaders(path, manifest, blueprint)
      pipeline = try Pipeline(
        blueprint, state: readers, resource: try ResourceRoot(directory: path, root: path).reader)
    } catch let error as SpecError {
      throw FileError(file, error)
    } catch let error as StageConstructionError {
      throw FileError(path, error)
    }
    let mismatches = mismatches(manifest, pipeline)
    guard mismatches.isEmpty || allowIdentityMismatch else { throw ModelError.identities(path: path, mismatches) }
    return Model(
      path: path, pipeline: pipeline, spec: spec, hanpipe: manifest.hanpipe, metadata: manifest.metadata,
      mismatches: mismatches)
  }

  /// What each stage wrote; nil where a stage learns nothing.
  private static func stateReaders(
    _ path: String, _ manifest: ModelManifest, _ blueprint: Blueprint
  ) throws -> [StateReader?] {
    let prefixes = blueprint.links.indices.map { tensorPrefix($0, blueprint.links[$0].type) }
    var tensors = [[Safetensors.Named]](repeating: [], count: prefixes.count)
    let weights = path + "/" + weightsName
    if !manifest.tensors.isEmpty {
      guard fileKind(weights) != .missing else { throw ModelError.missingFile(path: weights) }
      let file = try openFile(weightsName, of: path)
      let content = try Safetensors.read(file, named: weights, limit: weightsLimit, requiresFinite: true) { names in
        try checkNames(names, manifest, prefixes, weights)
      }
      tensors = byStage(content.tensors, prefixes)
    }
    return try blueprint.links.indices.map { stage in
      if case .none = blueprint.links[stage].factory.learning { return nil }
      var files: [String: [UInt8]] = [:]
      for entry in manifest.files where entry.stage == stage {
        let file = path + "/" + entry.file
        guard fileKind(file, followingLinks: false) != .missing else { throw ModelError.missingFile(path: file) }
        files[entry.name] = try readFile(entry.file, of: path, limit: fileLimit)
      }
      return StateReader(tensors: tensors[stage], files: files)
    }
  }

  /// Each stage's tensors, by the names that the stage gave them.
  static func byStage(_ tensors: [Safetensors.Named], _ prefixes: [String]) -> [[Safetensors.Named]] {
    var result = [[Safetensors.Named]](repeating: [], count: prefixes.count)
    for (name, tensor) in tensors {
      guard let stage = prefixes.firstIndex(where: { name.hasPrefix($0) }) else { continue }
      result[stage].append((String(name.dropFirst(prefixes[stage].count)), tensor))
    }
    return result
  }

  /// The weights are those that were saved with the spec, neither more nor fewer.
  static func checkNames(
    _ names: [String], _ manifest: ModelManifest, _ prefixes: [String], _ path: String
  ) throws(ModelError) {
    let found = Set(names)
    let recorded = Set(manifest.tensors)
    for name in names where !recorded.contains(name) || !prefixes.contains(where: { name.hasPrefix($0) }) {
      throw .foreignTensor(path: path, name: name)
    }
    for name in manifest.tensors where !found.contains(name) { throw .missingTensor(path: path, name: name) }
  }

  static func tensorPrefix(_ stage: Int, _ type: StageType) -> String { "stages.\(stage).\(type)." }

  static func mismatches(_ manifest: ModelManifest, _ pipeline: Pipeline) -> [IdentityMismatch] {
    zip(manifest.identities, pipeline.identities).enumerated().flatMap { stage, pair in
      let (recorded, present) = pair
      return Set(recorded.keys).union(present.keys).sorted().compactMap { key in
        recorded[key] == present[key]
          ? nil
          : IdentityMismatch(
            stage: pipeline.link(stage).label, key: key, recorded: recorded[key], present: present[key])
      }
    }
  }
}
