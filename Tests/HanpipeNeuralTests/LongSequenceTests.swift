import HanpipeCore
import HanpipeNeural
import HanpipeTesting
import Testing

/// Ways of training on long records: computing steps again, and windows of truncated backpropagation through time.
@Suite struct LongSequenceTests {
  static let configurations = [
    configuration(units: 5), configuration(units: 3, layers: 2, bidirectional: true),
    configuration(units: 16, layers: 2, dropout: 0.4), configuration(units: 4, bidirectional: true, dropout: 0.3),
  ]
  /// Up to 385 steps: four segments of 128; records end inside, at, and one past a segment's end.
  private static let lengths = [60, 385, 0, 128, 129, 1]

  private static func words(_ lengths: [Int]) -> PaddedIDs {
    var generator = SeededGenerator(seed: 4)
    return ids(lengths.map { length in (0..<length).map { _ in Int32.random(in: 0..<9, using: &generator) } })
  }

  @Test(arguments: configurations)
  func `steps that are computed again give the same bits as kept ones`(_ settings: RecurrentConfiguration) throws {
    for window in [nil, 7] {
      try check(LSTM.self, settings, window)
      try check(GRU.self, settings, window)
      try check(SimpleRNN.self, settings, window)
    }
  }

  private func check<Cell: RecurrentCell>(_: Cell.Type, _ settings: RecurrentConfiguration, _ window: Int?) throws {
    let (words, steps) = (Self.words(Self.lengths), sequences(Self.lengths, width: 4))
    try check(Cell.self, PaddedIDs.self, Vectors.self, settings, window, words)
    try check(Cell.self, PaddedIDs.self, Sequences.self, settings, window, words)
    try check(Cell.self, Sequences.self, Vectors.self, settings, window, steps)
    try check(Cell.self, Sequences.self, Sequences.self, settings, window, steps)
  }

  private func check<Cell: RecurrentCell, Input: RecurrentInput, Output: RecurrentOutput & GradientOutput>(
    _: Cell.Type, _: Input.Type, _: Output.Type, _ settings: RecurrentConfiguration, _ window: Int?, _ input: Input
  ) throws where Input: GradientInput {
    var settings = settings
    settings.output = Output.isSequence ? .sequence : .last
    settings.gradientWindow = window
    settings.recompute = .never
    let kept = try gradients(encoder(Cell.self, Input.self, Output.self, settings), input)
    settings.recompute = .always
    let again = try gradients(encoder(Cell.self, Input.self, Output.self, settings), input)
    #expect(again.output == kept.output)
    #expect(again.input == kept.input)
    #expect(again.weights == kept.weights)
    #expect(kept.weights.allSatisfy { $0.contains { $0 != 0 } })
  }

  @Test func `small changes agree with the way back over several segments`() throws {
    var settings = configuration(units: 2, embedding: 2, layers: 2, bidirectional: true)
    settings.recompute = .always
    try GradientCheck(encoder(LSTM.self, PaddedIDs.self, Vectors.self, settings, scale: 1), Self.words([131, 3])).check()
  }

  // MARK: Truncation

  // What truncated gradients are is PyTorch's to say: GoldenTests, `…-window-…`.

  @Test func `with a window longer than every record nothing changes`() throws {
    for output in [RecurrentConfiguration.Output.last, .sequence] {
      var settings = configuration(units: 4, layers: 2, bidirectional: true, output: output)
      let words = Self.words([31, 150, 0, 130])
      let full = try gradients(settings, words)
      settings.gradientWindow = 150
      let wide = try gradients(settings, words)
      #expect(wide.weights == full.weights)
      settings.gradientWindow = 149
      let narrower = try gradients(settings, words)
      #expect(narrower.weights != full.weights)
    }
  }

  @Test(arguments: [1, 3, 40])
  func `a single output gives nothing to steps before its window, which ends with the record`(_ window: Int) throws {
    var settings = configuration(units: 4, output: .last)
    settings.gradientWindow = window
    let steps = sequences([90, 45, 2], width: 4)
    for isBidirectional in [false, true] {
      settings.bidirectional = isBidirectional
      let gradient = try gradients(encoder(GRU.self, Sequences.self, Vectors.self, settings), steps).input
      for record in 0..<steps.count {
        let length = steps.lengths[record]
        for step in 0..<length {
          let row = (steps.starts[record] + step) * 4
          let isReached = step >= length - window || (isBidirectional && step < window)
          #expect(gradient[row..<row + 4].contains { $0 != 0 } == isReached, "record \(record), step \(step)")
        }
      }
    }
  }

  @Test func `gradients do not depend on the records beside, nor on how a batch is cut`() throws {
    var settings = configuration(units: 6, layers: 2, output: .sequence)
    settings.gradientWindow = 5
    let words = Self.words([40, 13, 7])
    let stage = try encoder(LSTM.self, PaddedIDs.self, Sequences.self, settings)
    let whole = try gradients(stage, words)
    var sums = [[Double]](repeating: [], count: whole.weights.count)
    for record in 0..<words.count {
      let part = try gradients(stage, words[[record]], firstStep: words.starts[record])
      for (i, tensor) in part.weights.enumerated() {
        if sums[i].isEmpty { sums[i] = [Double](repeating: 0, count: tensor.count) }
        for (j, value) in tensor.enumerated() { sums[i][j] += Double(value) }
      }
    }
    for (tensor, sum) in zip(whole.weights, sums) {
      let largest = sum.reduce(0) { max($0, abs($1)) }
      // A sum of at most 60 steps in another order.
      #expect(zip(tensor, sum).allSatisfy { abs(Double($0) - $1) <= 60 * 0x1p-23 * largest })
    }
  }

  // MARK: Support

  private func gradients(
    _ settings: RecurrentConfiguration, _ words: PaddedIDs
  ) throws -> (output: [Float], input: [Float], weights: [[Float]]) {
    settings.output == .sequence
      ? try gradients(encoder(LSTM.self, PaddedIDs.self, Sequences.self, settings), words)
      : try gradients(encoder(LSTM.self, PaddedIDs.self, Vectors.self, settings), words)
  }

  /// - Parameter firstStep: shifts the output's made-up gradient.
  private func gradients<Cell: RecurrentCell, Input: RecurrentInput, Output: RecurrentOutput & GradientOutput>(
    _ stage: RecurrentEncoder<Cell, Input, Output>, _ input: Input, firstStep: Int = 0
  ) throws -> (output: [Float], input: [Float], weights: [[Float]]) where Input: GradientInput {
    let (output, pullback) = try stage.forward(input, TrainingPass(seed: 9))
    var gradients = Gradients(zerosLike: stage.state)
    let first = firstStep * stage.configuration.units * (stage.configuration.bidirectional ? 2 : 1)
    let outputGradient = output.elements.indices.map { Float(($0 + first) * 5 % 7) - 2.5 }
    let inputGradient = pullback(outputGradient, &gradients)
    let weights = zip(gradients.tensors, stage.state.tensors).map { $0.dense($1.values.count) }
    return (output.elements, Input.elements(of: inputGradient), weights)
  }
}
