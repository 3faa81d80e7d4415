public import HanpipeCore

/// z = (W x + b)/T with dropout on x, the part that all heads share. Parameters: `weight` K×D, `bias` K.
struct DenseLayer: Sendable {
  let outputs: Int
  /// D.
  let inputs: Int
  /// T.
  let temperature: Float

  init(outputs: Int, _ input: ValueShape, temperature: Double = 1) throws {
    guard let width = input.width else { throw StateError.unknownShape("how wide a record's vector is") }
    (self.outputs, inputs, self.temperature) = (outputs, width, Float(temperature))
  }

  /// The parameters of `state`, checked.
  func parameters(of state: Parameters) throws -> Parameters {
    Parameters([
      ("weight", try state.tensor("weight", shape: [outputs, inputs])), ("bias", try state.tensor("bias", shape: [outputs])),
    ])
  }

  func initialParameters(_ generator: inout some RandomNumberGenerator) -> Parameters {
    Parameters([
      ("weight", Initializers.glorotUniform([outputs, inputs], inputs: inputs, outputs: outputs, &generator)),
      ("bias", Parameters.Tensor(zeros: [outputs])),
    ])
  }

  /// B×K logits of B×D vectors.
  /// - Complexity: 2·B·D·K floating-point operations.
  func logits(_ input: Matrix, _ state: Parameters, _ kernels: Kernels) -> [Float] {
    let logits = FloatBuffer.makeArray(count: input.rows * outputs) {
      let logits = Matrix($0, rows: input.rows, columns: outputs)
      logits.fillRows(with: state.tensors[1].matrix())
      kernels.multiply(input, state.tensors[0].matrix(), transposeB: true, into: logits, accumulate: true)
    }
    return temperature == 1 ? logits : logits.map { $0 / temperature }
  }

  func matrix(_ input: some FloatRows) throws(NeuralError) -> Matrix {
    try check(input.width)
    return Matrix(input.values, rows: input.values.count / inputs, columns: inputs)
  }

  /// - Throws: `NeuralError.width` if inputs of this width are none of the layer's.
  func check(_ width: Int) throws(NeuralError) {
    guard width == inputs else { throw .width(found: width, expected: inputs) }
  }

  /// The logits of each row, and the way back from their gradient.
  func forward(
    _ input: some FloatRows, _ state: Parameters, dropout: Double, _ kernels: Kernels, _ pass: TrainingPass
  ) throws(NeuralError) -> (logits: [Float], pullback: Pullback) {
    let rows = try matrix(input)
    let mask = dropout > 0 ? DropoutMask(starts: input.rowStarts, columns: inputs, rate: Float(dropout), pass) : nil
    return forward(rows, state, mask, kernels)
  }

  typealias Pullback = (_ outputGradient: [Float], _ gradients: inout Gradients) -> [Float]

  /// The logits, and the way back from their gradient.
  /// - Parameter input: of this call alone; what `mask` drops is set to zero in it.
  private func forward(
    _ input: Matrix, _ state: Parameters, _ mask: DropoutMask?, _ kernels: Kernels
  ) -> (logits: [Float], pullback: Pullback) {
    mask?.apply(to: input)
    let weight = state.tensors[0].matrix()
    return (
      logits(input, state, kernels),
      { outputGradient, gradients in
        let scaled = temperature == 1 ? outputGradient : outputGradient.map { $0 / temperature }
        let incoming = Matrix(scaled, rows: input.rows, columns: weight.rows)
        let weightGradient = Matrix(rows: weight.rows, columns: weight.columns)
        kernels.multiply(incoming, transposeA: true, input, into: weightGradient)
        let biasGradient = Matrix.zeros(rows: 1, columns: weight.rows)
        kernels.addColumnSums(of: incoming, to: biasGradient)
        gradients.withDense(0) { kernels.add(weightGradient, to: &$0) }
        gradients.withDense(1) { kernels.add(biasGradient, to: &$0) }
        let inputGradient = Matrix(rows: input.rows, columns: input.columns)
        kernels.multiply(incoming, weight, into: inputGradient)
        mask?.apply(to: inputGradient)
        return inputGradient.array()
      }
    )
  }
}

/// Whether `labels` can be a head's.
///
/// - Parameter key: of the setting that holds them.
public func checkLabels(
  _ labels: [String], atLeast count: Int, at path: SpecPath, key: String = "labels"
) throws(SpecError) {
  let meaning = "the names of the classes, as in [\"negative\", \"positive\"]"
  if labels.isEmpty { throw .missingKey(path, key: key, meaning: meaning) }
  if labels.count < count {
    throw .badValue(path[key], found: JSON.array(labels.map(JSON.string)).description, allowed: "at least \(count) \(key)")
  }
  var places: [String: Int] = [:]
  for (i, label) in labels.enumerated() {
    if label.isEmpty { throw .badValue(path[key][i], found: "\"\"", allowed: "a name that is not empty") }
    if let first = places.updateValue(i, forKey: label) {
      throw .badValue(
        path[key][i], found: JSON.string(label).description, allowed: "a name that differs from \(key)[\(first)]")
    }
  }
}

/// What a classifier's setting of the temperature may be, and what it is for.
enum Temperature {
  static let bounds = 0.01...100.0
  static let help = "What logits are divided by: above 1 answers are less sure; fitted at the end of training."
}

/// What `checkLabels` checks, in JSON Schema: for a stage's `schemaRules`.
public func labelRules(atLeast least: Int, key: String = "labels", atMost most: Int? = nil) -> JSONObject {
  var labels: JSONObject = ["minItems": .integer(least), "uniqueItems": true, "items": ["minLength": 1]]
  if let most { labels["maxItems"] = .integer(most) }
  return ["required": [.string(key)], "properties": .object([key: .object(labels)])]
}
