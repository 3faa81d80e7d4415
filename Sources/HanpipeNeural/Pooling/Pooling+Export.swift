public import HanpipeCore

extension MaxPooling: ExportableStage {
  public func export(_ input: ExportedSequence, to graph: inout NetworkGraph) -> ExportedVectors {
    let mask = input.lengths.stepMask(in: &graph)
    let masked = graph.add("Where", [mask, input.steps, graph.number(-.infinity)])
    let largest = graph.add("ReduceMax", [masked], [("axes", .integers([0])), ("keepdims", .integer(0))])
    return ExportedVectors(rows: input.lengths.clearingEmpty(largest, in: &graph), width: input.width)
  }
}

extension MeanPooling: ExportableStage {
  public func export(_ input: ExportedSequence, to graph: inout NetworkGraph) -> ExportedVectors {
    ExportedVectors(rows: graph.mean(of: input), width: input.width)
  }
}

extension AttentionPooling: ExportableStage {
  public func export(_ input: ExportedSequence, to graph: inout NetworkGraph) -> ExportedVectors {
    let mask = input.lengths.stepMask(in: &graph)
    let (weight, bias, query) = (state.tensors[0], state.tensors[1], state.tensors[2])
    let weights = graph.add("Transpose", [graph.weights("weight", weight)], [("perm", .integers([1, 0]))])
    let inner = graph.add("Add", [graph.add("MatMul", [input.steps, weights]), graph.weights("bias", bias)])
    let query1 = graph.weights("query", [query.count, 1], [.part(of: query, 0..<query.count)])
    let scores = graph.add("MatMul", [graph.add("Tanh", [inner]), query1])
    // The least finite number, not minus infinity, of which a record without steps would have nothing else: its weights would be NaN.
    let masked = graph.add("Where", [mask, scores, graph.number(-.greatestFiniteMagnitude)])
    let shares = graph.add("Softmax", [masked], [("axis", .integer(0))])
    let weighted = graph.add("Mul", [shares, graph.add("Where", [mask, input.steps, graph.number(0)])])
    return ExportedVectors(
      rows: graph.add("ReduceSum", [weighted, graph.integers([0])], [("keepdims", .integer(0))]), width: input.width)
  }
}

extension NetworkGraph {
  /// B×W means over each record's steps; zeros without one.
  mutating func mean(of input: ExportedSequence) -> String {
    let mask = input.lengths.stepMask(in: &self)
    let masked = add("Where", [mask, input.steps, number(0)])
    let sum = add("ReduceSum", [masked, integers([0])], [("keepdims", .integer(0))])
    let counts = add("Cast", [input.lengths.name(in: &self)], [("to", .integer(ElementType.float32.rawValue))])
    return add("Div", [sum, add("Unsqueeze", [add("Max", [counts, number(1)]), integers([1])])])
  }
}
