public import HanpipeCore

/// One training, ready to begin: a spec in order, its settings, and the records.
public struct TrainingJob: Sendable {
  public private(set) var blueprint: Blueprint
  public private(set) var configuration: TrainingConfiguration
  public var parts: TrainingParts
  /// Measured when training is over, and not before.
  public var test: TrainingData?
  /// The model to begin from; nil: anew.
  public let start: StartingModel?
  public let threads: Int
  public let resource: ResourceReader

  public init(
    _ blueprint: Blueprint, configuration: TrainingConfiguration, parts: TrainingParts, test: TrainingData? = nil,
    from start: StartingModel? = nil, threads: Int = 1, resource: ResourceReader = .none
  ) {
    self.blueprint = blueprint
    self.configuration = configuration
    self.parts = parts
    self.test = test
    self.start = start
    self.threads = threads
    self.resource = resource
  }

  /// The same with other settings, which the spec then says too.
  public func changing(_ change: (inout TrainingConfiguration) -> Void) throws(SpecError) -> TrainingJob {
    var job = self
    change(&job.configuration)
    var spec = blueprint.spec
    spec.training = job.configuration.json
    job.blueprint = try Blueprint(spec, registry: blueprint.registry)
    return job
  }

  /// - Parameter learned: for a checkpoint, what each stage knows.
  public func trainer(learned: [StateReader?]? = nil) throws -> Trainer {
    try Trainer(
      blueprint, configuration: configuration, parts: parts, threads: threads, learned: learned, from: start, resource: resource)
  }
}
