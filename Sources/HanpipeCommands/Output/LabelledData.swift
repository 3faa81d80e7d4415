import Hanpipe

/// Labelled records, read from files.
struct LabelledData {
  var records = LabelledTexts()
  /// Records that could not be used: how many, and what the first one was.
  private(set) var refused = 0
  private(set) var first: (any Error)?
  private(set) var repairs = Repairs()

  /// Reads all records of `reader`.
  ///
  /// - Parameter allowsMany: whether a record may have other than one label.
  /// - Throws: `InputError`. A record that is not in order is counted, and those around it are kept.
  init(_ reader: RecordReader, labels: [String], allowsMany: Bool) throws {
    let numbers = LabelReader(labels)
    while let batch = try reader.nextBatch() {
      for record in 0..<batch.count {
        do {
          if let error = batch.errors[record] { throw error }
          // A label that stands twice is one.
          let found = Set(try batch.labels(of: record).map { try numbers.number(of: $0, line: nil) }).sorted()
          guard allowsMany || found.count == 1 else { throw TrainingError.labelCount(found.count, line: nil) }
          records.texts.append(validated: batch.texts.utf8(of: record))
          records.labels.append(found)
        } catch let error as RecordError {
          refuse(error)
        } catch {
          refuse(RecordFailure(position: batch.position(of: record), underlying: error))
        }
      }
    }
    repairs = reader.repairs
  }

  private mutating func refuse(_ error: any Error) {
    refused += 1
    if first == nil { first = error }
  }
}

/// What is said of records that could not be used.
func leftOut(_ count: Int, _ first: any Error) -> String {
  count == 1 ? "hanpipe: 1 record was left out: \(first)" : "hanpipe: \(grouped(count)) records were left out; the first: \(first)"
}

/// Inputs, as messages call them.
func spoken(_ files: [String]) -> String { files.map { $0 == "-" ? "standard input" : $0 }.joined(separator: ", ") }

/// Records that cannot be trained on.
struct RefusedRecords: Error, CustomStringConvertible {
  let count: Int
  let first: any Error
  var description: String { count == 1 ? "\(first)" : "\(first)\nhanpipe: and \(count - 1) more records like it" }
}

/// The labels of a spec's classifier, which its last stage names.
func classifierLabels(_ blueprint: Blueprint) throws -> (labels: [String], allowsMany: Bool) {
  guard blueprint.outputKind == Predictions.kind, let last = blueprint.links.last,
    let labels = last.node["labels"]?.arrayValue?.compactMap(\.stringValue)
  else {
    throw TrainingError.notTrainable(
      "its last stage gives \(blueprint.outputKind?.rawValue ?? "nothing"); a classifier such as \"sigmoid\" must come last")
  }
  let task = last.node["task"]?.stringValue
  return (labels, task == "multi-label" || (last.type == "sigmoid" && labels.count != 2 && task != "binary"))
}
