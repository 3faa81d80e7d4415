import HanpipeCore
import HanpipeNeural
import HanpipeTesting
import Testing

@Suite struct EmbeddingTests {
  private func embedding(
    _ output: EmbeddingConfiguration.Output, scale: Double = 1, dropout: Double = 0
  ) throws -> EmbeddingStage<PaddedIDs, Vectors> {
    var settings = EmbeddingConfiguration()
    (settings.width, settings.output, settings.scale, settings.dropout) = (2, output, scale, dropout)
    let values: [Float] = (0..<18).map { (i: Int) -> Float in Float(i * 7 % 11) / 8 - 0.5 }
    let state = Parameters([("weight", .init(shape: [9, 2], values: values))])
    return try EmbeddingStage(settings, state: state, .input(ValueShape(vocabularySize: 9)))
  }

  @Test func `a normalized bag is weighted by 1 + ln of how often an id stands there, and has the length 1`() throws {
    // Id 3 twice, ids 5 and 8 once: (1 + ln 2, 1, 1)/√((1 + ln 2)² + 2), by hand.
    let (twice, once) = (Float(0.767495), Float(0.453295))
    let stage = try embedding(.normalized, scale: 4)
    let values = stage.state.tensors[0].values
    let output = try stage.process(ids([[3, 8, 5, 3], [], [7]])).values
    for i in 0..<2 {
      let others: Float = values[10 + i] + values[16 + i]
      let expected: Float = 4 * (twice * values[6 + i] + once * others)
      #expect(abs(output[i] - expected) < 1e-5)
      #expect(output[2 + i] == 0)
      #expect(output[4 + i] == 4 * values[14 + i])
    }
  }

  @Test func `a mean is over all places`() throws {
    let stage = try embedding(.mean)
    let values = stage.state.tensors[0].values
    let output = try stage.process(ids([[3, 8, 3]])).values
    for i in 0..<2 {
      let expected: Float = (2 * values[6 + i] + values[16 + i]) / 3
      #expect(abs(output[i] - expected) < 1e-6)
    }
  }

  @Test(arguments: [EmbeddingConfiguration.Output.mean, .normalized], [0, 0.5])
  func `small changes agree with the way back`(_ output: EmbeddingConfiguration.Output, dropout: Double) throws {
    try GradientCheck(embedding(output, scale: 3, dropout: dropout), ids(ragged)).check()
  }

  @Test(arguments: [EmbeddingConfiguration.Output.mean, .normalized])
  func `the contract of a stage is kept`(_ output: EmbeddingConfiguration.Output) throws {
    try StageContract(embedding(output), samples: ids(ragged)).check()
  }

  @Test(arguments: [EmbeddingConfiguration.Output.mean, .normalized])
  func `an id that the table has not is refused`(_ output: EmbeddingConfiguration.Output) throws {
    let stage = try embedding(output)
    let error = #expect(throws: NeuralError.self) { try stage.process(ids([[2, 9, 1]])) }
    #expect(error == .unknownID(9, vocabularySize: 9))
  }
}
