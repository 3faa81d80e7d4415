import CKernels
import Testing

/// A step of `active` records of a batch of `active + 1`, all inputs random, with `below` units in the layer below (0: there is
/// none); the last record is a guard that nothing may touch.
struct LSTMStep {
  let H: Int
  let active: Int
  let Hp: Int
  let ld: Int
  let U: [Float]
  let packedU: [Float]
  let below: Int
  let W: [Float]
  let packedW: [Float]
  let inputs: [Float]
  /// A table of seven rows.
  let x: [Float]
  let xrows: [Int32]
  var h: [Float]
  var c: [Float]

  init(H: Int, active: Int, below: Int = 0, seed: Int = 1) {
    var random = Seeded(seed &+ H &* 1_009 &+ active)
    self.H = H
    self.active = active
    Hp = hp_lstm_padded(H)
    ld = Hp + 5
    let scale = 1 / Float(H).squareRoot()
    U = random.floats(4 * H * H, -scale...scale)
    packedU = packedWeights(H, H, U)
    self.below = below
    let scaleBelow = 1 / Float(max(1, below)).squareRoot()
    W = random.floats(4 * H * below, -scaleBelow...scaleBelow)
    packedW = packedWeights(H, below, W)
    inputs = random.floats((active + 1) * (below + 3))
    x = (0..<7).flatMap { _ in packed(H, random.floats(4 * H, -3...3)) }
    xrows = (0...active).map { _ in Int32.random(in: 0..<7, using: &random) }
    h = []
    c = []
    for _ in 0...active {
      h += random.floats(H) + [Float](repeating: 0, count: ld - H)
      c += random.floats(H, -2...2) + [Float](repeating: 0, count: Hp - H)
    }
  }

  struct Output: Equatable {
    /// Rows `ld` apart, of which the columns from Hp on, and the last row, must keep the guard's value.
    var h: [Float]
    var c: [Float]
    var gates: [Float]
  }

  static let guardValue: Float = 12_345

  func run(_ isa: hp_isa, records: Range<Int>? = nil, saves: Bool = true, inPlace: Bool = false, fromLast: Bool = false) -> Output {
    let records = records ?? 0..<active
    let h = Array(h[(records.lowerBound * ld)...])
    let c = Array(c[(records.lowerBound * Hp)...])
    let xrows = Array(xrows[records.lowerBound...])
    let filled = { (width: Int) in [Float](repeating: Self.guardValue, count: (records.count + 1) * width) }
    var output = Output(h: filled(ld), c: inPlace ? Array(c.prefix((records.count + 1) * Hp)) : filled(Hp), gates: filled(4 * Hp))
    output.c.withUnsafeMutableBufferPointer { next in
      c.withUnsafeBufferPointer { previous in
        let previous = inPlace ? UnsafePointer(next.baseAddress!) : previous.baseAddress!
        withOperands(h, Array(inputs[(records.lowerBound * (below + 3))...])) { operands in
          output.gates.withUnsafeMutableBufferPointer { gates in
            hp_lstm_step(
              isa, H, records.count, x, xrows, operands.count, operands, previous, next.baseAddress!, &output.h, ld,
              saves ? gates.baseAddress : nil, fromLast)
          }
        }
      }
    }
    return output
  }

  private func withOperands(_ h: [Float], _ inputs: [Float], _ body: ([hp_lstm_operand]) -> Void) {
    withOperand(K: H, h, ld: ld, packedU) { previous in
      guard below > 0 else { return body([previous]) }
      withOperand(K: below, inputs, ld: below + 3, packedW) { body([previous, $0]) }
    }
  }
}

func withOperand(K: Int, _ rows: [Float], ld: Int, _ packed: [Float], _ body: (hp_lstm_operand) -> Void) {
  rows.withUnsafeBufferPointer { rows in
    packed.withUnsafeBufferPointer { packed in
      body(hp_lstm_operand(K: K, rows: rows.baseAddress!, ld: ld, packed: packed.baseAddress!))
    }
  }
}

