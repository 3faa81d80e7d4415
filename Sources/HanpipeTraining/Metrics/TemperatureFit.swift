public import HanpipeCore

#if canImport(Glibc)
  import Glibc
#endif

/// Temperature scaling (Guo et al. 2017, arXiv:1706.04599): one number T by which logits are divided, so that the log-loss on records
/// that were not trained on is least. Which label is the likeliest does not change.
public enum TemperatureFit {
  /// Between these T is looked for. Outside, the records do not say how sure to be: all answers are right, or as good as drawn.
  static let bounds = 0.05...20.0

  /// The T of the least log-loss; nil if it lies outside of the bounds or a logit is not finite.
  ///
  /// In a = 1/T the loss is convex, with the gradient E_p[z] − z_y and the curvature Var_p[z] of each record (multi-label: of
  /// each label by itself): Newton's steps, and where one leaves the interval that holds the minimum, its middle.
  /// - Complexity: O(records · labels) for each of some 10 steps.
  public static func temperature(_ predictions: Predictions, truths: [[Int]]) -> Double? {
    guard predictions.count > 0, predictions.logits.allSatisfy(\.isFinite) else { return nil }
    var (low, high) = (1 / bounds.upperBound, 1 / bounds.lowerBound)
    guard slope(predictions, truths, low).gradient < 0, slope(predictions, truths, high).gradient > 0 else { return nil }
    var a = 1.0
    for _ in 0..<100 {
      let (gradient, curvature) = slope(predictions, truths, a)
      if gradient > 0 { high = a } else { low = a }
      let next = a - gradient / curvature
      let step = (next > low && next < high ? next : (low + high) / 2) - a
      a += step
      if abs(step) < 1e-10 * a { break }
    }
    return 1 / a
  }

  /// The first and second derivative of the mean log-loss with respect to a, the factor of the logits.
  private static func slope(_ predictions: Predictions, _ truths: [[Int]], _ a: Double) -> (gradient: Double, curvature: Double) {
    let width = predictions.logitWidth
    var (gradient, curvature) = (0.0, 0.0)
    for record in 0..<predictions.count {
      let logits = predictions.logits[record * width..<(record + 1) * width]
      if predictions.task == .multiClass {
        let (mean, variance) = moments(logits, a)
        gradient += mean - (truths[record].first.map { Double(logits[logits.startIndex + $0]) } ?? mean)
        curvature += variance
        continue
      }
      for (k, z) in logits.enumerated() {
        let holds = predictions.task == .binary ? truths[record].first == 1 : truths[record].contains(k)
        let p = 1 / (1 + exp(-a * Double(z)))
        gradient += Double(z) * (p - (holds ? 1 : 0))
        curvature += Double(z) * Double(z) * p * (1 - p)
      }
    }
    return (gradient, curvature)
  }

  /// Mean and variance of the logits under softmax(a·z).
  private static func moments(_ logits: ArraySlice<Float>, _ a: Double) -> (mean: Double, variance: Double) {
    let largest = Double(logits.max() ?? 0)
    var (total, first, second) = (0.0, 0.0, 0.0)
    for z in logits {
      // From the largest: neither overflow, nor a small difference of large squares.
      let distance = Double(z) - largest
      let weight = exp(a * distance)
      total += weight
      first += weight * distance
      second += weight * distance * distance
    }
    let mean = first / total
    return (mean + largest, max(0, second / total - mean * mean))
  }
}
