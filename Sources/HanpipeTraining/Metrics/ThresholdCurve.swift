/// What a label's precision, recall and false alarms are for every threshold from which it could be given.
public struct ThresholdCurve: Sendable {
  /// Records with a score of at least `threshold`.
  public struct Step: Sendable, Equatable {
    public let threshold: Float
    public let truePositives: Int
    public let falsePositives: Int
  }
  public struct Figures: Sendable, Equatable {
    public let threshold: Float
    /// 1 if no record gets the label: none wrongly.
    public let precision: Double
    public let recall: Double
    public let f1: Double
  }

  /// Records that have the label, and that do not.
  public let positives: Int
  public let negatives: Int
  /// One for each different score, from the highest.
  public let steps: [Step]

  /// - Complexity: O(n log n).
  public init(scores: [Float], isPositive: [Bool]) {
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var steps: [Step] = []
    var (hits, alarms) = (0, 0)
    for (place, record) in order.enumerated() {
      if isPositive[record] { hits += 1 } else { alarms += 1 }
      let isLast = place + 1 == order.count || scores[order[place + 1]] != scores[record]
      if isLast { steps.append(Step(threshold: scores[record], truePositives: hits, falsePositives: alarms)) }
    }
    (positives, negatives, self.steps) = (hits, alarms, steps)
  }

  /// False and true positive rate, from (0, 0) to (1, 1); empty without records on both sides.
  public var roc: [(falsePositiveRate: Double, truePositiveRate: Double)] {
    guard positives > 0, negatives > 0 else { return [] }
    return [(0, 0)] + steps.map { (Double($0.falsePositives) / Double(negatives), Double($0.truePositives) / Double(positives)) }
  }

  /// Recall and precision, from the highest threshold; empty if no record has the label.
  public var precisionRecall: [(recall: Double, precision: Double)] {
    guard positives > 0 else { return [] }
    return steps.map(figures).map { ($0.recall, $0.precision) }
  }

  /// Σ (R_n − R_{n−1})·P_n, the mean of precision over recall without interpolation; nil if no record has the label.
  public var averagePrecision: Double? {
    guard positives > 0 else { return nil }
    var (sum, last) = (0.0, 0)
    for step in steps {
      sum += Double(step.truePositives - last) / Double(positives) * figures(step).precision
      last = step.truePositives
    }
    return sum
  }

  /// The threshold of the highest F1, of several the highest; nil if no record has the label.
  public var best: Figures? {
    guard positives > 0 else { return nil }
    return steps.map(figures).max { $0.f1 < $1.f1 || ($0.f1 == $1.f1 && $0.threshold < $1.threshold) }
  }

  /// What giving the label from `threshold` up would mean.
  public func figures(from threshold: Float) -> Figures {
    // The steps fall: the last one that is not below the threshold.
    var (low, high) = (0, steps.count)
    while low < high {
      let middle = (low + high) / 2
      if steps[middle].threshold >= threshold { low = middle + 1 } else { high = middle }
    }
    let step = low > 0 ? steps[low - 1] : Step(threshold: threshold, truePositives: 0, falsePositives: 0)
    return figures(Step(threshold: threshold, truePositives: step.truePositives, falsePositives: step.falsePositives))
  }

  private func figures(_ step: Step) -> Figures {
    let given = step.truePositives + step.falsePositives
    return Figures(
      threshold: step.threshold, precision: given == 0 ? 1 : Double(step.truePositives) / Double(given),
      recall: positives == 0 ? 0 : Double(step.truePositives) / Double(positives),
      f1: given + positives == 0 ? 0 : 2 * Double(step.truePositives) / Double(given + positives))
  }
}
