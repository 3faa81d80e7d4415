import Hanpipe
import Testing

/// Against scikit-learn (Tests/Fixtures/make_metrics.py).
@Suite struct MetricsTests {
  @Test(arguments: [0, 1, 2])
  func `accuracy, precision, recall, F1, confusion, ROC AUC and log-loss are scikit-learn's`(_ index: Int) throws {
    let made = try #require(try fixture("metrics.json")["cases"]?.arrayValue)[index]
    let truth = try #require(made["truth"]).ints
    let classes = try #require(made["classes"]?.intValue)
    let report = try report(made, truth, classes)
    #expect(abs(report.accuracy - (made["accuracy"]?.doubleValue ?? .nan)) < 1e-9)
    #expect(abs(report.logLoss - (made["log_loss"]?.doubleValue ?? .nan)) < 1e-6)
    for (key, found) in [
      ("precision", report.labels.map(\.precision)), ("recall", report.labels.map(\.recall)), ("f1", report.labels.map(\.f1)),
    ] {
      let expected = try #require(made[key]).doubles
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(key): \(found), expected \(expected)")
    }
    #expect(report.labels.map(\.support) == made["support"]?.ints)
    #expect(report.confusion == made["confusion"]?.arrayValue?.map(\.ints))
    let auc = made["roc_auc"]?.doubleValue ?? made["roc_auc_macro"]?.doubleValue
    #expect(abs(try #require(report.rocAUC) - (try #require(auc))) < 1e-9)
    #expect(abs(report.macroF1 - (made["macro"]?["f1"]?.doubleValue ?? .nan)) < 1e-9)
    #expect(abs(report.weightedF1 - (made["weighted"]?["f1"]?.doubleValue ?? .nan)) < 1e-9)
  }

  private func report(_ made: JSON, _ truth: [Int], _ classes: Int) throws -> ClassificationReport {
    let scores = try #require(made["scores"]?.arrayValue)
    let names = (0..<classes).map { "c\($0)" }
    let binary = scores.first?.arrayValue == nil
    let flat = binary ? scores.compactMap(\.doubleValue) : scores.flatMap(\.doubles)
    let predictions = Predictions(
      task: binary ? .binary : .multiClass, labels: names, logits: flat.map { Float($0) },
      probabilities: flat.map { Float($0) })
    var counter = ClassificationCounter(task: predictions.task, labels: names)
    // In two parts: counting is by batch.
    let half = truth.count / 2
    counter.add(predictions[0..<half], truths: truth[..<half].map { [$0] })
    counter.add(predictions[half..<truth.count], truths: truth[half...].map { [$0] })
    return counter.report()
  }

  @Test func `a class without records has no ROC AUC`() {
    #expect(rocAUC(scores: [0.1, 0.9], isPositive: [true, true]) == nil)
    #expect(rocAUC(scores: [], isPositive: []) == nil)
  }
}
