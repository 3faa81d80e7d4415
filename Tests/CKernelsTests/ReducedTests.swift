import CKernels
import Glibc
import Testing

private let precisions = [hp_precision.bf16, .int8]

/// The nearest bfloat16, of two the even one.
private func bf16(_ x: Float) -> Float {
  let below = Float(bitPattern: x.bitPattern & 0xFFFF_0000)
  let above = Float(bitPattern: (x.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
  let (a, b) = (abs(Double(x) - Double(below)), abs(Double(above) - Double(x)))
  return a == b ? (below.bitPattern & 0x1_0000 == 0 ? below : above) : a < b ? below : above
}

/// A row in 8 bits, and what one of them is worth.
private func int8(_ row: [Float]) -> (q: [Int], scale: Float) {
  let max = row.map(\.magnitude).max() ?? 0
  guard max > 0 else { return (row.map { _ in 0 }, 0) }
  return (row.map { Int(($0 * (127 / max)).rounded(.toNearestOrEven)) }, max / 127)
}

private func split(_ x: [Float], _ width: Int) -> [[Float]] {
  stride(from: 0, to: x.count, by: width).map { Array(x[$0..<$0 + width]) }
}

private func multiply(
  _ isa: hp_isa, _ precision: hp_precision, M: Int, N: Int, K: Int, _ A: [Float], _ W: [Float]
) -> [Float] {
  var packed = [UInt32](repeating: .max, count: hp_reduced_packed_words(isa, precision, N, K))
  hp_reduced_pack(isa, precision, N, K, W, K, &packed)
  var scratch = [UInt32](repeating: .max, count: M * hp_reduced_row_words(K))
  var C = [Float](repeating: .nan, count: M * N)
  hp_reduced_multiply(isa, precision, M, N, K, A, K, packed, &C, N, &scratch)
  return C
}

@Suite struct ReducedProductTests {
  static let shapes = [(1, 1, 1), (5, 3, 2), (6, 64, 4), (7, 65, 15), (13, 130, 33), (64, 48, 128), (2, 70, 301), (3, 0, 5)]

  @Test(arguments: availableISAs)
  func `a product worked by hand`(isa: hp_isa) {
    // The largest are 127 and 254, so the scales are 1 and 2: (100·3 + 127·64 + 1·127)·1·2.
    let W: [Float] = [6, -128, 254]
    let A: [Float] = [100.4, -127, 1.4]
    #expect(multiply(isa, .int8, M: 1, N: 1, K: 3, A, W) == [17_110])
    // 1 + 2⁻⁸ lies half-way between two bfloat16 and becomes the even one, 1; 1 + 3·2⁻⁸ becomes 1 + 2⁻⁶.
    #expect(multiply(isa, .bf16, M: 1, N: 1, K: 2, [1 + 0x1p-8, 1 + 0x3p-8], [1, 2]) == [3 + 0x1p-5])
  }

  @Test(arguments: availableISAs, shapes)
  func `int8 gives the bits of the exact sums of integers`(isa: hp_isa, shape: (Int, Int, Int)) {
    let (M, N, K) = shape
    var random = Seeded(M &* 31 &+ K)
    let A = random.floats(M * K)
    let W = random.floats(N * K, -0.3...0.3)
    let activations = split(A, K).map(int8)
    let weights = split(W, K).map(int8)
    let expected = activations.flatMap { a in
      weights.map { w in Float(zip(a.q, w.q).reduce(0) { $0 + $1.0 * $1.1 }) * (w.scale * a.scale) }
    }
    #expect(bits(multiply(isa, .int8, M: M, N: N, K: K, A, W)) == bits(expected))
  }

  @Test(arguments: availableISAs, shapes)
  func `bf16 is the product of the nearest bfloat16, to the rounding of its sums`(isa: hp_isa, shape: (Int, Int, Int)) {
    let (M, N, K) = shape
    var random = Seeded(M &* 37 &+ K)
    let A = random.floats(M * K)
    let W = random.floats(N * K, -0.3...0.3)
    let (a, w) = (split(A.map(bf16), K).map { $0.map(Double.init) }, split(W.map(bf16), K).map { $0.map(Double.init) })
    let expected = a.flatMap { a in w.map { Float(dot(a, $0)) } }
    let terms = a.flatMap { a in w.map { w in Float(dot(a.map(\.magnitude), w.map(\.magnitude))) } }
    #expect(firstDifference(multiply(isa, .bf16, M: M, N: N, K: K, A, W), expected) { Float(K + 1) * unit * terms[$0] } == nil)
  }

  @Test(arguments: availableISAs, precisions)
  func `a row has the same bits alone and among others`(isa: hp_isa, precision: hp_precision) {
    let (M, N, K) = (23, 70, 33)
    var random = Seeded(5)
    let (A, W) = (random.floats(M * K), random.floats(N * K))
    let whole = multiply(isa, precision, M: M, N: N, K: K, A, W)
    for count in [1, 2, 3, 4, 5, 6, 7, 13] {
      for first in [0, 1, M - count] {
        let part = multiply(isa, precision, M: count, N: N, K: K, rows(A, first..<first + count, width: K, stride: K), W)
        #expect(bits(part) == bits(rows(whole, first..<first + count, width: N, stride: N)))
      }
    }
  }

  @Test(arguments: availableISAs, precisions)
  func `zeros give zeros, and what is not a number nothing that is`(isa: hp_isa, precision: hp_precision) {
    let K = 37
    var A = [Float](repeating: 0, count: 2 * K)
    A[K + 20] = .nan
    let C = multiply(isa, precision, M: 2, N: 66, K: K, A, [Float](repeating: 0.5, count: 66 * K))
    #expect(C.prefix(66).allSatisfy { $0 == 0 } && C.suffix(66).allSatisfy(\.isNaN))
  }
}

/// The rational function that reduced steps have for tanh, which `CoarseTanhTests` compares with it.
private func coarseTanh(_ x: Double) -> Double {
  let x = min(max(x, -5.24), 5.24)
  let s = x * x
  return x * (s * s + 0x1.3f77aep7 * s + 0x1.8ba8bp10) / (0x1.3a0c9ep4 * s * s + 0x1.5728e4p9 * s + 0x1.8bc17p10)
}

@Suite struct CoarseTanhTests {
  private func values(_ isa: hp_isa, _ x: [Float]) -> [Float] {
    var y = [Float](repeating: -2, count: x.count)
    hp_coarse_tanh(isa, x.count, x, &y)
    return y
  }

  @Test(arguments: availableISAs) func `is within its bound of tanh, never falls and never passes 1`(isa: hp_isa) {
    let x = stride(from: Float(0), through: 20, by: 0x1p-11).map { $0 }
    let (y, negative) = (values(isa, x), values(isa, x.map(-)))
    var worst = 0.0
    for (x, y) in zip(x, y) { worst = max(worst, abs(Double(y) - tanh(Double(x)))) }
    #expect(worst < 5.7e-5)
    // Where tanh is flat, roundings may go down a few ulps.
    #expect(zip(y, y.dropFirst()).allSatisfy { $1 > $0 - 10 * unit })
    #expect(y.allSatisfy { $0 <= 1 })
    #expect(zip(y, negative).allSatisfy { $0 == -$1 })
  }

  /// A forget gate that is open for thousands of steps forgets nothing.
  @Test(arguments: availableISAs) func `reaches 1 at the ends, and NaN stays NaN`(isa: hp_isa) {
    let y = values(isa, [6, 1e30, .infinity, -.infinity, 0, .nan])
    #expect(y.prefix(3).allSatisfy { $0 > 1 - 10 * unit } && y[3] == -y[2] && y[4] == 0 && y[5].isNaN)
  }

  @Test(arguments: vectorISAs) func `an element does not depend on its place`(isa: hp_isa) {
    var random = Seeded(3)
    let x = random.floats(35, -6...6)
    let whole = values(isa, x)
    for count in 0...x.count { #expect(bits(values(isa, Array(x[..<count]))) == bits(whole[..<count])) }
  }
}

/// Steps of `LSTMStep`'s records in reduced precision, with a second operand of K columns.
private struct ReducedStep {
  let step: LSTMStep
  let precision: hp_precision
  let K = 5
  let W: [Float]
  let inputs: [Float]

  init(H: Int, active: Int, _ precision: hp_precision) {
    step = LSTMStep(H: H, active: active)
    self.precision = precision
    var random = Seeded(H &+ 77)
    W = random.floats(4 * H * 5, -0.5...0.5)
    inputs = random.floats((active + 1) * 5)
  }

  func packed(_ isa: hp_isa, _ weights: [Float], _ K: Int) -> [UInt32] {
    var packed = [UInt32](repeating: .max, count: hp_lstm_reduced_packed_words(isa, precision, step.H, K))
    hp_lstm_pack_reduced(isa, precision, step.H, K, weights, K, &packed)
    return packed
  }

  func run(_ isa: hp_isa, records: Range<Int>? = nil, fromLast: Bool = false) -> LSTMStep.Output {
    let records = records ?? 0..<step.active
    let filled = { (width: Int) in [Float](repeating: LSTMStep.guardValue, count: (records.count + 1) * width) }
    var output = LSTMStep.Output(h: filled(step.ld), c: filled(step.Hp), gates: [])
    let (U, W) = (packed(isa, step.U, step.H), packed(isa, W, K))
    let h = Array(step.h[(records.lowerBound * step.ld)...])
    let c = Array(step.c[(records.lowerBound * step.Hp)...])
    let inputs = Array(inputs[(records.lowerBound * K)...])
    var scratch = [UInt32](repeating: .max, count: records.count * hp_reduced_row_words(step.H))
    var inputScratch = [UInt32](repeating: .max, count: records.count * hp_reduced_row_words(K))
    U.withUnsafeBufferPointer { U in
      W.withUnsafeBufferPointer { W in
        h.withUnsafeBufferPointer { h in
          inputs.withUnsafeBufferPointer { inputs in
            scratch.withUnsafeMutableBufferPointer { scratch in
              inputScratch.withUnsafeMutableBufferPointer { inputScratch in
                guard !records.isEmpty else { return }
                let operands = [
                  hp_reduced_operand(
                    K: step.H, rows: h.baseAddress!, ld: step.ld, packed: U.baseAddress!, scratch: scratch.baseAddress!),
                  hp_reduced_operand(
                    K: K, rows: inputs.baseAddress!, ld: K, packed: W.baseAddress!, scratch: inputScratch.baseAddress!),
                ]
                hp_lstm_step_reduced(
                  isa, precision, step.H, records.count, step.x, Array(step.xrows[records.lowerBound...]), 2, operands, c,
                  &output.c, &output.h, step.ld, fromLast)
              }
            }
          }
        }
      }
    }
    return output
  }

  /// The same in Double, from weights and activations rounded here, by the function that stands for tanh there.
  func expected() -> (h: [Double], c: [Double]) {
    let H = step.H
    func rounded(_ row: [Float]) -> [Double] {
      if precision == .bf16 { return row.map { Double(bf16($0)) } }
      let (q, scale) = int8(row)
      return q.map { Double($0) * Double(scale) }
    }
    func weights(_ matrix: [Float], _ K: Int) -> [[Double]] {
      split(matrix, K).enumerated().map { n, row in
        // The candidate has 16 bits: its error is below 1/254 of a step of the first eight, and is left out here.
        precision == .int8 && n / H == 2 ? row.map(Double.init) : rounded(row)
      }
    }
    let (U, W) = (weights(step.U, H), weights(W, K))
    var (h, c): ([Double], [Double]) = ([], [])
    for b in 0..<step.active {
      let before = rounded(row(step.h, b, width: H, stride: step.ld))
      let input = rounded(row(inputs, b, width: K, stride: K))
      let x = unpacked(H, row(step.x, Int(step.xrows[b]), width: 4 * step.Hp, stride: 4 * step.Hp))
      for j in 0..<H {
        let z = (0..<4).map { Double(x[$0 * H + j]) + dot(U[$0 * H + j], before) + dot(W[$0 * H + j], input) }
        let sigmoid = { (x: Double) in (1 + coarseTanh(x / 2)) / 2 }
        let memory = sigmoid(z[1]) * Double(step.c[b * step.Hp + j]) + sigmoid(z[0]) * coarseTanh(z[2])
        c.append(memory)
        h.append(sigmoid(z[3]) * coarseTanh(memory))
      }
    }
    return (h, c)
  }
}

@Suite struct ReducedLSTMTests {
  @Test(arguments: precisions, LSTMTests.units)
  func `every instruction set agrees with the equations on rounded weights and states`(_ precision: hp_precision, H: Int) {
    for active in LSTMTests.records {
      let step = ReducedStep(H: H, active: active, precision)
      let expected = step.expected()
      // Beside roundings of float32: what the candidate's second eight bits leave over, for weights to 0.5 and K terms to 1.
      let tolerance = 64 * unit + Float(H + step.K) * (4 * unit + (precision == .int8 ? 0.5 / 127 / 254 / 2 : 0))
      for isa in availableISAs {
        let output = step.run(isa)
        let h = rows(output.h, 0..<active, width: H, stride: step.step.ld)
        let c = rows(output.c, 0..<active, width: H, stride: step.step.Hp)
        #expect(firstDifference(h, expected.h.map(Float.init)) { _ in tolerance } == nil)
        #expect(firstDifference(c, expected.c.map(Float.init)) { _ in 2 * tolerance } == nil)
      }
    }
  }

  /// 1,100 products of the largest activations and weights: with what is left over of the candidate's weights their sum as one integer
  /// would be 4.5·10⁹.
  @Test(arguments: availableISAs, precisions) func `sums of many columns do not overflow`(isa: hp_isa, precision: hp_precision) {
    let (H, K) = (1, 1_100)
    let weights = [Float](repeating: 0x1p-10, count: 4 * H * K)
    let rows = [Float](repeating: 1, count: K)
    var packed = [UInt32](repeating: .max, count: hp_lstm_reduced_packed_words(isa, precision, H, K))
    hp_lstm_pack_reduced(isa, precision, H, K, weights, K, &packed)
    var scratch = [UInt32](repeating: .max, count: hp_reduced_row_words(K))
    let Hp = hp_lstm_padded(H)
    var (c, h) = ([Float](repeating: .nan, count: Hp), [Float](repeating: .nan, count: Hp))
    packed.withUnsafeBufferPointer { packed in
      rows.withUnsafeBufferPointer { rows in
        scratch.withUnsafeMutableBufferPointer { scratch in
          let operand = hp_reduced_operand(
            K: K, rows: rows.baseAddress!, ld: K, packed: packed.baseAddress!, scratch: scratch.baseAddress!)
          hp_lstm_step_reduced(isa, precision, H, 1, [Float](repeating: 0, count: 4 * Hp), nil, 1, [operand], nil, &c, &h, Hp, false)
        }
      }
    }
    let z = Double(K) * 0x1p-10
    let expected = tanh(z) / (1 + exp(-z))
    // Products to 1e-5, and what tanh and σ may be off.
    #expect(abs(Double(c[0]) - expected) < 1e-5 + 9e-5)
    #expect(abs(Double(h[0]) - tanh(expected) / (1 + exp(-z))) < 1e-5 + 18e-5)
  }

  @Test(arguments: availableISAs, precisions)
  func `padding stays zero and nothing else is touched`(isa: hp_isa, precision: hp_precision) {
    for H in LSTMTests.units {
      let step = ReducedStep(H: H, active: 7, precision)
      let output = step.run(isa)
      let (Hp, ld) = (step.step.Hp, step.step.ld)
      for b in 0...7 {
        let h = row(output.h, b, width: ld, stride: ld)
        let c = row(output.c, b, width: Hp, stride: Hp)
        #expect(h.suffix(ld - Hp).allSatisfy { $0 == LSTMStep.guardValue })
        if b == 7 {
          #expect((h + c).allSatisfy { $0 == LSTMStep.guardValue })
        } else {
          #expect((h.dropFirst(H).prefix(Hp - H) + c.dropFirst(H)).allSatisfy { $0.bitPattern == 0 })
        }
      }
    }
  }

  @Test(arguments: availableISAs, precisions)
  func `a record has the same bits alone and among others, from either end`(isa: hp_isa, precision: hp_precision) {
    for H in [17, 128] {
      let step = ReducedStep(H: H, active: 64, precision)
      let whole = step.run(isa)
      let (Hp, ld) = (step.step.Hp, step.step.ld)
      for count in [1, 2, 3, 4, 5, 6, 7, 13, 40] {
        for first in [0, 17, 64 - count] {
          let part = step.run(isa, records: first..<first + count, fromLast: count % 2 == 1)
          #expect(bits(part.h.prefix(count * ld)) == bits(rows(whole.h, first..<first + count, width: ld, stride: ld)))
          #expect(bits(part.c.prefix(count * Hp)) == bits(rows(whole.c, first..<first + count, width: Hp, stride: Hp)))
        }
      }
    }
  }
}
