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

  /// - Parameter archive: where it is written down, to go on later; nil: nowhere.
  /// - Returns: the runs in the order of the trials.
  /// - Throws: `TrainingError.noValidation`; what making a trainer throws; `RunsFailed` if every trial diverges.
  public func run(archive: (any RunArchive)? = nil, _ observe: TrainingRunsObserver) throws -> TrainingRuns {
    try withoutActuallyEscaping(observe) { observe in
      try run(RunSequence(observe: observe, archive: archive))
    }
  }

  private func run(_ sequence: RunSequence) throws -> TrainingRuns {
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
      guard let left = try train(contenders, round, of: rounds, &outcome, sequence) else {
        outcome.isComplete = false
        return outcome
      }
      contenders = left
    }
    guard let best = contenders.first else {
      throw RunsFailed(count: trials.count, first: outcome.runs.lazy.compactMap(\.failure).first ?? "no trial was trained")
    }
    let trainer = try best.trainer ?? sequence.trainer(of: best.number, best.job)
    outcome.kept = best.number
    outcome.trainer = trainer
    outcome.runs[best.number].test = try best.job.test.map(trainer.measure)
    return outcome
  }

  /// Trains each contender up to this round's share of its epochs.
  /// - Returns: those that go on, the best one first; nil for a pause.
  private func train(
    _ contenders: [Contender], _ round: Int, of rounds: Int, _ outcome: inout TrainingRuns, _ sequence: RunSequence
  ) throws -> [Contender]? {
    let places = round == rounds ? 1 : (contenders.count + Self.survivors - 1) / Self.survivors
    let share = Self.power(rounds - round)
    var left: [Contender] = []
    for (i, contender) in contenders.enumerated() {
      var contender = contender
      let place = RunSequence.Place(
        number: contender.number, leg: round, position: i + 1, count: contenders.count,
        epochs: max(1, (contender.job.configuration.epochs + share - 1) / share))
      guard let leg = try sequence.train(outcome.runs[contender.number], place, contender.job, contender.trainer) else { return nil }
      outcome.runs[contender.number] = leg.run
      if leg.run.failure == nil {
        contender.trainer = leg.trainer
        left.append(contender)
        left.sort { outcome.runs.ranks($0.number, before: $1.number) }
        // No more trainers are held than can go on.
        if left.count > places { left.removeLast() }
      }
      // Those that have not had their turn in this round stand where the round before left them.
      guard sequence.end(leg, keeping: Set((left + contenders[(i + 1)...]).map(\.number))) else { return nil }
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
