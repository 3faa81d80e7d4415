public import HanpipeCore

/// What a spec is trained on: labels for a classifier, words for a tagger.
public enum TrainingData: Sendable {
  case labelled(LabelledTexts)
  case segmented(SegmentedTexts)

  public var texts: Texts {
    switch self {
    case .labelled(let data): data.texts
    case .segmented(let data): data.texts
    }
  }
  public var count: Int { texts.count }

  public subscript(records: [Int]) -> TrainingData {
    switch self {
    case .labelled(let data): .labelled(data[records])
    case .segmented(let data): .segmented(data[records])
    }
  }

  /// nil for words.
  public var labelled: LabelledTexts? { if case .labelled(let data) = self { data } else { nil } }
  /// The labels of each record; nil for words.
  public var labels: [[Int]]? { labelled?.labels }

  /// What identifies the records and what is true of them, in their order.
  public var sha256: String {
    var hash = SHA256()
    for record in 0..<count {
      // With its length, so that no two lists of texts give the same bytes.
      let text = texts.utf8(of: record)
      hash.update("\(text.count) \(truth(of: record))\n".utf8)
      hash.update(text)
    }
    return hash.hex
  }

  private func truth(of record: Int) -> String {
    switch self {
    case .labelled(let data): "\(data.labels[record])"
    case .segmented(let data): "\(data.wordEnds(of: record))"
    }
  }

  /// Cuts off what is validated on, as the configuration says.
  public func split(_ configuration: TrainingConfiguration) -> TrainingParts {
    switch self {
    case .labelled(let data):
      let (training, validation) = data.split(share: configuration.validationSplit, seed: configuration.splittingSeed)
      return TrainingParts(training: .labelled(training), validation: .labelled(validation))
    case .segmented(let data):
      let (training, validation) = data.split(share: configuration.validationSplit, seed: configuration.splittingSeed)
      return TrainingParts(training: .segmented(training), validation: .segmented(validation))
    }
  }
}

/// The records that a training sees.
public struct TrainingParts: Sendable {
  public var training: TrainingData
  /// Of the same kind; perhaps none.
  public var validation: TrainingData

  public init(training: TrainingData, validation: TrainingData) {
    self.training = training
    self.validation = validation
  }
}

extension Trainer {
  /// Fits what learns by counting and draws the first parameters, to learn what the records teach.
  ///
  /// - Parameters:
  ///   - blueprint: a chain from text to predictions (labels) or to tags (words).
  ///   - resource: the files that the spec names.
  ///   - threads: how many threads to use.
  ///   - learned: for a checkpoint, what each stage knows.
  ///   - start: the model to begin from, where nothing is known yet.
  /// - Throws: `TrainingError`, `SpecError`, and what stages throw.
  public init(
    _ blueprint: Blueprint, configuration: TrainingConfiguration, parts: TrainingParts, threads: Int,
    learned: [StateReader?]? = nil, from start: StartingModel? = nil, resource: ResourceReader
  ) throws {
    switch (parts.training, parts.validation) {
    case (.labelled(let training), .labelled(let validation)):
      try self.init(
        blueprint, configuration: configuration, data: training, validation: validation, threads: threads, learned: learned,
        from: start, resource: resource)
    case (.segmented(let training), .segmented(let validation)):
      try self.init(
        blueprint, configuration: configuration, data: training, validation: validation, threads: threads, learned: learned,
        from: start, resource: resource)
    default: throw TrainingError.notTrainable("it is given labels and words at once")
    }
  }
}
