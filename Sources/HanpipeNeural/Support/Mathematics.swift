// The C library's functions, without Foundation, which brings a second ICU into the process.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Elementary functions in double precision.
enum Mathematics {
  static func exponential(_ x: Double) -> Double { exp(x) }
  static func logarithm(_ x: Double) -> Double { log(x) }
  /// log(1 + x), accurate for small x.
  static func logarithm1p(_ x: Double) -> Double { log1p(x) }
  static func cosine(_ x: Double) -> Double { cos(x) }
  static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

  /// σ(x) = 1/(1 + e^-x), without overflow at either end.
  static func sigmoid(_ x: Double) -> Double {
    if x < 0 {
      let e = exp(x)
      return e / (1 + e)
    }
    return 1 / (1 + exp(-x))
  }
  /// log(1 + e^x), without overflow.
  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  /// log Σ e^x, and the softmax of x in its place.
  ///
  /// An infinite logit takes all the probability; two of them, or a NaN, give NaN.
  static func softmax(_ x: inout [Double]) -> Double {
    guard let largest = x.max(by: { $0 < $1 || $1.isNaN }) else { return -.infinity }
    if largest == .infinity, x.filter({ $0 == .infinity }).count == 1, !x.contains(where: \.isNaN) {
      for i in x.indices { x[i] = x[i] == .infinity ? 1 : 0 }
      return .infinity
    }
    var sum = 0.0
    for i in x.indices {
      x[i] = exp(x[i] - largest)
      sum += x[i]
    }
    for i in x.indices { x[i] /= sum }
    return largest + log(sum)
  }
}
