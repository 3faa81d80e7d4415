public import CKernels
import Glibc
public import Testing

extension hp_isa: @retroactive CustomTestStringConvertible {
  public var testDescription: String { String(cString: hp_isa_name(self)) }
}

extension hp_precision: @retroactive CustomTestStringConvertible {
  public var testDescription: String { self == .bf16 ? "bf16" : "int8" }
}

/// The instruction sets that this processor has; `scalar` is what the others are compared with.
let availableISAs = [hp_isa.scalar, .portable, .avx2, .avx512].filter { hp_isa_available($0) }
let vectorISAs = availableISAs.filter { $0 != .scalar }

/// 2⁻²⁴: half an ulp of 1, the relative error of one rounding.
let unit: Float = 0x1p-24

/// SplitMix64 (Steele et al. 2014, doi:10.1145/2660193.2660195): the same numbers in every run.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  // Millions of them are drawn: without optimisation a loop over numbers takes a tenth of the time of `map` and `Float.random`.
  mutating func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
    let (low, width) = (range.lowerBound, range.upperBound - range.lowerBound)
    return [Float](unsafeUninitializedCapacity: count) { floats, filled in
      while filled < count {
        floats[filled] = low + width * (Float(next() >> 40) * 0x1p-24)
        filled += 1
      }
    }
  }
}

/// Floats that are equal if their bits are, since == holds for ±0 and fails for NaN.
struct Bits: Equatable {
  let floats: [Float]
  static func == (a: Self, b: Self) -> Bool {
    a.floats.count == b.floats.count
      && a.floats.withUnsafeBytes { a in b.floats.withUnsafeBytes { a.isEmpty || memcmp(a.baseAddress!, $0.baseAddress!, a.count) == 0 } }
  }
}
func bits(_ x: some Sequence<Float>) -> Bits { Bits(floats: Array(x)) }

/// |x| of each.
func magnitudes(_ x: [Float]) -> [Float] {
  [Float](unsafeUninitializedCapacity: x.count) { result, filled in
    while filled < x.count {
      result[filled] = x[filled].magnitude
      filled += 1
    }
  }
}

/// The first `width` elements of row b of an array whose rows are `stride` apart.
func row(_ x: [Float], _ b: Int, width: Int, stride: Int) -> [Float] {
  let start = b * stride
  return Array(x[start..<start + width])
}

/// Rows as `row` gives them, one after the other.
func rows(_ x: [Float], _ records: Range<Int>, width: Int, stride: Int) -> [Float] {
  records.flatMap { row(x, $0, width: width, stride: stride) }
}

/// The first place where |a - b| exceeds its tolerance, or nil; NaN exceeds every tolerance.
func firstDifference(_ a: [Float], _ b: [Float], within tolerance: (Int) -> Float) -> String? {
  guard a.count == b.count else { return "\(a.count) elements, not \(b.count)" }
  var i = 0
  while i < a.count {
    let difference = (a[i] - b[i]).magnitude
    // No tolerance is below 0.
    if difference != 0, !(difference <= tolerance(i)) {
      return "at \(i): \(a[i]), not \(b[i]); tolerance \(tolerance(i))"
    }
    i += 1
  }
  return nil
}

/// df/dx[i] for every i by central differences in Double.
func centralDifferences(at x: [Double], _ f: ([Double]) -> Double) -> [Float] {
  let step = 6e-6
  return x.indices.map { i in
    var above = x
    var below = x
    above[i] += step
    below[i] -= step
    return Float((f(above) - f(below)) / (2 * step))
  }
}

func dot(_ a: [Double], _ b: [Double]) -> Double {
  var (sum, i) = (0.0, 0)
  while i < a.count {
    sum += a[i] * b[i]
    i += 1
  }
  return sum
}
