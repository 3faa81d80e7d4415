import Hanpipe

/// Tells on stderr how a training goes: a line an epoch, and on a terminal a line that moves.
final class TrainingReporter {
  private let epochs: Int
  private let work: WorkOptions
  private let progress: ProgressLine
  private var epochStart = ContinuousClock.now

  init(epochs: Int, work: WorkOptions) {
    self.epochs = epochs
    self.work = work
    progress = ProgressLine(quiet: work.quiet)
  }

  func tell(_ event: TrainingEvent) {
    switch event {
    case .step(let epoch, let step, let steps, let loss, let accuracy, let records):
      let elapsed = ContinuousClock.now - epochStart
      progress.draw(bar(epoch, step, steps, loss, accuracy, records, elapsed))
    case .epoch(let record, let isBest):
      progress.clear()
      let elapsed = ContinuousClock.now - epochStart
      epochStart = .now
      if !work.quiet { Terminal.write(Self.line(record, of: epochs, isBest: isBest, elapsed)) }
    case .stoppedEarly(let epoch, let best):
      progress.clear()
      if !work.quiet {
        Terminal.write("stopped after epoch \(epoch): validation no longer improves; the weights of epoch \(best) are kept")
      }
    }
  }

  func clear() { progress.clear() }

  private func bar(
    _ epoch: Int, _ step: Int, _ steps: Int, _ loss: Double, _ accuracy: Double, _ records: Int, _ elapsed: Duration
  ) -> String {
    let share = Double(step) / Double(max(1, steps))
    let seconds = elapsed.seconds
    let left = Duration.seconds(seconds / max(share, 1e-9) * (1 - share))
    let rate = grouped(Int(Double(records) / max(seconds, 0.001)))
    let head = "epoch \(epoch)/\(epochs) "
    let tail = " loss \(decimal(loss, 4)) accuracy \(decimal(accuracy, 4))  \(rate) records/s, \(spoken(left)) left"
    // The bar takes what the figures leave.
    let room = max(3, min(20, ProgressLine.width - head.count - tail.count))
    let filled = Int(share * Double(room))
    return head + String(repeating: "━", count: filled) + String(repeating: "·", count: room - filled) + tail
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
  var text: String {
    switch self {
    case .fitted(let temperature, let records, let before, let after):
      "calibrated on \(grouped(records)) validation records: temperature \(decimal(temperature, 3)), log-loss "
        + "\(decimal(before.logLoss, 4)) → \(decimal(after.logLoss, 4)), calibration error \(decimal(before.expectedError, 4)) → "
        + decimal(after.expectedError, 4)
    case .left(let reason): "not calibrated: \(reason)"
    }
  }
}
