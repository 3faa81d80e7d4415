import Hanpipe

/// Saves what a trainer found, and what it needs to continue.
struct ModelSaver {
  let path: String
  let checked: CheckedSpec
  /// What was learned from and validated on.
  let files: [DataFile]
  /// The model that training began from.
  let origin: ModelOrigin.Record?
  let precision: WeightPrecision
  let environment: ToolEnvironment
  /// Where a training is written down as it goes.
  private(set) var checkpointPath: String
  /// What decides the training's outcome, written down with it; nil where somebody else does.
  var identity: RunIdentity?

  /// Saves at `path`, and what it needs to continue beside it.
  init(
    path: String, checked: CheckedSpec, files: [DataFile], origin: ModelOrigin.Record?, precision: WeightPrecision,
    environment: ToolEnvironment
  ) {
    (self.path, self.checked, self.files, self.origin, self.precision) = (path, checked, files, origin, precision)
    self.environment = environment
    checkpointPath = Self.checkpointPath(of: path)
  }

  /// The same, with checkpoints in another place.
  func checkpointing(at path: String) -> ModelSaver {
    var saver = self
    saver.checkpointPath = path
    return saver
  }

  /// Answers to these are stored with every model, and checked when it is loaded: they go through normaliser, segmenter,
  /// vocabulary and weights, and quote nobody's data.
  static let goldenTexts = [
    "我喜欢吃苹果", "我不喜欢吃苹果", "这家酒店很干净，服务员也很热情。", "ｉＰｈｏｎｅ １５ Pro 😀 质量太差了！！！", "",
  ]

  static func checkpointPath(of model: String) -> String {
    (model.hasSuffix("/") ? String(model.dropLast()) : model) + ".checkpoint"
  }

  /// - Parameter test: figures of records that were kept apart from all that decided anything.
  func save(_ trainer: Trainer, test: HeldOutFigures? = nil) throws {
    try ModelDirectory.save(contents(trainer, precision, test), to: path, registry: environment.registry)
  }

  func saveCheckpoint(_ trainer: Trainer) throws {
    var contents = contents(trainer, .f32)
    let checkpoint = trainer.checkpoint()
    var progress = checkpoint.progress.objectValue ?? [:]
    progress["identity"] = (identity?.json).map(JSON.object)
    contents.extraFiles = [
      ("training-state.json", Array((JSON.object(progress).description + "\n").utf8)),
      ("training-state.safetensors", try Safetensors.bytes(checkpoint.tensors)),
    ]
    try ModelDirectory.save(contents, to: checkpointPath, registry: environment.registry)
  }

  func removeCheckpoint() { ModelDirectory.remove(checkpointPath) }

  private func contents(
    _ trainer: Trainer, _ precision: WeightPrecision, _ test: HeldOutFigures? = nil
  ) -> ModelDirectory.Contents {
    let card = ModelCard(trainer: trainer, spec: checked.spec, files: files, origin: origin, test: test)
    var metadata: JSONObject = ["data": .array(card.files.map(\.json)), "records": .integer(trainer.trainingCount)]
    metadata["from"] = origin?.json
    return ModelDirectory.Contents(
      pipeline: trainer.pipeline, resource: checked.root.reader, precision: precision,
      trainingLog: trainer.history.map(\.json), card: card.markdown, goldenTexts: Self.goldenTexts,
      metadata: metadata)
  }
}

/// A training that was interrupted, as its checkpoint tells it.
struct PausedTraining {
  private let path: String
  let states: [StateReader?]
  let checkpoint: Checkpoint
  /// The model that it began from.
  let origin: ModelOrigin.Record?

  /// - Throws: `FileError`, `ModelError`, `SafetensorsError`.
  init(_ path: String, _ environment: ToolEnvironment) throws {
    self.path = path
    let model = try ModelDirectory.load(path, registry: environment.registry)
    states = try model.pipeline.state().map { $0?.reader }
    origin = ModelOrigin.Record(model.metadata["from"])
    let name = "training-state.json"
    let bytes = try ModelDirectory.readExtraFile(name, of: path)
    let progress: JSON
    do { progress = try JSON(parsing: bytes) } catch { throw FileError("\(path)/\(name)", error) }
    checkpoint = Checkpoint(
      progress: progress, tensors: try ModelDirectory.readExtraTensors("training-state.safetensors", of: path).tensors)
  }

  /// Refuses to continue with what would not give what was begun.
  /// - Throws: `FileError` with a `TrainingError.checkpoint`, which names the first difference.
  func check(_ identity: RunIdentity) throws(FileError) {
    // One of an earlier version does not say.
    guard let recorded = checkpoint.progress["identity"]?.objectValue, let difference = identity.difference(from: recorded) else { return }
    throw FileError(
      path, TrainingError.checkpoint("\(difference); say what was said then, or train anew without --resume"))
  }

  /// The training that goes on.
  /// - Parameters:
  ///   - job: the one that was paused.
  ///   - origin: the model that the job begins from.
  /// - Throws: what making a trainer throws; `TrainingError.checkpoint` if another job was paused.
  func trainer(_ job: TrainingJob, from origin: ModelOrigin.Record?) throws -> Trainer {
    try ModelOrigin.check(origin, against: self.origin)
    var trainer = try job.trainer(learned: states)
    try resume(&trainer)
    return trainer
  }

  /// Goes on with a trainer of the job that was paused.
  /// - Throws: `FileError` with a `TrainingError.checkpoint`.
  func resume(_ trainer: inout Trainer) throws(FileError) {
    do { try trainer.resume(checkpoint) } catch { throw FileError(path, error) }
  }
}

/// Nothing to resume.
struct NoCheckpoint: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path): there is no such checkpoint; train without --resume" }
}

/// A file of records, with what identifies it.
struct DataFile {
  let name: String
  let sha256: String?

  init(_ path: String) throws {
    name = path == "-" ? "standard input" : String(path.split(separator: "/").last ?? Substring(path))
    sha256 = path == "-" ? nil : try? FileHash.sha256(path)
  }
  var json: JSON { ["file": .string(name), "sha256": sha256.map(JSON.string) ?? .null] }
}
