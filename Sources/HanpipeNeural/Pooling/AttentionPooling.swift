public import HanpipeCore

/// A weighted mean of a record's steps, the weights learned: s_t = q·tanh(W h_t + b), a = softmax(s), v = Σ a_t h_t; zeros for a
/// record without steps.
///
/// Yang et al. 2016, doi:10.18653/v1/N16-1174. Parameters: `weight` A×D, `bias` A, `query` A.
///
/// - Complexity: 2·A·D floating-point operations a step.
public struct AttentionPooling: TrainableStage, Pooling {
  public static let type: StageType = "attention-pooling"
  public static let summary = "A weighted mean of a record's steps; learns which steps matter."

  public struct Configuration: StageConfiguration {
    public var units = 64
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("units", \.units, in: 1...8192, "Width A of the layer that scores a step.")
    ]
  }

  public var state: Parameters
  package var kernels = Kernels.best
  private let units: Int
  /// D.
  private let width: Int

  public init(_ configuration: Configuration, state: Parameters, _ context: StageContext) throws {
    width = try Self.width(context.input)
    units = configuration.units
    self.state = Parameters(
      try [("weight", [units, width]), ("bias", [units]), ("query", [units])].map { ($0, try state.tensor($0, shape: $1)) })
  }

  private static func width(_ input: ValueShape) throws -> Int {
    guard let width = input.width else { throw StateError.unknownShape("how wide a step is") }
    return width
  }

  public static func initialParameters(
    _ configuration: Configuration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters {
    let width = try width(input)
    let units = configuration.units
    return Parameters([
      ("weight", Initializers.glorotUniform([units, width], inputs: width, outputs: units, &generator)),
      ("bias", Parameters.Tensor(zeros: [units])),
      ("query", Initializers.glorotUniform([units], inputs: units, outputs: 1, &generator)),
    ])
  }

  public func process(_ input: Sequences) throws -> Vectors { try pooled(input).output }

  public func forward(_ input: Sequences, _ pass: TrainingPass) throws -> (output: Vectors, pullback: Pullback) {
    let (output, record) = try pooled(input)
    let weight = state.tensors[0].matrix()
    let query = state.tensors[2].matrix()
    return (
      output,
      { [kernels] outputGradient, gradients in
        Self.backward(record, outputGradient, kernels, weight: weight, query: query, &gradients)
      }
    )
  }

  private struct Record {
    let starts: [Int]
    /// N×D.
    let steps: Matrix
    /// tanh(W h + b), N×A.
    let hidden: Matrix
    /// N.
    let weights: [Float]
  }

  private func pooled(_ input: Sequences) throws -> (output: Vectors, record: Record) {
    guard input.width == width else { throw NeuralError.width(found: input.width, expected: width) }
    let rows = input.starts.last ?? 0
    let steps = Matrix(input.values, rows: rows, columns: width)
    let hidden = Matrix(rows: rows, columns: units)
    hidden.fillRows(with: state.tensors[1].matrix())
    kernels.multiply(steps, kernels.pack(state.tensors[0].matrix(), transposed: true), into: hidden, accumulate: true)
    kernels.tanh(hidden)
    let query = state.tensors[2].matrix()
    let output = Matrix.zeros(rows: input.count, columns: width)
    var weights = [Float](repeating: 0, count: rows)
    for record in 0..<input.count {
      let range = input.starts[record]..<input.starts[record + 1]
      var scores = range.map { kernels.dot(row: $0, of: hidden, row: 0, of: query) }
      _ = Mathematics.softmax(&scores)
      for (row, score) in zip(range, scores) {
        weights[row] = Float(score)
        kernels.addScaled(weights[row], row: row, of: steps, toRow: record, of: output)
      }
    }
    return (
      Vectors(values: output.array(), width: width, count: input.count),
      Record(starts: input.starts, steps: steps, hidden: hidden, weights: weights)
    )
  }

  private static func backward(
    _ record: Record, _ outputGradient: [Float], _ kernels: Kernels, weight: Matrix, query: Matrix, _ gradients: inout Gradients
  ) -> [Float] {
    let count = record.starts.count - 1
    let width = record.steps.columns
    let units = weight.rows
    let incoming = Matrix(outputGradient, rows: count, columns: width)
    let stepGradient = Matrix.zeros(rows: record.steps.rows, columns: width)
    let queryGradient = Matrix.zeros(rows: 1, columns: units)
    let biasGradient = Matrix.zeros(rows: 1, columns: units)
    // ds_t = a_t·(dv·h_t - Σ a·(dv·h)), and the gradient of W h + b in the place of tanh: (1 - tanh²)⊙q·ds.
    let inner = Matrix(rows: record.steps.rows, columns: units)
    for i in 0..<count {
      let range = record.starts[i]..<record.starts[i + 1]
      let products = range.map { kernels.dot(row: i, of: incoming, row: $0, of: record.steps) }
      let mean = zip(range, products).reduce(0) { $0 + Double(record.weights[$1.0]) * $1.1 }
      for (row, product) in zip(range, products) {
        let score = Float(Double(record.weights[row]) * (product - mean))
        kernels.addScaled(record.weights[row], row: i, of: incoming, toRow: row, of: stepGradient)
        kernels.addScaled(score, row: row, of: record.hidden, toRow: 0, of: queryGradient)
        for unit in 0..<units {
          let tanh = record.hidden[row, unit]
          inner[row, unit] = (1 - tanh * tanh) * query[0, unit] * score
        }
      }
    }
    kernels.addColumnSums(of: inner, to: biasGradient)
    let weightGradient = Matrix(rows: units, columns: width)
    kernels.multiply(inner, transposeA: true, record.steps, into: weightGradient)
    kernels.multiply(inner, weight, into: stepGradient, accumulate: true)
    for (index, gradient) in [weightGradient, biasGradient, queryGradient].enumerated() {
      gradients.withDense(index) { kernels.add(gradient, to: &$0) }
    }
    return stepGradient.array()
  }
}
