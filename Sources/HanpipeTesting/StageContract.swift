public import HanpipeCore
public import Testing

/// Checks what every stage promises. Run it on your own conformer:
///
///     @Test func contract() throws { try StageContract(myStage, samples: Texts(["我喜欢", "", "a😀b"])).check() }
///
/// Give samples that differ: short and long records, an empty one, the same one twice.
public struct StageContract<S: Stage> {
  private let stage: S
  private let samples: S.Input
  public init(_ stage: S, samples: S.Input) {
    self.stage = stage
    self.samples = samples
  }

  /// - Throws: what the stage throws; broken promises are recorded as issues of the running test.
  public func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let whole = try stage.process(samples)
    #expect(whole.count == samples.count, "a record out for each record in", sourceLocation: sourceLocation)
    #expect(try stage.process(samples[0..<0]).count == 0, "the empty batch is allowed", sourceLocation: sourceLocation)
    #expect(
      try stage.process(samples).matches(whole), "the same input gives the same output", sourceLocation: sourceLocation)
    guard whole.count == samples.count else { return }
    try checkIndependence(whole, sourceLocation)
    try checkThreads(whole, sourceLocation)
  }

  /// A record's output is the same alone, in the first and in the second part of the batch.
  private func checkIndependence(_ whole: S.Output, _ sourceLocation: SourceLocation) throws {
    for record in 0..<samples.count {
      let alone = try stage.process(samples[record..<record + 1])
      #expect(
        alone.count == 1 && alone.matches(whole[record..<record + 1]),
        "record \(record) does not depend on the records beside it", sourceLocation: sourceLocation)
      let rest = try stage.process(samples[record..<samples.count])
      #expect(
        rest.matches(whole[record..<samples.count]), "the records from \(record) on do not depend on those before",
        sourceLocation: sourceLocation)
    }
  }

  /// Several threads at once get what one got.
  private func checkThreads(_ whole: S.Output, _ sourceLocation: SourceLocation) throws {
    let (stage, samples) = (stage, samples)
    let agree = try concurrentMap(16, threads: 4) { _ in try stage.process(samples).matches(whole) }
    #expect(agree.allSatisfy { $0 }, "several threads may process at once", sourceLocation: sourceLocation)
  }
}

/// Checks that what a stage learned survives a model directory: written, read and used, it answers the same.
public struct StateContract<S: LearnedStage> {
  private let stage: S
  private let configuration: S.Configuration
  private let samples: S.Input
  private let context: StageContext
  public init(_ stage: S, _ configuration: S.Configuration, samples: S.Input, context: StageContext = .none) {
    self.stage = stage
    self.configuration = configuration
    self.samples = samples
    self.context = context
  }

  public func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
    var writer = StateWriter()
    try stage.state.write(to: &writer)
    let again = try S(configuration, state: S.State(from: writer.reader), context)
    #expect(
      try again.process(samples).matches(stage.process(samples)), "the saved and loaded stage answers the same",
      sourceLocation: sourceLocation)
    var second = StateWriter()
    try again.state.write(to: &second)
    #expect(
      second.files.elementsEqual(writer.files, by: ==) && second.tensors.elementsEqual(writer.tensors, by: ==),
      "what is saved twice is the same twice", sourceLocation: sourceLocation)
  }
}
