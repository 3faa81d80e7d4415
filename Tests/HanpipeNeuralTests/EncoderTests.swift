import HanpipeCore
import HanpipeNeural
import HanpipeTesting
import Testing

/// What must hold for every encoder, beyond the numbers.
@Suite struct EncoderTests {
  static let configurations = [
    configuration(), configuration(units: 17, layers: 2), configuration(units: 16, bidirectional: true),
    configuration(layers: 2, bidirectional: true),
  ]

  @Test(arguments: configurations)
  func `keeps the contract of a stage`(_ last: RecurrentConfiguration) throws {
    try contract(LSTM.self, last)
    try contract(GRU.self, last)
    try contract(SimpleRNN.self, last)
  }

  private func contract<Cell: RecurrentCell>(_: Cell.Type, _ last: RecurrentConfiguration) throws {
    let shape = ValueShape(vocabularySize: 9, width: 4)
    let lengths = [3, 0, 6, 1, 3]
    var all = last
    all.output = .sequence
    let first = try encoder(Cell.self, PaddedIDs.self, Vectors.self, last)
    try StageContract(first, samples: ids(ragged)).check()
    try StateContract(first, last, samples: ids(ragged), context: .input(shape)).check()
    try StageContract(encoder(Cell.self, PaddedIDs.self, Sequences.self, all), samples: ids(ragged)).check()
    try StageContract(encoder(Cell.self, Sequences.self, Vectors.self, last), samples: sequences(lengths, width: 4)).check()
    try StageContract(encoder(Cell.self, Sequences.self, Sequences.self, all), samples: sequences(lengths, width: 4)).check()
    #expect(first.outputShape(for: shape).width == last.units * (last.bidirectional ? 2 : 1))
  }

  @Test(arguments: configurations, Kernels.available)
  func `a record has the same bits in any batch, with any table`(_ settings: RecurrentConfiguration, kernels: Kernels) throws {
    try sameBits(LSTM.self, settings, kernels)
    try sameBits(GRU.self, settings, kernels)
    try sameBits(SimpleRNN.self, settings, kernels)
  }

  @Test(arguments: configurations, Kernels.available)
  func `reduced precision is near float32, the same in any batch, and leaves training alone`(
    _ settings: RecurrentConfiguration, kernels: Kernels
  ) throws {
    try reduced(LSTM.self, settings, kernels)
    try reduced(GRU.self, settings, kernels)
    try reduced(SimpleRNN.self, settings, kernels)
  }

  private func reduced<Cell: RecurrentCell>(_: Cell.Type, _ settings: RecurrentConfiguration, _ kernels: Kernels) throws {
    var full = try encoder(Cell.self, PaddedIDs.self, Vectors.self, settings)
    full.kernels = kernels
    let exact = try full.process(ids(ragged)).values
    for (precision, tolerance) in [(RecurrentConfiguration.Precision.bf16, Float(0.02)), (.int8, 0.04)] {
      var settings = settings
      settings.precision = precision
      var stage = try encoder(Cell.self, PaddedIDs.self, Vectors.self, settings)
      stage.kernels = kernels
      let whole = try stage.process(ids(ragged)).values
      #expect(zip(whole, exact).allSatisfy { abs($0 - $1) < tolerance })
      #expect(whole != exact, "it is another precision")
      let width = settings.units * (settings.bidirectional ? 2 : 1)
      for (i, record) in ragged.enumerated() {
        #expect(try stage.process(ids([record])).values == Array(whole[i * width..<(i + 1) * width]))
      }
      let settled = try full.forward(ids(ragged), TrainingPass(seed: 1)).output.values
      #expect(try stage.forward(ids(ragged), TrainingPass(seed: 1)).output.values == settled)
    }
  }

  private func sameBits<Cell: RecurrentCell>(_: Cell.Type, _ settings: RecurrentConfiguration, _ kernels: Kernels) throws {
    var stage = try encoder(Cell.self, PaddedIDs.self, Vectors.self, settings)
    stage.kernels = kernels
    var generator = SeededGenerator(seed: 4)
    // More than a chunk, and many lengths.
    let records = (0..<150).map { _ in
      (0..<Int.random(in: 0...12, using: &generator)).map { _ in Int32.random(in: 1..<9, using: &generator) }
    }
    let whole = try stage.process(ids(records)).values
    let width = settings.units * (settings.bidirectional ? 2 : 1)
    for (i, record) in records.enumerated() where i % 4 == 0 {
      #expect(try stage.process(ids([record])).values == Array(whole[i * width..<(i + 1) * width]))
    }
    let forward = try stage.forward(ids(records), TrainingPass(seed: 1)).output.values
    #expect(forward == whole, "training without dropout computes the same")
    stage.tableBudget = 0
    #expect(try stage.process(ids(records)).values == whole, "with no table")
    // A row takes 20 to 2,048 bytes, and there are nine words.
    for budget in [40, 540, 2_040, 5_040, 9_040] {
      stage.tableBudget = budget
      #expect(try stage.process(ids(records)).values == whole, "with a table of \(budget) bytes")
    }
  }

