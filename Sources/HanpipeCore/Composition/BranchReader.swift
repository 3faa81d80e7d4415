/// A stage that can read the branches of a `concatenate` before it apart, where that is less work than to read their rows side by side.
public protocol BranchReader: Stage where Input: ConcatenableValue {
  /// The branches and this stage as one stage that gives what the two would, to rounding; nil for branches that it reads no faster.
  func merged<Source: StageValue>(with branches: Concatenation<Source, Input>) -> (any Stage)?
}

extension Concatenation {
  /// What one branch gives to its last stage, and the rows of the other branches side by side.
  /// - Throws: what the branches throw, and `BranchMismatch`.
  /// - Precondition: there are other branches.
  public func parts(of input: Input, before last: Int) throws -> (value: any StageValue, others: Output) {
    let input = shared(input)
    var value: any StageValue = input
    var others: [any StageValue] = []
    for (b, branch) in branches.enumerated() {
      let pipeline = branch.pipeline
      let values = try pipeline.trace(input, through: 0..<pipeline.stages.count - (b == last ? 1 : 0))
      if b == last { value = values[values.count - 1] } else { others.append(values[values.count - 1]) }
    }
    return (value, try joined(others).output)
  }

  /// Floats a row that each branch gives; nil where one of them is not known.
  public var widths: [Int]? {
    let widths = branches.compactMap(\.width)
    return widths.count == branches.count ? widths : nil
  }
}
