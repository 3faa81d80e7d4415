import HanpipeCore

/// Whether probabilities mean what they say: of the answers given with a confidence of about 0.8, about 80 % should be right.
///
/// Where labels exclude each other, the confidence is the probability of the likeliest label; else each label of each record counts
/// by itself, with its probability and whether it holds.
public struct Reliability: Sendable, Equatable {
  /// Bins of equal width, as many as in Guo et al. 2017 (arXiv:1706.04599).
  public static let bins = 15

  public struct Bin: Sendable, Equatable {
    public fileprivate(set) var count = 0
    public fileprivate(set) var right = 0
    fileprivate var sum = 0.0

    /// The mean of the probabilities; nil without an answer.
    public var confidence: Double? { count > 0 ? sum / Double(count) : nil }
    /// The share of right answers; nil without an answer.
    public var accuracy: Double? { count > 0 ? Double(right) / Double(count) : nil }
  }
  /// Bin m holds the confidences above m/15 and up to (m + 1)/15.
  public private(set) var bins = [Bin](repeating: Bin(), count: Self.bins)

  public init() {}

  /// Counts one record.
  /// - Parameter probabilities: one for each label.
  mutating func add(_ probabilities: ArraySlice<Float>, truth: [Int], task: Predictions.Task) {
    if task == .multiLabel {
      for (label, p) in probabilities.enumerated() { add(confidence: Double(p), isRight: truth.contains(label)) }
    } else if let likeliest = probabilities.indices.max(by: { (probabilities[$0], -$0) < (probabilities[$1], -$1) }) {
      add(confidence: Double(probabilities[likeliest]), isRight: truth.first == likeliest - probabilities.startIndex)
    }
  }

  private mutating func add(confidence: Double, isRight: Bool) {
    guard confidence.isFinite else { return }
    let bin = Int((confidence * Double(Self.bins)).rounded(.up)) - 1
    bins[min(Self.bins - 1, max(0, bin))].add(confidence, isRight)
  }

  public var count: Int { bins.reduce(0) { $0 + $1.count } }

  /// The expected calibration error: the mean, over answers, of how far the accuracy of a bin is from its confidence.
  public var expectedError: Double {
    let sum = bins.reduce(0.0) { $0 + abs(Double($1.right) - $1.sum) }
    return sum / Double(max(1, count))
  }
}

extension Reliability.Bin {
  fileprivate mutating func add(_ confidence: Double, _ isRight: Bool) {
    count += 1
    right += isRight ? 1 : 0
    sum += confidence
  }
}

extension ClassificationCounter {
  /// Whether the probabilities that were counted mean what they say.
  public func reliability() -> Reliability {
    var reliability = Reliability()
    for record in 0..<count { reliability.add(probabilities(of: record), truth: truths[record], task: task) }
    return reliability
  }
}
