import HanpipeCore

/// What a temperature, fitted at the end of a training, does on the validation records that it was fitted to.
public enum Calibration: Sendable, Equatable {
  case fitted(temperature: Double, records: Int, before: Figures, after: Figures)
  /// The temperature was left as it was, and why.
  case left(reason: String)

  public struct Figures: Sendable, Equatable {
    public let logLoss: Double
    /// See `Reliability`.
    public let expectedError: Double

    init(_ predictions: Predictions, _ truths: [[Int]]) {
      var counter = ClassificationCounter(task: predictions.task, labels: predictions.labels)
      counter.add(predictions, truths: truths)
      logLoss = counter.logLoss()
      expectedError = counter.reliability().expectedError
    }
  }

  /// Fewer records than these say too little: with 50 the temperature is known to about a third of itself.
  static let leastRecords = 50
}

extension Trainer {
  /// Fits the temperature of the last stage to the validation records, if that is asked for and there are some.
  mutating func calibrate() throws {
    guard configuration.calibration == .temperature, let validation, case .classifier = head,
      let truths = (validation.objective as? ClassificationObjective)?.labels
    else { return }
    let last = pipeline.stages.count - 1
    let link = pipeline.link(last)
    guard let before = link.node["temperature"]?.doubleValue, link.resources.isEmpty else {
      calibration = .left(reason: "\(link.label) has no \"temperature\"")
      return
    }
    guard truths.count >= Calibration.leastRecords else {
      calibration = .left(
        reason: "\(truths.count) validation records are too few, \(Calibration.leastRecords) are needed")
      return
    }
    let raw = try predictions(validation)
    guard let temperature = TemperatureFit.temperature(raw, truths: truths).map({ before * $0 }),
      TemperatureFit.bounds.contains(temperature)
    else {
      calibration = .left(
        reason: "the validation records do not say how sure to be: all are answered right, or none better than by chance")
      return
    }
    let uncalibrated = pipeline
    try pipeline.set("temperature", to: .number(temperature), ofStage: last)
    let figures = (before: Calibration.Figures(raw, truths), after: Calibration.Figures(try predictions(validation), truths))
    guard figures.after.logLoss <= figures.before.logLoss + 1e-6 else {
      // A stranger's classifier may mean something else by the word.
      pipeline = uncalibrated
      calibration = .left(reason: "\(link.label) does not divide its logits by its \"temperature\"")
      return
    }
    calibration = .fitted(
      temperature: temperature, records: truths.count, before: figures.before, after: figures.after)
  }

  /// What the chain answers to the records of a set, in their order.
  private func predictions(_ set: TrainingSet) throws -> Predictions {
    let parts = try outputs(of: set) { output, _ in
      guard let predictions = output as? Predictions else {
        throw TrainingError.notTrainable("its last stage does not give predictions")
      }
      return predictions
    }
    guard let joined = Predictions.joined(parts) else { throw TrainingError.noRecords }
    return joined
  }
}
