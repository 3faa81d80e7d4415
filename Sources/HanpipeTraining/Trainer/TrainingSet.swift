public import HanpipeCore

/// Records as the first differentiable stage takes them, with their targets.
struct TrainingSet: Sendable {
  /// What the stages before the first differentiable one give: computed once, used in every epoch.
  let inputs: any DifferentiableValue
  /// B×K, row by row: 1 where the label is true (for two exclusive labels: where the second is).
  let targets: [Float]
  /// K.
  let width: Int
  /// How much each record counts.
  let weights: [Float]
  let labels: [[Int]]

  var count: Int { labels.count }

  /// The share of words that the vocabulary does not know; nil where the inputs are no ids.
  var unknownShare: Double? {
    guard let ids = (inputs as? PaddedIDs)?.ids else { return nil }
    return Double(ids.count { $0 == TokenIDs.unknown }) / Double(max(1, ids.count))
  }

  init(_ data: LabelledTexts, inputs: any DifferentiableValue, head: ClassifierHead, classWeights: [Float]) {
    self.inputs = inputs
    width = head.task == .binary ? 1 : head.labels.count
    labels = data.labels
    targets = data.labels.flatMap { labels -> [Float] in
      if head.task == .binary { return [labels.first == 1 ? 1 : 0] }
      var row = [Float](repeating: 0, count: head.labels.count)
      for label in labels { row[label] = 1 }
      return row
    }
    weights = data.labels.map { labels in
      // A record with several labels counts as the mean of theirs.
      labels.isEmpty ? 1 : labels.map { classWeights[$0] }.reduce(0, +) / Float(labels.count)
    }
  }

  /// The chosen records' inputs.
  func gatheredInputs(_ records: [Int]) -> any StageValue {
    Self.gather(inputs, records)
  }
  private static func gather<V: DifferentiableValue>(_ value: V, _ records: [Int]) -> any StageValue {
    value[records] as V
  }
  func targets(_ records: [Int]) -> [Float] { records.flatMap { targets[$0 * width..<($0 + 1) * width] } }
  func weights(_ records: [Int]) -> [Float] { records.map { weights[$0] } }
}

/// What the last stage of a trainable spec is.
public struct ClassifierHead: Sendable, Equatable {
  public let task: Predictions.Task
  public let labels: [String]
}
