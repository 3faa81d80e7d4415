public import HanpipeCore

/// One of several trainings, and what came of it.
public struct TrainingRun: Sendable, Equatable {
  /// What tells it from the others.
  public enum Subject: Sendable, Equatable, CustomStringConvertible {
    case seed(Int)
    /// From 1.
    case fold(Int)
    /// From 1.
    case trial(Int, [SpecAssignment])

    public var description: String {
      switch self {
      case .seed(let seed): "seed \(seed)"
      case .fold(let fold): "fold \(fold)"
      case .trial(let trial, _): "trial \(trial)"
      }
    }
  }

  public let subject: Subject
  /// How many were trained.
  public internal(set) var epochs = 0
  /// The figures of the weights that it ended with.
  public internal(set) var result: EpochRecord?
  public internal(set) var test: HeldOutFigures?
  /// Why it has no figures, or none to trust.
  public internal(set) var failure: String?

  init(_ subject: Subject) { self.subject = subject }

  /// Notes how far a trainer has come.
  mutating func note(_ trainer: Trainer) {
    epochs = trainer.history.count
    result = trainer.result
  }

  /// What is measured, by name, in the order in which it is shown.
  public var figures: [(name: String, value: Double)] {
    let all: [(String, Double?)] = [
      ("validationLoss", result?.validationLoss), ("validationAccuracy", result?.validationAccuracy),
      ("validationMacroF1", result?.validationMacroF1), ("validationWordF1", result?.validationWordF1), ("testLoss", test?.loss),
      ("testAccuracy", test?.accuracy),
      ("testMacroF1", test?.report?.macroF1), ("testWordF1", test?.wordF1),
    ]
    return all.compactMap { name, value in value.map { (name, $0) } }
  }

  /// Whether it did better on validation records, by `validationFigure`; of equal ones the smaller loss. One that failed is worse
  /// than any.
  func isBetter(than other: TrainingRun) -> Bool {
    guard failure == nil, let own = result?.validationFigure else { return false }
    guard other.failure == nil, let figure = other.result?.validationFigure else { return true }
    if own != figure { return own > figure }
    return result?.validationLoss ?? .infinity < other.result?.validationLoss ?? .infinity
  }

  public static func == (a: TrainingRun, b: TrainingRun) -> Bool {
    a.subject == b.subject && a.epochs == b.epochs && a.result == b.result && a.test == b.test && a.failure == b.failure
  }
}

extension [TrainingRun] {
  /// Whether one run is ranked before another: the better one, of equals the earlier one.
  func ranks(_ a: Int, before b: Int) -> Bool {
    if self[a].isBetter(than: self[b]) { return true }
    return self[b].isBetter(than: self[a]) ? false : a < b
  }
}

extension EpochRecord {
  /// What a validation is judged by: F1 of words for a tagger, micro-F1 for labels that do not exclude each other, else accuracy; nil
  /// without validation records.
  ///
  /// With several labels a record, accuracy counts those records alone in which every label is right. It moves in steps of a record,
  /// and may be 0 for all while one answers most labels right; the loss is not what answers are judged by, and of a search, settings such
  /// as `labelSmoothing` change what it means.
  public var validationFigure: Double? { validationWordF1 ?? validationMicroF1 ?? validationAccuracy }
}

/// Several trainings of one kind.
public struct TrainingRuns: Sendable {
  public internal(set) var runs: [TrainingRun] = []
  /// Which of `runs` is kept, if one is.
  public internal(set) var kept: Int?
  /// The trainer of the run that is kept.
  public internal(set) var trainer: Trainer?
  /// Whether all were trained to their end; false if the one who listens wanted a pause.
  public internal(set) var isComplete = true

  init() {}

  /// Mean and spread of each figure over the runs that did not fail.
  public var spreads: [(name: String, spread: Spread)] {
    let figures = runs.filter { $0.failure == nil }.map(\.figures)
    guard let names = figures.first?.map(\.name) else { return [] }
    return names.compactMap { name in
      Spread(figures.compactMap { $0.first { $0.name == name }?.value }).map { (name, $0) }
    }
  }
}

/// What is told while several trainings run.
public enum TrainingRunsEvent: Sendable {
  /// - Parameters:
  ///   - number: from 1.
  ///   - epochs: how many it will have at most.
  case began(TrainingRun.Subject, number: Int, count: Int, epochs: Int)
  /// What a run learns from, and its trainer before its first step or, of one that goes on, where it stands.
  case prepared(TrainingJob, Trainer)
  case training(TrainingEvent)
  case ended(TrainingRun)
}

/// Told of each event; answers whether to go on.
public typealias TrainingRunsObserver = (TrainingRunsEvent) -> TrainingControl