  @Test(arguments: configurations, Kernels.available)
  func `an encoder and max pooling in one give the bits of the two`(
    _ settings: RecurrentConfiguration, kernels: Kernels
  ) throws {
    for precision in [RecurrentConfiguration.Precision.float32, .int8] {
      var settings = settings
      settings.output = .sequence
      settings.precision = precision
      try merged(LSTM.self, settings, kernels)
      try merged(GRU.self, settings, kernels)
      try merged(SimpleRNN.self, settings, kernels)
    }
  }

  private func merged<Cell: RecurrentCell>(_: Cell.Type, _ settings: RecurrentConfiguration, _ kernels: Kernels) throws {
    let pooling = MaxPooling(NoConfiguration(), .none)
    var words = try encoder(Cell.self, PaddedIDs.self, Sequences.self, settings)
    words.kernels = kernels
    // More than a chunk, so that records of several chunks find their places.
    let records = ragged + (0..<270).map { [Int32](repeating: Int32($0 % 9), count: $0 % 7) } + [[]]
    let both = try #require(AnyStage(words).merged(with: AnyStage(pooling)))
    for records in [records, [], [[]]] {
      let pooled = try #require(try both.process(ids(records)) as? Vectors)
      #expect(pooled.values == pooling.process(try words.process(ids(records))).values)
      #expect(pooled.count == records.count && pooled.width == settings.units * (settings.bidirectional ? 2 : 1))
    }
    var vectors = try encoder(Cell.self, Sequences.self, Sequences.self, settings)
    vectors.kernels = kernels
    var steps = sequences([3, 0, 6, 1, 3], width: 4)
    steps.values[5] = .nan
    let pooled = try #require(AnyStage(vectors).merged(with: AnyStage(pooling))).process(steps) as? Vectors
    let expected = pooling.process(try vectors.process(steps)).values
    #expect(expected.contains { $0.isNaN } && zip(pooled?.values ?? [], expected).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    #expect(AnyStage(words).merged(with: AnyStage(MeanPooling(NoConfiguration(), .none))) == nil, "the order of a sum differs")
    let last = try encoder(Cell.self, PaddedIDs.self, Vectors.self, settings)
    #expect(AnyStage(last).merged(with: AnyStage(pooling)) == nil, "no steps to pool")
  }

  @Test func `padding is invisible`() throws {
    let stage = try encoder(LSTM.self, PaddedIDs.self, Vectors.self, configuration(bidirectional: true))
    let expected = try stage.process(ids(ragged)).values
    #expect(try stage.process(ids(ragged, side: .pre, steps: 40)).values == expected)
    #expect(try stage.process(ids(ragged, steps: 7)).values == expected)
  }

  @Test func `an empty record gives zeros`() throws {
    let stage = try encoder(GRU.self, PaddedIDs.self, Vectors.self, configuration(bidirectional: true))
    #expect(try stage.process(ids([[], [3]])).values.prefix(10).allSatisfy { $0 == 0 })
    #expect(try stage.process(ids([[], []])).values == [Float](repeating: 0, count: 20))
    for records in [[], [[], []]] as [[[Int32]]] {
      let (output, pullback) = try stage.forward(ids(records), TrainingPass(seed: 1))
      var gradients = Gradients(zerosLike: stage.state)
      _ = pullback(output.values, &gradients)
      #expect(gradients.sumOfSquares == 0)
    }
  }

