import CKernels
import Testing

@Suite struct SkipGramTests {
  @Test(arguments: availableISAs, [(1, 1, 1), (3, 2, 4), (16, 5, 6), (33, 10, 7), (128, 10, 6)])
  func `a step is the gradient of the objective`(isa: hp_isa, shape: (width: Int, inputs: Int, outputs: Int)) {
    let (width, inputs, outputs) = shape
    var random = Seeded(width)
    let rows = 40
    let a = random.floats(rows * width)
    let b = random.floats(rows * width)
    let inputIDs = Array((0..<Int32(rows)).shuffled(using: &random).prefix(inputs))
    let outputIDs = Array((0..<Int32(rows)).shuffled(using: &random).prefix(outputs))
    let rate: Float = 0.1
    var (a1, b1) = (a, b)
    var scratch = [Float](repeating: .nan, count: inputs * (outputs + width))
    hp_skip_gram(isa, width, inputs, inputIDs, &a1, outputs, outputIDs, &b1, rate, &scratch)

    var expected = (a: a.map(Double.init), b: b.map(Double.init))
    for i in inputIDs.map(Int.init) {
      for (j, output) in outputIDs.map(Int.init).enumerated() {
        let product = (0..<width).reduce(0.0) { $0 + Double(a[i * width + $1]) * Double(b[output * width + $1]) }
        let gradient = Double(rate) * ((j == 0 ? 1 : 0) - logistic(product))
        for k in 0..<width {
          expected.a[i * width + k] += gradient * Double(b[output * width + k])
          expected.b[output * width + k] += gradient * Double(a[i * width + k])
        }
      }
    }
    for k in a.indices {
      #expect(abs(Double(a1[k]) - expected.a[k]) < 4e-6)
      #expect(abs(Double(b1[k]) - expected.b[k]) < 4e-6)
    }
    // Rows that nobody named are as they were.
    for row in 0..<rows where !inputIDs.contains(Int32(row)) {
      #expect(bits(a1[row * width..<(row + 1) * width]) == bits(a[row * width..<(row + 1) * width]))
    }
  }

  @Test(arguments: availableISAs)
  func `certain and absurd scores stay finite`(isa: hp_isa) {
    var a: [Float] = [100, 100, -100, -100]
    var b: [Float] = [100, 100]
    var scratch = [Float](repeating: 0, count: 6)
    hp_skip_gram(isa, 2, 2, [0, 1], &a, 1, [0], &b, 0.1, &scratch)
    // The first is sure and stays; the second learns with the full rate.
    #expect(a[0] == 100 && abs(a[2] + 90) < 1e-4 && (a + b).allSatisfy(\.isFinite))
  }

  private func logistic(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }
  private func exponential(_ x: Double) -> Double {
    // A series around 0 of a halved argument: |x| ≤ 128 here.
    let small = x / 1024
    var (term, sum) = (1.0, 1.0)
    for n in 1...20 {
      term *= small / Double(n)
      sum += term
    }
    for _ in 0..<10 { sum *= sum }
    return sum
  }
}
