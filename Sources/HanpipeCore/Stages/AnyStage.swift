/// A stage whose types are known only while the program runs.
///
/// Made when a spec is loaded. The price is one dynamic cast a batch, not one a record.
public struct AnyStage: Sendable {
  /// The stage itself.
  public private(set) var base: any Stage
  public let inputKind: ValueKind
  public let outputKind: ValueKind

  public init<S: Stage>(_ stage: S) {
    base = stage
    inputKind = S.Input.kind
    outputKind = S.Output.kind
  }

  /// - Throws: what the stage throws, and `ContractViolation` if it gives another number of records than it took.
  public func process(_ input: any StageValue) throws -> any StageValue {
    func run<S: Stage>(_ stage: S) throws -> any StageValue {
      let output = try stage.process(cast(input))
      try checkCount(input, output)
      return output
    }
    if let composite, input is BranchValues {
      let output = try composite.process(erased: input)
      try checkCount(input, output)
      return output
    }
    return try run(base)
  }

  /// This stage and `next` as one; nil if they cannot be computed in one go.
  public func merged(with next: AnyStage) -> AnyStage? {
    (base as? any MergingStage)?.merged(with: next.base).map { AnyStage($0) }
  }

  /// The products of the stage's rows with some weights; of one that does not know how, those of the rows that it gives.
  /// - Throws: as `process`, and `ContractViolation` if it gives no sequences of that width.
  func projected(_ input: any StageValue, by projection: Projection) throws -> Sequences {
    func run<S: ProjectableStage>(_ stage: S) throws -> Sequences { try stage.projected(cast(input), by: projection) }
    if let stage = base as? any ProjectableStage, base.outputShape(for: ValueShape()).width == projection.inputs {
      let output = try run(stage)
      try checkCount(input, output)
      return output
    }
    let rows: Sequences = try cast(process(input))
    guard rows.width == projection.inputs else {
      throw ContractViolation.valueType(expected: "rows of \(projection.inputs) floats", found: "rows of \(rows.width)")
    }
    return rows.projected(by: projection)
  }

  public func outputShape(for input: ValueShape) -> ValueShape { base.outputShape(for: input) }

  /// The stage, if it is made of stages.
  package var composite: (any CompositeStage)? { base as? any CompositeStage }
  /// The chains inside, of a stage that is made of stages.
  public var chains: [Pipeline] { composite?.chains ?? [] }

  /// What the stage learned; nil if it learns nothing.
  public func state() throws -> StateWriter? {
    func write(_ stage: some LearnedStage) throws -> StateWriter {
      var writer = StateWriter()
      try stage.state.write(to: &writer)
      return writer
    }
    if let composite { return try composite.writtenState() }
    guard let learned = base as? any LearnedStage else { return nil }
    return try write(learned)
  }

  // MARK: Training

  /// The way back through a stage: takes the gradient of its output, gives that of its input.
  public typealias Pullback = (_ outputGradient: any Sendable, _ gradients: inout Gradients) throws -> any Sendable

  /// Whether gradients reach its input.
  public var isDifferentiable: Bool {
    base is any DifferentiableStage || composite?.isDifferentiable == true
  }
  /// Whether it learns by gradients, or lets them through.
  public var takesGradients: Bool { base is any DifferentiableStage || composite != nil }
  /// The parameters, or none.
  public var parameters: Parameters {
    (base as? any TrainableStage)?.state ?? composite?.parameters ?? Parameters()
  }

  /// What of the way forward is the same in every epoch, done: the input itself but for a composite stage.
  public func prepare(_ input: any StageValue) throws -> any StageValue {
    guard let composite else { return input }
    let prepared = try composite.prepare(erased: input)
    try checkCount(input, prepared)
    return prepared
  }

  /// - Parameter input: as for `process`, or what `prepare` gave.
  /// - Precondition: `takesGradients`.
  public func forward(_ input: any StageValue, _ pass: TrainingPass) throws -> (output: any StageValue, pullback: Pullback) {
    func run<S: DifferentiableStage>(_ stage: S) throws -> (any StageValue, Pullback) {
      let (output, pullback) = try stage.forward(cast(input), pass)
      return (output, { gradient, gradients in pullback(try cast(gradient), &gradients) })
    }
    let result: (output: any StageValue, pullback: Pullback)
    if let composite {
      result = try composite.forward(erased: input, pass)
    } else if let stage = base as? any DifferentiableStage {
      result = try run(stage)
    } else {
      throw ContractViolation.valueType(expected: "a differentiable stage", found: "\(type(of: base))")
    }
    try checkCount(input, result.output)
    return result
  }

  /// Lends the parameters in place: no copy, as long as nobody else holds them.
  public mutating func withParameters<R, E: Error>(_ body: (inout Parameters) throws(E) -> R) throws(E) -> R? {
    if var stage = composite {
      base = Vacant()
      defer { base = stage }
      return try stage.withParameters(body)
    }
    guard var stage = base as? any TrainableStage else { return nil }
    base = Vacant()
    defer { base = stage }
    return try modify(&stage, body)
  }
}

private func modify<S: TrainableStage, R, E: Error>(
  _ stage: inout S, _ body: (inout Parameters) throws(E) -> R
) throws(E) -> R { try body(&stage.state) }

private func checkCount(_ input: any StageValue, _ output: any StageValue) throws(ContractViolation) {
  guard output.count == input.count else { throw .recordCount(expected: input.count, found: output.count) }
}

extension CompositeStage {
  fileprivate func prepare(erased input: any StageValue) throws -> any StageValue { try prepare(cast(input)) }
  fileprivate func process(erased prepared: any StageValue) throws -> any StageValue { try process(prepared: cast(prepared)) }

  fileprivate func forward(
    erased input: any StageValue, _ pass: TrainingPass
  ) throws -> (output: any StageValue, pullback: AnyStage.Pullback) {
    let prepared: Prepared = try (input as? Prepared) ?? prepare(cast(input))
    let (output, pullback) = try forward(prepared: prepared, pass)
    return (
      output,
      { gradient, gradients in
        let inner = try pullback(cast(gradient), &gradients)
        return inputGradient(inner) ?? NoGradient()
      }
    )
  }
}

/// Holds the place of a stage whose parameters are lent, so that the loan is the only reference to them.
private struct Vacant: Stage {
  func process(_ input: Texts) throws -> Texts { input }
}

private func cast<T>(_ value: Any) throws -> T {
  guard let result = value as? T else {
    throw ContractViolation.valueType(expected: "\(T.self)", found: "\(type(of: value))")
  }
  return result
}
