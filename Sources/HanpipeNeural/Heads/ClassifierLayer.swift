import HanpipeCore

/// z = (W x + b)/T of a classifier's head, or with a wide part z = (W x + b + u)/T: u are the last K numbers of a record, a logit each.
///
/// The wide part is a linear classifier of its own whose vectors a stage before the head learned, n-grams' for example: "wide & deep
/// learning", Cheng et al. 2016, arXiv:1606.07792. Through W, whose rows begin at random, the logits of a rare n-gram would be moved all
/// at once; beside it each moves alone.
struct ClassifierLayer: Sendable {
  let dense: DenseLayer
  /// K, or 0 without a wide part.
  let wide: Int

  /// - Throws: `NeuralError.noDeepPart` if the wide part leaves nothing for W, `StateError` if the input's width is not known.
  init(outputs: Int, _ input: ValueShape, temperature: Double = 1, isWide: Bool) throws {
    wide = isWide ? outputs : 0
    guard let width = input.width else { throw StateError.unknownShape("how wide a record's vector is") }
    guard width > wide else { throw NeuralError.noDeepPart(width: width, logits: outputs) }
    dense = try DenseLayer(outputs: outputs, ValueShape(width: width - wide), temperature: temperature)
  }

  /// K.
  var outputs: Int { dense.outputs }
  func parameters(of state: Parameters) throws -> Parameters { try dense.parameters(of: state) }
  func initialParameters(_ generator: inout some RandomNumberGenerator) -> Parameters { dense.initialParameters(&generator) }

  /// B×K logits of B×D vectors.
  func logits(_ input: Vectors, _ state: Parameters, _ kernels: Kernels) throws -> [Float] {
    let (deep, added) = try parts(of: input)
    return adding(added, to: dense.logits(try dense.matrix(deep), state, kernels))
  }

  /// The logits of a record's one vector, and the way back from their gradient. Dropout is on x alone.
  func forward(
    _ input: Vectors, _ state: Parameters, dropout: Double, _ kernels: Kernels, _ pass: TrainingPass
  ) throws -> (logits: [Float], pullback: DenseLayer.Pullback) {
    let (deep, added) = try parts(of: input)
    let (logits, pullback) = try dense.forward(deep, state, dropout: dropout, kernels, pass)
    if wide == 0 { return (logits, pullback) }
    return (
      adding(added, to: logits),
      { outputGradient, gradients in
        joined(pullback(outputGradient, &gradients), outputGradient.map { $0 / dense.temperature })
      }
    )
  }

  private func parts(of input: Vectors) throws(NeuralError) -> (deep: Vectors, wide: [Float]) {
    if wide == 0 { return (input, []) }
    let width = dense.inputs + wide
    guard input.width == width else { throw .width(found: input.width, expected: width) }
    var (deep, added): ([Float], [Float]) = ([], [])
    for start in stride(from: 0, to: input.values.count, by: width) {
      deep += input.values[start..<start + dense.inputs]
      added += input.values[start + dense.inputs..<start + width]
    }
    return (Vectors(values: deep, width: dense.inputs, count: input.count), added)
  }

  private func adding(_ added: [Float], to logits: [Float]) -> [Float] {
    wide == 0 ? logits : zip(logits, added).map { $0 + $1 / dense.temperature }
  }

  /// The rows that `parts` took apart.
  private func joined(_ deep: [Float], _ added: [Float]) -> [Float] {
    var rows: [Float] = []
    rows.reserveCapacity(deep.count + added.count)
    for record in 0..<added.count / wide {
      rows += deep[record * dense.inputs..<(record + 1) * dense.inputs]
      rows += added[record * wide..<(record + 1) * wide]
    }
    return rows
  }
}

/// What the setting `wide` of a head says.
enum Wide {
  static let help =
    "The last numbers of the input, as many as there are logits, are added to the logits as they are: a linear classifier beside the network."
}
