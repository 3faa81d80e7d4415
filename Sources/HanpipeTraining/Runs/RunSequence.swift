import HanpipeCore

/// Begins, trains and ends trainings one after the other: what all ways to train several times have in common.
struct RunSequence {
  let observe: TrainingRunsObserver
  /// nil: nothing is written down.
  let archive: (any RunArchive)?

  /// Where a training stands among the others.
  struct Place {
    /// Among all runs, from 0.
    let number: Int
    /// From 1.
    var leg = 1
    /// Among those of this leg, from 1, and how many those are.
    let position: Int
    let count: Int
    /// How many epochs it will have at most when the leg is over.
    let epochs: Int

    var isLast: Bool { position == count }
  }

  /// A leg that is over.
  struct Leg {
    let place: Place
    var run: TrainingRun
    /// nil if the run failed, or was over before: `trainer(of:_:)` then finds it.
    fileprivate(set) var trainer: Trainer?
    fileprivate let isRestored: Bool
  }

  /// Trains one run until its leg is over.
  ///
  /// A training that diverges has failed; the others go on.
  /// - Parameters:
  ///   - run: what came of it so far.
  ///   - trainer: where it stands; nil to make one.
  ///   - test: measured when the leg is over.
  /// - Returns: nil if the one who listens wanted a pause.
  func train(
    _ run: TrainingRun, _ place: Place, _ job: TrainingJob, _ trainer: Trainer? = nil, test: TrainingData? = nil
  ) throws -> Leg? {
    if let run = archive?.ended(run.subject, number: place.number, leg: place.leg) {
      return Leg(place: place, run: run, trainer: nil, isRestored: true)
    }
    let began = TrainingRunsEvent.began(run.subject, number: place.position, count: place.count, epochs: place.epochs)
    guard observe(began) == .proceed else { return nil }
    var trainer = try trainer ?? archive?.trainer(place.number, job) ?? job.trainer()
    guard observe(.prepared(job, trainer)) == .proceed else { return nil }
    var run = run
    guard try train(&run, &trainer, place) else { return nil }
    if run.failure == nil, let test { run.test = try trainer.measure(test) }
    return Leg(place: place, run: run, trainer: run.failure == nil ? trainer : nil, isRestored: false)
  }

  /// Tells that a leg is over, and writes it down.
  /// - Parameter kept: the numbers of all runs whose trainers may be needed again.
  /// - Returns: whether to go on with the next one.
  func end(_ leg: Leg, keeping kept: Set<Int> = []) -> Bool {
    let number = leg.place.number
    if !leg.isRestored {
      archive?.end(leg.run, number: number, leg: leg.place.leg, kept.contains(number) ? leg.trainer : nil, keeping: kept)
    }
    return observe(.ended(leg.run)) == .proceed || leg.place.isLast
  }

  /// The trainer of a run that was over when all was last written down. If the disk had no room for it then, it is trained once more.
  func trainer(of number: Int, _ job: TrainingJob) throws -> Trainer {
    var trainer = try archive?.trainer(number, job) ?? job.trainer()
    // Of one that is finished, what is fitted at the very end is no part of what was written down.
    _ = try trainer.run { _ in .proceed }
    return trainer
  }

  /// - Returns: false for a pause.
  private func train(_ run: inout TrainingRun, _ trainer: inout Trainer, _ place: Place) throws -> Bool {
    var wantsPause = false
    // One that is finished is run too: it may have to be calibrated.
    while trainer.isFinished || trainer.history.count < place.epochs {
      do {
        let isFinished = try trainer.run { event in
          if observe(.training(event)) == .pause { wantsPause = true }
          var (isEpochEnd, isOver) = (false, false)
          if case .epoch(let record, _) = event { (isEpochEnd, isOver) = (true, record.epoch >= place.epochs) }
          return wantsPause || isOver || archive?.isDue(isEpochEnd: isEpochEnd) == true ? .pause : .proceed
        }
        if isFinished { break }
      } catch let error as TrainingError {
        guard case .diverged = error else { throw error }
        run.failure = "\(error)"
        break
      }
      if wantsPause { break }
      if trainer.history.count < place.epochs { archive?.note(trainer, number: place.number) }
    }
    run.note(trainer)
    if wantsPause { try archive?.pause(trainer, number: place.number) }
    return !wantsPause
  }
}
