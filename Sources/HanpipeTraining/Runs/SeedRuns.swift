import HanpipeCore

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

  /// - Parameter archive: where it is written down, to go on later; nil: nowhere.
  /// - Throws: what making a trainer throws; `RunsFailed` if every run diverges.
  public func run(archive: (any RunArchive)? = nil, _ observe: TrainingRunsObserver) throws -> TrainingRuns {
    try withoutActuallyEscaping(observe) { observe in
      try run(RunSequence(observe: observe, archive: archive))
    }
  }

  private func run(_ sequence: RunSequence) throws -> TrainingRuns {
    var outcome = TrainingRuns()
    // Of those that may still be kept.
    var trainers: [Int: Trainer] = [:]
    for (i, seed) in seeds.enumerated() {
      let place = RunSequence.Place(number: i, position: i + 1, count: seeds.count, epochs: job.configuration.epochs)
      guard let leg = try sequence.train(TrainingRun(.seed(seed)), place, seeded(i), test: job.test) else {
        outcome.isComplete = false
        break
      }
      outcome.runs.append(leg.run)
      trainers[i] = leg.trainer
      outcome.kept = choice(outcome.runs)
      let kept = keeping == .median ? good(outcome.runs) : [outcome.kept].compactMap(\.self)
      trainers = trainers.filter { kept.contains($0.key) }
      guard sequence.end(leg, keeping: Set(kept)) else {
        outcome.isComplete = false
        break
      }
    }
    if outcome.isComplete, outcome.kept == nil, let failure = outcome.runs.first?.failure {
      throw RunsFailed(count: outcome.runs.count, first: failure)
    }
    if let kept = outcome.kept {
      outcome.trainer = trainers[kept]
      if outcome.trainer == nil, outcome.isComplete { outcome.trainer = try sequence.trainer(of: kept, seeded(kept)) }
    }
    return outcome
  }

  /// The training with the seed at `index`.
  private func seeded(_ index: Int) throws(SpecError) -> TrainingJob {
    try job.changing {
      $0.splitSeed = $0.splitSeed ?? $0.seed
      $0.seed = seeds[index]
    }
  }

  private func good(_ runs: [TrainingRun]) -> [Int] { runs.indices.filter { runs[$0].failure == nil } }

  private func choice(_ runs: [TrainingRun]) -> Int? {
    let good = good(runs)
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
