import HanpipeCore

/// Records as the first differentiable stage takes them, and what is true of each.
struct TrainingSet: Sendable {
  /// What the stages before the first differentiable one give: computed once, used in every epoch.
  let inputs: any DifferentiableValue
  let objective: any Objective

  var count: Int { objective.count }

  /// The share of words that the vocabulary does not know; nil where the inputs are no ids.
  var unknownShare: Double? { Self.unknownShare(inputs) }

  static func unknownShare(_ inputs: any DifferentiableValue) -> Double? {
    guard let ids = firstIDs(inputs)?.ids else { return nil }
    return Double(ids.count { $0 == TokenIDs.unknown }) / Double(max(1, ids.count))
  }

  /// The ids of the first branch that has some, of branches inside of branches too.
  private static func firstIDs(_ inputs: any DifferentiableValue) -> PaddedIDs? {
    if let branches = inputs as? BranchValues { return branches.values.lazy.compactMap(firstIDs).first }
    return inputs as? PaddedIDs
  }

  /// The chosen records' inputs.
  func gatheredInputs(_ records: [Int]) -> any StageValue {
    Self.gather(inputs, records)
  }
  private static func gather<V: DifferentiableValue>(_ value: V, _ records: [Int]) -> any StageValue {
    value[records] as V
  }
}

/// What is true of the records of a training set, and how wrong an answer is.
protocol Objective: Sendable {
  /// The number of records.
  var count: Int { get }
  /// How much some records count together in the mean loss.
  func weight(of records: [Int]) -> Double
  /// How good the last stage's output for some records is, and the gradient of the loss with respect to it.
  /// - Parameter totalWeight: what the gradient is divided by: the weight of the whole batch.
  /// - Throws: `TrainingError.notTrainable` for an output of another kind.
  func measure(
    _ output: any StageValue, _ records: [Int], totalWeight: Double
  ) throws -> (sums: StepSums, gradient: any Sendable)
}
