import Hanpipe

/// What decides the outcome of a training, or of several: if any of it differs, others are not continued.
struct RunIdentity {
  private(set) var json: JSONObject

  /// That of a single training. More epochs may be asked for than before; test records decide nothing, and the model that it begins
  /// from has its own check (`ModelOrigin`).
  static func single(_ job: TrainingJob, _ records: TrainCommand.Records) throws -> RunIdentity {
    var identity = try RunIdentity(job, records, runs: [:])
    var training = job.configuration.json
    training["epochs"] = nil
    identity.json["training"] = .object(training)
    for key in ["runs", "test", "from"] { identity.json[key] = nil }
    return identity
  }

  /// - Parameters:
  ///   - job: as the command line describes it, before a seed, a fold or a setting is chosen.
  ///   - runs: what tells the trainings apart.
  /// - Throws: what reading the spec's files throws.
  init(_ job: TrainingJob, _ records: TrainCommand.Records, runs: JSONObject) throws {
    var files = JSONObject()
    let named = job.blueprint.links.flatMap(\.resources) + [job.configuration.vectors?.file].compactMap(\.self)
    for file in named {
      var hash = SHA256()
      try job.resource.mapped(file).withBytes { hash.update($0) }
      files[file.path] = .string(hash.hex)
    }
    var json: JSONObject = [
      "runs": .object(runs), "stages": .array(job.blueprint.links.map { .object($0.node) }),
      "training": .object(job.configuration.json), "files": .object(files), "data": .string(records.data.sha256),
    ]
    json["validation"] = records.validation.map { .string($0.sha256) }
    json["test"] = records.test.map { .string($0.sha256) }
    json["from"] = records.origin.map { .string($0.record.sha256) }
    self.json = json
  }

  /// The first thing that differs, in words; nil if nothing does.
  /// - Parameter recorded: the `json` of other trainings.
  func difference(from recorded: JSONObject) -> String? {
    for key in ["runs", "stages", "training", "files", "data", "validation", "test", "from"] {
      guard let (place, then, now) = Self.difference(recorded[key], json[key], at: key) else { continue }
      switch key {
      case "data", "validation", "test": return "the records of --\(key) are others"
      case "from": return "--from names another model"
      case "files": return "a file of the spec has changed (\(place.dropFirst("files.".count)))"
      default: return "\(place) was \(then.map { "\($0)" } ?? "not there"), and is \(now.map { "\($0)" } ?? "not there")"
      }
    }
    return nil
  }

  /// The innermost place where two values differ: `stages[3].units`.
  private static func difference(_ then: JSON?, _ now: JSON?, at place: String) -> (place: String, then: JSON?, now: JSON?)? {
    if then == now { return nil }
    if let a = then?.objectValue, let b = now?.objectValue {
      for key in a.keys + b.keys.filter({ a[$0] == nil }) {
        if let found = difference(a[key], b[key], at: "\(place).\(key)") { return found }
      }
      return nil
    }
    if let a = then?.arrayValue, let b = now?.arrayValue, a.count == b.count {
      for i in a.indices {
        if let found = difference(a[i], b[i], at: "\(place)[\(i)]") { return found }
      }
      return nil
    }
    return (place, then, now)
  }
}