func packedWeights(_ H: Int, _ K: Int, _ weights: [Float]) -> [Float] {
  var packed = [Float](repeating: .nan, count: max(1, hp_lstm_packed_weights_floats(H, K)))
  hp_lstm_pack_weights(H, K, weights, K, &packed)
  return packed
}

/// Gate-major values of one row in packed order.
func packed(_ H: Int, _ row: [Float]) -> [Float] {
  var packed = [Float](repeating: .nan, count: 4 * hp_lstm_padded(H))
  hp_lstm_pack_rows(H, 1, row, 1, &packed, 1)
  return packed
}

func unpacked(_ H: Int, _ row: [Float]) -> [Float] {
  var rows = [Float](repeating: .nan, count: 4 * H)
  hp_lstm_unpack_rows(H, 1, row, 1, &rows, 1)
  return rows
}

@Suite struct LSTMTests {
  static let units = [1, 3, 15, 16, 17, 33, 128]
  static let records = [0, 1, 5, 6, 7, 13, 64]

  @Test(arguments: units)
  func `packing puts each gate of each unit where the header says, and back`(H: Int) {
    let rows = (0..<4 * H * 3).map(Float.init)
    var packed = [Float](repeating: .nan, count: 4 * hp_lstm_padded(H) * 5)
    hp_lstm_pack_rows(H, 3, rows, 3, &packed, 5)
    for gate in 0..<4 {
      for j in 0..<H {
        let expected = row(rows, gate * H + j, width: 3, stride: 3) + [0, 0]
        #expect(row(packed, hp_lstm_packed_index(gate, j), width: 5, stride: 5) == expected)
      }
    }
    #expect(packed.count { $0 != 0 } == rows.count - 1)
    var back = [Float](repeating: .nan, count: rows.count)
    hp_lstm_unpack_rows(H, 3, packed, 5, &back, 3)
    #expect(back == rows)
  }

  @Test(arguments: vectorISAs, units)
  func `every instruction set agrees with the plain loop`(isa: hp_isa, H: Int) {
    for (active, below) in Self.records.flatMap({ active in [0, 1, 16, 37].map { (active, $0) } }) {
      let step = LSTMStep(H: H, active: active, below: below)
      let expected = step.run(.scalar)
      let actual = step.run(isa)
      // Σ|terms| of the largest pre-activation bounds its error by z; σ and tanh pass on at most ¼ and 1 of it, and every
      // further operation adds a few roundings of values not above |c| ≤ 3.
      let h = magnitudes(step.h)
      var terms = [Float](repeating: 0, count: active * 4 * H)
      var scratch = [Float](repeating: 0, count: hp_gemm_scratch_floats(active, 4 * H, max(H, below)))
      hp_gemm(.scalar, false, true, active, 4 * H, H, h, step.ld, magnitudes(step.U), H, &terms, 4 * H, false, &scratch)
      hp_gemm(
        .scalar, false, true, active, 4 * H, below, magnitudes(step.inputs), below + 3, magnitudes(step.W), below,
        &terms, 4 * H, true, &scratch)
      let z = 2 * Float(H + below + 2) * unit * (3 + (terms.max() ?? 0))
      #expect(firstDifference(actual.gates, expected.gates) { _ in z + 8 * unit } == nil)
      #expect(firstDifference(actual.c, expected.c) { _ in 2 * z + 32 * unit } == nil)
      #expect(firstDifference(actual.h, expected.h) { _ in 3 * z + 32 * unit } == nil)
    }
  }

  @Test(arguments: availableISAs, units)
  func `padding stays zero and nothing else is touched`(isa: hp_isa, H: Int) {
    for active in Self.records {
      let step = LSTMStep(H: H, active: active)
      let output = step.run(isa)
      for b in 0...active {
        let h = row(output.h, b, width: step.ld, stride: step.ld)
        let c = row(output.c, b, width: step.Hp, stride: step.Hp)
        #expect(h.suffix(step.ld - step.Hp).allSatisfy { $0 == LSTMStep.guardValue })
        if b == active {
          #expect((h + c + output.gates.suffix(4 * step.Hp)).allSatisfy { $0 == LSTMStep.guardValue })
        } else {
          #expect((h.dropFirst(H).prefix(step.Hp - H) + c.dropFirst(H)).allSatisfy { $0.bitPattern == 0 })
        }
      }
    }
  }

