public import HanpipeCore
import HanpipeNeural

/// Everything that a paused training needs to continue to the very same weights, beside what the model directory holds.
public struct Checkpoint: Sendable {
  /// Where the training stands, as JSON.
  public var progress: JSON
  /// Optimiser moments (`optimizer.<stage>.…`) and the best and the averaged weights so far
  /// (`best.<stage>.…`, `average.<stage>.…`).
  public var tensors: [(name: String, tensor: Parameters.Tensor)]

  public init(progress: JSON, tensors: [(name: String, tensor: Parameters.Tensor)]) {
    self.progress = progress
    self.tensors = tensors
  }
}

extension Trainer {
  /// What to write down to continue later.
  public func checkpoint() -> Checkpoint {
    var tensors: [(name: String, tensor: Parameters.Tensor)] = []
    for (i, optimizer) in optimizers.enumerated() {
      let state = optimizer.state
      tensors += zip(state.names, state.tensors).map { ("optimizer.\(first + i).\($0)", $1) }
    }
    for (name, parameters) in [("best", best?.parameters), ("average", average?.parameters)] {
      for (i, parameters) in (parameters ?? []).enumerated() {
        tensors += zip(parameters.names, parameters.tensors).map { ("\(name).\(first + i).\($0)", $1) }
      }
    }
    var progress: JSONObject = [
      "format": 1, "epoch": .integer(position.epoch), "step": .integer(position.step), "total": .integer(position.total),
      "loss": .number(position.sums.loss), "weight": .number(position.sums.weight),
      "right": .integer(position.sums.right), "answers": .integer(position.sums.answers),
      "words": .array(
        [position.sums.words.right, position.sums.words.gold, position.sums.words.answered].map(JSON.integer)),
      "records": .integer(position.sums.records),
      "trainingRecords": .integer(training.count), "validationRecords": .integer(validation?.count ?? 0),
      "configuration": .object(configuration.json),
      "history": .array(history.map(\.json)),
    ]
    if !position.sums.labels.isEmpty {
      progress["labels"] = .array(position.sums.labels.counts.map { .array($0.map(JSON.integer)) })
    }
    if let best { progress["best"] = ["epoch": .integer(best.epoch), "figure": .number(best.figure)] }
    if let average { progress["averaged"] = .integer(average.count) }
    return Checkpoint(progress: .object(progress), tensors: tensors)
  }

  /// Continues where `checkpoint` was taken. The trainer must have been made with the same spec and data, and with the
  /// weights that were saved with the checkpoint.
  ///
  /// - Throws: `TrainingError.checkpoint`.
  public mutating func resume(_ checkpoint: Checkpoint) throws(TrainingError) {
    let progress = checkpoint.progress
    func integer(_ key: String) throws(TrainingError) -> Int {
      guard let value = progress[key]?.intValue, value >= 0 else { throw .checkpoint("\"\(key)\" is missing") }
      return value
    }
    guard progress["format"]?.intValue == 1 else { throw .checkpoint("its format is not 1") }
    guard try integer("trainingRecords") == training.count, try integer("validationRecords") == validationCount else {
      throw .checkpoint("it was made with other data: \(try integer("trainingRecords")) training records, now \(training.count)")
    }
    guard Self.comparable(progress["configuration"]) == Self.comparable(.object(configuration.json)) else {
      throw .checkpoint("it was made with other training settings; restore them, or train anew without --resume")
    }
    var position = Position(epoch: try integer("epoch"), step: try integer("step"), total: try integer("total"))
    let words = progress["words"]?.arrayValue?.compactMap(\.intValue) ?? []
    guard words.count == 3 else { throw .checkpoint("\"words\" is missing") }
    position.sums = StepSums(
      loss: progress["loss"]?.doubleValue ?? 0, weight: progress["weight"]?.doubleValue ?? 0,
      right: try integer("right"), answers: try integer("answers"),
      words: WordCounts(right: words[0], gold: words[1], answered: words[2]), records: try integer("records"))
    if let labels = progress["labels"]?.arrayValue {
      guard let counts = LabelCounts(labels.map { ($0.arrayValue ?? []).compactMap(\.intValue) }) else {
        throw .checkpoint("\"labels\" is not whole")
      }
      position.sums.labels = counts
    }
    guard position.step <= stepsPerEpoch else { throw .checkpoint("it is not whole") }
    var restored: [Optimizer] = []
    for (i, optimizer) in optimizers.enumerated() {
      let state = try parameters("optimizer.\(first + i).", checkpoint, like: optimizer.state)
      do {
        restored.append(
          try Optimizer(configuration.optimizer, for: pipeline.stages[first + i].parameters, state: state))
      } catch { throw .checkpoint("\(error)") }
    }
    resume(
      position: position, history: (progress["history"]?.arrayValue ?? []).compactMap(EpochRecord.init),
      optimizers: restored, best: try best(in: checkpoint), average: try average(in: checkpoint))
  }

  /// More epochs may be asked for than before; all else must be the same.
  private static func comparable(_ configuration: JSON?) -> JSON? {
    var object = configuration?.objectValue
    object?["epochs"] = nil
    return object.map(JSON.object)
  }

  private func best(in checkpoint: Checkpoint) throws(TrainingError) -> Best? {
    guard let json = checkpoint.progress["best"], let epoch = json["epoch"]?.intValue,
      let figure = json["figure"]?.doubleValue
    else { return nil }
    return Best(epoch: epoch, figure: figure, parameters: try parameters("best", checkpoint))
  }

  private func average(in checkpoint: Checkpoint) throws(TrainingError) -> AveragedWeights? {
    guard var average = configuration.averaging.map(AveragedWeights.init) else { return nil }
    guard let count = checkpoint.progress["averaged"]?.intValue, count >= 0 else { throw .checkpoint("\"averaged\" is missing") }
    average.count = count
    if count > 0 { average.parameters = try parameters("average", checkpoint) }
    return average
  }

  /// A set of parameters for each stage from `first`.
  private func parameters(_ name: String, _ checkpoint: Checkpoint) throws(TrainingError) -> [Parameters] {
    var all: [Parameters] = []
    for i in first..<pipeline.stages.count {
      all.append(try parameters("\(name).\(i).", checkpoint, like: pipeline.stages[i].parameters))
    }
    return all
  }

  private func parameters(
    _ prefix: String, _ checkpoint: Checkpoint, like model: Parameters
  ) throws(TrainingError) -> Parameters {
    let found = Dictionary(checkpoint.tensors.map { ($0.name, $0.tensor) }) { $1 }
    var pairs: [(String, Parameters.Tensor)] = []
    for (name, tensor) in zip(model.names, model.tensors) {
      guard let saved = found[prefix + name], saved.shape == tensor.shape else {
        throw .checkpoint("\"\(prefix)\(name)\" is missing or has another shape")
      }
      pairs.append((name, Parameters.Tensor(shape: saved.shape, values: saved.values, isRowSparse: tensor.isRowSparse)))
    }
    return Parameters(pairs)
  }
}
