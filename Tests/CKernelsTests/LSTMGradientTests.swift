import CKernels
import Testing

/// The equations of the header for one record, in Double, gate-major: the oracle.
func lstmCell(z: [Double], c: [Double]) -> (h: [Double], c: [Double]) {
  let H = c.count
  let sigmoid = { 1 / (1 + exponential(-$0)) }
  let next = (0..<H).map { j in
    sigmoid(z[H + j]) * c[j] + sigmoid(z[j]) * hyperbolicTangent(z[2 * H + j])
  }
  return ((0..<H).map { j in sigmoid(z[3 * H + j]) * hyperbolicTangent(next[j]) }, next)
}

func exponential(_ x: Double) -> Double { ArrayFunction.exponential.reference(x) }
func hyperbolicTangent(_ x: Double) -> Double { ArrayFunction.hyperbolicTangent.reference(x) }

@Suite struct LSTMGradientTests {
  /// The loss is Σ a·h' + b·c' with random a and b. Every gradient is a product of factors below |c| ≤ 2 and one of a, b ≤ 1, with
  /// a few roundings each; the differences themselves are good to 10⁻⁹.
  @Test(arguments: availableISAs, [1, 3, 15, 16, 17, 33])
  func `the way back through a cell is the derivative of the way forward`(isa: hp_isa, H: Int) {
    for hasState in [true, false] { checkCell(isa, H, hasState: hasState) }
  }

  func checkCell(_ isa: hp_isa, _ H: Int, hasState: Bool) {
    let Hp = hp_lstm_padded(H)
    let B = 3
    var random = Seeded(H)
    let padding = [Float](repeating: 0, count: Hp - H)
    var (x, c0, a, b) = ([Float](), [Float](), [Float](), [Float]())
    for _ in 0..<B {
      x += packed(H, random.floats(4 * H, -3...3))
      c0 += (hasState ? random.floats(H, -2...2) : [Float](repeating: 0, count: H)) + padding
      a += random.floats(H) + padding
      b += random.floats(H) + padding
    }
    var h = [Float](repeating: 0, count: B * Hp)
    var c = h
    var gates = [Float](repeating: 0, count: B * 4 * Hp)
    hp_lstm_step(isa, H, B, x, nil, 0, nil, hasState ? c0 : nil, &c, &h, Hp, &gates, false)
    var dc = b
    var dgates = [Float](repeating: .nan, count: B * 4 * Hp)
    hp_lstm_step_backward(isa, H, B, gates, hasState ? c0 : nil, c, a, Hp, &dc, &dgates)

    for record in 0..<B {
      let gateRow = { unpacked(H, row($0, record, width: 4 * Hp, stride: 4 * Hp)) }
      let stateRow = { row($0, record, width: H, stride: Hp) }
      let z = gateRow(x).map(Double.init)
      let c = stateRow(c0).map(Double.init)
      let weights = (h: stateRow(a).map(Double.init), c: stateRow(b).map(Double.init))
      let loss = { (z: [Double], c: [Double]) in
        let next = lstmCell(z: z, c: c)
        return dot(weights.h, next.h) + dot(weights.c, next.c)
      }
      #expect(firstDifference(gateRow(dgates), centralDifferences(at: z) { loss($0, c) }) { _ in 64 * unit } == nil)
      #expect(firstDifference(stateRow(dc), centralDifferences(at: c) { loss(z, $0) }) { _ in 64 * unit } == nil)
      #expect(row(dc, record, width: Hp, stride: Hp).dropFirst(H).allSatisfy { $0 == 0 })
    }
    #expect(dgates.count { $0 != 0 } <= B * 4 * H)

    var inPlace = gates
    var dcAgain = b
    inPlace.withUnsafeMutableBufferPointer { gates in
      hp_lstm_step_backward(isa, H, B, gates.baseAddress!, hasState ? c0 : nil, c, a, Hp, &dcAgain, gates.baseAddress!)
    }
    #expect(bits(inPlace) == bits(dgates))
  }

