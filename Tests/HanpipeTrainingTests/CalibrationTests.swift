import Glibc
import Hanpipe
import HanpipeCore
import Testing

@testable import HanpipeTraining

@Suite struct CalibrationTests {
  /// Against SciPy's minimum of the log-loss (Tests/Fixtures/make_statistics.py).
  @Test(arguments: [0, 1, 2])
  func `temperature, log-loss and calibration error are those that SciPy finds`(_ index: Int) throws {
    let made = try #require(try fixture("statistics.json")["temperature"]?.arrayValue)[index]
    let (predictions, truths) = try Self.records(made)
    let temperature = try #require(TemperatureFit.temperature(predictions, truths: truths))
    let expected = try #require(made["temperature"]?.doubleValue)
    #expect(abs(temperature - expected) < 1e-5 * expected, "\(temperature), expected \(expected)")
    let figures = Calibration.Figures(predictions, truths)
    #expect(abs(figures.expectedError - (made["expected_error"]?.doubleValue ?? .nan)) < 1e-6)
    // The fixture's mean of multi-label is over labels too, as ours.
    #expect(abs(figures.logLoss - (made["log_loss"]?.doubleValue ?? .nan)) < 1e-5)
  }

  private static func records(_ made: JSON) throws -> (Predictions, [[Int]]) {
    let task = try #require(made["task"]?.stringValue.flatMap(Predictions.Task.init))
    let width = try #require(made["width"]?.intValue)
    let logits = try #require(made["logits"]).doubles.map { Float($0) }
    let truth = try #require(made["truth"]?.arrayValue)
    let truths = truth.map { value in
      task == .multiLabel ? value.ints.indices.filter { value.ints[$0] == 1 } : [value.intValue ?? 0]
    }
    return (predictions(task, width, logits), truths)
  }

  private static func predictions(_ task: Predictions.Task, _ width: Int, _ logits: [Float]) -> Predictions {
    var probabilities = logits.map { 1 / (1 + exp(-$0)) }
    if task == .multiClass {
      for start in stride(from: 0, to: logits.count, by: width) {
        let row = logits[start..<start + width].map(exp)
        for k in 0..<width { probabilities[start + k] = row[k] / row.reduce(0, +) }
      }
    }
    return Predictions(
      task: task, labels: (0..<max(2, width)).map { "c\($0)" }, logits: logits, probabilities: probabilities)
  }

  @Test func `records that do not say how sure to be give no temperature`() {
    func temperature(_ logits: [Float], _ truths: [Int]) -> Double? {
      TemperatureFit.temperature(Self.predictions(.binary, 1, logits), truths: truths.map { [$0] })
    }
    // All right: the surer the better, without end. All wrong: the less sure. Not a number.
    #expect(temperature([1, -1, 2], [1, 0, 1]) == nil)
    #expect(temperature([1, -1, 2], [0, 1, 0]) == nil)
    #expect(temperature([.infinity, -1, 2], [1, 1, 0]) == nil)
    #expect(temperature([.nan, -1, 2], [1, 1, 0]) == nil)
    #expect(temperature([], []) == nil)
    #expect(temperature([1, 1, 1, -1], [1, 1, 0, 0]) != nil)
  }

  @Test func `bins hold what is right and how sure it was`() {
    var counter = ClassificationCounter(task: .multiClass, labels: ["a", "b", "c"])
    let rows: [Float] = [0.9, 0.05, 0.05, 0.9, 0.05, 0.05, 0.2, 0.5, 0.3]
    counter.add(
      Predictions(task: .multiClass, labels: ["a", "b", "c"], logits: rows, probabilities: rows), truths: [[0], [1], [1]])
    let reliability = counter.reliability()
    #expect(reliability.count == 3)
    // 0.9: one of two right; 0.5: right. (|0.5 − 0.9|·2 + |1 − 0.5|)/3.
    #expect(abs(reliability.expectedError - (0.8 + 0.5) / 3) < 1e-6)
  }

  // MARK: Training

