/// A chain of stages whose joints have been checked.
public struct Pipeline: Sendable {
  public private(set) var blueprint: Blueprint
  public private(set) var stages: [AnyStage]
  /// What each stage's output is known to be.
  public private(set) var shapes: [ValueShape]

  /// A chain with no stage made yet: `append` them in order.
  public init(_ blueprint: Blueprint) {
    self.blueprint = blueprint
    stages = []
    shapes = []
  }

  /// Makes every stage.
  /// - Parameters:
  ///   - state: what each stage learned; nil where it learns nothing.
  ///   - resource: the files that the spec names.
  public init(
    _ blueprint: Blueprint, state: [StateReader?] = [], resource: ResourceReader
  ) throws {
    self.init(blueprint)
    let resource = resource.sharingResults()
    for i in blueprint.links.indices { try append(state: i < state.count ? state[i] : nil, resource: resource) }
  }

  /// Makes every stage, with files that `resource` gives.
  public init(
    _ blueprint: Blueprint, state: [StateReader?] = [], resource: @escaping @Sendable (ResourcePath) throws -> [UInt8]
  ) throws {
    try self.init(blueprint, state: state, resource: ResourceReader(resource))
  }

  /// Makes the next stage.
  /// - Parameter input: for the first stage, what is known of the values that will come.
  public mutating func append(
    state: StateReader?, resource: ResourceReader, input: ValueShape = ValueShape()
  ) throws {
    let shape = shapes.last ?? input
    let stage = try blueprint.stage(at: stages.count, input: shape, state: state, resource: resource)
    stages.append(stage)
    shapes.append(stage.outputShape(for: shape))
  }

  /// This chain, complete, to which the stages of `links` are still to be added.
  package func continued(by links: [Blueprint.Link]) -> Pipeline {
    var pipeline = Pipeline(Blueprint(blueprint.spec, links: Array(blueprint.links.prefix(stages.count)) + links, registry: blueprint.registry))
    pipeline.stages = stages
    pipeline.shapes = shapes
    return pipeline
  }

  /// Adds a stage that the spec does not name, behind all others.
  /// - Parameters:
  ///   - stage: made already.
  ///   - configuration: what a spec would say of it.
  /// - Throws: `SpecError` if it does not fit.
  public mutating func append<S: ConfiguredStage>(_ stage: S, _ configuration: S.Configuration) throws(SpecError) {
    var spec = blueprint.spec
    var node = configuration.json
    node["type"] = .string(S.type.rawValue)
    spec.stages.append(node)
    blueprint = try Blueprint(spec, registry: blueprint.registry)
    stages.append(AnyStage(stage))
    shapes.append(stage.outputShape(for: shapes.last ?? ValueShape()))
  }

  /// Changes a setting of one stage, which keeps what it learned.
  /// - Precondition: the stage names no file: nothing is read again.
  /// - Throws: `SpecError` for a setting that it does not have or a value that is not allowed.
  package mutating func set(_ key: String, to value: JSON, ofStage index: Int) throws {
    precondition(blueprint.links[index].resources.isEmpty, "\(link(index).label) would have to read files again")
    var spec = blueprint.spec
    spec.stages[index][key] = value
    let changed = try Blueprint(spec, registry: blueprint.registry)
    stages[index] = try changed.stage(
      at: index, input: index > 0 ? shapes[index - 1] : ValueShape(), state: try stages[index].state()?.reader, resource: .none)
    blueprint = changed
  }

  /// The link of the stage at `index`.
  public func link(_ index: Int) -> Blueprint.Link { blueprint.links[index] }

  /// The values on the way, the input first, through the stages of `range`. What stands between two stages that compute
  /// themselves in one go (`MergingStage`) is left out.
  /// - Throws: `StageFailure`.
  public func trace(_ input: any StageValue, through range: Range<Int>? = nil) throws -> [any StageValue] {
    var values = [input]
    let range = range ?? stages.indices
    var i = range.lowerBound
    while i < range.upperBound {
      // What a composite stage has prepared only itself can read.
      let next = i + 1 < range.upperBound && !(values[values.count - 1] is BranchValues) ? stages[i + 1] : nil
      let both = next.flatMap { stages[i].merged(with: $0) }
      do { values.append(try (both ?? stages[i]).process(values[values.count - 1])) } catch {
        throw StageFailure(stage: link(i).label, records: 0..<input.count, underlying: error)
      }
      i += both == nil ? 1 : 2
    }
    return values
  }

  /// The products of the last stage's rows with some weights.
  /// - Throws: `StageFailure`.
  func projected(_ input: any StageValue, by projection: Projection) throws -> Sequences {
    var last = stages.count - 1
    var stage = stages[last]
    if last > 0, let both = stages[last - 1].merged(with: stage) { (stage, last) = (both, last - 1) }
    let values = try trace(input, through: 0..<last)
    do { return try stage.projected(values[values.count - 1], by: projection) } catch {
      throw StageFailure(stage: link(last).label, records: 0..<input.count, underlying: error)
    }
  }

  /// A part of a batch, and what became of it.
  public typealias PartialOutcome = (records: Range<Int>, outcome: Result<[any StageValue], StageFailure>)

