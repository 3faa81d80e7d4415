public import HanpipeCore
import HanpipeNeural

/// Trains a spec's pipeline on labelled or segmented texts.
///
/// The same spec, data and seed give the same weights, bit for bit, on any number of threads: a batch is cut into shards by
/// its size alone, and their gradients are added in the shards' order. A training that was paused and continued gives the
/// same weights as one that was not.
public struct Trainer: Sendable {
  public let configuration: TrainingConfiguration
  public let head: TrainingHead
  public internal(set) var pipeline: Pipeline
  public private(set) var history: [EpochRecord] = []
  /// What became of the classifier's temperature; nil before the end, and where nobody asked for one.
  public internal(set) var calibration: Calibration?

  let preparation: TrainingPreparation
  /// The first stage that gradients reach.
  let first: Int
  let training: TrainingSet
  let validation: TrainingSet?

  var optimizers: [Optimizer]
  var position = Position()
  /// How many words began with a vector; nil where the configuration names no vectors, or a checkpoint was continued.
  public let vectorCoverage: VectorCoverage?
  /// What each stage that learns began with; nil where the training began from no model, or a checkpoint was continued.
  public let beginnings: [StageBeginning]?
  var best: Best?
  var average: AveragedWeights?

  /// Where a training stands: the next step of which epoch, and the epoch's sums so far.
  struct Position: Sendable, Equatable {
    var epoch = 0
    var step = 0
    var sums = StepSums()
    /// Steps of all epochs.
    var total = 0
  }

  /// The weights of the best epoch so far.
  struct Best: Sendable {
    var epoch: Int
    var figure: Double
    /// A stage each, from `first`.
    var parameters: [Parameters]
  }

  /// - Parameters:
  ///   - texts: to train on, and to validate on (none, perhaps).
  ///   - learned: for a checkpoint, what each stage knows.
  ///   - start: the model to begin from, where nothing is known yet.
  ///   - objectives: what the finished chain answers, and what is true of both parts' records.
  init(
    _ preparation: TrainingPreparation, _ configuration: TrainingConfiguration, texts: (training: Texts, validation: Texts),
    learned: [StateReader?]?, from start: StartingModel?,
    objectives: (Pipeline) throws -> (head: TrainingHead, training: any Objective, validation: any Objective)
  ) throws {
    // What was learned already, in a checkpoint, has no use for them.
    let vectors = try learned == nil ? configuration.vectors?.table(preparation.resource) : nil
    (pipeline, beginnings, vectorCoverage) = try preparation.pipeline(
      texts.training, seed: UInt64(configuration.seed), learned: learned, from: learned == nil ? start : nil, vectors: vectors)
    first = try preparation.firstDifferentiable(pipeline)
    let objectives = try objectives(pipeline)
    head = objectives.head
    let inputs = try preparation.inputs(texts.training, pipeline, before: first)
    training = TrainingSet(inputs: inputs, objective: objectives.training)
    if texts.validation.count > 0 {
      let inputs = try preparation.inputs(texts.validation, pipeline, before: first)
      validation = TrainingSet(inputs: inputs, objective: objectives.validation)
    } else {
      validation = nil
    }
    self.configuration = configuration
    self.preparation = preparation
    average = configuration.averaging.map(AveragedWeights.init)
    optimizers = pipeline.stages[first...].map { Optimizer(configuration.optimizer, for: $0.parameters) }
  }

  var threads: Int { preparation.threads }
  public var isFinished: Bool { position.epoch >= configuration.epochs }
  /// The figures of the weights that a finished training answers with: those of the best epoch with early stopping, else the last.
  public var result: EpochRecord? {
    best.flatMap { best in history.first { $0.epoch == best.epoch } } ?? history.last
  }
  public var trainingCount: Int { training.count }
  public var validationCount: Int { validation?.count ?? 0 }
  /// The share of words that the vocabulary does not know, among the records trained on and validated on.
  public var unknownShares: (training: Double?, validation: Double?) { (training.unknownShare, validation?.unknownShare) }
  public var stepsPerEpoch: Int { (training.count + configuration.batchSize - 1) / configuration.batchSize }

