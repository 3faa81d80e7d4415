/// Which of several trained models is kept.
public enum KeptRun: String, CaseIterable, Sendable {
  /// The best on validation records; without them the first.
  case best
  /// The middle one on validation records (of an even number, the lower of the two): what one may expect of any seed.
  case median
  case first
}

/// One spec trained with several seeds: how much of a figure is luck.
///
/// All validate on the same records, those that the configuration draws itself, so that figures can be compared and the choice of
/// one is a choice among weights. Each model says in its spec (`seed`, `splitSeed`) what makes it again.
public struct SeedRuns: Sendable {
  private let job: TrainingJob
  private let seeds: [Int]
  private let keeping: KeptRun

  public init(_ job: TrainingJob, seeds: [Int], keeping: KeptRun = .best) {
    self.job = job
    self.seeds = seeds
    self.keeping = keeping
  }

  /// - Throws: what making a trainer throws; `RunsFailed` if every run diverges.
  public func run(_ observe: TrainingRunsObserver) throws -> TrainingRuns {
    var outcome = TrainingRuns()
    // Of those that may still be kept.
    var trainers: [Int: Trainer] = [:]
    for (i, seed) in seeds.enumerated() {
      var run = TrainingRun(.seed(seed))
      let job = try job.changing {
        $0.splitSeed = $0.splitSeed ?? $0.seed
        $0.seed = seed
      }
      guard observe(.began(run.subject, number: i + 1, count: seeds.count, epochs: job.configuration.epochs)) == .proceed else {
        outcome.isComplete = false
        break
      }
      var trainer = try job.trainer()
      guard try run.train(&trainer, observe) else {
        outcome.isComplete = false
        break
      }
      if run.failure == nil { run.test = try job.test.map(trainer.measure) }
      outcome.runs.append(run)
      if run.failure == nil { trainers[i] = trainer }
      outcome.kept = choice(outcome.runs)
      if keeping != .median { trainers = trainers.filter { $0.key == outcome.kept } }
      if observe(.ended(run)) == .pause, i + 1 < seeds.count {
        outcome.isComplete = false
        break
      }
    }
    if outcome.isComplete, outcome.kept == nil, let failure = outcome.runs.first?.failure {
      throw RunsFailed(count: outcome.runs.count, first: failure)
    }
    outcome.trainer = outcome.kept.flatMap { trainers[$0] }
    return outcome
  }

  private func choice(_ runs: [TrainingRun]) -> Int? {
    let good = runs.indices.filter { runs[$0].failure == nil }
    switch keeping {
    case .first: return good.first
    case .best: return good.min(by: runs.ranks)
    case .median:
      let ranked = good.sorted(by: runs.ranks)
      return ranked.isEmpty ? nil : ranked[ranked.count / 2]
    }
  }
}

/// None of several trainings came to an end.
public struct RunsFailed: Error, CustomStringConvertible {
  public let count: Int
  /// Of the first.
  public let first: String
  public var description: String { count == 1 ? first : "all \(count) trainings failed, the first: \(first)" }
}
