import Hanpipe

/// Several trainings as they are written down, in a directory beside the model: `MODEL.runs`.
///
/// | file | content |
/// |---|---|
/// | `runs.json` | what is trained, so that nothing else is continued, and what came of the runs that are over |
/// | `0`, `1`, … | a checkpoint of each run that is not over, or whose weights may be needed again |
/// | `all` | of cross-validation, a checkpoint of the training on all records |
///
/// A run that is over is written into `runs.json` after its checkpoint, and others' checkpoints go after that: wherever the process
/// ends, what `runs.json` says is there.
final class RunFolder: RunArchive {
  let path: String
  /// What is trained.
  private let identity: RunIdentity
  private let saver: ModelSaver
  private let work: WorkOptions
  private var ended: [JSON] = []
  private var schedule: CheckpointSchedule
  private let start = ContinuousClock.now
  private var hasWarned = false

  static func path(of model: String) -> String { (model.hasSuffix("/") ? String(model.dropLast()) : model) + ".runs" }

  /// - Parameter resume: whether to continue what stands there; else it is replaced.
  /// - Throws: `NoCheckpoint`, `OtherRuns`, `FileError`, `ModelError`.
  init(_ saver: ModelSaver, _ identity: RunIdentity, work: WorkOptions, interval: Duration, resume: Bool) throws {
    path = Self.path(of: saver.path)
    (self.saver, self.identity, self.work) = (saver, identity, work)
    schedule = CheckpointSchedule(interval: interval)
    let exists = SideFolder.exists(path, marked: Self.name)
    if resume {
      guard exists else { throw NoCheckpoint(path: path) }
      try read()
    } else {
      if exists { work.warn("\(path) holds trainings that were not finished and will be replaced; --resume continues them") }
      try SideFolder.make(path, marked: Self.name, content)
    }
  }

  private static let name = "runs.json"
  private var content: [UInt8] {
    let json: JSONObject = ["format": 1, "identity": .object(identity.json), "ended": .array(ended)]
    return Array((JSON.object(json).pretty() + "\n").utf8)
  }

  private func read() throws {
    let file = path + "/" + Self.name
    do {
      let json = try JSON(parsing: try FileContent.read(file))
      guard json["format"]?.intValue == 1, let recorded = json["identity"]?.objectValue, let ended = json["ended"]?.arrayValue
      else {
        throw TrainingError.checkpoint("its format is not 1")
      }
      if let difference = identity.difference(from: recorded) { throw OtherRuns(difference: difference) }
      self.ended = ended
    } catch let error as FileError {
      throw error
    } catch { throw FileError(path, error) }
  }

  /// Removes it, once the model is saved.
  func remove() { SideFolder.remove(path, marked: Self.name) }

  /// Removes it if nothing was written down, as where the first training could not begin.
  func removeIfEmpty() { if ended.isEmpty, SideFolder.entries(path) == [Self.name] { remove() } }

  /// Where the training on all records is written down.
  var pathOfAll: String { path + "/all" }

  // MARK: RunArchive

  func ended(_ subject: TrainingRun.Subject, number: Int, leg: Int) -> TrainingRun? {
    ended.first { $0["run"]?.intValue == number && $0["leg"]?.intValue == leg }.flatMap { TrainingRun(subject, $0) }
  }

  func trainer(_ number: Int, _ job: TrainingJob) throws -> Trainer? {
    let checkpoint = "\(path)/\(number)"
    guard ModelDirectory.isModel(checkpoint) else { return nil }
    let paused = try PausedTraining(checkpoint, saver.environment)
    do { return try paused.trainer(job, from: saver.origin) } catch { throw FileError(checkpoint, error) }
  }

  func isDue(isEpochEnd: Bool) -> Bool { schedule.isDue(isEpochEnd: isEpochEnd, now: ContinuousClock.now - start) }

  func note(_ trainer: Trainer, number: Int) {
    let begin = ContinuousClock.now - start
    attempt { try pause(trainer, number: number) }
    schedule.wrote(from: begin, to: ContinuousClock.now - start)
  }

  func pause(_ trainer: Trainer, number: Int) throws { try saver.checkpointing(at: "\(path)/\(number)").saveCheckpoint(trainer) }

  func end(_ run: TrainingRun, number: Int, leg: Int, _ trainer: Trainer?, keeping kept: Set<Int>) {
    attempt {
      if let trainer { try pause(trainer, number: number) }
      var entry: JSONObject = ["run": .integer(number), "leg": .integer(leg)]
      for (key, value) in run.json.members { entry[key] = value }
      ended.append(.object(entry))
      try FileContent.replace(path + "/" + Self.name, content)
      for name in SideFolder.entries(path) {
        if let other = Int(name), !kept.contains(other) { ModelDirectory.remove("\(path)/\(name)") }
      }
    }
  }

  /// A disk that is full now may have room again later: trainings go on.
  private func attempt(_ body: () throws -> Void) {
    do { try body() } catch {
      if !hasWarned { work.warn("\(error); trainings go on, but may not be continued from here") }
      hasWarned = true
    }
  }
}

/// Trainings that were paused were of something else.
struct OtherRuns: Error, CustomStringConvertible {
  let difference: String
  var description: String {
    "other trainings were paused there: \(difference); say what was said then, or train anew without --resume"
  }
}
