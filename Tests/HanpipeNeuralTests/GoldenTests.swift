import HanpipeCore
import HanpipeNeural
import Testing

/// Outputs and gradients as PyTorch computes them in float64: Tests/Fixtures/make_recurrent.py.
@Suite struct GoldenTests {
  static let names = [
    "lstm-last", "lstm-last-17-units", "lstm-bidirectional-last", "lstm-2-layers-last", "lstm-bidirectional-2-layers-max",
    "lstm-mean-multi-label", "lstm-attention", "gru-last", "gru-bidirectional-2-layers-max", "rnn-last", "rnn-bidirectional-last",
    "lstm-2-layers-last-window-2", "gru-2-layers-mean-window-3",
  ]

  @Test(arguments: names, Kernels.available)
  func `outputs, loss and gradients are PyTorch's`(name: String, kernels: Kernels) throws {
    let golden = try Golden(name, kernels)
    switch golden.cell {
    case "gru": try golden.check(GRU.self)
    case "rnn": try golden.check(SimpleRNN.self)
    default: try golden.check(LSTM.self)
    }
  }
}

/// One fixture, computed by our stages, chained by hand.
private struct Golden {
  let json: JSON
  let kernels: Kernels
  let tolerance = 1e-5
  var cell: String? { json["cell"]?.stringValue }

  init(_ name: String, _ kernels: Kernels) throws {
    json = try Fixture("recurrent-\(name)").json
    self.kernels = kernels
  }

  func integer(_ key: String) -> Int { json[key]?.intValue ?? 0 }

  func check<Cell: RecurrentCell>(_: Cell.Type) throws {
    var settings = configuration(
      units: integer("units"), embedding: integer("embedding"), layers: integer("layers"),
      bidirectional: json["bidirectional"]?.boolValue ?? false)
    settings.gradientWindow = json["window"]?.intValue
    let records = PaddedIDs(TokenIDs(json["records"]?.arrayValue?.map { $0.numbers.map { Int32($0) } } ?? []))
    if json["output"]?.stringValue == "sequence" {
      settings.output = .sequence
      try check(RecurrentEncoder<Cell, PaddedIDs, Sequences>.self, settings, records) { try pool($0) }
    } else {
      try check(RecurrentEncoder<Cell, PaddedIDs, Vectors>.self, settings, records) { ($0, { g, _ in (g, []) }) }
    }
  }

  typealias PoolingBack = ([Float], Parameters) -> (input: [Float], gradients: [(String, [Float])])

  /// Any pooling stage, and the way back through it.
  func pool(_ steps: Sequences) throws -> (Vectors, PoolingBack) {
    let pass = TrainingPass(seed: 1)
    switch json["pooling"]?.stringValue {
    case "max-pooling":
      let (output, back) = MaxPooling(NoConfiguration(), .none).forward(steps, pass)
      return (output, { gradient, parameters in (run(back, gradient, parameters).0, []) })
    case "mean-pooling":
      let (output, back) = MeanPooling(NoConfiguration(), .none).forward(steps, pass)
      return (output, { gradient, parameters in (run(back, gradient, parameters).0, []) })
    default:
      let state = Parameters(json["parameters"], prefix: "pooling.")
      var settings = AttentionPooling.Configuration()
      settings.units = state.tensors[0].shape[0]
      var stage = try AttentionPooling(settings, state: state, .input(ValueShape(width: steps.width)))
      stage.kernels = kernels
      let (output, back) = try stage.forward(steps, pass)
      return (
        output,
        { gradient, _ in
          let (input, gradients) = run(back, gradient, state)
          return (input, zip(state.names, gradients.tensors).map { ("pooling." + $0, $1.dense(0)) })
        }
      )
    }
  }

  func run<I>(_ back: ([Float], inout Gradients) -> I, _ gradient: [Float], _ parameters: Parameters) -> (I, Gradients) {
    var gradients = Gradients(zerosLike: parameters)
    return (back(gradient, &gradients), gradients)
  }

