import HanpipeCore

#if canImport(Glibc)
  import Glibc
#endif

/// Whether two models differ on the same records by more than chance: McNemar 1947 (doi:10.1007/BF02295996).
///
/// Only the records count on which one is right and the other wrong. If the models were equally good, each would win about half of
/// them. Fewer than 25: the exact binomial test, two-sided; more: chi-squared with Edwards' continuity correction (1948,
/// doi:10.1007/BF02289261).
public struct McNemarTest: Sendable, Equatable {
  public enum Method: String, Sendable {
    case exact = "exact binomial"
    case chiSquared = "chi-squared with continuity correction"
  }
  /// From so many records on which one of the two is right the distribution is approximated.
  public static let approximateFrom = 25

  /// Records that the first alone answers right, and the second alone.
  public let firstOnly: Int
  public let secondOnly: Int
  public let method: Method
  /// Chi-squared, of one degree of freedom; nil for the exact test.
  public let statistic: Double?
  /// How probable so large a difference is if there is none.
  public let pValue: Double

  public init(firstOnly: Int, secondOnly: Int) {
    (self.firstOnly, self.secondOnly) = (firstOnly, secondOnly)
    let count = firstOnly + secondOnly
    if count < Self.approximateFrom {
      (method, statistic) = (.exact, nil)
      pValue = Self.exact(min(firstOnly, secondOnly), of: count)
    } else {
      let difference = max(0, Double(abs(firstOnly - secondOnly)) - 1)
      let chiSquared = difference * difference / Double(count)
      (method, statistic) = (.chiSquared, chiSquared)
      pValue = erfc((chiSquared / 2).squareRoot())
    }
  }

  /// 2·Σ_{k ≤ least} C(n, k)/2ⁿ, at most 1; all of it exact in double precision for n below 25.
  private static func exact(_ least: Int, of n: Int) -> Double {
    var (term, sum) = (1.0, 1.0)
    for k in 0..<least {
      term = term * Double(n - k) / Double(k + 1)
      sum += term
    }
    return min(1, 2 * sum / Double(1 << n))
  }
}

/// Two models' answers to the same records.
public struct PairedComparison: Sendable, Equatable {
  public let count: Int
  /// Records that both answer right, and that neither does.
  public let both: Int
  public let neither: Int
  public let test: McNemarTest
  /// The accuracy of the second less that of the first.
  public let difference: Double
  /// Its interval, 95 %: bootstrap, each sample the same records for both models; nil for less than two records.
  public let interval: ClosedRange<Double>?
  public let seed: UInt64
  public let samples: Int

  /// - Parameters: whether each record is answered right, by the one and by the other.
  /// - Precondition: as many of both.
  public init(first: [Bool], second: [Bool], seed: UInt64, threads: Int) throws {
    precondition(first.count == second.count, "an answer of each model to every record")
    count = first.count
    both = zip(first, second).count { $0 && $1 }
    neither = zip(first, second).count { !$0 && !$1 }
    test = McNemarTest(firstOnly: zip(first, second).count { $0 && !$1 }, secondOnly: zip(first, second).count { !$0 && $1 })
    difference = Double(test.secondOnly - test.firstOnly) / Double(max(1, count))
    let gains = zip(first, second).map { ($1 ? 1 : 0) - ($0 ? 1 : 0) }
    let bootstrap = Bootstrap(records: count, seed: seed, threads: threads)
    let drawn: [Double] =
      try count < 2
      ? []
      : bootstrap.map { weights in
        var (gain, total) = (0, 0)
        for record in weights.indices {
          gain += Int(weights[record]) * gains[record]
          total += Int(weights[record])
        }
        return Double(gain) / Double(max(1, total))
      }
    (self.seed, samples) = (seed, drawn.count)
    interval = Bootstrap.interval(of: drawn)
  }
}
