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
  /// - Throws: `InputError`, `RefusedRecords`.
  init(_ reader: RecordReader) throws {
    self.init()
    var refused = 0
    var first: RecordError?
    while let batch = try reader.nextBatch() {
      for record in 0..<batch.count {
        if let error = batch.errors[record] {
          refused += 1
          first = first ?? error
        } else {
          append(batch.texts.utf8(of: record))
        }
      }
    }
    if let first { throw RefusedRecords(count: refused, first: first) }
  }
}