  static let training: JSONObject = ["epochs": 4, "batchSize": 16, "optimizer": ["type": "adam", "learningRate": 0.03]]
  /// Labels of which every eighth is wrong: whoever is quite sure is wrong too.
  static func noisy(_ count: Int, seed: UInt64) -> LabelledTexts {
    var data = LabelledTexts.madeUp(count, seed: seed)
    for record in stride(from: 0, to: count, by: 8) { data.labels[record] = [1 - data.labels[record][0]] }
    return data
  }

  @Test func `the end of training fits the temperature, and the weights stay as they are`() throws {
    let spec = try blueprint(smallSpec)
    let (data, held) = (Self.noisy(240, seed: 1), Self.noisy(160, seed: 2))
    func trained(_ method: JSON, validation: LabelledTexts?) throws -> Trainer {
      var object = Self.training
      object["calibration"] = method
      var trainer = try Trainer(spec, configuration(object), data, validation: validation)
      #expect(try trainer.run { _ in .proceed })
      return trainer
    }
    let plain = try trained("none", validation: held)
    let trainer = try trained("temperature", validation: held)
    #expect(plain.calibration == nil)
    #expect(trainer.weights == plain.weights)
    guard case .fitted(let temperature, let records, let before, let after)? = trainer.calibration else {
      Issue.record("\(String(describing: trainer.calibration))")
      return
    }
    #expect(records == 160)
    #expect(after.logLoss < before.logLoss)
    // The chain holds it, and answers accordingly: the logits of the other training, divided.
    let last = trainer.pipeline.blueprint.spec.stages.count - 1
    #expect(trainer.pipeline.blueprint.spec.stages[last]["temperature"]?.doubleValue == temperature)
    #expect(trainer.pipeline.link(last).node["temperature"]?.doubleValue == temperature)
    let answers = try #require(try trainer.pipeline.trace(held.texts).last as? Predictions)
    let raw = try #require(try plain.pipeline.trace(held.texts).last as? Predictions)
    #expect(answers.logits == raw.logits.map { $0 / Float(temperature) })
    // Nearby temperatures are worse.
    for factor in [0.8, 1.25] {
      let other = Self.predictions(.binary, 1, raw.logits.map { $0 / Float(temperature * factor) })
      #expect(Calibration.Figures(other, held.labels).logLoss > after.logLoss)
    }
    // Without records kept aside there is nothing to fit to.
    #expect(try trained("temperature", validation: nil).calibration == nil)
  }

  @Test func `too few records, and those that say nothing, leave the temperature`() throws {
    let spec = try blueprint(smallSpec)
    var object = Self.training
    object["epochs"] = 1
    for (held, part) in [
      (Self.noisy(20, seed: 2), "20 validation records are too few"), (LabelledTexts.madeUp(80, seed: 2), "all are answered right"),
    ] {
      object["epochs"] = held.count == 80 ? 8 : 1
      var trainer = try Trainer(spec, configuration(object), LabelledTexts.madeUp(240, seed: 1), validation: held)
      #expect(try trainer.run { _ in .proceed })
      guard case .left(let reason)? = trainer.calibration else {
        Issue.record("\(String(describing: trainer.calibration))")
        continue
      }
      #expect(reason.contains(part), "\(reason)")
      #expect(trainer.pipeline.link(5).node["temperature"]?.doubleValue == 1)
    }
  }

  @Test func `a pause and a resume end in the same temperature`() throws {
    let spec = try blueprint(smallSpec)
    let (data, held) = (Self.noisy(240, seed: 1), Self.noisy(160, seed: 2))
    let settings = try configuration(Self.training)
    var whole = try Trainer(spec, settings, data, validation: held)
    _ = try whole.run { _ in .proceed }
    var paused = try Trainer(spec, settings, data, validation: held)
    var steps = 0
    #expect(
      try !paused.run { _ in
        steps += 1
        return steps == 20 ? .pause : .proceed
      })
    #expect(paused.calibration == nil)
    var resumed = try Trainer(spec, settings, data, validation: held, learned: try paused.states)
    try resumed.resume(paused.checkpoint())
    _ = try resumed.run { _ in .proceed }
    #expect(resumed.calibration == whole.calibration && whole.calibration != nil)
    #expect(resumed.weights == whole.weights)
  }
}
