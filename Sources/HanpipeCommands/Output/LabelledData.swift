import Hanpipe

/// Labelled records, read from files.
struct LabelledData {
  var records = LabelledTexts()
  /// Records that could not be used: how many, and what the first one was.
  private(set) var refused = 0
  private(set) var first: (any Error)?
  private(set) var repairs = Repairs()
  /// Labels that were read as one of the list though capitals or white space differ, and how many there were.
  private(set) var variants: [Variant: Int] = [:]
  /// Labels that are not in the list: at most `unknownLimit` of them, each with how many there were.
  private(set) var unknown: [String: Int] = [:]
  /// Records with a label that is not in the list, whose text is in it.
  private(set) var swapped = 0

  struct Variant: Hashable {
    let written: String
    let label: String
  }
  private static let unknownLimit = 100

  /// Reads all records of `reader`.
  ///
  /// - Parameter allowsMany: whether a record may have other than one label.
  /// - Throws: `InputError`; `WrongEncoding`. A record that is not in order is counted, and those around it are kept.
  init(_ reader: RecordReader, labels: [String], allowsMany: Bool) throws {
    let numbers = LabelReader(labels)
    while let batch = try reader.nextBatch() {
      for record in 0..<batch.count {
        do {
          if let error = batch.errors[record] { throw error }
          // A label that stands twice is one.
          let found = Set(try batch.labels(of: record).map { try number($0, numbers) }).sorted()
          guard allowsMany || found.count == 1 else { throw TrainingError.labelCount(found.count, line: nil) }
          records.texts.append(validated: batch.texts.utf8(of: record))
          records.labels.append(found)
        } catch let error as RecordError {
          refuse(error)
        } catch {
          if case .unknownLabel? = error as? TrainingError, numbers.knows(batch.texts.utf8(of: record)) { swapped += 1 }
          refuse(RecordFailure(position: batch.position(of: record), underlying: error))
        }
      }
    }
    repairs = reader.repairs
    try WrongEncoding.check(repairs)
  }

  private mutating func number(_ label: String, _ labels: LabelReader) throws(TrainingError) -> Int {
    do throws(TrainingError) {
      let reading = try labels.reading(of: label)
      if !reading.isExact { variants[Variant(written: label, label: labels.labels[reading.number]), default: 0] += 1 }
      return reading.number
    } catch {
      if unknown[label] != nil || unknown.count < Self.unknownLimit { unknown[label, default: 0] += 1 }
      throw error
    }
  }

  private mutating func refuse(_ error: any Error) {
    refused += 1
    if first == nil { first = error }
  }
}

extension WorkOptions {
  /// Says once what was read otherwise than it stands there.
  func warn(of data: LabelledData) {
    warn(of: data.repairs)
    for (variant, count) in data.variants.sorted(by: { ($0.key.written, $0.key.label) < ($1.key.written, $1.key.label) }) {
      warn("the label \"\(variant.written)\" was read as \"\(variant.label)\" in \(grouped(count)) record\(count == 1 ? "" : "s")")
    }
  }
}

/// Input most of which is no UTF-8, but in order in another encoding.
struct WrongEncoding: Error, CustomStringConvertible {
  let file: String
  let encoding: ForeignEncoding

  /// - Throws: `WrongEncoding`, if the lines that were repaired are of such an input.
  static func check(_ repairs: Repairs) throws(WrongEncoding) {
    if let encoding = repairs.encoding, let file = repairs.first?.file { throw WrongEncoding(file: file, encoding: encoding) }
  }

  var description: String { "\(file): is not UTF-8 but looks like \(encoding); convert it: \(remedy)" }

  /// A command to copy.
  var remedy: String {
    let program = "iconv -f \(encoding.rawValue) -t UTF-8"
    if file == "standard input" { return "… | \(program) | hanpipe …" }
    let dot = file.lastIndex(of: ".").flatMap { $0 > file.startIndex && !file[$0...].contains("/") ? $0 : nil } ?? file.endIndex
    return "\(program) \(shellQuoted(file)) > \(shellQuoted("\(file[..<dot]).utf8\(file[dot...])"))"
  }
}

/// A word as a shell reads it.
func shellQuoted(_ word: String) -> String {
  let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=+:,@%"
  if !word.isEmpty, word.allSatisfy({ plain.contains($0) || !$0.isASCII }) { return word }
  return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
}

/// Inputs, as messages call them.
func spoken(_ files: [String]) -> String { files.map { $0 == "-" ? "standard input" : $0 }.joined(separator: ", ") }

/// Records that cannot be trained on.
struct RefusedRecords: Error, CustomStringConvertible {
  let count: Int
  let first: any Error
  var remedy: String?
  var description: String {
    (count == 1 ? "\(first)" : "\(first)\nhanpipe: and \(grouped(count - 1)) more record\(count == 2 ? "" : "s") that cannot be used")
      + (remedy.map { "\nhanpipe: \($0)" } ?? "")
  }
}

extension LabelledData {
  /// What to do where not one label is known: the columns are then the other way round, or the spec is of other labels than the data.
  /// - Parameter place: the classifier's, among the stages.
  func remedy(place: Int) -> String? {
    if records.count == 0, swapped > refused / 2 {
      return "the texts are labels of the spec: label and text stand the other way round; --label-field 2 reads them so"
    }
    guard records.count == 0, unknown.count > 1, unknown.count < Self.unknownLimit else { return nil }
    let labels = unknown.keys.sorted()
    let told = labels.prefix(8).map { "\"\($0)\" (\(grouped(unknown[$0] ?? 0)))" }.joined(separator: ", ")
    let value = JSON.array(labels.map(JSON.string))
    return "the labels in the data are \(told)\(labels.count > 8 ? ", …" : ""); to learn those: --set "
      + shellQuoted("stages[\(place)].labels=\(value)")
  }
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
