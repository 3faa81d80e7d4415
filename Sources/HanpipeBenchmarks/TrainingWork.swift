public import HanpipeCore
public import HanpipeTraining

/// Learning from records, epoch by epoch.
public struct TrainingWork: Sendable {
  public let records: Int
  private var trainer: Trainer

  /// - Parameters:
  ///   - configuration: what to take of it; its epochs, validation and early stopping are not.
  ///   - resource: the files that the spec names.
  /// - Throws: as `Trainer` does.
  public init(
    _ blueprint: Blueprint, configuration: TrainingConfiguration, data: LabelledTexts, threads: Int,
    resource: ResourceReader
  ) throws {
    var configuration = configuration
    configuration.epochs = 1_000_000
    configuration.validationSplit = 0
    configuration.earlyStopping = nil
    records = data.count
    trainer = try Trainer(
      blueprint, configuration: configuration, data: data, validation: LabelledTexts(), threads: threads, resource: resource)
  }

  /// As it is after the epochs so far.
  public var pipeline: Pipeline { trainer.pipeline }

  /// Sees every record once.
  public mutating func run() throws {
    _ = try trainer.run { if case .epoch = $0 { .pause } else { .proceed } }
  }
}
