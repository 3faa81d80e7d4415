import Hanpipe

extension ClassificationReport {
  /// For people: figures a label, averages, and who is taken for whom; without a newline at the end.
  var text: String {
    var lines = ["records    \(grouped(count))", "accuracy   \(decimal(accuracy, 4))", "log-loss   \(decimal(logLoss, 4))"]
    if task == .multiLabel { lines.append("Hamming    \(decimal(hammingLoss, 4))") }
    if let rocAUC { lines.append("ROC AUC    \(decimal(rocAUC, 4))") }
    let width = max(12, labels.map { columns($0.name) }.max() ?? 0) + 1
    lines += ["", padded("label", width) + " precision    recall        F1   records   ROC AUC"]
    for label in labels {
      let figures = [label.precision, label.recall, label.f1].map { padded(decimal($0, 4), 10, right: true) }
      lines.append(
        padded(label.name, width) + figures.joined() + padded(grouped(label.support), 10, right: true)
          + padded(label.rocAUC.map { decimal($0, 4) } ?? "-", 10, right: true))
    }
    if task == .multiLabel {
      let figures = [microPrecision, microRecall, microF1].map { padded(decimal($0, 4), 10, right: true) }
      lines.append(padded("micro", width) + figures.joined())
    }
    lines.append(padded("macro F1", width) + padded(decimal(macroF1, 4), 30, right: true))
    lines.append(padded("weighted F1", width) + padded(decimal(weightedF1, 4), 30, right: true))
    if !confusion.isEmpty { lines += [""] + confusionLines(width) }
    return lines.joined(separator: "\n")
  }

  private func confusionLines(_ width: Int) -> [String] {
    let cell = max(7, confusion.joined().map { grouped($0).count }.max() ?? 0, labels.map { columns($0.name) }.max() ?? 0) + 2
    var lines = [padded("truth \\ answer", width) + labels.map { padded($0.name, cell, right: true) }.joined()]
    for (label, row) in zip(labels, confusion) {
      lines.append(padded(label.name, width) + row.map { padded(grouped($0), cell, right: true) }.joined())
    }
    return lines
  }

  /// For programs.
  var json: JSON {
    var object: JSONObject = [
      "records": .integer(count), "task": .string(task.rawValue), "accuracy": .number(accuracy), "logLoss": .number(logLoss),
    ]
    object["rocAUC"] = rocAUC.map(JSON.number) ?? .null
    if task == .multiLabel {
      object["hammingLoss"] = .number(hammingLoss)
      object["microPrecision"] = .number(microPrecision)
      object["microRecall"] = .number(microRecall)
      object["microF1"] = .number(microF1)
    }
    object["macroF1"] = .number(macroF1)
    object["weightedF1"] = .number(weightedF1)
    object["labels"] = .array(
      labels.map {
        [
          "label": .string($0.name), "precision": .number($0.precision), "recall": .number($0.recall), "f1": .number($0.f1),
          "records": .integer($0.support), "rocAUC": $0.rocAUC.map(JSON.number) ?? .null,
        ]
      })
    if !confusion.isEmpty { object["confusion"] = .array(confusion.map { .array($0.map(JSON.integer)) }) }
    return .object(object)
  }
}
