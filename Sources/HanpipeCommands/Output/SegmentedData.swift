import Hanpipe

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
          let labels = try numbers.map { numbers in try batch.labels(of: record).map { try numbers.reading(of: $0).number } }
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