  @Test(arguments: availableISAs, units)
  func `a record has the same bits alone and among others`(isa: hp_isa, H: Int) {
    let step = LSTMStep(H: H, active: 64, below: 19)
    let whole = step.run(isa)
    for count in [1, 2, 3, 4, 5, 6, 7, 13, 40] {
      for first in [0, 1, 17, 64 - count] where first + count <= 64 {
        let part = step.run(isa, records: first..<first + count)
        let records = first..<first + count
        #expect(bits(part.h.prefix(count * step.ld)) == bits(rows(whole.h, records, width: step.ld, stride: step.ld)))
        #expect(bits(part.c.prefix(count * step.Hp)) == bits(rows(whole.c, records, width: step.Hp, stride: step.Hp)))
      }
    }
  }

  @Test(arguments: availableISAs)
  func `saving the gates, working in place and the order of the blocks change no bit`(isa: hp_isa) {
    let step = LSTMStep(H: 33, active: 13)
    let expected = step.run(isa)
    let unsaved = step.run(isa, saves: false)
    #expect(bits(unsaved.h) == bits(expected.h) && bits(unsaved.c) == bits(expected.c))
    let backwards = step.run(isa, fromLast: true)
    #expect(bits(backwards.h) == bits(expected.h) && bits(backwards.c) == bits(expected.c))
    let inPlace = step.run(isa, inPlace: true)
    #expect(bits(inPlace.h) == bits(expected.h))
    #expect(bits(inPlace.c.prefix(13 * step.Hp)) == bits(expected.c.prefix(13 * step.Hp)))
  }

  /// In Double, from the weights as PyTorch stores them.
  @Test(arguments: availableISAs)
  func `the products of all operands are added to x`(isa: hp_isa) {
    let step = LSTMStep(H: 17, active: 7, below: 5)
    let output = step.run(isa)
    for b in 0..<7 {
      let h = row(step.h, b, width: 17, stride: step.ld).map(Double.init)
      let inputs = row(step.inputs, b, width: 5, stride: 8).map(Double.init)
      let x = unpacked(17, row(step.x, Int(step.xrows[b]), width: 4 * step.Hp, stride: 4 * step.Hp))
      let z = (0..<4 * 17).map { j in
        let (u, w) = (row(step.U, j, width: 17, stride: 17), row(step.W, j, width: 5, stride: 5))
        return Double(x[j]) + dot(u.map(Double.init), h) + dot(w.map(Double.init), inputs)
      }
      let c = row(step.c, b, width: 17, stride: step.Hp).map(Double.init)
      let expected = lstmCell(z: z, c: c).h
      #expect(firstDifference(row(output.h, b, width: 17, stride: step.ld), expected.map(Float.init)) { _ in 64 * unit } == nil)
    }
  }

  @Test(arguments: availableISAs)
  func `absent states are zeros, and absent rows the batch's own`(isa: hp_isa) {
    var step = LSTMStep(H: 33, active: 13)
    step.h = step.h.map { _ in 0 }
    step.c = step.c.map { _ in 0 }
    let expected = step.run(isa)
    let x = step.xrows.flatMap { row(step.x, Int($0), width: 4 * step.Hp, stride: 4 * step.Hp) }
    var h = [Float](repeating: LSTMStep.guardValue, count: expected.h.count)
    var c = [Float](repeating: LSTMStep.guardValue, count: expected.c.count)
    hp_lstm_step(isa, 33, 13, x, nil, 0, nil, nil, &c, &h, step.ld, nil, false)
    #expect(bits(h) == bits(expected.h) && bits(c) == bits(expected.c))
  }
}