  func check<Cell: RecurrentCell, Output: RecurrentOutput & Elements>(
    _: RecurrentEncoder<Cell, PaddedIDs, Output>.Type, _ settings: RecurrentConfiguration, _ records: PaddedIDs,
    _ pool: (Output) throws -> (Vectors, PoolingBack)
  ) throws {
    let state = Parameters(json["parameters"], excluding: ["pooling.", "head."])
    let shape = ValueShape(vocabularySize: integer("vocabulary"))
    var encoder = try RecurrentEncoder<Cell, PaddedIDs, Output>(settings, state: state, .input(shape))
    encoder.kernels = kernels
    let (encoded, encoderBack) = try encoder.forward(records, TrainingPass(seed: 1))
    expect(encoded.elements, json["outputs"]?["encoder"], "encoder")
    expect(try encoder.process(records).elements, json["outputs"]?["encoder"], "process")
    let (pooled, poolingBack) = try pool(encoded)
    if let expected = json["outputs"]?["pooled"] { expect(pooled.values, expected, "pooled") }

    let headState = Parameters(json["parameters"], prefix: "head.")
    let (prediction, headBack, lossGradient) = try head(pooled, headState)
    _ = prediction
    let (pooledGradient, headGradients) = run(headBack, lossGradient, headState)
    let (encodedGradient, poolingGradients) = poolingBack(pooledGradient, Parameters())
    let (_, gradients) = run(encoderBack, encodedGradient, encoder.state)

    for (index, name) in encoder.state.names.enumerated() {
      expect(gradients.tensors[index].dense(encoder.state.tensors[index].values.count), gradient(name), name)
    }
    for (name, values) in poolingGradients { expect(values, gradient(name), name) }
    for (name, tensor) in zip(headState.names, headGradients.tensors) {
      expect(tensor.dense(0), gradient("head." + name), "head." + name)
    }
  }

  func gradient(_ name: String) -> JSON? { json["gradients"]?[name]?["values"] }

  func expect(_ found: [Float], _ expected: JSON?, _ name: String) {
    #expect(difference(found, expected?.numbers ?? []) < tolerance, "\(name) with \(kernels)")
  }

  func head(
    _ input: Vectors, _ state: Parameters
  ) throws -> (Predictions, ([Float], inout Gradients) -> [Float], [Float]) {
    let labels = integer("labels")
    let shape = StageContext.input(ValueShape(width: input.width))
    let targets = json["targets"]?.numbers ?? []
    let pass = TrainingPass(seed: 1)
    if json["head"]?.stringValue == "softmax" {
      var settings = SoftmaxHead.Configuration()
      settings.labels = (0..<labels).map { "\($0)" }
      var stage = try SoftmaxHead(settings, state: state, shape)
      stage.kernels = kernels
      let (output, back) = try stage.forward(input, pass)
      let wanted = targets.flatMap { target in (0..<labels).map { Double($0) == target ? Float(1) : 0 } }
      return (output, back, lossGradient(output, output.probabilities, wanted, CategoricalCrossEntropy()))
    }
    var settings = SigmoidHead.Configuration()
    settings.labels = labels == 1 ? ["no", "yes"] : (0..<labels).map { "\($0)" }
    var stage = try SigmoidHead(settings, state: state, shape)
    stage.kernels = kernels
    let (output, back) = try stage.forward(input, pass)
    let probabilities =
      labels == 1 ? (0..<output.count).map { output.probabilities[2 * $0 + 1] } : output.probabilities
    return (output, back, lossGradient(output, probabilities, targets.map { Float($0) }, BinaryCrossEntropy()))
  }

  func lossGradient(_ output: Predictions, _ probabilities: [Float], _ targets: [Float], _ loss: some Loss) -> [Float] {
    expect(output.logits, json["outputs"]?["logits"], "logits")
    expect(probabilities, json["outputs"]?["probabilities"], "probabilities")
    let (sum, gradient) = loss.value(
      logits: output.logits, targets: targets, width: output.logitWidth, weights: nil, totalWeight: Double(output.count))
    expect([Float(sum)], json["outputs"]?["loss"], "loss")
    return gradient
  }
}

private protocol Elements { var elements: [Float] { get } }
extension Vectors: Elements { fileprivate var elements: [Float] { values } }
extension Sequences: Elements { fileprivate var elements: [Float] { values } }
