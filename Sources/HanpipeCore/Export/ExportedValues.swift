/// Ids of a record's steps.
public struct ExportedIDs: Sendable {
  /// B×T (`padded`) or B×T×K (`features`, -1 for none), int64.
  public let ids: String
  /// Asked for where it matters how many steps a record has.
  public let lengths: ExportedLengths
}

/// How many steps each record has; an input of the network once somebody asks.
public struct ExportedLengths: Sendable {
  let prefix: String
  /// What has T as its axis 1.
  let steps: String

  /// The name of the axis T.
  public var axis: NetworkGraph.Dimension { .named(prefix + "steps") }

  /// B, int32.
  public func name(in graph: inout NetworkGraph) -> String { graph.input(prefix + "lengths", .int32, [.named("batch")]) }

  /// Whether a step is one of its record's: B×T, bool.
  public func mask(in graph: inout NetworkGraph) -> String {
    let lengths = name(in: &graph)
    return graph.once("mask \(prefix)") { graph in
      let count = graph.add("Shape", [steps], [("start", .integer(1)), ("end", .integer(2))])
      let scalar = graph.add("Squeeze", [count, graph.integers([0])])
      let numbers = graph.add("Range", [graph.integer(0), scalar, graph.integer(1)])
      let ends = graph.add("Cast", [lengths], [("to", .integer(NetworkGraph.ElementType.int64.rawValue))])
      return graph.add("Less", [numbers, graph.add("Unsqueeze", [ends, graph.integers([1])])])
    }
  }

  /// As `mask`, T×B×1: for a sequence.
  public func stepMask(in graph: inout NetworkGraph) -> String {
    let mask = mask(in: &graph)
    return graph.once("step mask \(prefix)") { graph in
      let transposed = graph.add("Transpose", [mask], [("perm", .integers([1, 0]))])
      return graph.add("Unsqueeze", [transposed, graph.integers([2])])
    }
  }

  /// B×W, with zeros for records without steps.
  public func clearingEmpty(_ vectors: String, in graph: inout NetworkGraph) -> String {
    let lengths = name(in: &graph)
    let isThere = graph.once("not empty \(prefix)") { graph in
      let isThere = graph.add("Cast", [lengths], [("to", .integer(NetworkGraph.ElementType.bool.rawValue))])
      return graph.add("Unsqueeze", [isThere, graph.integers([1])])
    }
    return graph.add("Where", [isThere, vectors, graph.number(0)])
  }
}

/// W floats a step.
public struct ExportedSequence: Sendable {
  /// T×B×W; what stands in steps behind a record's last one is not defined.
  public let steps: String
  public let width: Int
  public let lengths: ExportedLengths
  public init(steps: String, width: Int, lengths: ExportedLengths) {
    self.steps = steps
    self.width = width
    self.lengths = lengths
  }
}

/// W floats a record.
public struct ExportedVectors: Sendable {
  /// B×W.
  public let rows: String
  public let width: Int
  public init(rows: String, width: Int) {
    self.rows = rows
    self.width = width
  }
}

extension PaddedIDs: ExportableValue {
  public static func exportedInput(_ prefix: String, _ shape: ValueShape, of graph: inout NetworkGraph) -> ExportedIDs {
    let ids = graph.input(prefix + "ids", .int64, [.named("batch"), .named(prefix + "steps")])
    return ExportedIDs(ids: ids, lengths: ExportedLengths(prefix: prefix, steps: ids))
  }
  public func exportedRecord(_ record: Int) -> JSONObject {
    ["ids": .array(ids(of: record).map { .integer(Int($0)) }), "lengths": .integer(length(of: record))]
  }
}

extension FeatureIDs: ExportableValue {
  public static func exportedInput(_ prefix: String, _ shape: ValueShape, of graph: inout NetworkGraph) -> ExportedIDs {
    let ids = graph.input(prefix + "ids", .int64, [.named("batch"), .named(prefix + "steps"), .named(prefix + "slots")])
    return ExportedIDs(ids: ids, lengths: ExportedLengths(prefix: prefix, steps: ids))
  }
  public func exportedRecord(_ record: Int) -> JSONObject {
    let steps = (starts[record]..<starts[record + 1]).map { JSON.array(ids(ofStep: $0).map { .integer(Int($0)) }) }
    return ["ids": .array(steps), "lengths": .integer(length(of: record))]
  }
}

extension Sequences: ExportableValue {
  public static func exportedInput(_ prefix: String, _ shape: ValueShape, of graph: inout NetworkGraph) -> ExportedSequence {
    let width = shape.width ?? 0
    let steps = graph.input(prefix + "steps", .float32, [.named("batch"), .named(prefix + "steps"), .count(width)])
    return ExportedSequence(
      steps: graph.add("Transpose", [steps], [("perm", .integers([1, 0, 2]))]), width: width,
      lengths: ExportedLengths(prefix: prefix, steps: steps))
  }
  public func exportedRecord(_ record: Int) -> JSONObject {
    let rows = (starts[record]..<starts[record + 1]).map { row in
      JSON.array(values[row * width..<(row + 1) * width].map { .number(Double($0)) })
    }
    return ["steps": .array(rows), "lengths": .integer(length(of: record))]
  }
}

extension Vectors: ExportableValue {
  public static func exportedInput(_ prefix: String, _ shape: ValueShape, of graph: inout NetworkGraph) -> ExportedVectors {
    let width = shape.width ?? 0
    return ExportedVectors(rows: graph.input(prefix + "vectors", .float32, [.named("batch"), .count(width)]), width: width)
  }
  public func exportedRecord(_ record: Int) -> JSONObject {
    ["vectors": .array(values[record * width..<(record + 1) * width].map { .number(Double($0)) })]
  }
}

/// An answer ends a network: no stage takes one.
extension Predictions: ExportableValue {
  public static func exportedInput(_: String, _: ValueShape, of graph: inout NetworkGraph) -> ExportedAnswer {
    ExportedAnswer(facts: [])
  }
  public func exportedRecord(_ record: Int) -> JSONObject {
    [
      "logits": .array(logits[record * logitWidth..<(record + 1) * logitWidth].map { .number(Double($0)) }),
      "probabilities": .array(probabilities(of: record).map { .number(Double($0)) }),
    ]
  }
}

extension Tags: ExportableValue {
  public static func exportedInput(_: String, _: ValueShape, of graph: inout NetworkGraph) -> ExportedAnswer {
    ExportedAnswer(facts: [])
  }
  public func exportedRecord(_ record: Int) -> JSONObject {
    let steps = starts[record]..<starts[record + 1]
    var object: JSONObject = ["tags": .array(values[steps].map { .string(names[Int($0)]) })]
    if let scores {
      object["emissions"] = .array(
        steps.map { step in .array(scores.steps[step * names.count..<(step + 1) * names.count].map { .number(Double($0)) }) })
    }
    return object
  }
}
