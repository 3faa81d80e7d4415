import HanpipeCore

/// Why a training cannot begin or go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  case unknownLabel(String, line: Int?, known: [String])
  /// Capitals and white space alone tell apart what it could be.
  case ambiguousLabel(String, line: Int?, known: [String])
  case labelCount(Int, line: Int?)
  case noRecords
  case noSegmentedRecords
  case oneClass(String, count: Int)
  /// Fewer different texts than folds.
  case tooFewRecords(found: Int, folds: Int)
  /// Nothing to tell trainings apart by.
  case noValidation
  case notTrainable(String)
  case diverged(epoch: Int, step: Int, what: String)
  case checkpoint(String)
  /// No stage that learns can begin from a model; why, a line a stage.
  case nothingInCommon(model: String, reasons: [String])

  public var description: String {
    switch self {
    case .unknownLabel(let label, let line, let known):
      return "\(Self.place(line))the label \"\(label)\" is not one of the spec's labels "
        + known.map { "\"\($0)\"" }.joined(separator: ", ")
    case .ambiguousLabel(let label, let line, let known):
      return "\(Self.place(line))the label \"\(label)\" may be any of "
        + known.map { "\"\($0)\"" }.joined(separator: ", ") + "; write it as one of them"
    case .labelCount(let count, let line):
      return "\(Self.place(line))\(count) labels, but the classifier gives exactly one"
    case .noRecords: return "no record to train on; expected lines of the form: label TAB text"
    case .noSegmentedRecords: return "no record to train on; expected lines of words with spaces between them"
    case .oneClass(let label, let count):
      let which = count == 1 ? "the only record to train on is" : "all \(grouped(count)) records to train on are"
      return "\(which) labelled \"\(label)\"; a classifier needs records of at least two labels"
    case .tooFewRecords(let found, let folds):
      return "\(grouped(found)) different texts cannot be dealt into \(folds) folds, each of which needs one"
    case .noValidation:
      return "no record is kept aside to compare settings by; name --validation, or say --set training.validationSplit=0.1"
    case .notTrainable(let reason): return "the spec cannot be trained: \(reason)"
    case .diverged(let epoch, let step, let what):
      return "training diverged in epoch \(epoch), step \(step): \(what) is not a finite number; "
        + "lower the learning rate, or clip gradients with \"clipping\": {\"norm\": 1}"
    case .checkpoint(let reason): return "the checkpoint does not fit: \(reason)"
    case .nothingInCommon(let model, let reasons):
      return "no stage can begin from \(model); make the spec agree with it, or leave out --from\n"
        + reasons.map { "  " + $0 }.joined(separator: "\n")
    }
  }
  private static func place(_ line: Int?) -> String { line.map { "line \($0): " } ?? "" }
}
