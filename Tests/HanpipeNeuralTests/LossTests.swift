import HanpipeNeural
import Testing

@Suite struct LossTests {
  private func binary(_ z: Float, _ y: Float, smoothing: Double = 0) -> (sum: Double, gradient: [Float]) {
    BinaryCrossEntropy(labelSmoothing: smoothing)
      .value(logits: [z], targets: [y], width: 1, weights: nil, totalWeight: 1)
  }

  @Test(arguments: [
    (Float(100), Float(1), 3.720075976020836e-44, Float(0)), (100, 0, 100, 1),
    (-100, 0, 3.720075976020836e-44, Float(3.720075976e-44 as Double)),
    (-100, 1, 100, -1), (0, 1, 0.6931471805599453, -0.5), (-0.0, 0, 0.6931471805599453, 0.5), (.infinity, 1, 0, 0),
    (.infinity, 0, .infinity, 1), (-.infinity, 0, 0, 0), (-.infinity, 1, .infinity, -1),
  ])
  func `binary cross-entropy is exact at both ends`(z: Float, y: Float, loss: Double, gradient: Float) {
    let result = binary(z, y)
    #expect(result.sum == loss || abs(result.sum - loss) <= 1e-15 * loss, "\(result.sum)")
    #expect(abs(result.gradient[0] - gradient) <= 1e-7)
  }

  @Test func `NaN stays NaN`() {
    #expect(binary(.nan, 1).sum.isNaN && binary(.nan, 1).gradient[0].isNaN)
    for logits in [[Float.nan, 0], [0, .nan]] {
      let result = CategoricalCrossEntropy().value(
        logits: logits, targets: [1, 0], width: 2, weights: nil, totalWeight: 1)
      #expect(result.sum.isNaN && result.gradient.allSatisfy(\.isNaN))
    }
  }

  @Test(
    arguments: [
      ([Float(100), -100], [Float(1), 0], 0, [Float(0), 0]), ([100, -100], [0, 1], 200, [1, -1]),
      ([0, -0.0], [1, 0], 0.6931471805599453, [-0.5, 0.5]), ([.infinity, 0], [1, 0], 0, [0, 0]),
      ([.infinity, 0], [0, 1], .infinity, [1, -1]), ([0, -.infinity], [1, 0], 0, [0, 0]),
      ([0, -.infinity], [0, 1], .infinity, [1, -1]),
    ] as [([Float], [Float], Double, [Float])])
  func `categorical cross-entropy is exact at both ends`(logits: [Float], targets: [Float], loss: Double, gradient: [Float]) {
    let result = CategoricalCrossEntropy().value(logits: logits, targets: targets, width: 2, weights: nil, totalWeight: 1)
    #expect(result.sum == loss || abs(result.sum - loss) <= 1e-15 * loss, "\(result.sum)")
    #expect(zip(result.gradient, gradient).allSatisfy { abs($0 - $1) <= 1e-7 })
  }

  @Test(arguments: [0, 0.1]) func `gradients are the slopes of the losses`(smoothing: Double) {
    let logits: [Float] = [0.5, -1, 2, 0.25, -0.75, 1.5]
    let targets: [Float] = [1, 0, 0, 0, 1, 0]
    let weights: [Float] = [1, 3]
    let losses: [any Loss] = [
      BinaryCrossEntropy(labelSmoothing: smoothing), CategoricalCrossEntropy(labelSmoothing: smoothing),
    ]
    for loss in losses {
      let value = { (z: [Float]) in loss.value(logits: z, targets: targets, width: 3, weights: weights, totalWeight: 4) }
      for i in logits.indices {
        var (up, down) = (logits, logits)
        up[i] += 1 / 256
        down[i] -= 1 / 256
        // Exact to h²·f'''/6 < 3e-6.
        #expect(abs((value(up).sum - value(down).sum) * 128 - Double(value(logits).gradient[i])) < 3e-6)
      }
    }
  }

  @Test func `shards add up to the batch`() {
    let loss = BinaryCrossEntropy()
    let logits: [Float] = [1, 2, -3]
    let targets: [Float] = [1, 0, 0]
    let weights: [Float] = [1, 2, 0.5]
    let whole = loss.value(logits: logits, targets: targets, width: 1, weights: weights, totalWeight: 3.5)
    let a = loss.value(logits: [1], targets: [1], width: 1, weights: [1], totalWeight: 3.5)
    let b = loss.value(logits: [2, -3], targets: [0, 0], width: 1, weights: [2, 0.5], totalWeight: 3.5)
    #expect(abs(whole.sum - a.sum - b.sum) < 1e-15)
    #expect(whole.gradient == a.gradient + b.gradient)
  }
}
