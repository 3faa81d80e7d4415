import Hanpipe
import HanpipeCore
import Testing

@testable import HanpipeTraining

/// Against statsmodels, SciPy and scikit-learn (Tests/Fixtures/make_statistics.py).
@Suite struct StatisticsTests {
  @Test func `McNemar's test is statsmodels', exact for few records and approximated for many`() throws {
    for made in try #require(try fixture("statistics.json")["mcnemar"]?.arrayValue) {
      let test = McNemarTest(
        firstOnly: try #require(made["first"]?.intValue), secondOnly: try #require(made["second"]?.intValue))
      #expect((test.method == .exact) == made["exact"]?.boolValue)
      #expect(abs(test.pValue - (made["p_value"]?.doubleValue ?? .nan)) <= 1e-9 * max(1e-3, test.pValue), "\(made)")
      if let statistic = test.statistic {
        #expect(abs(statistic - (made["statistic"]?.doubleValue ?? .nan)) < 1e-9 * max(1, statistic))
      }
    }
  }

  @Test func `models that differ on no record are not told apart`() {
    #expect(McNemarTest(firstOnly: 0, secondOnly: 0).pValue == 1)
    #expect(McNemarTest(firstOnly: 40, secondOnly: 40).pValue == 1)
  }

  @Test func `the interval of a share is Wilson's`() throws {
    for made in try #require(try fixture("statistics.json")["wilson"]?.arrayValue) {
      let (part, count) = (try #require(made["part"]?.intValue), try #require(made["count"]?.intValue))
      let found = try #require(wilsonInterval(part, of: count))
      let expected = try #require(made["interval"]).doubles
      #expect(abs(found.lowerBound - expected[0]) < 1e-9 && abs(found.upperBound - expected[1]) < 1e-9, "\(made): \(found)")
    }
    #expect(wilsonInterval(0, of: 0) == nil)
    for count in 1...200 {
      #expect(wilsonInterval(0, of: count)?.lowerBound == 0 && wilsonInterval(count, of: count)?.upperBound == 1)
    }
  }

