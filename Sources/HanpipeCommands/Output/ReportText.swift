import Hanpipe

extension Evaluation {
  /// For people: figures with their intervals, each label's, averages, and who is taken for whom; without a newline at the end.
  var text: String {
    func line(_ name: String, _ figure: Double?, _ interval: ClosedRange<Double>?) -> String? {
      figure.map { padded(name, 11) + decimal($0, 4) + (interval.map { "   95 %: \(spoken($0))" } ?? "") }
    }
    var lines = [
      "records    \(grouped(report.count))", line("accuracy", report.accuracy, intervals.accuracy),
      line("log-loss", report.logLoss, intervals.logLoss), line("ROC AUC", report.rocAUC, intervals.rocAUC),
      line("Hamming", report.task == .multiLabel ? report.hammingLoss : nil, nil), line("ECE", reliability.expectedError, nil),
    ].compactMap { $0 }
    if let abstention { lines += ["", abstention.text] }
    let width = max(12, report.labels.map { columns($0.name) }.max() ?? 0) + 1
    lines += ["", padded("label", width) + " precision    recall        F1  F1, 95 %          records   ROC AUC"]
    for (label, interval) in zip(report.labels, intervals.labels) {
      let figures = [label.precision, label.recall, label.f1].map { padded(decimal($0, 4), 10, right: true) }
      lines.append(
        padded(label.name, width) + figures.joined() + "  " + padded(interval.f1.map(Self.spoken) ?? "-", 16)
          + padded(grouped(label.support), 9, right: true) + padded(label.rocAUC.map { decimal($0, 4) } ?? "-", 10, right: true))
    }
    if report.task == .multiLabel {
      let figures = [report.microPrecision, report.microRecall, report.microF1].map { padded(decimal($0, 4), 10, right: true) }
      lines.append(padded("micro", width) + figures.joined())
    }
    for (name, figure, interval) in [
      ("macro F1", report.macroF1, intervals.macroF1), ("weighted F1", report.weightedF1, intervals.weightedF1),
    ] {
      lines.append(padded(name, width) + padded(decimal(figure, 4), 30, right: true) + "  " + (interval.map(Self.spoken) ?? "-"))
    }
    if !report.confusion.isEmpty { lines += [""] + confusionLines(width) }
    return lines.joined(separator: "\n")
  }

  private static func spoken(_ interval: ClosedRange<Double>) -> String {
    "\(decimal(interval.lowerBound, 4)) – \(decimal(interval.upperBound, 4))"
  }
  private func spoken(_ interval: ClosedRange<Double>) -> String { Self.spoken(interval) }

  private func confusionLines(_ width: Int) -> [String] {
    let (labels, confusion) = (report.labels, report.confusion)
    let cell = max(7, confusion.joined().map { grouped($0).count }.max() ?? 0, labels.map { columns($0.name) }.max() ?? 0) + 2
    var lines = [padded("truth \\ answer", width) + labels.map { padded($0.name, cell, right: true) }.joined()]
    for (label, row) in zip(labels, confusion) {
      lines.append(padded(label.name, width) + row.map { padded(grouped($0), cell, right: true) }.joined())
    }
    return lines
  }

  /// For programs. Figures that nobody can know are null.
  var json: JSON {
    var object: JSONObject = [
      "records": .integer(report.count), "task": .string(report.task.rawValue), "accuracy": .number(report.accuracy),
      "logLoss": .number(report.logLoss),
    ]
    object["rocAUC"] = .figure(report.rocAUC)
    object["expectedCalibrationError"] = .number(reliability.expectedError)
    if report.task == .multiLabel {
      object["hammingLoss"] = .number(report.hammingLoss)
      object["microPrecision"] = .number(report.microPrecision)
      object["microRecall"] = .number(report.microRecall)
      object["microF1"] = .number(report.microF1)
    }
    object["macroF1"] = .number(report.macroF1)
    object["weightedF1"] = .number(report.weightedF1)
    object["intervals"] = [
      "confidence": .number(ClassificationIntervals.confidence), "samples": .integer(intervals.samples),
      "seed": Int(exactly: intervals.seed).map(JSON.integer) ?? .string(String(intervals.seed)),
      "accuracy": .interval(intervals.accuracy), "logLoss": .interval(intervals.logLoss),
      "rocAUC": .interval(intervals.rocAUC), "macroF1": .interval(intervals.macroF1), "weightedF1": .interval(intervals.weightedF1),
    ]
    object["abstention"] = abstention?.json
    object["labels"] = .array(
      zip(report.labels, intervals.labels).map { label, interval in
        [
          "label": .string(label.name), "precision": .number(label.precision), "recall": .number(label.recall),
          "f1": .number(label.f1), "records": .integer(label.support), "rocAUC": .figure(label.rocAUC),
          "intervals": [
            "precision": .interval(interval.precision), "recall": .interval(interval.recall), "f1": .interval(interval.f1),
            "rocAUC": .interval(interval.rocAUC),
          ],
        ]
      })
    if !report.confusion.isEmpty { object["confusion"] = .array(report.confusion.map { .array($0.map(JSON.integer)) }) }
    return .object(object)
  }
}

extension Abstention {
  var text: String {
    let accuracy = accuracy.map { ", accuracy \(decimal($0, 4))" } ?? ""
    let interval = interval.map { "   95 %: \(decimal($0.lowerBound, 4)) – \(decimal($0.upperBound, 4))" } ?? ""
    let share = "\(grouped(answered)) of \(grouped(count))"
    return "answered   \(share) from \(below) up, coverage \(decimal(coverage, 4))\(accuracy)\(interval)"
  }
  var json: JSON {
    [
      "below": .number(below), "answered": .integer(answered), "coverage": .number(coverage), "accuracy": .figure(accuracy),
      "accuracyInterval": .interval(interval),
    ]
  }
}

extension JSON {
  /// A number, or null.
  static func figure(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
  /// Two numbers, or null.
  static func interval(_ range: ClosedRange<Double>?) -> JSON {
    range.map { .array([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null
  }
}
