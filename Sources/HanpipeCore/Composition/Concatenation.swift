/// A value whose rows several branches can make together, side by side: `sequence` or `vectors`.
public protocol ConcatenableValue: DifferentiableValue, ExportableValue where Gradient == [Float] {
  /// Floats a row.
  var width: Int { get }
  /// All rows.
  var values: [Float] { get }
  /// The same records, with other rows of `width` floats.
  func replacing(values: [Float], width: Int) -> Self
  /// Whether both have the same rows: records, and steps if there are any.
  func hasRows(of other: Self) -> Bool
  /// The rows of several branches side by side, in an exported network.
  /// - Parameter parts: at least one.
  static func exportedSideBySide(_ parts: [Exported], to graph: inout NetworkGraph) -> Exported
}
extension Sequences: ConcatenableValue {
  public static func exportedSideBySide(_ parts: [ExportedSequence], to graph: inout NetworkGraph) -> ExportedSequence {
    ExportedSequence(
      steps: graph.add("Concat", parts.map(\.steps), [("axis", .integer(2))]), width: parts.reduce(0) { $0 + $1.width },
      lengths: parts[0].lengths)
  }
  public func replacing(values: [Float], width: Int) -> Sequences { Sequences(values: values, starts: starts, width: width) }
  public func hasRows(of other: Sequences) -> Bool { starts == other.starts }
}
extension Vectors: ConcatenableValue {
  public static func exportedSideBySide(_ parts: [ExportedVectors], to graph: inout NetworkGraph) -> ExportedVectors {
    ExportedVectors(
      rows: graph.add("Concat", parts.map(\.rows), [("axis", .integer(1))]), width: parts.reduce(0) { $0 + $1.width })
  }
  public func replacing(values: [Float], width: Int) -> Vectors { Vectors(values: values, width: width, count: count) }
  public func hasRows(of other: Vectors) -> Bool { count == other.count }
}

/// Several chains of stages that read the same input; what they give stands side by side, in their order.
///
///     {"type": "concatenate", "branches": [
///       [{"type": "vocabulary"}, {"type": "padding"}, {"type": "lstm", "output": "sequence"}],
///       [{"type": "ngrams"}, {"type": "embedding", "width": 4}]]}
public struct Concatenation<Input: StageValue, Output: ConcatenableValue>: CompositeStage {
  private(set) var branches: [Branch]

  /// - Precondition: the branches take `Input` and give `Output`; `BranchedFactory` checks it.
  init(_ branches: [Branch]) { self.branches = branches }

  public func outputShape(for input: ValueShape) -> ValueShape {
    ValueShape(width: widths?.reduce(0, +))
  }

  /// What its stages say, each under its place: `branches[0][1].icu`.
  public var identity: [String: String] {
    var result: [String: String] = [:]
    for (b, branch) in branches.enumerated() {
      for (i, identity) in branch.pipeline.identities.enumerated() {
        for (key, value) in identity { result["\(SpecPath("branches")[b][i]).\(key)"] = value }
      }
    }
    return result
  }

  // MARK: Forward

  /// What the branches read.
  func shared(_ input: Input) -> Input { ((input as? any SharingValue)?.sharingResults() as? Input) ?? input }

  public func process(_ input: Input) throws -> Output {
    let input = shared(input)
    return try joined(branches.map { branch in
      let trace = try branch.pipeline.trace(input)
      return trace[trace.count - 1]
    }).output
  }
  public func prepare(_ input: Input) throws -> BranchValues {
    let input = shared(input)
    return BranchValues(try branches.map { try $0.prepare(input) })
  }
  public func process(prepared: BranchValues) throws -> Output {
    try joined(zip(branches, prepared.values).map { try $0.process(prepared: $1) }).output
  }

