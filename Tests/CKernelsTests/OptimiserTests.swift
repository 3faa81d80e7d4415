import CKernels
import Testing

@Suite struct OptimiserTests {
  static let adam = hp_adam(
    learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, correction1: 0.271, correction2: 2.997e-3,
    gradient_scale: 0.5, l2: 0.01, decay: 0.1)

  @Test(arguments: availableISAs, [0, 1, 15, 16, 17, 100])
  func `Adam is its formula`(isa: hp_isa, count: Int) {
    var random = Seeded(count)
    let p = Self.adam
    let gradient = random.floats(count)
    let m = random.floats(count)
    let v = random.floats(count, 0...1)
    let w = random.floats(count)
    var (m1, v1, w1) = (m, v, w)
    withUnsafePointer(to: p) { hp_adam_update(isa, count, $0, gradient, &m1, &v1, &w1) }

    for i in 0..<count {
      let g = Double(p.gradient_scale) * Double(gradient[i]) + Double(p.l2) * Double(w[i])
      let m2 = Double(p.beta1) * Double(m[i]) + (1 - Double(p.beta1)) * g
      let v2 = Double(p.beta2) * Double(v[i]) + (1 - Double(p.beta2)) * g * g
      let denominator = (v2 / Double(p.correction2)).squareRoot() + Double(p.epsilon)
      let step = Double(p.learning_rate) * m2 / Double(p.correction1) / denominator
      let w2 = Double(w[i]) * (1 - Double(p.learning_rate) * Double(p.decay)) - step
      // 1 - β2 keeps ten bits less than β2: its float is off by 2⁻²⁵, against 10⁻³.
      #expect(abs(Double(m1[i]) - m2) <= 4 * Double(unit))
      #expect(abs(Double(v1[i]) - v2) <= 4 * Double(unit))
      #expect(abs(Double(w1[i]) - w2) <= 4 * Double(unit) + 64 * Double(unit) * abs(step))
    }
  }

  @Test(arguments: availableISAs, [0, 1, 15, 16, 17, 100])
  func `SGD is its formula, with and without momentum`(isa: hp_isa, count: Int) {
    var random = Seeded(count)
    let gradient = random.floats(count)
    let velocity = random.floats(count)
    let w = random.floats(count)
    for (hasMomentum, nesterov) in [(false, false), (true, false), (true, true)] {
      var p = hp_sgd(learning_rate: 0.1, momentum: 0.9, gradient_scale: 0.5, l2: 0.01, nesterov: nesterov)
      var (v1, w1) = (velocity, w)
      if hasMomentum {
        hp_sgd_update(isa, count, &p, gradient, &v1, &w1)
      } else {
        hp_sgd_update(isa, count, &p, gradient, nil, &w1)
      }
      for i in 0..<count {
        let g = 0.5 * gradient[i] + 0.01 * w[i]
        let v = hasMomentum ? 0.9 * velocity[i] + g : velocity[i]
        let step = !hasMomentum ? g : nesterov ? g + 0.9 * v : v
        #expect(abs(v1[i] - v) <= 8 * unit)
        #expect(abs(w1[i] - (w[i] - 0.1 * step)) <= 8 * unit)
      }
    }
  }
}