  /// Three steps, the batch shrinking from 3 to 2 to 1, the loss Σ a·h at each record's last step: the gradient of U goes through
  /// every function that training calls, in the order in which it calls them.
  @Test(arguments: availableISAs)
  func `the gradient of recurrent weights through time is that of the formula`(isa: hp_isa) {
    let H = 3
    let Hp = hp_lstm_padded(H)
    let active = [3, 2, 1]
    var random = Seeded(7)
    let U = random.floats(4 * H * H)
    let z = active.map { (0..<$0).map { _ in random.floats(4 * H, -2...2) } }
    let a = (0..<3).map { _ in random.floats(H) }

    let loss = { (U: [Double]) -> Double in
      (0..<3).reduce(0.0) { total, record in
        var h = [Double](repeating: 0, count: H)
        var c = h
        for t in 0..<3 where record < active[t] {
          let sums = (0..<4 * H).map { Double(z[t][record][$0]) + dot(Array(U[$0 * H..<($0 + 1) * H]), h) }
          (h, c) = lstmCell(z: sums, c: c)
        }
        return total + dot(a[record].map(Double.init), h)
      }
    }
    let expected = centralDifferences(at: U.map(Double.init), loss)

    var stepU = [Float](repeating: .nan, count: hp_lstm_packed_weights_floats(H, H))
    hp_lstm_pack_weights(H, H, U, H, &stepU)
    var packedRows = [Float](repeating: .nan, count: 4 * Hp * Hp)
    hp_lstm_pack_rows(H, H, U, H, &packedRows, Hp)
    var backU = [Float](repeating: .nan, count: hp_gemm_packed_floats(Hp, 4 * Hp))
    hp_gemm_pack_b(false, Hp, 4 * Hp, packedRows, Hp, &backU)

    let zero = [Float](repeating: 0, count: 3 * Hp)
    var (h, c) = ([zero], [zero])
    var gates = [[Float]]()
    for t in 0..<3 {
      var (nextH, nextC) = (zero, zero)
      var saved = [Float](repeating: 0, count: 3 * 4 * Hp)
      withOperand(K: H, h[t], ld: Hp, stepU) { operand in
        hp_lstm_step(
          isa, H, active[t], z[t].flatMap { packed(H, $0) }, nil, 1, [operand], c[t], &nextC, &nextH, Hp, &saved, t == 1)
      }
      h.append(nextH)
      c.append(nextC)
      gates.append(saved)
    }
    var (dh, dc) = (zero, zero)
    var dU = [Float](repeating: 0, count: 4 * Hp * Hp)
    var scratch = [Float](repeating: .nan, count: hp_gemm_scratch_floats(4 * Hp, Hp, 3))
    for t in (0..<3).reversed() {
      let last = active[t] - 1  // the record whose last step this is
      dh.replaceSubrange(last * Hp..<last * Hp + H, with: a[last])
      var dgates = [Float](repeating: 0, count: 3 * 4 * Hp)
      hp_lstm_step_backward(isa, H, active[t], gates[t], c[t], c[t + 1], dh, Hp, &dc, &dgates)
      hp_gemm(isa, true, false, 4 * Hp, Hp, active[t], dgates, 4 * Hp, h[t], Hp, &dU, Hp, true, &scratch)
      hp_gemm_packed(isa, active[t], Hp, 4 * Hp, dgates, 4 * Hp, backU, &dh, Hp, false)
    }
    var actual = [Float](repeating: .nan, count: 4 * H * H)
    hp_lstm_unpack_rows(H, H, dU, Hp, &actual, H)
    // Sums of six products, through at most three cells.
    #expect(firstDifference(actual, expected) { _ in 256 * unit } == nil)
    #expect(expected.contains { abs($0) > 0.01 })
  }
}
