import HanpipeCore
import HanpipeNeural
import Testing

/// A batch cut into shards gives the same outputs, and gradients that add up.
@Suite struct ShardTests {
  static let configurations = [
    configuration(units: 17, bidirectional: true), configuration(units: 8, layers: 2, dropout: 0.3),
  ]

  @Test(arguments: configurations)
  func `gradients of shards add up to those of the batch`(_ settings: RecurrentConfiguration) throws {
    try check(LSTM.self, settings)
    try check(GRU.self, settings)
    try check(SimpleRNN.self, settings)
  }

  private func check<Cell: RecurrentCell>(_: Cell.Type, _ settings: RecurrentConfiguration) throws {
    let stage = try encoder(Cell.self, PaddedIDs.self, Vectors.self, settings)
    let records = ids(ragged)
    let (whole, wholeGradients) = try gradients(stage, records, 0..<records.count)
    var sum = Gradients(zerosLike: stage.state)
    var outputs: [Float] = []
    for range in [0..<3, 3..<4, 4..<8] {
      let (output, part) = try gradients(stage, records, range)
      outputs += output
      sum.add(part)
    }
    #expect(outputs == whole, "the same bits, dropout included")
    for (index, tensor) in stage.state.tensors.enumerated() {
      let (a, b) = (wholeGradients.tensors[index].dense(tensor.values.count), sum.tensors[index].dense(tensor.values.count))
      let largest = a.reduce(0) { max($0, abs($1)) }
      // A sum of at most 25 steps in another order.
      #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 25 * 0x1p-23 * largest }, "\(stage.state.names[index])")
    }
  }

  private func gradients<Cell: RecurrentCell>(
    _ stage: RecurrentEncoder<Cell, PaddedIDs, Vectors>, _ records: PaddedIDs, _ range: Range<Int>
  ) throws -> ([Float], Gradients) {
    let (output, pullback) = try stage.forward(records[range], TrainingPass(seed: 9, firstRecord: range.lowerBound))
    var gradients = Gradients(zerosLike: stage.state)
    let outputGradient = (0..<output.values.count).map { Float(($0 + range.lowerBound * output.width) % 7) - 3 }
    _ = pullback(outputGradient, &gradients)
    return (output.values, gradients)
  }

  @Test func `dropout differs from step to step and keeps the sum`() throws {
    let stage = try sigmoid(["a", "b"], dropout: 0.5)
    let input = Vectors(values: [Float](repeating: 1, count: 4000), width: 4, count: 1000)
    let (a, _) = try stage.forward(input, TrainingPass(seed: 1))
    let (b, _) = try stage.forward(input, TrainingPass(seed: 2))
    #expect(a.logits != b.logits)
    let plain = try stage.process(input).logits[0]
    let mean = a.logits.reduce(0, +) / 1000
    // Each of four inputs counts 0 or 2 times: the mean of 1,000 has the standard error |w|/√1000.
    let weights = stage.state.tensors[0].values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(mean - plain) < 5 * (weights / 1000).squareRoot())
  }
}
