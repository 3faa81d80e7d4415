/// What stands side by side is never put there where all that is read of it are products: they are sums of the branches'.
extension Concatenation: MergingStage, ProjectableStage where Output == Sequences {
  public func merged(with next: any Stage) -> (any Stage)? {
    func merged<Reader: BranchReader>(_ next: Reader) -> (any Stage)? {
      (self as? Concatenation<Input, Reader.Input>).flatMap { next.merged(with: $0) }
    }
    return (next as? any BranchReader).flatMap { merged($0) } ?? projectedMerge(with: next)
  }
  public func projected(_ input: Input, by projection: Projection) throws -> Sequences {
    let input = shared(input)
    var sum: Sequences?
    var column = 0
    for (b, branch) in branches.enumerated() {
      let width = branch.width ?? 0
      let products = try branch.pipeline.projected(input, by: projection.columns(column..<column + width))
      column += width
      guard var whole = sum.take() else {
        sum = products
        continue
      }
      guard products.hasRows(of: whole) else { throw BranchMismatch(branch: b) }
      let addend = products.values.span
      var target = whole.values.mutableSpan
      for i in addend.indices { target[i] += addend[i] }
      sum = whole
    }
    return sum ?? Sequences(values: [], starts: [0], width: projection.outputs)
  }
}
