import CKernels
import Testing

/// The equations of the header for one record, in Double: the oracle.
private func gruCell(x: [Double], u: [Double], h: [Double]) -> [Double] {
  let H = h.count
  let sigmoid = { 1 / (1 + exponential(-$0)) }
  return (0..<H).map { j in
    let r = sigmoid(x[j] + u[j])
    let z = sigmoid(x[H + j] + u[H + j])
    return (1 - z) * hyperbolicTangent(x[2 * H + j] + r * u[2 * H + j]) + z * h[j]
  }
}

@Suite struct CellTests {
  static let units = [1, 3, 15, 16, 17, 33]
  static let B = 3

  @Test(arguments: availableISAs, units)
  func `a GRU cell and its way back are the formula and its derivative`(isa: hp_isa, H: Int) {
    let B = Self.B
    var random = Seeded(H)
    let x = random.floats(B * 3 * H, -3...3)
    let xrows: [Int32] = [2, 0, 2]
    let u = random.floats(B * 3 * H)
    let bias = random.floats(3 * H)
    let h = random.floats(B * (H + 2))
    let a = random.floats(B * (H + 2))
    var next = [Float](repeating: 9, count: B * (H + 2))
    var gates = [Float](repeating: .nan, count: B * 4 * H)
    hp_gru_cell(isa, H, B, x, xrows, u, bias, h, H + 2, &next, H + 2, &gates)
    var dx = [Float](repeating: .nan, count: B * 3 * H)
    var du = dx
    var dh = [Float](repeating: .nan, count: B * H)
    hp_gru_cell_backward(isa, H, B, gates, h, H + 2, a, H + 2, &dx, &du, &dh)

    for b in 0..<B {
      let gateRow = { row($0, $1, width: 3 * H, stride: 3 * H) }
      let stateRow = { row($0, b, width: H, stride: H + 2) }
      let xb = gateRow(x, Int(xrows[b])).map(Double.init)
      let ub = zip(gateRow(u, b), bias).map { Double($0) + Double($1) }
      let hb = stateRow(h).map(Double.init)
      let ab = stateRow(a).map(Double.init)
      let close = { (actual: [Float], expected: [Float]) in firstDifference(actual, expected) { _ in 32 * unit } }
      #expect(close(stateRow(next), gruCell(x: xb, u: ub, h: hb).map(Float.init)) == nil)
      #expect(row(next, b, width: H + 2, stride: H + 2).suffix(2) == [9, 9])
      let loss = { x, u, h in dot(ab, gruCell(x: x, u: u, h: h)) }
      #expect(close(gateRow(dx, b), centralDifferences(at: xb) { loss($0, ub, hb) }) == nil)
      #expect(close(gateRow(du, b), centralDifferences(at: ub) { loss(xb, $0, hb) }) == nil)
      #expect(close(row(dh, b, width: H, stride: H), centralDifferences(at: hb) { loss(xb, ub, $0) }) == nil)
    }
  }

  @Test(arguments: availableISAs, units)
  func `a plain cell and its way back are the formula and its derivative`(isa: hp_isa, H: Int) {
    let B = Self.B
    var random = Seeded(H)
    let x = random.floats(B * H, -3...3)
    let u = random.floats(B * H)
    let bias = random.floats(H)
    let a = random.floats(B * (H + 2))
    let xrows: [Int32] = [1, 1, 0]
    var h = [Float](repeating: 9, count: B * (H + 2))
    hp_rnn_cell(isa, H, B, x, xrows, u, bias, &h, H + 2)
    var dz = [Float](repeating: .nan, count: B * H)
    hp_rnn_cell_backward(isa, H, B, h, H + 2, a, H + 2, &dz)
    for b in 0..<B {
      for j in 0..<H {
        let at = b * H + j
        let padded = b * (H + 2) + j
        let z = x[Int(xrows[b]) * H + j] + (u[at] + bias[j])
        let exact = Float(hyperbolicTangent(Double(z)))
        let derivative = a[padded] * (1 - exact * exact)
        #expect(abs(h[padded] - exact) <= 16 * unit)
        #expect(abs(dz[at] - derivative) <= 64 * unit)
      }
      #expect(row(h, b, width: H + 2, stride: H + 2).suffix(2) == [9, 9])
    }
  }

  @Test(arguments: availableISAs)
  func `absent arrays are zeros, and a record does not depend on its place`(isa: hp_isa) {
    let (H, B) = (17, 5)
    var random = Seeded(5)
    let x = random.floats(B * 3 * H, -3...3)
    let zero = [Float](repeating: 0, count: B * 3 * H)
    var (present, absent) = (zero, zero)
    hp_gru_cell(isa, H, B, x, nil, zero, zero, zero, H, &present, H, nil)
    hp_gru_cell(isa, H, B, x, nil, nil, nil, nil, 0, &absent, H, nil)
    #expect(bits(present) == bits(absent))
    var alone = [Float](repeating: 0, count: H)
    hp_gru_cell(isa, H, 1, x, [3], nil, nil, nil, 0, &alone, H, nil)
    #expect(bits(alone) == bits(absent[3 * H..<4 * H]))

    hp_rnn_cell(isa, H, B, x, nil, zero, zero, &present, H)
    hp_rnn_cell(isa, H, B, x, nil, nil, nil, &absent, H)
    #expect(bits(present) == bits(absent))
  }

  @Test(arguments: vectorISAs)
  func `the plain loops agree`(isa: hp_isa) {
    let (H, B) = (33, 4)
    var random = Seeded(6)
    let x = random.floats(B * 3 * H, -3...3)
    let u = random.floats(B * 3 * H)
    let h = random.floats(B * H)
    let results = [hp_isa.scalar, isa].map { isa in
      var next = [Float](repeating: 0, count: B * H)
      var gates = [Float](repeating: 0, count: B * 4 * H)
      hp_gru_cell(isa, H, B, x, nil, u, nil, h, H, &next, H, &gates)
      var dx = [Float](repeating: 0, count: B * 3 * H)
      var du = dx
      var dh = next
      hp_gru_cell_backward(isa, H, B, gates, h, H, h, H, &dx, &du, &dh)
      return next + gates + dx + du + dh
    }
    #expect(firstDifference(results[1], results[0]) { _ in 64 * unit } == nil)
  }
}
