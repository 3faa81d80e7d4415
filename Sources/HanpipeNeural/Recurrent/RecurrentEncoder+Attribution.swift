public import HanpipeCore

extension RecurrentEncoder: AttributableStage where Input == PaddedIDs {
  /// - Complexity: twice the way forward of training, and no product of a word is shared: 32·H² and 16·H·E floating-point operations a
  ///   token and direction, for an LSTM of one layer.
  public func scaled(
    _ input: PaddedIDs, by factors: [Float]
  ) throws -> (output: Output, products: (_ outputGradient: [Float]) throws -> [Float]) {
    precondition(factors.count == input.count, "\(factors.count) factors for \(input.count) records")
    try check(input.recurrentSteps)
    let width = inputWidth
    let vectors = Matrix(rows: input.ids.count, columns: width)
    vectors.gather(from: embedding, RowIndices(input.ids, limit: embedding.shape[0]))
    let network = network(isTraining: true)
    let (values, record) = network.forward(
      .rows(Rows.scaled(vectors.array(), starts: input.starts, width: width, by: factors), starts: input.starts, width: width),
      embedding: Parameters.Tensor(zeros: [0]), isSequence: Output.isSequence, configuration.exact, .exact)
    return (
      Output(encoded: values, starts: input.starts, width: configuration.outputWidth),
      { outputGradient in
        let gradient = network.inputGradient(record, outputGradient: outputGradient, isSequence: Output.isSequence)
        var products = [Float](repeating: 0, count: vectors.rows)
        for (row, place) in record.sources[0].values.enumerated() {
          products[Int(place)] = Float(network.kernels.dot(row: row, of: gradient, row: Int(place), of: vectors))
        }
        return products
      }
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
