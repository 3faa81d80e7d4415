import Hanpipe

/// What a person should know of a model before using it: its README.md.
struct ModelCard {
  let trainer: Trainer
  let spec: PipelineSpec
  let files: [DataFile]
  /// The model that it began from.
  var origin: ModelOrigin.Record?
  /// Of test records, if there were any.
  var test: HeldOutFigures?

  var markdown: String {
    let name = spec.name ?? "model"
    return """
      # \(name)

      \(spec.about ?? "A hanpipe model.")

      | | |
      |---|---|
      | made by | hanpipe \(Tool.version) |
      | \(kind.names) | \(trainer.head.names.joined(separator: ", ")) |
      | stages | \(trainer.pipeline.blueprint.links.map(\.type.rawValue).joined(separator: " → ")) |
      | records | \(grouped(trainer.trainingCount)) trained on, \(grouped(trainer.validationCount)) validated on |
      | parameters | \(grouped(trainer.pipeline.parameterCount)) |
      | seed | \(trainer.configuration.seed) |\(origin.map { "\n| began from | the model `\($0.name)`, SHA-256 `\($0.sha256)` |" } ?? "")

      ## Data

      \(files.map { "- `\($0.name)`" + ($0.sha256.map { ", SHA-256 `\($0)`" } ?? "") }.joined(separator: "\n"))

      ## Figures

      \(testLine)\(figures)
      \(calibration)
      \(validation)Measure on records of your own\(kind.measure).

      ## Use

          \(kind.use)

      """
  }

  /// What differs between a classifier and a tagger.
  private var kind: (names: String, measure: String, use: String) {
    switch trainer.head {
    case .classifier: ("labels", " with `hanpipe evaluate`", "hanpipe classify --model THIS-DIRECTORY < lines.txt")
    case .tagger: ("tags", "", "hanpipe run THIS-DIRECTORY lines.txt")
    }
  }

  private var validation: String {
    guard trainer.validationCount > 0 else { return "No records were kept aside to validate on: these figures are of what was learned. " }
    return "Validation records were kept apart from those trained on, but where training stops early they also chose the epoch. "
  }

  private var lossSettings: String {
    trainer.configuration.lossIsLogLoss ? "" : ", and count \(trainer.configuration.lossSettings) too"
  }

  /// A paragraph, or an empty line.
  private var calibration: String {
    guard case .fitted(let temperature, let records, let before, let after)? = trainer.calibration else { return "" }
    return """

      Probabilities are calibrated: logits are divided by the temperature \(decimal(temperature, 3)), which was fitted on the \
      \(grouped(records)) validation records after training. There, log-loss went from \(decimal(before.logLoss, 4)) to \
      \(decimal(after.logLoss, 4)), and the expected calibration error from \(decimal(before.expectedError, 4)) to \
      \(decimal(after.expectedError, 4)); the losses above are those before\(lossSettings).

      """
  }

  private var testLine: String {
    guard let test else { return "" }
    return "On \(grouped(test.records)) test records, which took no part in training: \(test.summary).\n\n"
  }

  private var figures: String {
    var columns: [(name: String, figure: (EpochRecord) -> Double?)] = [
      ("loss", \.loss), ("accuracy", \.accuracy), ("word F1", \.wordF1), ("micro F1", \.microF1), ("macro F1", \.macroF1),
      ("validation loss", \.validationLoss), ("validation accuracy", \.validationAccuracy),
      ("validation word F1", \.validationWordF1),
      ("validation micro F1", \.validationMicroF1), ("validation macro F1", \.validationMacroF1),
    ]
    // Without the figures of other kinds of last stages.
    if case .classifier = trainer.head { columns.removeAll { $0.name.hasSuffix("word F1") } }
    if !trainer.history.contains(where: { $0.microF1 != nil }) {
      columns.removeAll { $0.name.hasSuffix("micro F1") || $0.name.hasSuffix("macro F1") }
    }
    var lines = [
      "| epoch | \(columns.map(\.name).joined(separator: " | ")) |", "|---\(columns.map { _ in "|---" }.joined())|",
    ]
    for record in trainer.history {
      let figures = columns.map { $0.figure(record).map { decimal($0, 4) } ?? "–" }
      lines.append("| \(record.epoch) | \(figures.joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n")
  }
}
