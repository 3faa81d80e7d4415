public import HanpipeCore

/// Trains a spec with different settings and finds which do best on validation records.
///
/// - Random search (Bergstra & Bengio 2012, https://jmlr.org/papers/v13/bergstra12a.html): each trial is trained to its end.
/// - Successive halving (Jamieson & Talwalkar 2016, arXiv:1502.07943) with a third left each time: all trials train a few epochs,
///   the best third of them three times as many, and so on; those that are left train to the end. A trial that goes on does so from
///   where it stood, to the same weights as if it had never waited.
public struct SettingSearch: Sendable {
  public enum Strategy: String, CaseIterable, Sendable { case random, halving }

  private let trials: [[SpecAssignment]]
  private let strategy: Strategy
  private let makeJob: @Sendable ([SpecAssignment]) throws -> TrainingJob

  /// Of the trials of a round, one in so many goes on.
  private static let survivors = 3

  /// - Parameters:
  ///   - trials: the settings of each.
  ///   - makeJob: the training with these settings. Its test records are measured once, with the best trial's weights: what is
  ///     chosen by them would not be measured by them.
  public init(
    _ trials: [[SpecAssignment]], strategy: Strategy = .random, job makeJob: @escaping @Sendable ([SpecAssignment]) throws -> TrainingJob
  ) {
    self.trials = trials
    self.strategy = strategy
    self.makeJob = makeJob
  }

  /// A trial and where it stands; the trainer of one that is out of the race is let go.
  private struct Contender {
    let number: Int
    var job: TrainingJob
    var trainer: Trainer?
  }

  /// - Returns: the runs in the order of the trials.
  /// - Throws: `TrainingError.noValidation`; what making a trainer throws; `RunsFailed` if every trial diverges.
  public func run(_ observe: TrainingRunsObserver) throws -> TrainingRuns {
    var outcome = TrainingRuns()
    outcome.runs = trials.enumerated().map { TrainingRun(.trial($0 + 1, $1)) }
    var contenders: [Contender] = []
    for (i, choices) in trials.enumerated() {
      let job = try makeJob(choices)
      if job.parts.validation.count == 0 { throw TrainingError.noValidation }
      contenders.append(Contender(number: i, job: job))
    }
    let rounds = strategy == .random ? 1 : Self.rounds(of: trials.count)
    for round in 1...rounds {
      let places = round == rounds ? 1 : (contenders.count + Self.survivors - 1) / Self.survivors
      guard let left = try train(contenders, share: Self.power(rounds - round), places: places, &outcome, observe) else {
        outcome.isComplete = false
        return outcome
      }
      contenders = left
    }
    guard let best = contenders.first, let trainer = best.trainer else {
      throw RunsFailed(count: trials.count, first: outcome.runs.lazy.compactMap(\.failure).first ?? "no trial was trained")
    }
    outcome.kept = best.number
    outcome.trainer = trainer
    outcome.runs[best.number].test = try best.job.test.map(trainer.measure)
    return outcome
  }

  /// Trains each contender up to a share of its epochs.
  /// - Returns: the best `places` of them, the best one first; nil for a pause.
  private func train(
    _ contenders: [Contender], share: Int, places: Int, _ outcome: inout TrainingRuns, _ observe: TrainingRunsObserver
  ) throws -> [Contender]? {
    var left: [Contender] = []
    for (i, contender) in contenders.enumerated() {
      var contender = contender
      let epochs = max(1, (contender.job.configuration.epochs + share - 1) / share)
      var run = outcome.runs[contender.number]
      guard observe(.began(run.subject, number: i + 1, count: contenders.count, epochs: epochs)) == .proceed else { return nil }
      var trainer = try contender.trainer ?? contender.job.trainer()
      guard try run.train(&trainer, until: epochs, observe) else { return nil }
      outcome.runs[contender.number] = run
      if run.failure == nil {
        contender.trainer = trainer
        left.append(contender)
        left.sort { outcome.runs.ranks($0.number, before: $1.number) }
        // No more trainers are held than can go on.
        if left.count > places { left.removeLast() }
      }
      if observe(.ended(run)) == .pause, i + 1 < contenders.count { return nil }
    }
    return left
  }

  /// So many that about one trial is left for the last.
  private static func rounds(of trials: Int) -> Int {
    var rounds = 1
    while power(rounds) <= trials { rounds += 1 }
    return rounds
  }
  private static func power(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { product, _ in product * survivors } }
}