  /// Like `trace`, but a record that fails takes no other with it: leaves out those that the stage names (`RecordFailures`), or
  /// else halves the batch until the culprit is alone.
  ///
  /// The parts come in order and cover the input.
  public func outcomes<I: StageValue>(of input: I) -> [PartialOutcome] { outcomes(of: input, from: 0) }

  private func outcomes<I: StageValue>(of input: I, from offset: Int) -> [PartialOutcome] {
    let records = offset..<offset + input.count
    do { return [(records, .success(try trace(input)))] } catch {
      let failure = error as? StageFailure
      let stage = failure?.stage ?? "pipeline"
      let cause = failure?.underlying ?? error
      if let named = cause as? RecordFailures, let first = named.failures.keys.min(), first >= 0,
        named.failures.keys.allSatisfy({ $0 < input.count })
      {
        return outcomes(of: input, without: named.failures, stage, from: offset)
      }
      guard input.count > 1 else {
        return [(records, .failure(StageFailure(stage: stage, records: records, underlying: cause)))]
      }
      let middle = input.count / 2
      return outcomes(of: input[0..<middle], from: offset) + outcomes(of: input[middle..<input.count], from: offset + middle)
    }
  }

  /// Those that failed, and the others once more.
  private func outcomes<I: StageValue>(
    of input: I, without failures: [Int: any Error], _ stage: String, from offset: Int
  ) -> [PartialOutcome] {
    var parts: [PartialOutcome] = []
    var start = 0
    for record in failures.keys.sorted() + [input.count] {
      if start < record { parts += outcomes(of: input[start..<record], from: offset + start) }
      start = record + 1
      guard let failure = failures[record] else { continue }
      let records = offset + record..<offset + record + 1
      parts.append((records, .failure(StageFailure(stage: stage, records: records, underlying: failure))))
    }
    return parts
  }

  /// This chain as a stage: a pipeline can stand wherever a stage can.
  public func typed<I: StageValue, O: StageValue>(_: I.Type, _: O.Type) throws(ContractViolation) -> TypedPipeline<I, O> {
    guard let first = blueprint.links.first, let last = blueprint.links.last, stages.count == blueprint.links.count else {
      throw .valueType(expected: "\(I.self) to \(O.self)", found: "a pipeline that is not complete")
    }
    guard first.factory.inputType == I.self else {
      throw .valueType(expected: "\(I.self)", found: "\(first.factory.inputType)")
    }
    guard last.factory.outputType == O.self else {
      throw .valueType(expected: "\(O.self)", found: "\(last.factory.outputType)")
    }
    return TypedPipeline(pipeline: self)
  }

  /// The number of floats that gradients found.
  public var parameterCount: Int { stages.reduce(0) { $0 + $1.parameters.count } }

  /// What each stage learned, in order.
  public func state() throws -> [StateWriter?] { try stages.map { try $0.state() } }

  /// What must be the same where the model serves, by stage.
  public var identities: [[String: String]] { stages.map { $0.base.identity } }

  /// What was wrong when its stages were made, and did not keep them from being made.
  public var warnings: [String] { stages.flatMap(\.base.warnings) }

  /// Lends the parameters of a stage in place.
  public mutating func withParameters<R, E: Error>(
    of stage: Int, _ body: (inout Parameters) throws(E) -> R
  ) throws(E) -> R? {
    try stages[stage].withParameters(body)
  }
}

/// A pipeline whose ends have known types.
public struct TypedPipeline<Input: StageValue, Output: StageValue>: Stage {
  public let pipeline: Pipeline
  public func process(_ input: Input) throws -> Output {
    let output = try pipeline.trace(input).last
    guard let output = output as? Output else {
      throw ContractViolation.valueType(expected: "\(Output.self)", found: "\(type(of: output))")
    }
    return output
  }
  public func outputShape(for input: ValueShape) -> ValueShape { pipeline.shapes.last ?? input }
  /// What its stages say, each under its place: `stages[1].icu`.
  public var identity: [String: String] {
    var result: [String: String] = [:]
    for (i, identity) in pipeline.identities.enumerated() {
      for (key, value) in identity { result["\(pipeline.link(i).path).\(key)"] = value }
    }
    return result
  }
}

/// Some records of a batch could not be processed, and the stage knows which: nobody has to search for them. The others can.
public struct RecordFailures: Error, CustomStringConvertible {
  /// By the record's number in the batch.
  public let failures: [Int: any Error]
  public init(_ failures: [Int: any Error]) { self.failures = failures }

  public var description: String {
    guard let first = failures.keys.min(), let error = failures[first] else { return "no record failed" }
    let others = failures.count > 1 ? " (and \(failures.count - 1) more records failed)" : ""
    return "record \(first + 1) of the batch: \(error)\(others)"
  }
}

/// A batch that could not be processed.
public struct StageFailure: Error, CustomStringConvertible {
  /// `stages[1] (icu)`.
  public let stage: String
  /// The records at fault, counted from the start of the batch.
  public let records: Range<Int>
  public let underlying: any Error
  public init(stage: String, records: Range<Int>, underlying: any Error) {
    self.stage = stage
    self.records = records
    self.underlying = underlying
  }
  public var description: String { "\(stage): \(underlying)" }
}
