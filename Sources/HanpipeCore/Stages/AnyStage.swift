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
      guard output.count == input.count else {
        throw ContractViolation.recordCount(expected: input.count, found: output.count)
      }
      return output
    }
    return try run(base)
  }

  /// This stage and `next` as one; nil if they cannot be computed in one go.
  public func merged(with next: AnyStage) -> AnyStage? {
    (base as? any MergingStage)?.merged(with: next.base).map { AnyStage($0) }
  }

  /// What the stage has to tell about how it was made.
  public var notices: [String] { (base as? any NoticingStage)?.notices ?? [] }

  public func outputShape(for input: ValueShape) -> ValueShape { base.outputShape(for: input) }

  /// What the stage learned; nil if it learns nothing.
  public func state() throws -> StateWriter? {
    func write(_ stage: some LearnedStage) throws -> StateWriter {
      var writer = StateWriter()
      try stage.state.write(to: &writer)
      return writer
    }
    guard let learned = base as? any LearnedStage else { return nil }
    return try write(learned)
  }

  // MARK: Training

  /// The way back through a stage: takes the gradient of its output, gives that of its input.
  public typealias Pullback = (_ outputGradient: any Sendable, _ gradients: inout Gradients) throws -> any Sendable

  public var isDifferentiable: Bool { base is any DifferentiableStage }
  /// The parameters, or none.
  public var parameters: Parameters { (base as? any TrainableStage)?.state ?? Parameters() }

  /// - Precondition: `isDifferentiable`.
  public func forward(_ input: any StageValue, _ pass: TrainingPass) throws -> (output: any StageValue, pullback: Pullback) {
    func run<S: DifferentiableStage>(_ stage: S) throws -> (any StageValue, Pullback) {
      let (output, pullback) = try stage.forward(cast(input), pass)
      guard output.count == input.count else {
        throw ContractViolation.recordCount(expected: input.count, found: output.count)
      }
      return (output, { gradient, gradients in pullback(try cast(gradient), &gradients) })
    }
    guard let stage = base as? any DifferentiableStage else {
      throw ContractViolation.valueType(expected: "a differentiable stage", found: "\(type(of: base))")
    }
    return try run(stage)
  }

  /// Lends the parameters in place: no copy, as long as nobody else holds them.
  public mutating func withParameters<R, E: Error>(_ body: (inout Parameters) throws(E) -> R) throws(E) -> R? {
    guard var stage = base as? any TrainableStage else { return nil }
    base = Vacant()
    defer { base = stage }
    return try modify(&stage, body)
  }
}

private func modify<S: TrainableStage, R, E: Error>(
  _ stage: inout S, _ body: (inout Parameters) throws(E) -> R
) throws(E) -> R { try body(&stage.state) }

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
