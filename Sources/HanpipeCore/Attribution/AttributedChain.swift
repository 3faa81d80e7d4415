/// A chain of stages, seen as what attribution needs of it: stages that no gradient reaches, one that looks vectors up, and
/// differentiable ones behind it.
///
/// The second may be a composite stage, whose branches are such chains.
package struct AttributedChain: Sendable {
  private let pipeline: Pipeline
  /// The first stage that takes gradients; the number of stages if none does. What the chain gives is then the same whatever happens
  /// to vectors.
  private let first: Int

  /// What the first stage with gradients reads, and for each array of products of `scaled` from which words they come.
  package struct Input: Sendable {
    package let value: any DifferentiableValue
    package let places: [TextPlaces]
  }
  package typealias Products = (_ outputGradient: any Sendable) throws -> [[Float]]

  /// - Throws: `AttributionError`.
  package init(_ pipeline: Pipeline) throws(AttributionError) {
    self.pipeline = pipeline
    let stages = pipeline.stages
    first = stages.firstIndex(where: \.takesGradients) ?? stages.count
    if first < stages.count, !stages[first].isAttributable { throw .noVectors(stage: pipeline.link(first).label) }
    if let gap = stages.indices.dropFirst(first + 1).first(where: { !stages[$0].isDifferentiable }) {
      throw .noGradient(stage: pipeline.link(gap).label)
    }
  }

  /// What the stages give that no gradient reaches.
  /// - Parameter places: of `input`, if it is made of ids or words already.
  /// - Throws: `StageFailure`, `AttributionError`.
  package func input(_ input: any StageValue, _ places: TextPlaces? = nil) throws -> Input {
    var (value, places) = (input, places)
    for i in 0..<first {
      let output: any StageValue
      do { output = try pipeline.stages[i].process(value) } catch {
        throw StageFailure(stage: pipeline.link(i).label, records: 0..<input.count, underlying: error)
      }
      // The first words of all have nothing before them.
      places = (output as? Tokens).map(TextPlaces.init) ?? places?.through(pipeline.stages[i].base, from: value, to: output)
      value = output
    }
    if first < pipeline.stages.count, let composite = pipeline.stages[first].composite {
      return try composite.attributionInput(erased: value, places)
    }
    guard let value = value as? any DifferentiableValue else {
      throw ContractViolation.valueType(expected: "a value that can be gathered into batches", found: "\(type(of: value))")
    }
    if first == pipeline.stages.count { return Input(value: value, places: []) }
    guard let places else { throw AttributionError.noPlaces(stage: pipeline.link(max(0, first - 1)).label) }
    return Input(value: value, places: [places])
  }

  /// What the chain gives with the vectors of each record multiplied by a factor.
  /// - Parameter value: `Input.value`, or some of its records.
  package func scaled(_ value: any StageValue, by factors: [Float]) throws -> (output: any StageValue, products: Products) {
    guard first < pipeline.stages.count else { return (value, { _ in [] }) }
    let (start, products) = try pipeline.stages[first].scaled(value, by: factors)
    var output = start
    var pullbacks: [(AnyStage.Pullback, Parameters)] = []
    for stage in pipeline.stages.dropFirst(first + 1) {
      let pullback: AnyStage.Pullback
      (output, pullback) = try stage.forward(output, .exact)
      pullbacks.append((pullback, stage.parameters))
    }
    return (
      output,
      { outputGradient in
        var gradient = outputGradient
        for (pullback, parameters) in pullbacks.reversed() {
          var unwanted = Gradients(zerosLike: parameters)
          gradient = try pullback(gradient, &unwanted)
        }
        return try products(gradient)
      }
    )
  }
}

extension AnyStage {
  /// Whether `scaled` can be asked for.
  var isAttributable: Bool { base is any AttributableStage || composite != nil }

  /// `AttributableStage.scaled`; a composite stage gives the products of each of its branches.
  func scaled(_ input: any StageValue, by factors: [Float]) throws -> (output: any StageValue, products: AttributedChain.Products) {
    func run<S: AttributableStage>(_ stage: S) throws -> (any StageValue, AttributedChain.Products) {
      guard let input = input as? S.Input else {
        throw ContractViolation.valueType(expected: "\(S.Input.self)", found: "\(type(of: input))")
      }
      let (output, products) = try stage.scaled(input, by: factors)
      return (output, { [try products(gradient(of: S.Output.self, $0))] })
    }
    if let composite { return try composite.scaled(erased: input, by: factors) }
    guard let stage = base as? any AttributableStage else { throw AttributionError.noVectors(stage: "\(type(of: base))") }
    return try run(stage)
  }
}

extension CompositeStage {
  fileprivate func attributionInput(erased input: any StageValue, _ places: TextPlaces?) throws -> AttributedChain.Input {
    guard let input = input as? Input else {
      throw ContractViolation.valueType(expected: "\(Input.self)", found: "\(type(of: input))")
    }
    let (prepared, places) = try attributionInput(input, places)
    return AttributedChain.Input(value: prepared, places: places)
  }

  fileprivate func scaled(
    erased prepared: any StageValue, by factors: [Float]
  ) throws -> (output: any StageValue, products: AttributedChain.Products) {
    guard let prepared = prepared as? Prepared else {
      throw ContractViolation.valueType(expected: "\(Prepared.self)", found: "\(type(of: prepared))")
    }
    let (output, products) = try scaled(prepared: prepared, by: factors)
    return (output, { try products(gradient(of: Output.self, $0)) })
  }
}

private func gradient<V: DifferentiableValue>(of: V.Type, _ value: any Sendable) throws -> V.Gradient {
  guard let gradient = value as? V.Gradient else {
    throw ContractViolation.valueType(expected: "\(V.Gradient.self)", found: "\(type(of: value))")
  }
  return gradient
}
