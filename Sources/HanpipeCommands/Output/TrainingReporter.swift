import Hanpipe

/// Tells on stderr how a training goes: a line an epoch, and on a terminal a line that moves.
final class TrainingReporter {
  private let epochs: Int
  /// Whether training may end before the last epoch.
  private let mayStopEarly: Bool
  private let work: WorkOptions
  private let progress: ProgressLine
  /// What stands before everything: which of several trainings it is; empty for one.
  private let name: String
  /// Whether epochs have lines of their own.
  private let tellsEpochs: Bool
  private var epochStart = ContinuousClock.now
  /// The steps and records of this epoch that were there when this reporter first heard of it.
  private var before: (epoch: Int, step: Int, records: Int)?
  /// Of all epochs: steps that this reporter was told of, and since when.
  private var steps = 0
  private let start = ContinuousClock.now

  /// - Parameters:
  ///   - configuration: says how many epochs there are.
  ///   - name: which of several trainings it is.
  ///   - tellsEpochs: whether each epoch gets a line that stays.
  init(_ configuration: TrainingConfiguration, work: WorkOptions, name: String = "", epochs: Int? = nil, tellsEpochs: Bool = true) {
    self.epochs = epochs ?? configuration.epochs
    mayStopEarly = configuration.earlyStopping != nil
    self.work = work
    self.name = name.isEmpty ? "" : name + " "
    self.tellsEpochs = tellsEpochs
    progress = ProgressLine(quiet: work.quiet)
  }

  func tell(_ event: TrainingEvent) {
    switch event {
    case .step(let epoch, let step, let steps, let loss, let accuracy, let records):
      if before?.epoch != epoch {
        // A training that is continued begins inside of an epoch. The step just told of took some of the time.
        before = (epoch, step - 1, step > 1 ? records * (step - 1) / step : 0)
      }
      self.steps += 1
      progress.draw(bar(epoch, step, steps, loss, accuracy, records))
    case .epoch(let record, let isBest):
      progress.clear()
      let elapsed = ContinuousClock.now - epochStart
      epochStart = .now
      if tellsEpochs { write(name + Self.line(record, of: epochs, isBest: isBest, elapsed)) }
    case .stoppedEarly(let epoch, let best):
      progress.clear()
      if tellsEpochs {
        write(name + "stopped after epoch \(epoch): validation no longer improves; the weights of epoch \(best) are kept")
      }
    }
  }

  func clear() { progress.clear() }

  private func write(_ line: String) {
    if !work.quiet { Terminal.write(line) }
  }

  private func bar(_ epoch: Int, _ step: Int, _ steps: Int, _ loss: Double, _ accuracy: Double, _ records: Int) -> String {
    let rate = grouped(Int(Double(records - (before?.records ?? 0)) / max((ContinuousClock.now - epochStart).seconds, 0.001)))
    let head = "\(name)epoch \(epoch)/\(epochs) "
    let figures = " loss \(decimal(loss, 4)) accuracy \(decimal(accuracy, 4)) "
    let left = spoken(timeLeft(steps - step + (epochs - epoch) * steps))
    let tails = [" \(rate) records/s, \(mayStopEarly ? "at most " : "")\(left) left", " \(rate)/s, \(left)", " \(left)"]
    // The bar takes what the figures leave; where that is too little, the figures become fewer.
    let width = ProgressLine.width - head.count - figures.count
    let tail = tails.first { width - $0.count >= 4 } ?? tails[tails.count - 1]
    let room = max(3, min(20, width - tail.count))
    let filled = Int(Double(step) / Double(max(1, steps)) * Double(room))
    return head + String(repeating: "━", count: filled) + String(repeating: "·", count: room - filled) + figures + tail
  }

  /// Until the last epoch's end, at the pace so far, validation included.
  private func timeLeft(_ stepsLeft: Int) -> Duration {
    .seconds((ContinuousClock.now - start).seconds / Double(max(1, steps)) * Double(max(0, stepsLeft)))
  }

  static func line(_ record: EpochRecord, of epochs: Int, isBest: Bool, _ elapsed: Duration) -> String {
    let width = String(epochs).count
    var text = "epoch \(padded(String(record.epoch), width, right: true))/\(epochs)"
    text += "  loss \(decimal(record.loss, 4)) accuracy \(decimal(record.accuracy, 4))"
    if let loss = record.validationLoss, let accuracy = record.validationAccuracy {
      // The same two figures: named once more, the line would not fit into 80 columns.
      text += "  validation \(decimal(loss, 4)), \(decimal(accuracy, 4))"
    }
    if let f1 = record.validationWordF1 ?? record.wordF1 { text += "  F1 \(decimal(f1, 4))" }
    if let micro = record.validationMicroF1 ?? record.microF1, let macro = record.validationMacroF1 ?? record.macroF1 {
      text += "  F1 micro \(decimal(micro, 4)) macro \(decimal(macro, 4))"
    }
    let seconds = elapsed.seconds
    return text + "  \(decimal(seconds, 1)) s" + (isBest ? " *" : "")
  }
}

extension Calibration {
  /// A line for who trains.
  func text(_ configuration: TrainingConfiguration) -> String {
    switch self {
    case .fitted(let temperature, let records, let before, let after):
      "calibrated on \(grouped(records)) validation records: temperature \(decimal(temperature, 3)), log-loss "
        + "\(decimal(before.logLoss, 4)) → \(decimal(after.logLoss, 4)), calibration error \(decimal(before.expectedError, 4)) → "
        + decimal(after.expectedError, 4)
        + (configuration.lossIsLogLoss ? "" : "; the losses above count \(configuration.lossSettings) too")
    case .left(let reason): "not calibrated: \(reason)"
    }
  }
}

extension TrainingConfiguration {
  /// Whether the loss of an epoch is the mean −ln p, which `evaluate` calls log-loss.
  var lossIsLogLoss: Bool { classWeights == .none && labelSmoothing == 0 }

  /// What makes it another.
  var lossSettings: String {
    [classWeights == .none ? nil : "weights of labels", labelSmoothing == 0 ? nil : "label smoothing"].compactMap(\.self)
      .joined(separator: " and ")
  }
}
