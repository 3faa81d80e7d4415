/// A chain of stages whose joints have been checked.
public struct Pipeline: Sendable {
  public let blueprint: Blueprint
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
  ///   - resource: reads a file that the spec names.
  public init(
    _ blueprint: Blueprint, state: [StateReader?] = [], resource: ResourceReader
  ) throws {
    self.init(blueprint)
    for i in blueprint.links.indices { try append(state: i < state.count ? state[i] : nil, resource: resource) }
  }

  /// Makes every stage, of files that are in memory.
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
      let next = i + 1 < range.upperBound ? stages[i + 1] : nil
      let both = next.flatMap { stages[i].merged(with: $0) }
      do { values.append(try (both ?? stages[i]).process(values[values.count - 1])) } catch {
        throw StageFailure(stage: link(i).label, records: 0..<input.count, underlying: error)
      }
      i += both == nil ? 1 : 2
    }
    return values
  }

  /// Like `trace`, but a record that fails takes no other with it: halves the batch until the culprit is alone.
  ///
  /// The parts come in order and cover the input.
  public func outcomes<I: StageValue>(of input: I) -> [(records: Range<Int>, outcome: Result<[any StageValue], StageFailure>)] {
    outcomes(of: input, from: 0)
  }
  private func outcomes<I: StageValue>(
    of input: I, from offset: Int
  ) -> [(records: Range<Int>, outcome: Result<[any StageValue], StageFailure>)] {
    let records = offset..<offset + input.count
    do { return [(records, .success(try trace(input)))] } catch {
      guard input.count > 1 else {
        let failure = error as? StageFailure
        return [
          (
            records,
            .failure(
              StageFailure(stage: failure?.stage ?? "pipeline", records: records, underlying: failure?.underlying ?? error))
          )
        ]
      }
      let middle = input.count / 2
      return outcomes(of: input[0..<middle], from: offset) + outcomes(of: input[middle..<input.count], from: offset + middle)
    }
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
