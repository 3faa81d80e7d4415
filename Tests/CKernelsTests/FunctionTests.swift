import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One of the functions over arrays, its reference, and the worst error that the header states.
enum ArrayFunction: String, CaseIterable {
  case exponential, sigmoid, hyperbolicTangent

  var ulps: Double {
    switch self {
    case .exponential: 1.05
    case .sigmoid: 2.41
    case .hyperbolicTangent: 2.61
    }
  }

  func reference(_ x: Double) -> Double {
    switch self {
    case .exponential: exp(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .hyperbolicTangent: tanh(x)
    }
  }

  func callAsFunction(_ isa: hp_isa, _ x: [Float]) -> [Float] {
    var y = [Float](repeating: .nan, count: x.count)
    switch self {
    case .exponential: hp_exp(isa, x.count, x, &y)
    case .sigmoid: hp_sigmoid(isa, x.count, x, &y)
    case .hyperbolicTangent: hp_tanh(isa, x.count, x, &y)
    }
    return y
  }
}

@Suite struct FunctionTests {
  /// Every 40,009th float; all of them were tried once, for the figures in the header.
  @Test(arguments: vectorISAs, ArrayFunction.allCases)
  func `stay within the stated error`(isa: hp_isa, function: ArrayFunction) {
    let magnitudes = stride(from: UInt32(1), to: Float(105).bitPattern, by: 40_009).map(Float.init(bitPattern:))
    let x = magnitudes + magnitudes.map(-)
    var worst = (error: 0.0, x: Float(0))
    for (x, y) in zip(x, function(isa, x)) {
      let exact = function.reference(Double(x))
      guard exact <= Double(Float.greatestFiniteMagnitude) else { continue }
      // An ulp of the exact result's binade, not of the rounded result, which may already be in the next one.
      let ulp = max(exact.binade.magnitude * 0x1p-23, 0x1p-149)
      let error = abs(Double(y) - exact) / ulp
      if !(error <= worst.error) { worst = (error, x) }
    }
    #expect(worst.error <= function.ulps, "at \(worst.x)")
  }

  @Test(arguments: availableISAs)
  func `are right at the ends`(isa: hp_isa) {
    let x: [Float] = [.infinity, -.infinity, 100, -100, 0, -0.0]
    let tail = 27 * Float.leastNonzeroMagnitude  // e⁻¹⁰⁰, rounded
    #expect(ArrayFunction.exponential(isa, x) == [.infinity, 0, .infinity, tail, 1, 1])
    #expect(ArrayFunction.sigmoid(isa, x) == [1, 0, 1, tail, 0.5, 0.5])
    #expect(ArrayFunction.hyperbolicTangent(isa, x) == [1, -1, 1, -1, 0, 0])
    #expect(ArrayFunction.hyperbolicTangent(isa, [9.02, -9.02, 1e30]) == [1, -1, 1])
  }

  @Test(arguments: availableISAs, ArrayFunction.allCases)
  func `pass NaN on, and only NaN`(isa: hp_isa, function: ArrayFunction) {
    let y = function(isa, [0.5, .nan, -0.5])
    #expect(y.map(\.isNaN) == [false, true, false])
  }

  @Test(arguments: vectorISAs, ArrayFunction.allCases)
  func `an element does not depend on its place`(isa: hp_isa, function: ArrayFunction) {
    var random = Seeded(1)
    let x = random.floats(67, -20...20)
    let whole = function(isa, x)
    for count in 0...x.count { #expect(bits(function(isa, Array(x[..<count]))) == bits(whole[..<count])) }
    #expect(bits(x.flatMap { function(isa, [$0]) }) == bits(whole))
  }

  @Test(arguments: availableISAs)
  func `work in place`(isa: hp_isa) {
    var random = Seeded(2)
    let x = random.floats(37, -5...5)
    var y = x
    y.withUnsafeMutableBufferPointer { hp_tanh(isa, $0.count, $0.baseAddress!, $0.baseAddress!) }
    #expect(bits(y) == bits(ArrayFunction.hyperbolicTangent(isa, x)))
  }

  @Test(arguments: availableISAs, [0, 1, 15, 16, 17, 100])
  func `add, axpy and scale are the loops they stand for`(isa: hp_isa, count: Int) {
    var random = Seeded(count)
    let x = random.floats(count)
    let y = random.floats(count)
    var sum = y
    hp_add(isa, count, x, &sum)
    #expect(sum == zip(x, y).map(+))
    var largest = y
    hp_max(isa, count, x, &largest)
    #expect(largest == zip(x, y).map { max($0, $1) })
    if count > 1 {
      var (a, b) = (x, y)
      (a[0], b[count - 1]) = (.nan, .nan)
      hp_max(isa, count, a, &b)
      #expect(b[0].isNaN && b[count - 1].isNaN && b[1..<count - 1].allSatisfy { !$0.isNaN })
    }
    var scaled = x
    hp_scale(isa, count, 0.3, &scaled)
    #expect(scaled == x.map { $0 * 0.3 })
    var combined = y
    hp_axpy(isa, count, 0.3, x, &combined)
    #expect(firstDifference(combined, zip(x, y).map { $0 * 0.3 + $1 }) { _ in 2 * unit } == nil)
  }

  @Test(arguments: availableISAs, [0, 1, 31, 32, 33, 4_095, 4_096, 4_097, 10_000])
  func `dot stays within its error`(isa: hp_isa, count: Int) {
    var random = Seeded(count)
    let x = random.floats(count)
    let y = random.floats(count)
    let terms = zip(x, y).map { Double($0) * Double($1) }
    // A lane adds at most 128 products before it is folded into a double.
    let tolerance = 129 * Double(unit) * terms.reduce(0) { $0 + abs($1) }
    #expect(abs(hp_dot(isa, count, x, y) - terms.reduce(0, +)) <= tolerance)
    #expect(hp_sum_of_squares(isa, count, x) == hp_dot(isa, count, x, x))
  }

  @Test func `the best instruction set is available and has a name`() {
    #expect(hp_isa_available(hp_isa_best()))
    #expect(availableISAs.map { String(cString: hp_isa_name($0)) }.starts(with: ["scalar", "portable"]))
  }
}
