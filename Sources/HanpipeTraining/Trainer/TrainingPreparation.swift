import HanpipeCore

/// Builds the chain that will be trained: what learns by counting is fitted, what learns by gradients gets its first
/// parameters, and the stages before the first differentiable one are run once over all records.
struct TrainingPreparation: Sendable {
  let blueprint: Blueprint
  let resource: ResourceReader
  let threads: Int
  /// Records of a batch while preparing, and bytes of text.
  static let batch = 1024
  static let bytes = 1 << 20

  /// The first stage that gradients reach.
  /// - Throws: `TrainingError.notTrainable`.
  func firstDifferentiable(_ pipeline: Pipeline) throws(TrainingError) -> Int {
    guard let first = pipeline.stages.firstIndex(where: \.takesGradients) else {
      throw .notTrainable("none of its stages learns by gradients")
    }
    if let gap = pipeline.stages[(first + 1)...].firstIndex(where: { !$0.isDifferentiable }) {
      throw .notTrainable("no gradient passes through \(pipeline.link(gap).label)")
    }
    return first
  }

  /// - Parameters:
  ///   - learned: what stages already know; nil for those that are to learn now.
  ///   - vectors: where embeddings begin; nil: at random.
  func pipeline(
    _ texts: Texts, seed: UInt64, learned: [StateReader?]? = nil, vectors: VectorTable? = nil
  ) throws -> Pipeline {
    var pipeline = Pipeline(blueprint)
    try extend(&pipeline, texts, seed: SeededGenerator(seed: seed, 0x494E_4954).state, learned, vectors)
    try vectors?.checkUsed()
    return pipeline
  }

  /// Adds the stages that are still missing.
  private func extend(
    _ pipeline: inout Pipeline, _ texts: Texts, seed: UInt64, _ learned: [StateReader?]?, _ vectors: VectorTable?
  ) throws {
    for i in pipeline.stages.count..<pipeline.blueprint.links.count {
      let link = pipeline.link(i)
      let state: StateReader?
      if let known = learned?[i] {
        state = known
      } else {
        let generator = SeededGenerator(seed: seed, UInt64(i))
        switch link.factory.learning {
        case .none: state = nil
        case .given: throw TrainingError.notTrainable("\(link.label) cannot learn from data")
        case .counting(let fitter):
          state = try fit(fitter(link.node, link.path), texts, pipeline)
        case .gradients(let initial):
          var generator = generator
          var parameters = try initial(link.node, link.path, pipeline.shapes.last ?? ValueShape(), &generator)
          try vectors?.replaceRows(of: &parameters, after: pipeline)
          var writer = StateWriter()
          try parameters.write(to: &writer)
          state = writer.reader
        case .branches(let branches):
          state = try branchState(branches, after: pipeline, texts, seed: generator.state, vectors)
        }
      }
      try pipeline.append(state: state, resource: resource)
    }
  }

  /// What the stages of a composite stage learn, each chain behind the stages before it.
  private func branchState(
    _ branches: [[Blueprint.Link]], after pipeline: Pipeline, _ texts: Texts, seed: UInt64, _ vectors: VectorTable?
  ) throws -> StateReader {
    var writer = StateWriter()
    for (b, links) in branches.enumerated() {
      var branch = pipeline.continued(by: links)
      try extend(&branch, texts, seed: SeededGenerator(seed: seed, UInt64(b)).state, nil, vectors)
      for (i, link) in links.enumerated() {
        guard let state = try branch.stages[pipeline.stages.count + i].state() else { continue }
        writer.write(state, prefix: Branch.prefix(branch: b, stage: i, link.type))
      }
    }
    return writer.reader
  }

  private func fit(_ fitter: AnyFitter, _ texts: Texts, _ pipeline: Pipeline) throws -> StateReader {
    var fitter = fitter
    // A few batches at a time, observed in their order: memory stays bounded, counts do not depend on threads.
    let batches = max(1, threads)
    for window in texts.batches(records: Self.batch * batches, length: Self.bytes * batches) {
      let values = try run(pipeline, texts[window], through: pipeline.stages.indices)
      for value in values { try fitter.observe(value) }
    }
    return try fitter.finish().reader
  }

  /// The outputs of some stages, in batches.
  /// - Parameter finish: done to each.
  func run(
    _ pipeline: Pipeline, _ texts: Texts, through range: Range<Int>,
    finish: @Sendable (any StageValue) throws -> any StageValue = { $0 }
  ) throws -> [any StageValue] {
    let batches = texts.batches(records: Self.batch, length: Self.bytes)
    return try concurrentMap(batches.count, threads: threads) { i in
      let trace = try pipeline.trace(texts[batches[i]], through: range)
      return try finish(trace[trace.count - 1])
    }
  }

  /// What the first differentiable stage will take, for all records.
  func inputs(_ texts: Texts, _ pipeline: Pipeline, before first: Int) throws -> any DifferentiableValue {
    let parts = try run(pipeline, texts, through: 0..<first) { try pipeline.stages[first].prepare($0) }
    func join<V: DifferentiableValue>(_: V) -> (any DifferentiableValue)? { V.joined(parts.compactMap { $0 as? V }) }
    guard let part = parts.first as? any DifferentiableValue, let joined = join(part) else {
      throw TrainingError.notTrainable("\(pipeline.link(first).label) takes what cannot be gathered into batches")
    }
    return joined
  }
}
