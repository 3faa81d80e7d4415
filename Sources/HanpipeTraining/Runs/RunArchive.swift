public import HanpipeCore

/// Where several trainings are written down as they go, so that they go on whatever ends the process.
///
/// A run is known by its number among all, from 0. A race trains one in several legs, from 1; other kinds of trainings in one.
public protocol RunArchive: AnyObject {
  /// What came of a leg that was over when this was last written; nil if it was not.
  func ended(_ subject: TrainingRun.Subject, number: Int, leg: Int) -> TrainingRun?
  /// A run's trainer, where it stood when it was last written down; nil if it never was.
  /// - Parameter job: what the run trains.
  func trainer(_ number: Int, _ job: TrainingJob) throws -> Trainer?

  /// Whether it is time to write the present run down.
  func isDue(isEpochEnd: Bool) -> Bool
  /// Writes the present run down where it stands. Training goes on if that fails.
  func note(_ trainer: Trainer, number: Int)
  /// The same for the last time: whoever pauses wants to know that it can be continued.
  func pause(_ trainer: Trainer, number: Int) throws

  /// Writes down that a leg is over. Training goes on if that fails.
  /// - Parameters:
  ///   - trainer: as it stands now; nil if nobody needs it again.
  ///   - kept: the numbers of all runs whose trainers may be needed again; others are let go.
  func end(_ run: TrainingRun, number: Int, leg: Int, _ trainer: Trainer?, keeping kept: Set<Int>)
}

extension TrainingRun {
  /// What came of it, to be written down.
  public var json: JSONObject {
    var object: JSONObject = ["epochs": .integer(epochs)]
    object["result"] = result?.json
    object["test"] = test?.json
    object["failure"] = failure.map(JSON.string)
    return object
  }

  /// - Returns: nil if `json` is not what `json` gives.
  public init?(_ subject: Subject, _ json: JSON) {
    guard let epochs = json["epochs"]?.intValue else { return nil }
    self.init(subject)
    self.epochs = epochs
    result = json["result"].flatMap(EpochRecord.init)
    test = json["test"].flatMap(HeldOutFigures.init)
    failure = json["failure"]?.stringValue
    if (result == nil) != (json["result"] == nil) || (test == nil) != (json["test"] == nil) { return nil }
  }
}

extension HeldOutFigures {
  var json: JSON {
    var object: JSONObject = ["records": .integer(records), "loss": .number(loss), "accuracy": .number(accuracy)]
    object["wordF1"] = wordF1.map(JSON.number)
    object["report"] = report?.json
    return .object(object)
  }

  init?(_ json: JSON) {
    guard let records = json["records"]?.intValue, let loss = json["loss"]?.doubleValue,
      let accuracy = json["accuracy"]?.doubleValue
    else { return nil }
    self.init(records: records, loss: loss, accuracy: accuracy, wordF1: json["wordF1"]?.doubleValue)
    if let json = json["report"] {
      guard let report = ClassificationReport(json) else { return nil }
      self.report = report
    }
  }
}

extension ClassificationReport {
  var json: JSON {
    [
      "task": .string("\(task)"), "count": .integer(count), "accuracy": .number(accuracy), "logLoss": .number(logLoss),
      "labels": .array(labels.map(\.json)), "confusion": .array(confusion.map { .array($0.map(JSON.integer)) }),
    ]
  }

  init?(_ json: JSON) {
    let tasks: [Predictions.Task] = [.binary, .multiClass, .multiLabel]
    guard let task = tasks.first(where: { json["task"]?.stringValue == "\($0)" }), let count = json["count"]?.intValue,
      let accuracy = json["accuracy"]?.doubleValue, let logLoss = json["logLoss"]?.doubleValue,
      let labels = json["labels"]?.arrayValue, let confusion = json["confusion"]?.arrayValue
    else { return nil }
    let read = labels.compactMap(Label.init)
    guard read.count == labels.count else { return nil }
    self.init(
      task: task, count: count, accuracy: accuracy, logLoss: logLoss, labels: read,
      confusion: confusion.map { ($0.arrayValue ?? []).compactMap(\.intValue) })
  }
}

extension ClassificationReport.Label {
  fileprivate var json: JSON {
    [
      "name": .string(name), "precision": .number(precision), "recall": .number(recall), "f1": .number(f1),
      "support": .integer(support),
      "answered": .integer(answered), "right": .integer(right), "rocAUC": rocAUC.map(JSON.number) ?? .null,
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let name = json["name"]?.stringValue, let precision = json["precision"]?.doubleValue,
      let recall = json["recall"]?.doubleValue,
      let f1 = json["f1"]?.doubleValue, let support = json["support"]?.intValue, let answered = json["answered"]?.intValue,
      let right = json["right"]?.intValue
    else { return nil }
    self.init(
      name: name, precision: precision, recall: recall, f1: f1, support: support, answered: answered, right: right,
      rocAUC: json["rocAUC"]?.doubleValue)
  }
}
