public import HanpipeCore

/// The mean of a record's steps; zeros for a record without steps.
public struct MeanPooling: Pooling, ConfiguredStage {
  public static let type: StageType = "mean-pooling"
  public static let summary = "Each number's mean over a record's steps."
  public init(_ configuration: NoConfiguration, _ context: StageContext) {}

  public func process(_ input: Sequences) -> Vectors {
    let width = input.width
    var values = [Float](repeating: 0, count: input.count * width)
    for record in 0..<input.count {
      let rows = input.starts[record]..<input.starts[record + 1]
      let out = record * width
      Kernels.best.sum(ofRows: rows, of: input.values, width: width, into: &values, record: record)
      for column in 0..<width where !rows.isEmpty { values[out + column] /= Float(rows.count) }
    }
    return Vectors(values: values, width: width, count: input.count)
  }

  public func forward(_ input: Sequences, _ pass: TrainingPass) -> (output: Vectors, pullback: Pullback) {
    let starts = input.starts
    let width = input.width
    return (
      process(input),
      { outputGradient, _ in
        var gradient = [Float](repeating: 0, count: (starts.last ?? 0) * width)
        for record in 0..<starts.count - 1 {
          let rows = starts[record]..<starts[record + 1]
          for row in rows {
            for column in 0..<width {
              gradient[row * width + column] = outputGradient[record * width + column] / Float(rows.count)
            }
          }
        }
        return gradient
      }
    )
  }
}
