import Glibc
import HanpipeCore
import HanpipeNeural
import HanpipeTesting
import Testing

@Suite struct DenseTests {
  private let vectors = Vectors(values: sequences([5], width: 4).values, width: 4, count: 5)
  private let steps = sequences([3, 0, 6, 1], width: 4)

  private func dense<Value: FloatRows>(
    _: Value.Type, _ activation: Activation, dropout: Double = 0, units: Int = 3, state: Parameters? = nil, width: Int = 4
  ) throws -> Dense<Value> {
    var settings = DenseConfiguration()
    (settings.units, settings.activation, settings.dropout) = (units, activation, dropout)
    var generator = SeededGenerator(seed: 5)
    let shape = ValueShape(width: width)
    return try Dense(
      settings, state: state ?? Dense<Value>.initialParameters(settings, input: shape, &generator), .input(shape))
  }

  @Test(arguments: Activation.allCases) func `it keeps the contract of a stage`(_ activation: Activation) throws {
    try StageContract(dense(Vectors.self, activation), samples: vectors).check()
    try StageContract(dense(Sequences.self, activation), samples: steps).check()
  }

  @Test(arguments: Activation.allCases) func `small changes agree with the way back`(_ activation: Activation) throws {
    // Biases that no small change takes across relu's kink.
    let state = Parameters([
      ("weight", .init(shape: [3, 4], values: (0..<12).map { Float($0 * 5 % 12 - 6) / 20 })), ("bias", .init(shape: [3], values: [3, -3, 2])),
    ])
    for dropout in [0, 0.4] {
      try GradientCheck(dense(Vectors.self, activation, dropout: dropout, state: state), vectors).check()
      try GradientCheck(dense(Sequences.self, activation, dropout: dropout, state: state), steps).check()
    }
  }

  @Test func `a row is multiplied, moved and bent as by hand`() throws {
    let state = Parameters([
      ("weight", .init(shape: [3, 2], values: [1, 2, -1, 0.5, 0, -1])), ("bias", .init(shape: [3], values: [0.5, 0, 1])),
    ])
    // z = (1·3 + 2·4 + 0.5, -1·3 + 0.5·4, -1·4 + 1), and of zeros the bias.
    let z: [Float] = [11.5, -1, -3, 0.5, 0, 1]
    let rows = Vectors(values: [3, 4, 0, 0], width: 2, count: 2)
    #expect(try dense(Vectors.self, .linear, state: state, width: 2).process(rows).values == z)
    #expect(try dense(Vectors.self, .relu, state: state, width: 2).process(rows).values == [11.5, 0, 0, 0.5, 0, 1])
    let bent = try dense(Vectors.self, .tanh, state: state, width: 2).process(rows).values
    for (found, z) in zip(bent, z) { #expect(abs(Double(found) - tanh(Double(z))) < 2e-7) }
    let sequence = try dense(Sequences.self, .linear, state: state, width: 2)
      .process(Sequences(values: [3, 4, 0, 0], starts: [0, 1, 1, 2], width: 2))
    #expect(sequence.values == z && sequence.starts == [0, 1, 1, 2] && sequence.width == 3)
  }

  @Test(arguments: Activation.allCases) func `what is no number is not hidden`(_ activation: Activation) throws {
    let broken = Vectors(values: [.nan, 0, 0, 0], width: 4, count: 1)
    #expect(try dense(Vectors.self, activation).process(broken).values.allSatisfy(\.isNaN))
  }

  @Test func `rows of another width are refused`() throws {
    let stage = try dense(Vectors.self, .relu)
    #expect(throws: NeuralError.width(found: 3, expected: 4)) {
      try stage.process(Vectors(values: [1, 2, 3], width: 3, count: 1))
    }
  }
}
