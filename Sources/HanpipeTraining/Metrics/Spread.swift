#if canImport(Glibc)
  import Glibc
#endif

/// The mean of several measurements of one thing, and how far they lie apart.
public struct Spread: Sendable, Equatable {
  public let count: Int
  public let mean: Double
  /// Of a sample, √(Σ(x − mean)²/(n − 1)); nil for one measurement.
  public let standardDeviation: Double?
  public let minimum: Double
  public let maximum: Double

  /// - Returns: nil without a value.
  public init?(_ values: [Double]) {
    guard let minimum = values.min(), let maximum = values.max() else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    count = values.count
    self.mean = mean
    self.minimum = minimum
    self.maximum = maximum
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = values.count > 1 ? sqrt(squares / Double(values.count - 1)) : nil
  }
}
