import HanpipeCore

/// K trainings, each measured on one K-th of the records, from which it learned nothing.
///
/// What the spec keeps aside to validate on, and to stop early by, is taken from the other folds: the fold that is measured
/// neither teaches nor chooses. Vocabularies are learned anew each time, too.
public struct CrossValidation: Sendable {
  private let job: TrainingJob
  private let folds: Folds

  /// - Parameters:
  ///   - job: its training part is dealt; what it would validate on or test is not looked at.
  ///   - folds: K, from 2.
  /// - Throws: `TrainingError.tooFewRecords`.
  public init(_ job: TrainingJob, folds: Int) throws(TrainingError) {
    self.job = job
    self.folds = try Folds(job.parts.training, count: folds, seed: job.configuration.splittingSeed)
  }

  /// - Parameter archive: where it is written down, to go on later; nil: nowhere.
  /// - Throws: what making a trainer throws; `RunsFailed` if every run diverges.
  public func run(archive: (any RunArchive)? = nil, _ observe: TrainingRunsObserver) throws -> TrainingRuns {
    try withoutActuallyEscaping(observe) { observe in
      try run(RunSequence(observe: observe, archive: archive))
    }
  }

  private func run(_ sequence: RunSequence) throws -> TrainingRuns {
    var outcome = TrainingRuns()
    let data = job.parts.training
    for fold in 0..<folds.count {
      var part = job
      part.parts = data[folds.others(than: fold)].split(job.configuration)
      let place = RunSequence.Place(number: fold, position: fold + 1, count: folds.count, epochs: job.configuration.epochs)
      let test = data[folds.records[fold]]
      guard let leg = try sequence.train(TrainingRun(.fold(fold + 1)), place, part, test: test) else {
        outcome.isComplete = false
        return outcome
      }
      outcome.runs.append(leg.run)
      guard sequence.end(leg) else {
        outcome.isComplete = false
        return outcome
      }
    }
    if let failure = outcome.runs.first?.failure, outcome.runs.allSatisfy({ $0.failure != nil }) {
      throw RunsFailed(count: outcome.runs.count, first: failure)
    }
    return outcome
  }
}
