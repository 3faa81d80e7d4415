public import HanpipeCore

extension Dense: ExportableStage {
  public func export(_ input: Value.Exported, to graph: inout NetworkGraph) -> Value.Exported {
    Value.exported(input, width: configuration.units) { rows in
      let weights = graph.add("Transpose", [graph.weights("weight", state.tensors[0])], [("perm", .integers([1, 0]))])
      let sums = graph.add("Add", [graph.add("MatMul", [rows, weights]), graph.weights("bias", state.tensors[1])])
      switch configuration.activation {
      case .relu: return graph.add("Relu", [sums])
      case .tanh: return graph.add("Tanh", [sums])
      case .linear: return sums
      }
    }
  }
}