  @Test func `one step of an LSTM, by hand`() throws {
    // H = E = 1: x = 2; z = (0.5, -1, 0.25, 1)·2 + bias (0.1, 0.2, 0.3, 0.4); c = σ(1.1)·tanh(0.8); h = σ(2.4)·tanh(c).
    let state = Parameters([
      ("embedding.weight", .init(shape: [3, 1], values: [9, 9, 2])),
      ("layers.0.forward.weight_ih", .init(shape: [4, 1], values: [0.5, -1, 0.25, 1])),
      ("layers.0.forward.weight_hh", .init(shape: [4, 1], values: [0.3, -0.2, 0.1, 0.7])),
      ("layers.0.forward.bias", .init(shape: [4], values: [0.1, 0.2, 0.3, 0.4])),
    ])
    let stage = try RecurrentEncoder<LSTM, PaddedIDs, Vectors>(
      configuration(units: 1, embedding: 1), state: state, .input(ValueShape(vocabularySize: 3)))
    // σ(1.1) = 0.750260106, tanh(0.8) = 0.664036770, c = 0.498200297; σ(2.4) = 0.916827304, tanh(c) = 0.460700609.
    #expect(abs(Double(try stage.process(ids([[2]])).values[0]) - 0.422382897) < 1e-6)
    // The same word again: z = (1.226714869, -1.884476579, 0.842238290, 2.695668028) with U h in it, c' = σ(z_f)·c + σ(z_i)·tanh(z_g)
    // = 0.596912850, h' = σ(z_o)·tanh(c').
    #expect(abs(Double(try stage.process(ids([[2, 2]])).values[0]) - 0.501030954) < 1e-6)
  }

  @Test func `a state of another shape, a missing one, an unknown vocabulary are refused`() throws {
    typealias Stage = RecurrentEncoder<LSTM, PaddedIDs, Vectors>
    let good = try encoder(LSTM.self, PaddedIDs.self, Vectors.self, configuration()).state
    let shape = ValueShape(vocabularySize: 9)
    #expect(throws: StateError.shape("layers.0.forward.weight_ih", found: [20, 4], expected: [24, 4])) {
      try Stage(configuration(units: 6), state: good, .input(shape))
    }
    #expect(throws: StateError.shape("embedding.weight", found: [9, 4], expected: [10, 4])) {
      try Stage(configuration(), state: good, .input(ValueShape(vocabularySize: 10)))
    }
    #expect(throws: StateError.missing("layers.0.backward.weight_ih")) {
      try Stage(configuration(bidirectional: true), state: good, .input(shape))
    }
    #expect(throws: StateError.unknownShape("how many words there are")) {
      try Stage(configuration(), state: good, .none)
    }
    let stage = try Stage(configuration(), state: good, .input(shape))
    #expect(throws: NeuralError.unknownID(9, vocabularySize: 9)) { try stage.process(ids([[1, 9]])) }
    #expect(throws: NeuralError.unknownID(-1, vocabularySize: 9)) { try stage.process(ids([[-1]])) }
    let steps = try encoder(LSTM.self, Sequences.self, Vectors.self, configuration())
    #expect(throws: NeuralError.width(found: 3, expected: 4)) { try steps.process(sequences([2], width: 3)) }
  }

  @Test func `changed parameters are used`() throws {
    var stage = try encoder(LSTM.self, PaddedIDs.self, Vectors.self, configuration())
    let before = try stage.process(ids(ragged))
    let copy = stage
    stage.state.tensors[1].values[0] += 1
    #expect(try stage.process(ids(ragged)).values != before.values)
    #expect(try copy.process(ids(ragged)).values == before.values)
  }

  @Test func `parameters start as in Keras`() throws {
    var generator = SeededGenerator(seed: 1)
    typealias Stage = RecurrentEncoder<LSTM, PaddedIDs, Vectors>
    let state = try Stage.initialParameters(
      configuration(units: 6, embedding: 3), input: ValueShape(vocabularySize: 50), &generator)
    #expect(
      state.names == ["embedding.weight", "layers.0.forward.weight_ih", "layers.0.forward.weight_hh", "layers.0.forward.bias"])
    #expect(state.tensors[0].isRowSparse && state.tensors[0].values.allSatisfy { abs($0) <= 0.05 })
    let limit = (6.0 / 27).squareRoot()
    #expect(state.tensors[1].values.allSatisfy { Double(abs($0)) <= limit })
    #expect(
      state.tensors[3].values == [Float](repeating: 0, count: 6) + [Float](repeating: 1, count: 6)
        + [Float](repeating: 0, count: 12))
    let u = state.tensors[2].values
    for a in 0..<6 {
      for b in 0..<6 {
        let product = (0..<24).reduce(0) { $0 + u[$1 * 6 + a] * u[$1 * 6 + b] }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-6, "columns \(a) and \(b) are orthonormal")
      }
    }
  }
}
