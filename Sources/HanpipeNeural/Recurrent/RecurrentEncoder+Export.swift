public import HanpipeCore

extension RecurrentEncoder: ExportableStage {
  /// ONNX's LSTM, GRU or RNN a layer, with `sequence_lens`, so that padding is not read in either direction. `precision` is left out:
  /// the stored weights are float32.
  public func export(_ input: Input.Exported, to graph: inout NetworkGraph) throws(ExportError) -> Output.Exported {
    let embedding = Input.isIDs ? graph.weights("embedding_weight", self.embedding) : nil
    var sequence = Input.exportedSteps(input, embedding: embedding, width: inputWidth, to: &graph)
    let tensors = state.tensors[(Input.isIDs ? 1 : 0)...]
    let perLayer = tensors.count / configuration.layers
    for layer in 0..<configuration.layers - 1 {
      let outputs = add(layer, sequence, Array(tensors.dropFirst(layer * perLayer).prefix(perLayer)), to: &graph)
      sequence = steps(outputs.steps, like: sequence, in: &graph)
    }
    let outputs = add(configuration.layers - 1, sequence, Array(tensors.suffix(perLayer)), to: &graph)
    return Output.exported(&graph) { graph in
      steps(outputs.steps, like: sequence, in: &graph)
    } record: { graph in
      let rows = graph.add("Transpose", [outputs.last], [("perm", .integers([1, 0, 2]))])
      let joined = graph.add("Reshape", [rows, graph.integers([0, configuration.outputWidth])])
      return ExportedVectors(rows: sequence.lengths.clearingEmpty(joined, in: &graph), width: configuration.outputWidth)
    }
  }

  /// T×D×B×H as T×B×DH.
  private func steps(_ output: String, like input: ExportedSequence, in graph: inout NetworkGraph) -> ExportedSequence {
    let transposed = graph.add("Transpose", [output], [("perm", .integers([0, 2, 1, 3]))])
    let steps = graph.add("Reshape", [transposed, graph.integers([0, 0, configuration.outputWidth])])
    return ExportedSequence(steps: steps, width: configuration.outputWidth, lengths: input.lengths)
  }

  /// Adds one layer.
  /// - Parameter tensors: of its directions, one after the other.
  /// - Returns: T×D×B×H of each step, and D×B×H after the last one that each direction read.
  private func add(
    _ layer: Int, _ input: ExportedSequence, _ tensors: [Parameters.Tensor], to graph: inout NetworkGraph
  ) -> (steps: String, last: String) {
    let (units, directions) = (configuration.units, configuration.directions)
    let equations = Cell.equations.exported
    let perDirection = tensors.count / directions
    var pieces: [[NetworkGraph.Piece]] = [[], [], []]
    for direction in 0..<directions {
      let own = Array(tensors[direction * perDirection..<(direction + 1) * perDirection])
      pieces[0] += equations.gates(of: own[0], units: units)
      pieces[1] += equations.gates(of: own[1], units: units)
      pieces[2] += equations.gates(of: own[2], units: units)
      // Where the recurrent part has no bias of its own, its half of ONNX's is zero.
      pieces[2] +=
        own.count > 3
        ? equations.gates(of: own[3], units: units) : [.values([Float](repeating: 0, count: equations.order.count * units))]
    }
    let rows = equations.order.count * units
    let lengths = input.lengths.name(in: &graph)
    let names = [
      input.steps, graph.weights("layers_\(layer)_W", [directions, rows, input.width], pieces[0]),
      graph.weights("layers_\(layer)_R", [directions, rows, units], pieces[1]),
      graph.weights("layers_\(layer)_B", [directions, 2 * rows], pieces[2]), lengths,
    ]
    var attributes: [(name: String, value: NetworkGraph.Attribute)] = [
      ("hidden_size", .integer(units)), ("direction", .string(directions == 2 ? "bidirectional" : "forward")),
    ]
    attributes += equations.attributes
    let outputs = graph.add(equations.name, names, attributes, outputs: 2)
    return (outputs[0], outputs[1])
  }
}

/// A cell in ONNX's terms.
struct ExportedEquations {
  /// The operator.
  let name: String
  /// For each of ONNX's gates, in its order, which of ours it is.
  let order: [Int]
  var attributes: [(name: String, value: NetworkGraph.Attribute)] = []

  /// The rows of a tensor (gates one after the other, H rows each) in ONNX's order.
  func gates(of tensor: Parameters.Tensor, units: Int) -> [NetworkGraph.Piece] {
    let count = units * tensor.rowWidth
    return order.map { .part(of: tensor, $0 * count..<($0 + 1) * count) }
  }
}

extension RecurrentEquations {
  fileprivate var exported: ExportedEquations { cell.exported }
}
extension LSTMCell {
  /// Ours i f g o; ONNX's i o f c.
  static var exported: ExportedEquations { ExportedEquations(name: "LSTM", order: [0, 3, 1, 2]) }
}
extension GRUCell {
  /// Ours r z n; ONNX's z r h. The reset comes after the product, before which ONNX's default has it.
  static var exported: ExportedEquations {
    ExportedEquations(name: "GRU", order: [1, 0, 2], attributes: [("linear_before_reset", .integer(1))])
  }
}
extension RNNCell {
  static var exported: ExportedEquations { ExportedEquations(name: "RNN", order: [0]) }
}
