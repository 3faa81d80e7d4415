import HanpipeCore
import HanpipeText

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
  ///   - start: the model that stages begin from.
  ///   - vectors: where embeddings begin that do not begin from the model; nil: at random.
  /// - Returns: the chain; what each stage that learns began with, where there is a model; how many words began with a vector.
  /// - Throws: `TrainingError.nothingInCommon` if no stage begins from the model.
  func pipeline(
    _ texts: Texts, seed: UInt64, learned: [StateReader?]? = nil, from start: StartingModel? = nil, vectors: VectorTable? = nil
  ) throws -> (pipeline: Pipeline, beginnings: [StageBeginning]?, coverage: VectorCoverage?) {
    var pipeline = Pipeline(blueprint)
    var follower = start.map(ModelFollower.init)
    try extend(&pipeline, texts, seed: SeededGenerator(seed: seed, 0x494E_4954).state, learned, &follower)
    if let start, let follower, follower.beginnings.allSatisfy({ $0.reasonForAnew != nil }) {
      throw TrainingError.nothingInCommon(
        model: start.name, reasons: follower.beginnings.map { "\($0.stage): \($0.reasonForAnew ?? "")" })
    }
    let beginnings = follower?.beginnings
    let kept = Set((beginnings ?? []).filter { $0.reasonForAnew == nil }.map(\.stage))
    let coverage = try vectors?.replaceRows(of: &pipeline, except: kept)
    return (pipeline, beginnings, coverage)
  }

  /// Adds the stages that are still missing.
  private func extend(
    _ pipeline: inout Pipeline, _ texts: Texts, seed: UInt64, _ learned: [StateReader?]?,
    _ follower: inout ModelFollower?
  ) throws {
    for i in pipeline.stages.count..<pipeline.blueprint.links.count {
      let state: StateReader?
      if let known = learned?[i] {
        state = known
      } else {
        follower?.arrive(at: i, pipeline.link(i))
        state = try firstState(of: i, pipeline, texts, SeededGenerator(seed: seed, UInt64(i)), &follower)
      }
      try pipeline.append(state: state, resource: resource)
    }
  }

  /// What stage `i`, the next of `pipeline`, begins with.
  private func firstState(
    of i: Int, _ pipeline: Pipeline, _ texts: Texts, _ generator: SeededGenerator,
    _ follower: inout ModelFollower?
  ) throws -> StateReader? {
    let link = pipeline.link(i)
    switch link.factory.learning {
    case .none: return nil
    case .given:
      if let state = try follower?.state(at: i, link) { return state }
      throw TrainingError.notTrainable("\(link.label) cannot learn from data")
    case .counting(let fitter):
      if let state = try follower?.state(at: i, link) {
        if let words = try knownWords(state, texts, pipeline) { follower?.note(words) }
        return state
      }
      return try fit(fitter(link.node, link.path), texts, pipeline)
    case .gradients(let initial):
      var generator = generator
      var parameters = try initial(link.node, link.path, pipeline.shapes.last ?? ValueShape(), &generator)
      if let known = follower?.parameters(at: i, link, initial: parameters) { parameters = known }
      var writer = StateWriter()
      try parameters.write(to: &writer)
      return writer.reader
    case .branches(let branches):
      return try branchState(branches, after: pipeline, texts, seed: generator.state, &follower)
    }
  }

  /// What the stages of a composite stage learn, each chain behind the stages before it.
  private func branchState(
    _ branches: [[Blueprint.Link]], after pipeline: Pipeline, _ texts: Texts, seed: UInt64,
    _ follower: inout ModelFollower?
  ) throws -> StateReader {
    var writer = StateWriter()
    // All branches read what the model's read, whatever came of the one before.
    let start = follower
    for (b, links) in branches.enumerated() {
      var branch = pipeline.continued(by: links)
      var inner = start?.branch(b, of: pipeline.stages.count)
      try extend(&branch, texts, seed: SeededGenerator(seed: seed, UInt64(b)).state, nil, &inner)
      if let inner { follower?.join(inner) }
      for (i, link) in links.enumerated() {
        guard let state = try branch.stages[pipeline.stages.count + i].state() else { continue }
        writer.write(state, prefix: Branch.prefix(branch: b, stage: i, link.type))
      }
    }
    return writer.reader
  }

  /// How many of the different words of the texts a vocabulary knows; nil if the state is not that of one.
  private func knownWords(_ state: StateReader, _ texts: Texts, _ pipeline: Pipeline) throws -> StageBeginning.KnownShare? {
    guard let vocabulary = try? Vocabulary(from: state) else { return nil }
    var words = KnownWords()
    try forEachOutput(of: pipeline, texts) { value in
      guard let tokens = value as? Tokens else { return }
      for record in 0..<tokens.count {
        for span in tokens.spans(of: record) { words.insert(tokens.utf8(of: span, record: record)) }
      }
    }
    return StageBeginning.KnownShare(known: words.count(where: vocabulary.knows), all: words.count)
  }

  private func fit(_ fitter: AnyFitter, _ texts: Texts, _ pipeline: Pipeline) throws -> StateReader {
    var fitter = fitter
    try forEachOutput(of: pipeline, texts) { try fitter.observe($0) }
    return try fitter.finish().reader
  }

  /// Shows what the pipeline makes of all texts, in their order and a few batches at a time: memory stays bounded, and what is seen does
  /// not depend on threads.
  private func forEachOutput(of pipeline: Pipeline, _ texts: Texts, _ body: (any StageValue) throws -> Void) throws {
    let batches = max(1, threads)
    for window in texts.batches(records: Self.batch * batches, length: Self.bytes * batches) {
      for value in try run(pipeline, texts[window], through: pipeline.stages.indices) { try body(value) }
    }
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
