public import HanpipeCore

extension SigmoidHead: ExportableStage {
  /// `logits` B×K and `probabilities` B×C; with two labels K is 1, the second label's logit, and C is 2.
  public func export(_ input: ExportedVectors, to graph: inout NetworkGraph) throws(ExportError) -> ExportedAnswer {
    layer.export(input, state, to: &graph)
    if configuration.isBinary {
      let second = graph.add("Sigmoid", ["logits"])
      let first = graph.add("Sub", [graph.number(1), second])
      graph.add("Concat", [first, second], [("axis", .integer(1))], as: "probabilities")
    } else {
      graph.add("Sigmoid", ["logits"], as: "probabilities")
    }
    return .classifier(
      configuration.isBinary ? .binary : .multiLabel, configuration.labels, threshold: configuration.threshold, in: &graph)
  }
}

extension SoftmaxHead: ExportableStage {
  /// `logits` and `probabilities`, both B×C.
  public func export(_ input: ExportedVectors, to graph: inout NetworkGraph) throws(ExportError) -> ExportedAnswer {
    layer.export(input, state, to: &graph)
    graph.add("Softmax", ["logits"], [("axis", .integer(1))], as: "probabilities")
    return .classifier(.multiClass, configuration.labels, threshold: nil, in: &graph)
  }
}

extension ExportedAnswer {
  fileprivate static func classifier(
    _ task: Predictions.Task, _ labels: [String], threshold: Double?, in graph: inout NetworkGraph
  ) -> ExportedAnswer {
    graph.output("logits", .float32, [.named("batch"), .count(task == .binary ? 1 : labels.count)])
    graph.output("probabilities", .float32, [.named("batch"), .count(labels.count)])
    var facts = [("task", task.rawValue), ("labels", JSON.array(labels.map(JSON.string)).description)]
    if let threshold { facts.append(("threshold", "\(threshold)")) }
    return ExportedAnswer(facts: facts.map { (name: $0.0, value: $0.1) })
  }
}

extension ClassifierLayer {
  /// Adds `logits`, temperature and wide part included.
  fileprivate func export(_ input: ExportedVectors, _ state: Parameters, to graph: inout NetworkGraph) {
    let weights = [graph.weights("weight", state.tensors[0]), graph.weights("bias", state.tensors[1])]
    let transposed: [(name: String, value: NetworkGraph.Attribute)] = [("transB", .integer(1))]
    if wide == 0, dense.temperature == 1 {
      graph.add("Gemm", [input.rows] + weights, transposed, as: "logits")
      return
    }
    var deep = input.rows
    if wide > 0 {
      deep = graph.add("Slice", [input.rows, graph.integers([0]), graph.integers([dense.inputs]), graph.integers([1])])
    }
    var sums = graph.add("Gemm", [deep] + weights, transposed)
    if wide > 0 {
      let ends = [graph.integers([dense.inputs]), graph.integers([dense.inputs + wide]), graph.integers([1])]
      sums = graph.add("Add", [sums, graph.add("Slice", [input.rows] + ends)])
    }
    graph.add("Div", [sums, graph.number(dense.temperature)], as: "logits")
  }
}