  public func forward(
    prepared: BranchValues, _ pass: TrainingPass
  ) throws -> (output: Output, pullback: (_ outputGradient: [Float], _ gradients: inout Gradients) throws -> [any Sendable]) {
    let passes = try zip(branches, prepared.values).enumerated().map { b, pair in
      let seed = SeededGenerator(seed: pass.seed, UInt64(b)).state
      return try pair.0.forward(prepared: pair.1, pass.seeded(seed))
    }
    let (output, widths) = try joined(passes.map(\.output))
    let counts = branches.map(\.parameterCount)
    return (
      output,
      { outputGradient, gradients in
        var inputGradients: [any Sendable] = []
        var (column, first) = (0, 0)
        let total = widths.reduce(0, +)
        for (b, (_, pullback)) in passes.enumerated() {
          let part = Rows.columns(column..<column + widths[b], of: outputGradient, width: total)
          inputGradients.append(try gradients.withTensors(first..<first + counts[b]) { try pullback(part, &$0) })
          column += widths[b]
          first += counts[b]
        }
        return inputGradients
      }
    )
  }

  public func attributionInput(_ input: Input, _ places: TextPlaces?) throws -> (prepared: BranchValues, places: [TextPlaces]) {
    let inputs = try branches.map { try AttributedChain($0.pipeline).input(input, places) }
    return (BranchValues(inputs.map(\.value)), inputs.flatMap(\.places))
  }

  public func scaled(
    prepared: BranchValues, by factors: [Float]
  ) throws -> (output: Output, products: (_ outputGradient: [Float]) throws -> [[Float]]) {
    let passes = try zip(branches, prepared.values).map { try AttributedChain($0.pipeline).scaled($1, by: factors) }
    let (output, widths) = try joined(passes.map(\.output))
    return (
      output,
      { outputGradient in
        var column = 0
        return try zip(passes, widths).flatMap { pass, width in
          defer { column += width }
          return try pass.products(Rows.columns(column..<column + width, of: outputGradient, width: widths.reduce(0, +)))
        }
      }
    )
  }

  /// All branches' rows side by side.
  func joined(_ outputs: [any StageValue]) throws -> (output: Output, widths: [Int]) {
    let outputs = try outputs.map { output in
      guard let output = output as? Output else {
        throw ContractViolation.valueType(expected: "\(Output.self)", found: "\(type(of: output))")
      }
      return output
    }
    if let odd = outputs.firstIndex(where: { !$0.hasRows(of: outputs[0]) }) {
      throw BranchMismatch(branch: odd)
    }
    let widths = outputs.map(\.width)
    return (outputs[0].replacing(values: Rows.sideBySide(outputs.map(\.values), widths), width: widths.reduce(0, +)), widths)
  }

  public func inputGradient(_ gradient: [any Sendable]) -> (any Sendable)? {
    guard isDifferentiable else { return nil }
    let floats = gradient.compactMap { $0 as? [Float] }
    guard floats.count == gradient.count, var sum = floats.first else { return NoGradient() }
    for other in floats.dropFirst() { for i in sum.indices { sum[i] += other[i] } }
    return sum
  }

  public func exported(_ parts: [any Sendable], to graph: inout NetworkGraph) throws(ExportError) -> any Sendable {
    let values = parts.compactMap { $0 as? Output.Exported }
    guard values.count == parts.count, !values.isEmpty else { throw .stage("concatenate", reason: "a branch gives no \(Output.kind)") }
    return Output.exportedSideBySide(values, to: &graph)
  }

  public var chains: [Pipeline] { branches.map(\.pipeline) }
  public var isDifferentiable: Bool { branches.allSatisfy { $0.pipeline.stages.allSatisfy(\.isDifferentiable) } }

  // MARK: What was learned

  public var parameters: Parameters {
    Parameters(
      branches.enumerated().flatMap { b, branch in
        branch.pipeline.stages.enumerated().flatMap { i, stage in
          let parameters = stage.parameters
          let prefix = Branch.prefix(branch: b, stage: i, branch.pipeline.link(i).type)
          return zip(parameters.names, parameters.tensors).map { (prefix + $0, $1) }
        }
      })
  }

