public import HanpipeCore

/// The largest value of each column over a record's steps; zeros for a record without steps. Of equal values the first takes the
/// gradient.
public struct MaxPooling: Pooling, ConfiguredStage {
  public static let type: StageType = "max-pooling"
  public static let summary = "Each number's largest value over a record's steps."
  public init(_ configuration: NoConfiguration, _ context: StageContext) {}

  public func process(_ input: Sequences) -> Vectors {
    var values = [Float](repeating: 0, count: input.count * input.width)
    for record in 0..<input.count {
      let rows = input.starts[record]..<input.starts[record + 1]
      Kernels.best.maximum(ofRows: rows, of: input.values, width: input.width, into: &values, record: record)
    }
    return Vectors(values: values, width: input.width, count: input.count)
  }

  public func forward(_ input: Sequences, _ pass: TrainingPass) -> (output: Vectors, pullback: Pullback) {
    let (output, winners) = pooled(input)
    let count = input.values.count
    return (
      output,
      { outputGradient, _ in
        var gradient = [Float](repeating: 0, count: count)
        for (i, winner) in winners.enumerated() where winner >= 0 { gradient[winner] = outputGradient[i] }
        return gradient
      }
    )
  }

  /// Winners: for each element of the output its place in `input.values`, -1 for a record without steps.
  private func pooled(_ input: Sequences) -> (output: Vectors, winners: [Int]) {
    let width = input.width
    var values = [Float](repeating: 0, count: input.count * width)
    var winners = [Int](repeating: -1, count: input.count * width)
    for record in 0..<input.count {
      let out = record * width
      for row in input.starts[record]..<input.starts[record + 1] {
        for column in 0..<width {
          let value = input.values[row * width + column]
          // NaN is larger than everything, so that it is seen.
          if winners[out + column] < 0 || value > values[out + column] || (value.isNaN && !values[out + column].isNaN) {
            values[out + column] = value
            winners[out + column] = row * width + column
          }
        }
      }
    }
    return (Vectors(values: values, width: width, count: input.count), winners)
  }
}
