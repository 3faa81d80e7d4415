/// What training makes small: a weighted mean over records of how wrong the logits are.
///
/// Made for shards: `value` takes some of a batch's records, and the weight of the whole batch (`totalWeight`), so that shards' sums
/// and gradients add up to those of the batch, whatever the cut.
public protocol Loss: Sendable {
  /// - Parameters:
  ///   - logits: B×K.
  ///   - targets: B×K, 0…1; for classes 1 at the right one.
  ///   - weights: B, one for each record, or nil: all 1.
  ///   - totalWeight: of all records of the batch, over all shards; positive.
  /// - Returns: the shard's part of the mean, and its gradient with respect to the logits, B×K.
  func value(logits: [Float], targets: [Float], width: Int, weights: [Float]?, totalWeight: Double) -> (
    sum: Double, gradient: [Float]
  )
}

/// −Σ y·log σ(z) + (1 − y)·log(1 − σ(z)), the mean over K labels, as max(z, 0) − z·y + log(1 + e^−|z|), which is exact at both
/// ends.
///
/// With label smoothing s a target y becomes y·(1 − s) + s/2 (Szegedy et al. 2016, doi:10.1109/CVPR.2016.308).
public struct BinaryCrossEntropy: Loss {
  public var labelSmoothing: Double
  public init(labelSmoothing: Double = 0) { self.labelSmoothing = labelSmoothing }

  public func value(logits: [Float], targets: [Float], width: Int, weights: [Float]?, totalWeight: Double) -> (
    sum: Double, gradient: [Float]
  ) {
    precondition(logits.count == targets.count && logits.count % max(1, width) == 0, "logits and targets of other lengths")
    precondition(weights.map { $0.count * width == logits.count } ?? true, "a weight for each record")
    var sum = 0.0
    var gradient = [Float](repeating: 0, count: logits.count)
    for i in logits.indices {
      let scale = (weights.map { Double($0[i / width]) } ?? 1) / (totalWeight * Double(width))
      let z = Double(logits[i])
      let y = Double(targets[i]) * (1 - labelSmoothing) + labelSmoothing / 2
      sum += scale * Self.crossEntropy(z, y)
      gradient[i] = Float(scale * (Mathematics.sigmoid(z) - y))
    }
    return (sum, gradient)
  }

  static func crossEntropy(_ z: Double, _ y: Double) -> Double {
    // ∞·0 is 0 here, not NaN: a certain and right answer costs nothing.
    if z == .infinity { return y == 1 ? 0 : .infinity }
    if z == -.infinity { return y == 0 ? 0 : .infinity }
    return max(z, 0) - z * y + Mathematics.logarithm1p(Mathematics.exponential(-abs(z)))
  }
}

/// −Σ y·log softmax(z) as log Σ e^z − Σ y·z.
///
/// With label smoothing s a target y becomes y·(1 − s) + s/K.
public struct CategoricalCrossEntropy: Loss {
  public var labelSmoothing: Double
  public init(labelSmoothing: Double = 0) { self.labelSmoothing = labelSmoothing }

  public func value(logits: [Float], targets: [Float], width: Int, weights: [Float]?, totalWeight: Double) -> (
    sum: Double, gradient: [Float]
  ) {
    precondition(logits.count == targets.count && logits.count % max(1, width) == 0, "logits and targets of other lengths")
    precondition(weights.map { $0.count * width == logits.count } ?? true, "a weight for each record")
    var sum = 0.0
    var gradient = [Float](repeating: 0, count: logits.count)
    for start in stride(from: 0, to: logits.count, by: max(1, width)) {
      let scale = (weights.map { Double($0[start / width]) } ?? 1) / totalWeight
      let z = logits[start..<start + width].map(Double.init)
      var probabilities = z
      let logSum = Mathematics.softmax(&probabilities)
      for k in 0..<width {
        let y = Double(targets[start + k]) * (1 - labelSmoothing) + labelSmoothing / Double(width)
        if y != 0 { sum += scale * y * (logSum == z[k] ? 0 : logSum - z[k]) }
        gradient[start + k] = Float(scale * (probabilities[k] - y))
      }
    }
    return (sum, gradient)
  }
}
