import Hanpipe

extension HeldOutFigures {
  /// All that is told of test records, for people or for programs: of a classifier what `evaluate` tells; without a newline at the end.
  func told(of data: TrainingData, by trainer: Trainer, asJSON: Bool, threads: Int) throws -> String {
    if let data = data.labelled {
      let evaluation = try Evaluation(
        Measurement(data, trainer.pipeline, threads: threads), seed: 42, abstainBelow: nil, threads: threads)
      return asJSON ? evaluation.json.description : evaluation.text
    }
    if asJSON {
      var object: JSONObject = ["records": .integer(records), "loss": .number(loss), "accuracy": .number(accuracy)]
      object["wordF1"] = wordF1.map(JSON.number)
      return JSON.object(object).description
    }
    var rows = [("records", grouped(records)), ("loss", decimal(loss, 4)), ("accuracy", decimal(accuracy, 4))]
    if let wordF1 { rows.append(("word F1", decimal(wordF1, 4))) }
    return rows.map { padded($0, 11) + $1 }.joined(separator: "\n")
  }

  /// On one line: `accuracy 0.9213, macro F1 0.9178`.
  var summary: String {
    var parts = ["loss \(decimal(loss, 4))", "accuracy \(decimal(accuracy, 4))"]
    if let report { parts.append("macro F1 \(decimal(report.macroF1, 4))") }
    if let wordF1 { parts.append("word F1 \(decimal(wordF1, 4))") }
    return parts.joined(separator: ", ")
  }
}
