public import HanpipeCore

extension EmbeddingStage: ExportableStage {
  public func export(_ input: Input.Exported, to graph: inout NetworkGraph) throws(ExportError) -> Output.Exported {
    let table = graph.weights("weight", state.tensors[0])
    let width = configuration.width
    return Output.exported(&graph) { graph in
      let sums = Input.exportedSums(input, table, width: width, to: &graph)
      return ExportedSequence(steps: scaled(sums.steps, &graph), width: width, lengths: sums.lengths)
    } record: { graph in
      let ids = Input.exportedRow(input, to: &graph)
      return ExportedVectors(rows: scaled(isNormalized ? graph.bag(ids, table) : graph.mean(ids, table), &graph), width: width)
    }
  }

  private func scaled(_ values: String, _ graph: inout NetworkGraph) -> String {
    configuration.scale == 1 ? values : graph.add("Mul", [values, graph.number(Float(configuration.scale))])
  }
}

extension PaddedIDs {
  /// T×B×W.
  public static func exportedSums(
    _ input: ExportedIDs, _ table: String, width: Int, to graph: inout NetworkGraph
  ) -> ExportedSequence { exportedSteps(input, embedding: table, width: width, to: &graph) }

  public static func exportedRow(_ input: ExportedIDs, to graph: inout NetworkGraph) -> String {
    graph.add("Where", [input.lengths.mask(in: &graph), input.ids, graph.integer(-1)])
  }
}

extension FeatureIDs {
  /// T×B×W.
  public static func exportedSums(
    _ input: ExportedIDs, _ table: String, width: Int, to graph: inout NetworkGraph
  ) -> ExportedSequence {
    let sums = graph.add("ReduceSum", [graph.rows(input.ids, table), graph.integers([2])], [("keepdims", .integer(0))])
    let steps = graph.add("Transpose", [sums], [("perm", .integers([1, 0, 2]))])
    return ExportedSequence(steps: steps, width: width, lengths: input.lengths)
  }

  public static func exportedRow(_ input: ExportedIDs, to graph: inout NetworkGraph) -> String {
    graph.add("Reshape", [input.ids, graph.integers([0, -1])])
  }
}

extension NetworkGraph {
  /// The rows of a table for ids, zeros for -1: one axis more than `ids`.
  fileprivate mutating func rows(_ ids: String, _ table: String) -> String {
    let isThere = add("Unsqueeze", [add("GreaterOrEqual", [ids, integer(0)]), integers([-1])])
    return add("Where", [isThere, add("Gather", [table, add("Max", [ids, integer(0)])]), number(0)])
  }

  /// B×W means over the ids of each record, of which -1 is none.
  fileprivate mutating func mean(_ ids: String, _ table: String) -> String {
    let sum = add("ReduceSum", [rows(ids, table), integers([1])], [("keepdims", .integer(0))])
    let isThere = add("Cast", [add("GreaterOrEqual", [ids, integer(0)])], [("to", .integer(ElementType.float32.rawValue))])
    let count = add("ReduceSum", [isThere, integers([1])], [("keepdims", .integer(1))])
    return add("Div", [sum, add("Max", [count, number(1)])])
  }

  /// B×W sums over the ids of each record, of which -1 is none, with the weights of `BagWeights`.
  ///
  /// Ids are sorted, so that equal ones stand together; each run of k equal ones is counted, and each of them has the k-th part of the
  /// run's weight. O(N log N) for N ids, not N² as comparing all with all would be.
  fileprivate mutating func bag(_ ids: String, _ table: String) -> String {
    let float = Attribute.integer(ElementType.float32.rawValue)
    let count = add("Shape", [ids], [("start", .integer(1)), ("end", .integer(2))])
    let sorted = add("TopK", [ids, count], [("axis", .integer(1))], outputs: 2)[0]
    // The ids one place to the right, behind an id that there is not.
    let shifted = add("Pad", [sorted, integers([0, 1, 0, 0]), integer(-2)])
    let before = add("Slice", [shifted, integers([0]), integers([-1]), integers([1])])
    let begins = add("Cast", [add("Not", [add("Equal", [sorted, before])])], [("to", .integer(ElementType.int64.rawValue))])
    let runs = add("Sub", [add("CumSum", [begins, integer(1)]), integer(1)])
    let isThere = add("Cast", [add("GreaterOrEqual", [sorted, integer(0)])], [("to", float)])
    let zeros = add("Mul", [isThere, number(0)])
    let ones = add("Add", [zeros, number(1)])
    let counted = add("ScatterElements", [zeros, runs, ones], [("axis", .integer(1)), ("reduction", .string("add"))])
    let k = add("GatherElements", [counted, runs], [("axis", .integer(1))])
    let terms = add("Mul", [add("Add", [add("Log", [k]), number(1)]), isThere])
    let shares = add("Div", [terms, k])
    let squares = add("ReduceSum", [add("Mul", [terms, shares]), integers([1])], [("keepdims", .integer(1))])
    // Of a record with ids at least 1; of one without, no id has a share.
    let weights = add("Div", [shares, add("Max", [add("Sqrt", [squares]), number(1)])])
    let rows = add("Gather", [table, add("Max", [sorted, integer(0)])])
    return add("Squeeze", [add("MatMul", [add("Unsqueeze", [weights, integers([1])]), rows]), integers([1])])
  }
}
