import HanpipeCore

/// Confidence intervals by drawing records anew (Efron & Tibshirani 1993, "An introduction to the bootstrap").
///
/// In each sample a record stands k times, k drawn from a Poisson distribution of mean 1: what drawing n of n records with
/// replacement tends to for large n. The draws depend on the seed and the sample's number alone, so threads do not matter.
struct Bootstrap: Sendable {
  /// A share of so many samples lies inside of the interval.
  static let confidence = 0.95

  let records: Int
  let seed: UInt64
  let samples: Int
  let threads: Int

  /// - Parameter work: steps that a sample takes for one record: of very many records fewer samples are drawn, but 200 at least.
  init(records: Int, seed: UInt64, work: Int = 1, threads: Int) {
    (self.records, self.seed, self.threads) = (records, seed, threads)
    samples = min(1000, max(200, 2_000_000_000 / max(1, records * work)))
  }

  /// What `body` says of each sample, in their order.
  /// - Parameter body: is given how often each record stands in the sample.
  func map<R: Sendable>(_ body: @Sendable (_ weights: [UInt8]) -> R) throws -> [R] {
    // A few samples at a time share one array of weights.
    let parts = chunks(of: samples, size: 25)
    return try concurrentMap(parts.count, threads: threads) { part in
      var weights = [UInt8](repeating: 0, count: records)
      return parts[part].map { sample in
        var generator = SeededGenerator(seed: seed, 0x424F_4F54, UInt64(sample))
        for record in 0..<records {
          weights[record] = UInt8(truncatingIfNeeded: Self.poisson(&generator))
        }
        return body(weights)
      }
    }.flatMap { $0 }
  }

  /// The middle 95 % of what samples gave; nil for too few.
  static func interval(of values: [Double]) -> ClosedRange<Double>? {
    let sorted = values.filter(\.isFinite).sorted()
    let outside = Int(Double(sorted.count) * (1 - confidence) / 2)
    guard outside < sorted.count - outside else { return nil }
    return sorted[outside]...sorted[sorted.count - 1 - outside]
  }

  /// 2³²·P(k ≤ n) of the Poisson distribution of mean 1 for n = 0, 1, …; above the last there is less than 2⁻³².
  private static let cumulative: [UInt32] = {
    var term = 0.36787944117144233  // 1/e
    var sum = 0.0
    return (0..<12).map { n in
      if n > 0 { term /= Double(n) }
      sum += term
      return UInt32(min(sum * 0x1p32, 0x1p32 - 1))
    }
  }()

  /// A number drawn from the Poisson distribution of mean 1, by the upper half of the next random number.
  static func poisson(_ generator: inout SeededGenerator) -> Int {
    let uniform = UInt32(truncatingIfNeeded: generator.next() >> 32)
    return cumulative.firstIndex { uniform < $0 } ?? cumulative.count
  }
}

/// The interval of a share, 95 %: Wilson's score interval (1927, doi:10.1080/01621459.1927.10502953), which says something where all
/// or none of the records are right too. Drawn samples would not: they hold no record of the other kind.
///
/// - Returns: nil for no record.
package func wilsonInterval(_ part: Int, of count: Int) -> ClosedRange<Double>? {
  guard count > 0 else { return nil }
  let z = 1.959963984540054
  let (n, p) = (Double(count), Double(part) / Double(count))
  let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
  let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
  // The ends where none or all are right are exact; the formula's roundings would make them 3e-18.
  return (part == 0 ? 0 : max(0, middle - half))...(part == count ? 1 : min(1, middle + half))
}
