import Hanpipe

/// The model that a training begins from, as the command line names it.
struct ModelOrigin {
  let model: StartingModel
  let record: Record

  /// What a model says of the one that its training began from.
  struct Record: Equatable {
    /// The directory's name.
    let name: String
    /// See `ModelDirectory.sha256`.
    let sha256: String

    init(name: String, sha256: String) { (self.name, self.sha256) = (name, sha256) }
    /// - Returns: nil where a model's metadata names none.
    init?(_ json: JSON?) {
      guard let name = json?["model"]?.stringValue, let hash = json?["sha256"]?.stringValue else { return nil }
      (self.name, sha256) = (name, hash)
    }
    var json: JSON { ["model": .string(name), "sha256": .string(sha256)] }
  }

  /// Loads a model, which must answer its recorded texts. One made with another ICU is taken, with a warning: training adapts it.
  /// - Throws: `FileError`, `ModelError`.
  init(_ path: String, _ environment: ToolEnvironment, work: WorkOptions) throws {
    let (spec, _) = try SpecFile.load(path, registry: environment.registry)
    let loaded = try spec.model.map { _ in try LoadedPipeline(path, environment, allowIdentityMismatch: true) }
    guard let found = loaded?.model else {
      throw ModelError.notModel(path: path, reason: "it is a spec; --from takes what \"hanpipe train\" has saved")
    }
    for mismatch in found.mismatches { work.warn("\(path): \(mismatch); words may be cut otherwise than the model learned") }
    model = StartingModel(name: path, pipeline: found.pipeline)
    record = Record(name: String(path.split(separator: "/").last ?? Substring(path)), sha256: try ModelDirectory.sha256(path))
  }

  /// Refuses to continue what began from another model.
  /// - Throws: `TrainingError.checkpoint`.
  static func check(_ own: Record?, against paused: Record?) throws(TrainingError) {
    guard own?.sha256 != paused?.sha256 else { return }
    guard let paused else { throw .checkpoint("it began from no model; leave out --from, or train anew without --resume") }
    let now = own.map { "not from \($0.name) (\($0.sha256))" } ?? "and --from names none"
    throw .checkpoint("it began from \(paused.name) (SHA-256 \(paused.sha256)), \(now); say --from with that model")
  }
}

extension TrainingDescription {
  /// Which stages began from a model, and which anew.
  static func lines(of beginnings: [StageBeginning], from model: String) -> [String] {
    let count = beginnings.count { $0.reasonForAnew == nil }
    return ["\(count) of \(beginnings.count) stages that learn begin from \(model)"]
      + beginnings.map { beginning in
        if let reason = beginning.reasonForAnew { return "  \(beginning.stage): anew; \(reason)" }
        let words = beginning.words.map {
          ", which knows \(grouped($0.known)) of the \(grouped($0.all)) different words to train on"
        }
        return "  \(beginning.stage): the model's\(words ?? "")"
      }
  }
}