  /// Trains until the last epoch, an early stop, or a pause.
  ///
  /// - Parameter observe: told of each step and epoch; answers whether to go on.
  /// - Returns: whether training is finished.
  /// - Throws: `TrainingError.diverged` at the first step whose loss or gradient is not finite; `pipeline` then holds the
  ///   weights from before that step or, where the step before already made one infinite, from before the epoch.
  public mutating func run(_ observe: (TrainingEvent) -> TrainingControl) throws -> Bool {
    while !isFinished {
      let order = order(of: position.epoch)
      // A copy of references; the first step of the epoch makes it one of floats.
      let before = weights()
      while position.step < stepsPerEpoch {
        let start = position.step * configuration.batchSize
        do {
          try step(Array(order[start..<min(order.count, start + configuration.batchSize)]))
        } catch {
          if !hasFiniteWeights { replaceParameters(by: before) }
          throw error
        }
        position.step += 1
        position.total += 1
        if let average, average.isDue(position.total) {
          let weights = weights()
          self.average?.add(weights)
        }
        let control = observe(
          .step(
            epoch: position.epoch + 1, step: position.step, steps: stepsPerEpoch, loss: position.sums.meanLoss,
            accuracy: position.sums.accuracy, records: position.sums.records))
        if control == .pause { return false }
      }
      if try finishEpoch(observe) == .pause, !isFinished { return false }
    }
    try calibrate()
    return true
  }

  /// The order of the records in an epoch depends on the seed and the epoch alone.
  private func order(of epoch: Int) -> [Int] {
    guard configuration.shuffle else { return Array(0..<training.count) }
    var generator = SeededGenerator(seed: UInt64(configuration.seed), 0x4F52_4445, UInt64(epoch))
    return (0..<training.count).shuffled(using: &generator)
  }

  /// The parameters of each stage from `first`.
  private func weights() -> [Parameters] { pipeline.stages[first...].map(\.parameters) }

  private mutating func finishEpoch(_ observe: (TrainingEvent) -> TrainingControl) throws -> TrainingControl {
    let own = weights()
    if let average, average.count > 0 { replaceParameters(by: average.parameters) }
    let record = EpochRecord(
      epoch: position.epoch + 1, position.sums, validation: try validation.map { try evaluate($0) }, learningRate: learningRate)
    history.append(record)
    let isBest = keepIfBest(record)
    position = Position(epoch: position.epoch + 1, total: position.total)
    // Training goes on from the weights that are not averaged.
    if average != nil, !isFinished { replaceParameters(by: own) }
    let control = observe(.epoch(record, isBest: isBest))
    if let stopping = configuration.earlyStopping, let best {
      let over = record.epoch - best.epoch >= stopping.patience
      if over || isFinished {
        replaceParameters(by: best.parameters)
        if over, !isFinished {
          _ = observe(.stoppedEarly(epoch: record.epoch, best: best.epoch))
          position.epoch = configuration.epochs
        }
      }
    }
    return control
  }

  /// With early stopping, remembers the weights if this epoch's were the best so far.
  private mutating func keepIfBest(_ record: EpochRecord) -> Bool {
    guard let stopping = configuration.earlyStopping else { return false }
    let figure: Double
    switch stopping.monitor {
    case .loss: figure = -(record.validationLoss ?? record.loss)
    case .accuracy: figure = record.validationAccuracy ?? record.accuracy
    case .f1: figure = record.validationWordF1 ?? record.wordF1 ?? 0
    }
    if let best, figure <= best.figure { return false }
    best = Best(epoch: record.epoch, figure: figure, parameters: weights())
    return true
  }

  /// - Parameter parameters: a stage each, from `first`.
  private mutating func replaceParameters(by parameters: [Parameters]) {
    for (i, parameters) in parameters.enumerated() { _ = pipeline.withParameters(of: first + i) { $0 = parameters } }
  }

  private var hasFiniteWeights: Bool {
    pipeline.stages[first...].allSatisfy { $0.parameters.tensors.allSatisfy { $0.values.allSatisfy(\.isFinite) } }
  }

  /// The learning rate of the present epoch.
  var learningRate: Double {
    configuration.schedule.rule.rate(base: configuration.optimizer.rule.learningRate, epoch: Double(position.epoch))
  }

  /// Continues from a checkpoint.
  mutating func resume(
    position: Position, history: [EpochRecord], optimizers: [Optimizer], best: Best?, average: AveragedWeights?
  ) {
    self.average = average
    self.position = position
    self.history = history
    self.optimizers = optimizers
    self.best = best
  }

  mutating func update(_ stage: Int, _ body: (inout Parameters, inout Optimizer) -> Void) {
    let index = stage - first
    _ = Self.update(&pipeline, stage, &optimizers[index], body)
  }
  private static func update(
    _ pipeline: inout Pipeline, _ stage: Int, _ optimizer: inout Optimizer,
    _ body: (inout Parameters, inout Optimizer) -> Void
  ) -> Void? {
    pipeline.withParameters(of: stage) { body(&$0, &optimizer) }
  }
  mutating func addSums(_ sums: StepSums) { position.sums.add(sums) }
}
