public import HanpipeCore

extension EmbeddingStage: AttributableStage {
  /// What it gives is linear in its vectors: the products need no second way forward.
  public func scaled(
    _ input: Input, by factors: [Float]
  ) throws -> (output: Output, products: (_ outputGradient: [Float]) throws -> [Float]) {
    precondition(factors.count == input.count, "\(factors.count) factors for \(input.count) records")
    let width = configuration.width
    let ids = input.embeddedIDs
    let starts = Output.isSequence ? input.starts : Array(0...input.count)
    let bounds = Self.rowBounds(of: input)
    let rows = Rows.scaled(try self.rows(ids, bounds, factor: 1), starts: starts, width: width, by: factors)
    let (table, scale, isNormalized) = (state.tensors[0].values, Float(configuration.scale), isNormalized)
    return (
      Output(encoded: rows, starts: input.starts, width: width),
      { outputGradient in
        var products = [Float](repeating: 0, count: ids.count)
        for row in 0..<bounds.count - 1 {
          let places = bounds[row]..<bounds[row + 1]
          let bag = isNormalized ? BagWeights(ids[places]) : nil
          let equal = Self.share(ids[places])
          for place in places where ids[place] >= 0 {
            let share = bag?.share(of: ids[place]) ?? equal
            products[place] = scale * share * Self.product(outputGradient, row, table, Int(ids[place]), width: width)
          }
        }
        return products
      }
    )
  }

  private static func product(_ a: [Float], _ i: Int, _ b: [Float], _ j: Int, width: Int) -> Float {
    let (a, b) = (a.span, b.span)
    var sum: Float = 0
    for k in 0..<width { sum += a[i * width + k] * b[j * width + k] }
    return sum
  }
}
