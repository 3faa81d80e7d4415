/// One of the chains of a composite stage.
package struct Branch: Sendable {
  package var pipeline: Pipeline
  /// The first stage that learns by gradients, or through which they pass; the number of stages if there is none. Stages of branches
  /// count: they may hold some.
  let firstDifferentiable: Int

  /// - Throws: `SpecError.cannot` if a stage behind one with gradients has none.
  init(_ pipeline: Pipeline) throws(SpecError) {
    self.pipeline = pipeline
    let stages = pipeline.stages
    firstDifferentiable = stages.firstIndex(where: \.takesGradients) ?? stages.count
    // No gradient has to leave the first one.
    if let gap = stages[firstDifferentiable...].dropFirst().firstIndex(where: { !$0.isDifferentiable }) {
      throw .cannot(pipeline.link(gap).path, "no gradient passes through \"\(pipeline.link(gap).type)\"")
    }
  }

  /// What the stages give that no gradient reaches.
  func prepare(_ input: any StageValue) throws -> any DifferentiableValue {
    var value = try last(pipeline.trace(input, through: 0..<firstDifferentiable))
    if firstDifferentiable < pipeline.stages.count { value = try pipeline.stages[firstDifferentiable].prepare(value) }
    guard let value = value as? any DifferentiableValue else {
      throw ContractViolation.valueType(expected: "a value that can be gathered into batches", found: "\(type(of: value))")
    }
    return value
  }

  func process(prepared value: any StageValue) throws -> any StageValue {
    try last(pipeline.trace(value, through: firstDifferentiable..<pipeline.stages.count))
  }

  typealias Pullback = (_ outputGradient: any Sendable, _ gradients: inout Gradients) throws -> any Sendable

  /// - Returns: with `pullback`, which adds to the gradients of this branch's parameters, `parameters` of them from `offset` on.
  func forward(prepared value: any StageValue, _ pass: TrainingPass) throws -> (output: any StageValue, pullback: Pullback) {
    var value = value
    var pullbacks: [AnyStage.Pullback] = []
    let stages = pipeline.stages[firstDifferentiable...]
    for (i, stage) in stages.enumerated() {
      let seed = SeededGenerator(seed: pass.seed, 0x4272_616E_6368, UInt64(i)).state
      let (output, pullback) = try stage.forward(value, pass.seeded(seed))
      value = output
      pullbacks.append(pullback)
    }
    let counts = stages.map(\.parameters.tensors.count)
    return (
      value,
      { outputGradient, gradients in
        var gradient = outputGradient
        var end = counts.reduce(0, +)
        for (pullback, count) in zip(pullbacks, counts).reversed() {
          gradient = try gradients.withTensors(end - count..<end) { try pullback(gradient, &$0) }
          end -= count
        }
        return gradient
      }
    )
  }

  private func last(_ values: [any StageValue]) -> any StageValue { values[values.count - 1] }

  /// The width of what it gives.
  var width: Int? { pipeline.shapes.last?.width }

  /// The name of a stage's part of the state: `branches.0.2.lstm.`.
  package static func prefix(branch: Int, stage: Int, _ type: StageType) -> String { "branches.\(branch).\(stage).\(type)." }
}

extension Gradients {
  /// Lends some parameters' gradients as a set of their own, in place.
  mutating func withTensors<R>(_ range: Range<Int>, _ body: (inout Gradients) throws -> R) rethrows -> R {
    var part = Gradients(tensors: Array(tensors[range]))
    for i in range { tensors[i] = .dense([]) }
    defer { tensors.replaceSubrange(range, with: part.tensors) }
    return try body(&part)
  }
}
