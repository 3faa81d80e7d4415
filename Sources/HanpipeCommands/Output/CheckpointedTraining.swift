import Hanpipe

/// One training that ends in a model, and writes down now and then where it stands.
struct CheckpointedTraining {
  let saver: ModelSaver
  let work: WorkOptions
  var schedule: CheckpointSchedule
  /// Called after each epoch, with those so far.
  let showHistory: ([EpochRecord]) throws -> Void
  private var hasWarned = false

  init(
    saver: ModelSaver, work: WorkOptions, schedule: CheckpointSchedule, showHistory: @escaping ([EpochRecord]) throws -> Void
  ) {
    (self.saver, self.work, self.schedule, self.showHistory) = (saver, work, schedule, showHistory)
  }

  /// Trains to the end.
  ///
  /// - Throws: what training throws, with a checkpoint of the last good weights on disk; `Interrupted` after a signal.
  mutating func run(_ trainer: inout Trainer) throws {
    let reporter = TrainingReporter(trainer.configuration, work: work)
    defer { reporter.clear() }
    Interruption.catchSignals()
    let start = ContinuousClock.now
    while true {
      var hasEpoch = false
      let finished: Bool
      do {
        let schedule = schedule
        finished = try trainer.run { event in
          reporter.tell(event)
          if case .epoch = event { hasEpoch = true }
          let isDue = schedule.isDue(isEpochEnd: hasEpoch, now: ContinuousClock.now - start)
          return hasEpoch || isDue || Interruption.isRequested ? .pause : .proceed
        }
      } catch {
        reporter.clear()
        saveLastGood(trainer)
        throw error
      }
      if hasEpoch { try showHistory(trainer.history) }
      if finished { return }
      if Interruption.isRequested {
        reporter.clear()
        try saver.saveCheckpoint(trainer)
        Terminal.write("saved \(saver.checkpointPath); the same command with --resume continues")
        throw Interrupted()
      }
      saveIfDue(trainer, isEpochEnd: hasEpoch, since: start, reporter)
    }
  }

  /// A disk that is full now may have room again when training ends: what was learned so far is not thrown away for it.
  private mutating func saveIfDue(
    _ trainer: Trainer, isEpochEnd: Bool, since start: ContinuousClock.Instant, _ reporter: TrainingReporter
  ) {
    let begin = ContinuousClock.now - start
    guard schedule.isDue(isEpochEnd: isEpochEnd, now: begin) else { return }
    do { try saver.saveCheckpoint(trainer) } catch {
      if !hasWarned {
        reporter.clear()
        work.warn("\(error); training goes on without a checkpoint")
      }
      hasWarned = true
    }
    schedule.wrote(from: begin, to: ContinuousClock.now - start)
  }

  /// Weights from before the step that failed are good, if an epoch has been completed. They go beside: what stands in the model's
  /// place may be better.
  private func saveLastGood(_ trainer: Trainer) {
    guard let last = trainer.history.last else { return }
    do {
      try saver.saveCheckpoint(trainer)
      Terminal.write("saved \(saver.checkpointPath) with the last good weights, of epoch \(last.epoch) or later")
    } catch {
      // Why training ended is said last, whatever else went wrong.
      Terminal.write(error)
    }
  }
}
