import Hanpipe

/// What a spec is trained on: labels for a classifier, words for a tagger.
enum TrainingData {
  case labelled(LabelledTexts)
  case segmented(SegmentedTexts)

  var texts: Texts {
    switch self {
    case .labelled(let data): data.texts
    case .segmented(let data): data.texts
    }
  }
  var count: Int { texts.count }

  /// A trainer of `checked` on this data.
  /// - Parameter validation: of the same kind; nil for the spec's share of the data.
  func trainer(
    _ checked: CheckedSpec, _ configuration: TrainingConfiguration, validation: TrainingData?, threads: Int,
    learned: [StateReader?]?
  ) throws -> Trainer {
    let resource = checked.root.reader
    switch (self, validation) {
    case (.labelled(let data), .labelled(let held)?):
      return try Trainer(
        checked.blueprint, configuration: configuration, data: data, validation: held, threads: threads, learned: learned,
        resource: resource)
    case (.labelled(let data), _):
      return try Trainer(
        checked.blueprint, configuration: configuration, data: data, validation: nil, threads: threads, learned: learned,
        resource: resource)
    case (.segmented(let data), .segmented(let held)?):
      return try Trainer(
        checked.blueprint, configuration: configuration, data: data, validation: held, threads: threads, learned: learned,
        resource: resource)
    case (.segmented(let data), _):
      return try Trainer(
        checked.blueprint, configuration: configuration, data: data, validation: nil, threads: threads, learned: learned,
        resource: resource)
    }
  }
}

extension SegmentedTexts {
  /// All records of `reader`, each text words with white space between them.
  /// - Parameter criteria: conventions, one of which is each record's label; nil: the records have none.
  /// - Throws: `InputError`, `RefusedRecords`.
  init(_ reader: RecordReader, criteria: CriterionMark.Conventions?) throws {
    self.init()
    let numbers = criteria.map { LabelReader($0.labels) }
    var refused = 0
    var first: (any Error)?
    while let batch = try reader.nextBatch() {
      for record in 0..<batch.count {
        do {
          if let error = batch.errors[record] { throw error }
          let labels = try numbers.map { numbers in try batch.labels(of: record).map { try numbers.number(of: $0, line: nil) } }
          if let labels, labels.count != 1 { throw TrainingError.labelCount(labels.count, line: nil) }
          append(batch.texts.utf8(of: record), mark: labels.flatMap { criteria?.mark($0[0]) })
        } catch {
          refused += 1
          first = first ?? (error is RecordError ? error : RecordFailure(position: batch.position(of: record), underlying: error))
        }
      }
    }
    if let first { throw RefusedRecords(count: refused, first: first) }
  }
}
