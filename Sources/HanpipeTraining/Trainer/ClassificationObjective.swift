public import HanpipeCore
import HanpipeNeural

/// The right labels of records, for a classifier.
struct ClassificationObjective: Objective {
  /// B×K, row by row: 1 where the label is true (for two exclusive labels: where the second is).
  private let targets: [Float]
  /// K.
  private let width: Int
  /// How much each record counts.
  private let weights: [Float]
  let labels: [[Int]]
  private let loss: any Loss

  var count: Int { labels.count }

  init(_ data: LabelledTexts, task: Predictions.Task, labels names: [String], classWeights: [Float], loss: any Loss) {
    width = task == .binary ? 1 : names.count
    labels = data.labels
    self.loss = loss
    targets = data.labels.flatMap { labels -> [Float] in
      if task == .binary { return [labels.first == 1 ? 1 : 0] }
      var row = [Float](repeating: 0, count: names.count)
      for label in labels { row[label] = 1 }
      return row
    }
    weights = data.labels.map { labels in
      // A record with several labels counts as the mean of theirs.
      labels.isEmpty ? 1 : labels.map { classWeights[$0] }.reduce(0, +) / Float(labels.count)
    }
  }

  func weight(of records: [Int]) -> Double { Double(records.map { weights[$0] }.reduce(0, +)) }

  func measure(
    _ output: any StageValue, _ records: [Int], totalWeight: Double
  ) throws -> (sums: StepSums, gradient: any Sendable) {
    guard let predictions = output as? Predictions else {
      throw TrainingError.notTrainable("its last stage does not give predictions")
    }
    let (mean, gradient) = loss.value(
      logits: predictions.logits, targets: records.flatMap { targets[$0 * width..<($0 + 1) * width] }, width: width,
      weights: records.map { weights[$0] }, totalWeight: totalWeight)
    var sums = StepSums(loss: mean * totalWeight, weight: weight(of: records), answers: records.count, records: records.count)
    for (i, record) in records.enumerated() {
      let answer = predictions.decision(of: i)
      if answer == labels[record].sorted() { sums.right += 1 }
      if predictions.task == .multiLabel { sums.labels.count(gold: labels[record], answer: answer, labels: width) }
    }
    return (sums, gradient)
  }
}

extension Trainer {
  /// Fits what learns by counting and draws the first parameters, to learn labels.
  ///
  /// - Parameters:
  ///   - blueprint: a chain from text to predictions.
  ///   - validation: records to validate on; nil to keep the configuration's share of `data` aside.
  ///   - resource: the files that the spec names.
  ///   - threads: how many threads to use.
  ///   - learned: for a checkpoint, what each stage knows.
  ///   - start: the model to begin from, where nothing is known yet.
  /// - Throws: `TrainingError`, `SpecError`, and what stages throw.
  public init(
    _ blueprint: Blueprint, configuration: TrainingConfiguration, data: LabelledTexts, validation: LabelledTexts?,
    threads: Int, learned: [StateReader?]? = nil, from start: StartingModel? = nil, resource: ResourceReader
  ) throws {
    guard data.count > 0 else { throw TrainingError.noRecords }
    let parts =
      validation.map { (training: data, validation: $0) }
      ?? data.split(share: configuration.validationSplit, seed: configuration.splittingSeed)
    let preparation = TrainingPreparation(blueprint: blueprint, resource: resource, threads: threads)
    try self.init(
      preparation, configuration, texts: (parts.training.texts, parts.validation.texts), learned: learned, from: start
    ) { pipeline in
      let (task, labels) = try Self.classifier(of: pipeline)
      let counts = parts.training.counts(labels: labels.count)
      try Self.check(parts.training, counts, task, labels)
      let weights = try configuration.classWeights.weights(labels: labels, counts: counts)
      let loss = try Self.loss(configuration, task)
      func objective(_ data: LabelledTexts) -> ClassificationObjective {
        ClassificationObjective(data, task: task, labels: labels, classWeights: weights, loss: loss)
      }
      return (.classifier(task, labels: labels), objective(parts.training), objective(parts.validation))
    }
  }

  /// What the last stage answers: asked by giving it no record.
  private static func classifier(of pipeline: Pipeline) throws -> (Predictions.Task, labels: [String]) {
    guard let answer = try pipeline.trace(Texts()).last as? Predictions else {
      throw TrainingError.notTrainable(
        "its last stage gives \(pipeline.blueprint.outputKind?.rawValue ?? "nothing"), not predictions")
    }
    return (answer.task, answer.labels)
  }

  private static func check(
    _ data: LabelledTexts, _ counts: [Int], _ task: Predictions.Task, _ labels: [String]
  ) throws(TrainingError) {
    guard task != .multiLabel else { return }
    if let bad = data.labels.first(where: { $0.count != 1 }) { throw .labelCount(bad.count, line: nil) }
    if counts.count(where: { $0 > 0 }) == 1, let only = counts.firstIndex(where: { $0 > 0 }) {
      throw .oneClass(labels[only], count: data.count)
    }
  }

  private static func loss(_ configuration: TrainingConfiguration, _ task: Predictions.Task) throws(SpecError) -> any Loss {
    try configuration.checkClassifying(task)
    return LossKind.natural(task) == .categoricalCrossEntropy
      ? CategoricalCrossEntropy(labelSmoothing: configuration.labelSmoothing)
      : BinaryCrossEntropy(labelSmoothing: configuration.labelSmoothing)
  }
}
