public import HanpipeCore

/// An encoder of every step and the max pooling after it in one: the same vectors, but the steps' states are never written to
/// memory and put into the batch's order, which took a tenth of a classification's time.
struct PooledEncoder<Cell: RecurrentCell, Input: RecurrentInput>: Stage {
  let encoder: RecurrentEncoder<Cell, Input, Sequences>

  func process(_ input: Input) throws -> Vectors {
    Vectors(values: try encoder.encode(input, .maximum), width: encoder.configuration.outputWidth, count: input.count)
  }
  func outputShape(for input: ValueShape) -> ValueShape { encoder.outputShape(for: input) }
}

extension RecurrentEncoder: MergingStage, ProjectableStage where Output == Sequences {
  public func merged(with next: any Stage) -> (any Stage)? {
    next is MaxPooling ? PooledEncoder(encoder: self) : projectedMerge(with: next)
  }
  public func projected(_ input: Input, by projection: Projection) throws -> Sequences {
    let steps = input.recurrentSteps
    try check(steps)
    let products = network(isTraining: false).projected(NetworkInput(steps: steps, embedding: embedding), by: projection)
    return Sequences(values: products, starts: steps.starts, width: projection.outputs)
  }
}
