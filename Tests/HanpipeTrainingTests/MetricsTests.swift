import Hanpipe
import Testing

@testable import HanpipeTraining

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

  @Test func `of several labels, micro averages, Hamming loss and subset accuracy are scikit-learn's too`() throws {
    let made = try fixture("metrics-multi-label.json")
    let truth = try #require(made["truth"]?.arrayValue).map { row in row.ints.indices.filter { row.ints[$0] == 1 } }
    let scores = try #require(made["scores"]?.arrayValue).flatMap { $0.doubles.map(Float.init) }
    let predictions = Predictions(task: .multiLabel, labels: ["a", "b", "c", "d"], logits: scores, probabilities: scores)
    var counter = ClassificationCounter(task: .multiLabel, labels: predictions.labels)
    counter.add(predictions[0..<3], truths: truth[..<3])
    counter.add(predictions[3..<truth.count], truths: truth[3...])
    let report = counter.report()
    func agrees(_ found: Double, _ key: String, within error: Double = 1e-9) {
      #expect(abs(found - (made[key]?.doubleValue ?? .nan)) < error, "\(key): \(found)")
    }
    agrees(report.accuracy, "subset_accuracy")
    agrees(report.hammingLoss, "hamming_loss")
    agrees(report.macroF1, "macro_f1")
    agrees(report.weightedF1, "weighted_f1")
    agrees(report.logLoss, "log_loss", within: 1e-6)
    for (key, found) in [
      ("precision", report.labels.map(\.precision)), ("recall", report.labels.map(\.recall)), ("f1", report.labels.map(\.f1)),
      ("micro", [report.microPrecision, report.microRecall, report.microF1]), ("roc_auc", report.labels.compactMap(\.rocAUC)),
    ] {
      let expected = try #require(made[key]).doubles
      #expect(found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(key): \(found)")
    }
    #expect(report.labels.map(\.support) == made["support"]?.ints)
    // While training, the same figures come from counts.
    var counts = LabelCounts()
    for record in truth.indices { counts.count(gold: truth[record], answer: predictions.decision(of: record), labels: 4) }
    #expect(abs(counts.microF1 - report.microF1) < 1e-12 && abs(counts.macroF1 - report.macroF1) < 1e-12)
    var halves = LabelCounts()
    for part in [0..<5, 5..<truth.count] {
      var half = LabelCounts()
      for record in part { half.count(gold: truth[record], answer: predictions.decision(of: record), labels: 4) }
      halves.add(half)
    }
    #expect(halves == counts && LabelCounts(counts.counts) == counts)
  }

  @Test func `a class without records has no ROC AUC`() {
    #expect(rocAUC(scores: [0.1, 0.9], isPositive: [true, true]) == nil)
    #expect(rocAUC(scores: [], isPositive: []) == nil)
  }
}
