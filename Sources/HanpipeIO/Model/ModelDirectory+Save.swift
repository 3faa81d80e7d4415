public import HanpipeCore

extension ModelDirectory {
  /// This library's version, recorded in the models that it writes.
  public static let hanpipeVersion = "0.1.0"

  /// What goes into a model directory.
  public struct Contents: Sendable {
    public var pipeline: Pipeline
    /// The files that the spec names: they are copied into the model.
    public var resource: ResourceReader
    public var precision: WeightPrecision
    /// One line an epoch, each one JSON.
    public var trainingLog: [JSON]
    /// README.md, in Markdown.
    public var card: String
    /// Texts whose predictions are stored, to be verified wherever the model is loaded.
    public var goldenTexts: [String]
    /// Whatever else is to be recorded.
    public var metadata: JSONObject
    /// Gives the records of output that are stored for the texts.
    public var render: Golden.Render
    /// Files of the caller's own, by names that nothing else has: a checkpoint's state.
    public var extraFiles: [(name: String, bytes: [UInt8])] = []

    public init(
      pipeline: Pipeline, resource: ResourceReader,
      precision: WeightPrecision = .f32, trainingLog: [JSON] = [], card: String = "", goldenTexts: [String] = [],
      metadata: JSONObject = JSONObject(), render: @escaping Golden.Render = Golden.render
    ) {
      self.pipeline = pipeline
      self.resource = resource
      self.precision = precision
      self.trainingLog = trainingLog
      self.card = card
      self.goldenTexts = goldenTexts
      self.metadata = metadata
      self.render = render
    }
  }

  /// Saves a model. Whoever looks sees the old model or the new one, whole; on any failure the old one stays.
  ///
  /// The golden predictions are those of the model as it was written and loaded again, so they are what anybody gets who loads it.
  /// - Throws: `ModelError`; what the stages throw.
  public static func save(_ contents: Contents, to path: String, registry: StageRegistry) throws {
    try ReplacedDirectory.write(path) { temporary in
      try write(contents, into: temporary)
      // What was written must load: better to find that out while the old model is still there.
      let model = try load(temporary, registry: registry)
      let outputs = try contents.render(model.pipeline, contents.goldenTexts)
      let golden = zip(contents.goldenTexts, outputs).map { Golden.Record(text: $0, expected: $1) }
      try writeNewFile(temporary + "/" + goldenName, Golden.bytes(golden))
    }
  }

  private static func write(_ contents: Contents, into directory: String) throws {
    let pipeline = contents.pipeline
    let states = try pipeline.state()
    var tensors: [Safetensors.Named] = []
    for (stage, state) in states.enumerated() {
      let prefix = tensorPrefix(stage, pipeline.link(stage).type)
      for (name, tensor) in state?.tensors ?? [] { tensors.append((prefix + name, tensor)) }
    }
    let files = nameFiles(states)
    for (entry, bytes) in files { try writeNewFile(directory + "/" + entry.file, bytes) }
    if !tensors.isEmpty {
      let file = directory + "/" + weightsName
      try writeNewFile(file) { descriptor in
        try Safetensors.write(tensors, precision: contents.precision, metadata: ["format": "hanpipe"]) { bytes in
          try writeAll(descriptor, bytes, "write \(file)")
        }
      }
    }
    let nodes = try copyResources(of: pipeline.blueprint.links, pipeline.blueprint.registry, contents.resource, into: directory)
    var spec = PipelineSpec(name: pipeline.blueprint.spec.name, stages: nodes, training: pipeline.blueprint.spec.training)
    spec.about = pipeline.blueprint.spec.about
    spec.model =
      ModelManifest(
        hanpipe: hanpipeVersion, identities: pipeline.identities, files: files.map(\.entry), tensors: tensors.map(\.name),
        metadata: contents.metadata
      ).json
    try writeNewFile(directory + "/" + specName, Array((spec.json.pretty() + "\n").utf8))
    let log = contents.trainingLog.map { $0.description + "\n" }.joined()
    try writeNewFile(directory + "/" + trainingName, Array(log.utf8))
    try writeNewFile(directory + "/" + cardName, Array(contents.card.utf8))
    for (name, bytes) in contents.extraFiles { try writeNewFile(directory + "/" + name, bytes) }
  }

  /// Where each stage's files go: under their own names, with the stage's place in front where a name is taken or is no plain one.
  static func nameFiles(_ states: [StateWriter?]) -> [(entry: ModelManifest.StateFile, bytes: [UInt8])] {
    let all = states.enumerated().flatMap { stage, state in (state?.files ?? []).map { (stage, $0.name, $0.bytes) } }
    return all.map { stage, name, bytes in
      let isShared = all.contains { $0.0 != stage && $0.1 == name }
      let plain = String(name.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
      let mustMove = isShared || reservedNames.contains(name) || !ModelManifest.isPlainName(name)
      return (ModelManifest.StateFile(stage: stage, name: name, file: mustMove ? "stages.\(stage).\(plain)" : name), bytes)
    }
  }

  /// Copies the files that the stages name, and gives the stages with the new names.
  private static func copyResources(
    of links: [Blueprint.Link], _ registry: StageRegistry, _ resource: ResourceReader,
    into directory: String
  ) throws -> [JSONObject] {
    var names: [String: String] = [:]
    /// The new place of `path`, at which `copy` makes it the first time.
    func place(_ path: String, _ copy: (_ target: String) throws -> Void) throws -> String {
      if let name = names[path] { return resourcesName + "/" + name }
      if names.isEmpty { try makeDirectory(directory + "/" + resourcesName) }
      let name = freeName(for: path, taken: Set(names.values))
      names[path] = name
      try copy(directory + "/" + resourcesName + "/" + name)
      return resourcesName + "/" + name
    }
    return try links.map { link in
      try link.node { path in
        try place(path.path) { try writeNewFile($0, try resource(path)) }
      } model: { path in
        try place(path.path) { try InnerModel(path, resource).copy(to: $0, registry) }
      }
    }
  }

  /// The file's own name; of several files of one name the later ones are numbered: `lexicon-2.txt`.
  static func freeName(for path: String, taken: Set<String>) -> String {
    let last = splitPath(path).name
    let name = ModelManifest.isPlainName(last) ? last : "resource"
    if !taken.contains(name) { return name }
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
    var number = 2
    while taken.contains("\(name[..<dot])-\(number)\(name[dot...])") { number += 1 }
    return "\(name[..<dot])-\(number)\(name[dot...])"
  }
}
