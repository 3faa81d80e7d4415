public import HanpipeCore

extension CRFTagger: ExportableStage {
  /// `emissions` B×T×K, a score for each tag at each step, and what the best path needs beside them: `transitions` K×K (row from, column
  /// to), `start` K and `end` K, minus infinity for what is impossible. ONNX has no Viterbi decoder: whoever runs the network adds them
  /// up.
  public func export(_ input: ExportedSequence, to graph: inout NetworkGraph) throws(ExportError) -> ExportedAnswer {
    let k = configuration.tags.count
    let weights = graph.add("Transpose", [graph.weights("weight", state.tensors[0])], [("perm", .integers([1, 0]))])
    let scores = graph.add("Add", [graph.add("MatMul", [input.steps, weights]), graph.weights("bias", state.tensors[1])])
    graph.add("Transpose", [scores], [("perm", .integers([1, 0, 2]))], as: "emissions")
    graph.output("emissions", .float32, [.named("batch"), input.lengths.axis, .count(k)])
    for (name, shape, values) in [("transitions", [k, k], transitions), ("start", [k], starts), ("end", [k], ends)] {
      graph.add("Identity", [graph.weights(name, shape, [.values(values)])], as: name)
      graph.output(name, .float32, shape.map { .count($0) })
    }
    return ExportedAnswer(facts: [("task", "tags"), ("tags", JSON.array(configuration.tags.map(JSON.string)).description)])
  }
}
