import HanpipeCore
import HanpipeNeural
import HanpipeTesting
import Testing

@Suite struct GradientTests {
  static let configurations = [
    configuration(units: 3), configuration(units: 3, layers: 2), configuration(units: 2, layers: 2, bidirectional: true),
    configuration(units: 3, layers: 2, dropout: 0.4),
  ]
  // A word that comes again, a record without one, and different lengths: each parameter costs four runs over all of them.
  private let records = ids([[3, 8, 3], [], [5, 2]])
  private let steps = sequences([3, 0, 2], width: 4)

  @Test(arguments: configurations)
  func `small changes agree with the way back of each encoder`(_ configuration: RecurrentConfiguration) throws {
    try check(LSTM.self, configuration)
    try check(GRU.self, configuration)
    try check(SimpleRNN.self, configuration)
  }

  private func check<Cell: RecurrentCell>(_: Cell.Type, _ last: RecurrentConfiguration) throws {
    var all = last
    all.output = .sequence
    try GradientCheck(encoder(Cell.self, PaddedIDs.self, Vectors.self, last), records).check()
    try GradientCheck(encoder(Cell.self, PaddedIDs.self, Sequences.self, all), records).check()
    try GradientCheck(encoder(Cell.self, Sequences.self, Vectors.self, last), steps).check()
    try GradientCheck(encoder(Cell.self, Sequences.self, Sequences.self, all), steps).check()
  }

  @Test func `small changes agree with the way back of pooling`() throws {
    try GradientCheck(attention(), steps).check()
    try GradientCheck(MeanPooling(NoConfiguration(), .none), steps).checkInput()
    // Values 1/4 apart, so that a small change makes no other one the largest.
    let spread = Sequences(values: (0..<8 * 4).map { Float($0 * 13 % 32) / 4 }, starts: [0, 3, 3, 7, 8], width: 4)
    try GradientCheck(MaxPooling(NoConfiguration(), .none), spread).checkInput()
  }

  @Test(arguments: [0, 0.5]) func `small changes agree with the way back of heads`(dropout: Double) throws {
    let vectors = Vectors(values: sequences([5], width: 4).values, width: 4, count: 5)
    try GradientCheck(softmax(dropout: dropout), vectors).check()
    for labels in [["a", "b"], ["a", "b", "c"]] {
      try GradientCheck(sigmoid(labels, dropout: dropout), vectors).check()
      try GradientCheck(sigmoid(labels, dropout: dropout, temperature: 2.5), vectors).check()
    }
    try GradientCheck(softmax(dropout: dropout, temperature: 0.4), vectors).check()
    try GradientCheck(softmax(dropout: dropout, temperature: 0.4, isWide: true), vectors).check()
    try GradientCheck(sigmoid(["a", "b"], dropout: dropout, temperature: 2.5, isWide: true), vectors).check()
    try GradientCheck(sigmoid(["a", "b", "c"], dropout: dropout, isWide: true), vectors).check()
  }

  @Test func `a wrong way back is found`() throws {
    withKnownIssue { try GradientCheck(Twice(), Vectors(values: [1, 2], width: 2, count: 1)).checkInput() }
  }

  /// y = 2x, but it says 3.
  private struct Twice: DifferentiableStage {
    static let type: StageType = "twice"
    func process(_ input: Vectors) -> Vectors { input.replacing(elements: input.values.map { 2 * $0 }) }
    func forward(_ input: Vectors, _ pass: TrainingPass) -> (output: Vectors, pullback: Pullback) {
      (process(input), { gradient, _ in gradient.map { 3 * $0 } })
    }
  }
}

func attention(width: Int = 4) throws -> AttentionPooling {
  var settings = AttentionPooling.Configuration()
  settings.units = 3
  var generator = SeededGenerator(seed: 8)
  let shape = ValueShape(width: width)
  let state = try AttentionPooling.initialParameters(settings, input: shape, &generator)
  return try AttentionPooling(settings, state: state, .input(shape))
}

func sigmoid(_ labels: [String], dropout: Double = 0, temperature: Double = 1, isWide: Bool = false) throws -> SigmoidHead {
  var settings = SigmoidHead.Configuration()
  settings.labels = labels
  settings.dropout = dropout
  settings.temperature = temperature
  settings.wide = isWide
  var generator = SeededGenerator(seed: 9)
  let shape = ValueShape(width: 4)
  return try SigmoidHead(
    settings, state: SigmoidHead.initialParameters(settings, input: shape, &generator), .input(shape))
}

func softmax(dropout: Double = 0, temperature: Double = 1, isWide: Bool = false) throws -> SoftmaxHead {
  var settings = SoftmaxHead.Configuration()
  settings.labels = ["a", "b", "c"]
  settings.dropout = dropout
  settings.temperature = temperature
  settings.wide = isWide
  var generator = SeededGenerator(seed: 9)
  let shape = ValueShape(width: 4)
  return try SoftmaxHead(
    settings, state: SoftmaxHead.initialParameters(settings, input: shape, &generator), .input(shape))
}
