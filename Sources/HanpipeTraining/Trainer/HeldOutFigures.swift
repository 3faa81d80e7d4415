import HanpipeCore

/// What a trained pipeline makes of records that it neither learned from nor was chosen by.
public struct HeldOutFigures: Sendable, Equatable {
  public var records: Int
  /// Of a classifier the mean of −ln of what is true; of a tagger −ln of the right path's probability, the mean over tags.
  public var loss: Double
  /// Of records, or of a tagger's tags.
  public var accuracy: Double
  /// Of a tagger that marks words.
  public var wordF1: Double?
  /// Of a classifier.
  public var report: ClassificationReport?
}

extension Trainer {
  /// Measures the present weights.
  ///
  /// - Parameter data: of the kind that was trained on, numbered by the same labels.
  /// - Throws: what stages throw; `TrainingError.notTrainable` for data of another kind.
  public func measure(_ data: TrainingData) throws -> HeldOutFigures {
    switch (data, head) {
    case (.labelled(let data), .classifier(let task, let labels)): try measure(data, task, labels)
    case (.segmented(let data), .tagger(let tags)): try measure(data, tags)
    default: throw TrainingError.notTrainable("its last stage does not answer what the records teach")
    }
  }

  private func measure(_ data: LabelledTexts, _ task: Predictions.Task, _ labels: [String]) throws -> HeldOutFigures {
    // Bytes are bounded too: the states of 1,024 records of 5,000 words would take gigabytes.
    let parts = data.texts.batches(records: TrainingPreparation.batch, length: 1 << 18)
    let answers = try concurrentMap(parts.count, threads: threads) { i in
      try pipeline.trace(data.texts[parts[i]]).last as? Predictions
    }
    var counter = ClassificationCounter(task: task, labels: labels)
    for (part, answer) in zip(parts, answers) {
      guard let answer else { throw TrainingError.notTrainable("its last stage does not give predictions") }
      counter.add(answer, truths: data.labels[part])
    }
    let report = counter.report()
    return HeldOutFigures(records: report.count, loss: report.logLoss, accuracy: report.accuracy, report: report)
  }

  private func measure(_ data: SegmentedTexts, _ tags: [String]) throws -> HeldOutFigures {
    let sums = try evaluate(trainingSet(data, tags))
    return HeldOutFigures(
      records: sums.records, loss: sums.meanLoss, accuracy: sums.accuracy, wordF1: sums.words.gold > 0 ? sums.words.f1 : nil)
  }

  private func trainingSet(_ data: SegmentedTexts, _ tags: [String]) throws -> TrainingSet {
    TrainingSet(
      inputs: try preparation.inputs(data.texts, pipeline, before: first),
      objective: try preparation.objective(data, pipeline, tags))
  }

  /// The share of words that the vocabulary does not know, among some records; nil where the chain has none.
  public func unknownShare(of data: TrainingData) throws -> Double? {
    TrainingSet.unknownShare(try preparation.inputs(data.texts, pipeline, before: first))
  }
}