  public mutating func withParameters<R, E: Error>(_ body: (inout Parameters) throws(E) -> R) throws(E) -> R {
    // Taken out of every stage and put back, so that each tensor has one owner while it changes.
    var pairs: [(String, Parameters.Tensor)] = []
    var own: [[Parameters]] = []
    for b in branches.indices {
      var taken: [Parameters] = []
      for i in branches[b].pipeline.stages.indices {
        var parameters = Parameters()
        _ = branches[b].pipeline.withParameters(of: i) { swap(&$0, &parameters) }
        let prefix = Branch.prefix(branch: b, stage: i, branches[b].pipeline.link(i).type)
        pairs += zip(parameters.names, parameters.tensors).map { (prefix + $0, $1) }
        parameters.tensors = []
        taken.append(parameters)
      }
      own.append(taken)
    }
    var all = Parameters(pairs)
    pairs = []
    defer {
      // A stage of branches around this one takes the tensors out, and puts them back in another call.
      let areThere = all.tensors.count == own.joined().reduce(0) { $0 + $1.names.count }
      var next = 0
      for b in branches.indices {
        for i in branches[b].pipeline.stages.indices {
          let count = own[b][i].names.count
          var parameters = own[b][i]
          if areThere {
            parameters.tensors = Array(all.tensors[next..<next + count])
            for k in next..<next + count { all.tensors[k] = Parameters.Tensor(zeros: [0]) }
          }
          own[b][i] = Parameters()
          _ = branches[b].pipeline.withParameters(of: i) { swap(&$0, &parameters) }
          next += count
        }
      }
    }
    return try body(&all)
  }

  public func writtenState() throws -> StateWriter {
    var writer = StateWriter()
    for (b, branch) in branches.enumerated() {
      for (i, state) in try branch.pipeline.state().enumerated() {
        if let state { writer.write(state, prefix: Branch.prefix(branch: b, stage: i, branch.pipeline.link(i).type)) }
      }
    }
    return writer
  }
}

extension Branch {
  fileprivate var parameterCount: Int {
    pipeline.stages[firstDifferentiable...].reduce(0) { $0 + $1.parameters.tensors.count }
  }
}

/// Moves columns of rows that lie in arrays one after the other. Apart from the generic type above, whose code the compiler cannot
/// specialise for a value that a spec chose: there, a loop over rows took a third of a segmentation.
private enum Rows {
  /// - Precondition: all have as many rows, of these widths.
  static func sideBySide(_ parts: [[Float]], _ widths: [Int]) -> [Float] {
    if parts.count == 1 { return parts[0] }
    let total = widths.reduce(0, +)
    let rows = parts[0].count / max(1, widths[0])
    var values = [Float](repeating: 0, count: rows * total)
    var column = 0
    for (part, width) in zip(parts, widths) {
      copy(part, width, to: &values, column: column, of: total)
      column += width
    }
    return values
  }

  private static func copy(_ part: [Float], _ width: Int, to values: inout [Float], column: Int, of total: Int) {
    let source = part.span
    var target = values.mutableSpan
    var place = column
    for row in stride(from: 0, to: source.count, by: width) {
      for i in 0..<width { target[place + i] = source[row + i] }
      place += total
    }
  }

  static func columns(_ range: Range<Int>, of rows: [Float], width: Int) -> [Float] {
    var part = [Float](repeating: 0, count: rows.count / max(1, width) * range.count)
    let source = rows.span
    var target = part.mutableSpan
    var place = 0
    for first in stride(from: range.lowerBound, to: source.count, by: max(1, width)) {
      for i in 0..<range.count { target[place + i] = source[first + i] }
      place += range.count
    }
    return part
  }
}

/// Branches that do not give rows for the same steps.
public struct BranchMismatch: Error, Equatable, CustomStringConvertible {
  public let branch: Int
  public init(branch: Int) { self.branch = branch }
  public var description: String {
    "branches[\(branch)] gives another number of steps than branches[0]: all must cut a record in the same way, and none may cut it off"
  }
}
