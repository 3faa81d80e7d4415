import HanpipeCore
import HanpipeText

/// A model directory that a stage of another pipeline names, read file by file as that pipeline's files are.
struct InnerModel {
  let path: ModelPath
  let spec: PipelineSpec
  private let manifest: ModelManifest
  private let resource: ResourceReader
  /// Of its spec and weights, which decide its answers.
  let hash: String

  /// - Throws: `FileError` with a `SpecError`, `ModelError`, and what `resource` throws.
  init(_ path: ModelPath, _ resource: ResourceReader) throws {
    self.path = path
    self.resource = resource
    let file = path.file(ModelDirectory.specName)
    let bytes = try resource(file)
    do { spec = try PipelineSpec(parsing: bytes) } catch { throw FileError(file.path, error) }
    guard let model = spec.model else {
      throw ModelError.notModel(
        path: path.path, reason: "its \(ModelDirectory.specName) has no \"model\", so it is a spec that has learned nothing")
    }
    manifest = try ModelManifest(model, path: file.path, stages: spec.stages.count)
    var hash = SHA256()
    hash.update(bytes)
    if !manifest.tensors.isEmpty { hash.update(try resource(path.file(ModelDirectory.weightsName))) }
    self.hash = hash.hex
  }

  /// The model, ready to run. Its weights are in memory.
  /// - Parameters:
  ///   - list: words whose convention answers follow, as `normalizers` make them, so that they are found in what these make of texts.
  ///   - adjust: changes the spec before stages are made.
  /// - Throws: as `ModelDirectory.load`.
  func pipeline(
    _ registry: StageRegistry, resource: ResourceReader, list: WordList? = nil,
    adjusting adjust: (inout PipelineSpec) -> Void = { _ in }
  ) throws -> Pipeline {
    var spec = spec
    adjust(&spec)
    var files = files(resource)
    let pipeline: Pipeline
    do {
      if let list {
        // No name of a file that a model brings along.
        let name = ResourcePath("the list of the user's")
        _ = spec.set("list", to: .string(name.path), registry)
        files = files.adding(name, list.bytes)
      }
      let blueprint = try Blueprint(spec, registry: registry)
      pipeline = try Pipeline(
        blueprint, state: try states(blueprint), resource: files)
    } catch let error as SpecError {
      throw FileError(path.file(ModelDirectory.specName).path, error)
    } catch let error as StageConstructionError {
      throw FileError(path.path, error)
    }
    // A list of the user's is no part of the model.
    let mismatches = ModelDirectory.mismatches(manifest, pipeline).filter { list == nil || $0.key.split(separator: ".").last != "list" }
    guard mismatches.isEmpty else { throw ModelError.identities(path: path.path, mismatches) }
    return pipeline
  }

  /// What the model makes of texts before it follows a convention; nil if it does nothing.
  func normalizers(_ registry: StageRegistry) throws -> Pipeline? {
    let stages = spec.stages.prefix { $0["type"]?.stringValue != CriterionMark.type.rawValue }
    guard !stages.isEmpty, stages.count < spec.stages.count else { return nil }
    return try Pipeline(Blueprint(PipelineSpec(stages: Array(stages)), registry: registry), resource: files(resource))
  }

  /// The files that the model's stages name.
  private func files(_ resource: ResourceReader) -> ResourceReader { resource.renaming { [path] in try Self.inside(path, $0) } }

  private func states(_ blueprint: Blueprint) throws -> [StateReader?] {
    let prefixes = blueprint.links.indices.map { ModelDirectory.tensorPrefix($0, blueprint.links[$0].type) }
    var tensors = [[Safetensors.Named]](repeating: [], count: prefixes.count)
    if !manifest.tensors.isEmpty {
      let weights = path.file(ModelDirectory.weightsName)
      let content: Safetensors.Content
      do { content = try Safetensors.read(try resource(weights)) } catch let error as SafetensorsError {
        throw FileError(weights.path, error)
      }
      try ModelDirectory.checkNames(content.tensors.map(\.name), manifest, prefixes, weights.path)
      if let bad = content.tensors.first(where: { !Safetensors.isFinite($0.tensor.values) }) {
        throw FileError(weights.path, SafetensorsError.notFinite(tensor: bad.name))
      }
      tensors = ModelDirectory.byStage(content.tensors, prefixes)
    }
    return try blueprint.links.indices.map { stage in
      if case .none = blueprint.links[stage].factory.learning { return nil }
      var files: [String: [UInt8]] = [:]
      for entry in manifest.files where entry.stage == stage { files[entry.name] = try resource(path.file(entry.file)) }
      return StateReader(tensors: tensors[stage], files: files)
    }
  }

  /// Copies what is needed to run the model; the new directory must not exist.
  func copy(to directory: String, _ registry: StageRegistry) throws {
    try makeDirectory(directory)
    func copy(_ name: String) throws { try writeNewFile(directory + "/" + name, try resource(path.file(name))) }
    try copy(ModelDirectory.specName)
    if !manifest.tensors.isEmpty { try copy(ModelDirectory.weightsName) }
    for file in manifest.files { try copy(file.file) }
    // What its stages name lies in its own `resources`, where saving put it.
    let links = try Blueprint(spec, registry: registry).links
    let files = Set(links.flatMap { $0.resources.map(\.path) })
    let models = Set(links.flatMap { $0.models.map(\.path) })
    if !files.isEmpty || !models.isEmpty { try makeDirectory(directory + "/" + ModelDirectory.resourcesName) }
    for name in files.sorted() {
      try writeNewFile(directory + "/" + name, try resource(try Self.inside(path, ResourcePath(name))))
    }
    for name in models.sorted() {
      let inner = ModelPath(try Self.inside(path, ResourcePath(name)).path)
      try InnerModel(inner, resource).copy(to: directory + "/" + name, registry)
    }
  }

  /// A file below the model's folder. Nothing else is read: a model that named itself would be loaded without end.
  private static func inside(_ folder: ModelPath, _ inner: ResourcePath) throws -> ResourcePath {
    let parts = inner.path.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
      throw ResourceRoot.Refusal.outside(path: inner.path, root: folder.path)
    }
    return folder.file(inner.path)
  }
}