  @Test func `curves and average precision are scikit-learn's, ties included`() throws {
    let made = try #require(try fixture("statistics.json")["curve"])
    let truth = try #require(made["truth"]).ints.map { $0 == 1 }
    let scores = try #require(made["scores"]).doubles.map { Float($0) }
    let curve = ThresholdCurve(scores: scores, isPositive: truth)
    func agree(_ found: [(Double, Double)], _ key: String) throws {
      let expected = try #require(made[key]?.arrayValue).map(\.doubles)
      #expect(found.count == expected.count)
      #expect(zip(found, expected).allSatisfy { abs($0.0 - $1[0]) < 1e-9 && abs($0.1 - $1[1]) < 1e-9 }, "\(key): \(found)")
    }
    try agree(curve.roc.map { ($0.falsePositiveRate, $0.truePositiveRate) }, "roc")
    // scikit-learn ends where recall is 1; thresholds below only add false alarms.
    let whole = curve.precisionRecall.map { ($0.recall, $0.precision) }
    try agree(Array(whole.prefix(try #require(made["precision_recall"]?.arrayValue).count)), "precision_recall")
    #expect(abs(try #require(curve.averagePrecision) - (made["average_precision"]?.doubleValue ?? .nan)) < 1e-9)
    let area = try #require(made["area"]?.doubleValue)
    #expect(abs(try #require(rocAUC(scores: scores, isPositive: truth)) - area) < 1e-9)
    // Under the drawn curve lies the same area.
    let roc = curve.roc
    let trapezia = zip(roc, roc.dropFirst()).map {
      ($1.falsePositiveRate - $0.falsePositiveRate) * ($1.truePositiveRate + $0.truePositiveRate) / 2
    }
    #expect(abs(trapezia.reduce(0, +) - area) < 1e-9)
  }

  @Test func `figures from a threshold up are those that counting gives`() throws {
    var generator = SeededGenerator(seed: 3)
    let scores = (0..<200).map { _ in (generator.uniform() * 20).rounded() / 20 }
    let truth = (0..<200).map { _ in generator.uniform() < 0.3 }
    let curve = ThresholdCurve(scores: scores, isPositive: truth)
    var best = 0.0
    for threshold in stride(from: Float(-0.1), through: 1.1, by: 0.025) {
      let given = scores.indices.filter { scores[$0] >= threshold }
      let right = Double(given.count { truth[$0] })
      let (precision, recall) = (given.isEmpty ? 1 : right / Double(given.count), right / Double(truth.count { $0 }))
      let found = curve.figures(from: threshold)
      #expect(abs(found.precision - precision) < 1e-12 && abs(found.recall - recall) < 1e-12)
      let f1 = right == 0 ? 0 : 2 * precision * recall / (precision + recall)
      #expect(abs(found.f1 - f1) < 1e-12)
      best = max(best, f1)
    }
    #expect(abs(try #require(curve.best).f1 - best) < 1e-12)
    #expect(ThresholdCurve(scores: [0.5], isPositive: [false]).best == nil)
    #expect(ThresholdCurve(scores: [], isPositive: []).roc.isEmpty)
  }

  @Test func `slices hold all records once, and equal values together`() throws {
    let values = (0..<97).map { Double($0 / 5) }
    let right = values.indices.map { $0 % 3 != 0 }
    let slices = AccuracySlice.slices(of: values, right: right, limit: 10)
    #expect(slices.count <= 10 && slices.count > 5)
    #expect(slices.reduce(0) { $0 + $1.count } == 97)
    #expect(slices.reduce(0) { $0 + $1.right } == right.count { $0 })
    for (a, b) in zip(slices, slices.dropFirst()) { #expect(a.values.upperBound < b.values.lowerBound) }
    #expect(AccuracySlice.slices(of: [], right: [], limit: 10).isEmpty)
    #expect(AccuracySlice.slices(of: [2, 2, 2], right: [true, false, true], limit: 10).map(\.count) == [3])
  }
}

/// Intervals from drawn records.
@Suite struct IntervalTests {
  /// Records of which a share is right, with scores that say a little.
  static func counter(_ count: Int, seed: UInt64 = 1) -> ClassificationCounter {
    var generator = SeededGenerator(seed: seed)
    let truths = (0..<count).map { _ in Int.random(in: 0...1, using: &generator) }
    let scores = truths.map { 0.25 * Float($0) + 0.75 * generator.uniform() }
    var counter = ClassificationCounter(task: .binary, labels: ["a", "b"])
    counter.add(Predictions(task: .binary, labels: ["a", "b"], logits: scores, probabilities: scores), truths: truths.map { [$0] })
    return counter
  }

  @Test func `intervals hold their figures, shrink with records, and do not depend on threads`() throws {
    let small = Self.counter(100)
    let large = Self.counter(2500)
    let report = large.report()
    let found = try ClassificationIntervals(large, seed: 9, threads: 1)
    #expect(found == (try ClassificationIntervals(large, seed: 9, threads: 3)))
    #expect(found.f1Width != (try ClassificationIntervals(large, seed: 10, threads: 1)).f1Width)
    for (figure, interval) in [
      (report.accuracy, found.accuracy), (report.logLoss, found.logLoss), (try #require(report.rocAUC), found.rocAUC),
      (report.macroF1, found.macroF1), (report.weightedF1, found.weightedF1), (report.labels[0].f1, found.labels[0].f1),
      (report.labels[1].precision, found.labels[1].precision), (report.labels[0].recall, found.labels[0].recall),
    ] {
      let interval = try #require(interval)
      #expect(interval.contains(figure) && interval.lowerBound < interval.upperBound)
    }
    // 25 times as many records: a fifth of the width, as every root-n interval.
    let ratio = try ClassificationIntervals(small, seed: 9, threads: 1).f1Width / found.f1Width
    #expect(ratio > 4 && ratio < 6.3, "\(ratio)")
  }

  @Test func `the area of a sample is that of its records written out`() throws {
    // Each record as often as its weight says.
    let counter = Self.counter(60, seed: 4)
    let scores = counter.scores(of: 1)
    let truth = counter.truths.map { $0 == [1] }
    var generator = SeededGenerator(seed: 2)
    let weights = scores.map { _ in UInt8.random(in: 0...3, using: &generator) }
    let written = weights.indices.flatMap { i in (0..<weights[i]).map { _ in i } }
    let expected = rocAUC(scores: written.map { scores[$0] }, isPositive: written.map { truth[$0] })
    #expect(abs(try #require(RankedRecords(scores: scores, isPositive: truth).area(weights)) - (try #require(expected))) < 1e-12)
    #expect(RankedRecords(scores: [1], isPositive: [true]).area([1]) == nil)
  }

  @Test func `the paired interval of a difference is narrower than independent samples would make it`() throws {
    // The models differ on 30 of 1,000 records, of which the second wins 25: sd of the difference √(30 − 20²/1000)/1000 = 0.0054.
    let first = (0..<1000).map { $0 >= 100 || $0 < 5 }
    let second = (0..<1000).map { $0 >= 100 || (5..<30).contains($0) }
    let paired = try PairedComparison(first: first, second: second, seed: 1, threads: 2)
    #expect(paired.test.firstOnly == 5 && paired.test.secondOnly == 25 && paired.both == 900 && paired.neither == 70)
    #expect(abs(paired.difference - 0.02) < 1e-12)
    let interval = try #require(paired.interval)
    #expect(
      abs(interval.lowerBound - (0.02 - 1.96 * 0.0054)) < 0.0015 && abs(interval.upperBound - (0.02 + 1.96 * 0.0054)) < 0.0015)
    #expect(try PairedComparison(first: [], second: [], seed: 1, threads: 1).interval == nil)
  }
}

extension ClassificationIntervals {
  fileprivate var f1Width: Double { macroF1.map { $0.upperBound - $0.lowerBound } ?? .nan }
}
