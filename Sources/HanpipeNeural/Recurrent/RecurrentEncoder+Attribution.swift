public import HanpipeCore

extension RecurrentEncoder: AttributableStage where Input == PaddedIDs {
  /// - Complexity: twice the recurrent part of the way forward, 16·H² floating-point operations a token and direction for an LSTM of
  ///   one layer. Of a word's vector with W there is one product for all factors.
  public func scaled(
    _ input: PaddedIDs, by factors: [Float]
  ) throws -> (output: Output, products: (_ outputGradient: [Float]) throws -> [Float]) {
    precondition(factors.count == input.count, "\(factors.count) factors for \(input.count) records")
    try check(input.recurrentSteps)
    let network = network(isTraining: true)
    let (values, record) = network.forward(
      input.recurrentSteps, embedding: embedding, isSequence: Output.isSequence, configuration.exact, .exact, factors: factors)
    return (
      Output(encoded: values, starts: input.starts, width: configuration.outputWidth),
      { network.inputProducts(record, outputGradient: $0, isSequence: Output.isSequence) }
    )
  }
}

/// Rows of floats, record after record.
enum Rows {
  /// Each record's rows multiplied by its factor.
  /// - Parameter starts: in rows, record i has starts[i]..<starts[i + 1].
  static func scaled(_ values: [Float], starts: [Int], width: Int, by factors: [Float]) -> [Float] {
    var values = values
    var span = values.mutableSpan
    for (record, factor) in factors.enumerated() where factor != 1 {
      for i in starts[record] * width..<starts[record + 1] * width { span[i] *= factor }
    }
    return values
  }
}
