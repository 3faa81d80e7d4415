import CKernels
import Testing

/// A step of `active` records of a batch of `active + 1`, all inputs random; the last record is a guard that nothing may touch.
struct LSTMStep {
  let H: Int
  let active: Int
  let Hp: Int
  let ld: Int
  let U: [Float]
  let packedU: [Float]
  /// A table of seven rows.
  let x: [Float]
  let xrows: [Int32]
  var h: [Float]
  var c: [Float]

  init(H: Int, active: Int, seed: Int = 1) {
    var random = Seeded(seed &+ H &* 1_009 &+ active)
    self.H = H
    self.active = active
    Hp = hp_lstm_padded(H)
    ld = Hp + 5
    U = random.floats(4 * H * H).map { $0 / Float(H).squareRoot() }
    var packedU = [Float](repeating: .nan, count: hp_lstm_packed_recurrent_floats(H))
    hp_lstm_pack_recurrent(H, U, H, &packedU)
    self.packedU = packedU
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

  func run(_ isa: hp_isa, records: Range<Int>? = nil, saves: Bool = true, inPlace: Bool = false) -> Output {
    let records = records ?? 0..<active
    let h = Array(h[(records.lowerBound * ld)...])
    let c = Array(c[(records.lowerBound * Hp)...])
    let xrows = Array(xrows[records.lowerBound...])
    let filled = { (width: Int) in [Float](repeating: Self.guardValue, count: (records.count + 1) * width) }
    var output = Output(h: filled(ld), c: inPlace ? Array(c.prefix((records.count + 1) * Hp)) : filled(Hp), gates: filled(4 * Hp))
    output.c.withUnsafeMutableBufferPointer { next in
      c.withUnsafeBufferPointer { previous in
        let previous = inPlace ? UnsafePointer(next.baseAddress!) : previous.baseAddress!
        if saves {
          hp_lstm_step(
            isa, H, records.count, x, xrows, packedU, h, ld, previous, next.baseAddress!, &output.h, ld, &output.gates)
        } else {
          hp_lstm_step(isa, H, records.count, x, xrows, packedU, h, ld, previous, next.baseAddress!, &output.h, ld, nil)
        }
      }
    }
    return output
  }
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
    for active in Self.records {
      let step = LSTMStep(H: H, active: active)
      let expected = step.run(.scalar)
      let actual = step.run(isa)
      // Σ|terms| of the largest pre-activation bounds its error by z; σ and tanh pass on at most ¼ and 1 of it, and every
      // further operation adds a few roundings of values not above |c| ≤ 3.
      let h = step.h.map(\.magnitude)
      var terms = [Float](repeating: 0, count: active * 4 * H)
      var scratch = [Float](repeating: 0, count: hp_gemm_scratch_floats(active, 4 * H, H))
      hp_gemm(.scalar, false, true, active, 4 * H, H, h, step.ld, step.U.map(\.magnitude), H, &terms, 4 * H, false, &scratch)
      let z = 2 * Float(H + 2) * unit * (3 + (terms.max() ?? 0))
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
    let step = LSTMStep(H: H, active: 64)
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
  func `saving the gates and working in place change no bit`(isa: hp_isa) {
    let step = LSTMStep(H: 33, active: 13)
    let expected = step.run(isa)
    let unsaved = step.run(isa, saves: false)
    #expect(bits(unsaved.h) == bits(expected.h) && bits(unsaved.c) == bits(expected.c))
    let inPlace = step.run(isa, inPlace: true)
    #expect(bits(inPlace.h) == bits(expected.h))
    #expect(bits(inPlace.c.prefix(13 * step.Hp)) == bits(expected.c.prefix(13 * step.Hp)))
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
    hp_lstm_step(isa, 33, 13, x, nil, step.packedU, nil, 0, nil, &c, &h, step.ld, nil)
    #expect(bits(h) == bits(expected.h) && bits(c) == bits(expected.c))
  }
}
