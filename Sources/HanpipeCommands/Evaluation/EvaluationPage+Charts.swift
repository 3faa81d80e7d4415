import Hanpipe

extension EvaluationPage {
  /// For two labels that exclude each other the second, else those with the most records; only labels that some records have, and some
  /// have not.
  private var charted: [Int] {
    if report.labels.count == 2, report.task != .multiLabel { return report.labels[1].rocAUC == nil ? [] : [1] }
    return Array(labelsBySupport.filter { report.labels[$0].rocAUC != nil }.prefix(Self.chartLabels))
  }

  private func curve(_ label: Int) -> ThresholdCurve {
    ThresholdCurve(scores: counter.scores(of: label), isPositive: counter.truths.map { $0.contains(label) })
  }

  // MARK: Ranking

  var ranking: String? {
    let curves = charted.map { (label: $0, curve: curve($0)) }
    guard !curves.isEmpty else { return nil }
    func name(_ label: Int, _ figure: String, _ value: Double?) -> String {
      "\(shortened(report.labels[label].name, columns: 24)), \(figure) \(value.map { decimal($0, 4) } ?? "–")"
    }
    let roc = Chart(
      title: "ROC: each label against all others", x: .init("false positive rate", from: 0, to: 1),
      y: .init("true positive rate", from: 0, to: 1),
      series: [.init("chance", [(0, 0), (1, 1)], mark: .reference)]
        + curves.map { label, curve in
          .init(name(label, "AUC", report.labels[label].rocAUC), curve.roc.map { ($0.falsePositiveRate, $0.truePositiveRate) })
        })
    let precisionRecall = Chart(
      title: "Precision and recall", x: .init("recall", from: 0, to: 1), y: .init("precision", from: 0, to: 1),
      series: curves.map { label, curve in
        .init(name(label, "average precision", curve.averagePrecision), curve.precisionRecall.map { ($0.recall, $0.precision) })
      })
    let labels = report.labels.count
    return section(
      "Ranking",
      [
        "<div class=\"charts\">\(figure(roc))\(figure(precisionRecall))</div>",
        labels > 2 || report.task == .multiLabel ? rest(Self.chartLabels, of: labels, "labels") : nil,
      ])
  }

  // MARK: Calibration

  var calibration: String {
    let bins = evaluation.reliability.bins
    let total = Double(max(1, evaluation.reliability.count))
    let answers = bins.compactMap { bin -> Chart.Point? in
      guard let confidence = bin.confidence, let accuracy = bin.accuracy else { return nil }
      return Chart.Point(confidence, accuracy, wilsonInterval(bin.right, of: bin.count))
    }
    let isMultiLabel = report.task == .multiLabel
    let reliability = Chart(
      title: "Reliability: does a probability mean what it says?",
      x: .init(isMultiLabel ? "probability of a label" : "confidence", from: 0, to: 1),
      y: .init(isMultiLabel ? "share that holds" : "accuracy", from: 0, to: 1),
      series: [
        .init("as it should be", [(0, 0), (1, 1)], mark: .reference), .init("measured, with 95 % interval", answers, mark: .points),
      ])
    let width = 1 / Double(Reliability.bins)
    let histogram = Chart(
      title: "How often each is given", x: .init(isMultiLabel ? "probability of a label" : "confidence", from: 0, to: 1),
      y: .init(isMultiLabel ? "share of labels" : "share of records", from: 0),
      series: [
        .init("", bins.enumerated().map { ((Double($0) + 0.5) * width, Double($1.count) / total) }, mark: .bars(width: width))
      ])
    return section(
      "Calibration",
      [
        "<p>Expected calibration error: <strong>\(decimal(evaluation.reliability.expectedError, 4))</strong>. Points below the line: "
          + "the model is surer than it should be; above: it is too careful.</p>",
        "<div class=\"charts\">\(figure(reliability))\(figure(histogram))</div>",
      ])
  }

  // MARK: Thresholds

  var thresholds: String? {
    if report.labels.count == 2, report.task != .multiLabel { return charted.first.map(thresholds(of:)) }
    let shown = labelsBySupport.filter { report.labels[$0].rocAUC != nil }.prefix(Self.tableLabels).sorted()
    guard !shown.isEmpty else { return nil }
    let rows = shown.map { label in
      let best = curve(label).best
      return [
        escaped(shortened(report.labels[label].name, columns: 40)), best.map { "\($0.threshold)" } ?? "–",
        best.map { decimal($0.precision, 4) } ?? "–", best.map { decimal($0.recall, 4) } ?? "–",
        best.map { decimal($0.f1, 4) } ?? "–",
        decimal(report.labels[label].f1, 4),
      ]
    }
    return section(
      "Thresholds",
      [
        "<p>For each label against all others: the threshold of the best F1 on these records.</p>",
        table(["label", "threshold", "precision", "recall", "F1", "F1 as answered"], rows),
        rest(Self.tableLabels, of: report.labels.count, "labels"),
      ])
  }

  private func thresholds(of label: Int) -> String {
    let curve = curve(label)
    let name = report.labels[label].name
    // Every hundredth is as fine as the picture.
    let drawn = (0...100).map { curve.figures(from: Float($0) / 100) }
    func line(_ name: String, _ figure: (ThresholdCurve.Figures) -> Double) -> Chart.Series {
      .init(name, drawn.map { (Double($0.threshold), figure($0)) })
    }
    let chart = Chart(
      title: "\(shortened(name, columns: 30)), given from a threshold up", x: .init("threshold", from: 0, to: 1),
      y: .init("share", from: 0, to: 1), series: [line("precision", \.precision), line("recall", \.recall), line("F1", \.f1)])
    func row(_ figures: ThresholdCurve.Figures, _ name: String) -> [String] {
      [name, decimal(figures.precision, 4), decimal(figures.recall, 4), decimal(figures.f1, 4)]
    }
    var rows = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95].map { row(curve.figures(from: Float($0)), decimal($0, 2)) }
    // With all its digits: it is some record's probability, and `--threshold` with a rounded one may leave that record out.
    if let best = curve.best { rows.append(row(best, "best F1: \(best.threshold)")) }
    let table = table(["threshold", "precision", "recall", "F1"], rows, caption: escaped(shortened(name, columns: 30)))
    return section("Thresholds", ["<div class=\"charts\">\(figure(chart))\(table)</div>"])
  }

  // MARK: Abstention

  var abstention: String {
    let levels: [Float] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]
    let rows = levels.map { level in
      let figures = Abstention(counter, below: level)
      return [
        decimal(figures.below, 2), grouped(figures.answered), decimal(figures.coverage * 100, 1) + " %",
        cell(figures.accuracy, figures.interval),
      ]
    }
    // The surest first: each record answered as well lowers the bar.
    let order = (0..<counter.count).sorted { (counter.certainties[$1], $0) < (counter.certainties[$0], $1) }
    var (right, points) = (0, [Chart.Point]())
    for (place, record) in order.enumerated() {
      right += counter.isRight(record) ? 1 : 0
      let isLast = place + 1 == order.count || counter.certainties[order[place + 1]] != counter.certainties[record]
      if isLast { points.append(Chart.Point(Double(place + 1) / Double(order.count), Double(right) / Double(place + 1))) }
    }
    let chart = Chart(
      title: "Accuracy of the answers, the surest records first", x: .init("coverage: share of records answered", from: 0, to: 1),
      y: .init("accuracy", to: 1), series: [.init("", points)])
    return section(
      "Answering only when sure",
      [
        "<p>What <code>--abstain-below</code> would leave unanswered, and how good the rest is.</p>",
        "<div class=\"charts\">\(figure(chart))\(table(["answered from", "records", "coverage", "accuracy"], rows))</div>",
      ])
  }

  // MARK: Slices

  var slices: String {
    let measurement = evaluation.measurement
    let right = measurement.right
    func chart(_ title: String, _ label: String, _ values: [Double], scale: Double = 1) -> String? {
      let slices = AccuracySlice.slices(of: values.map { $0 * scale }, right: right, limit: 10)
      guard slices.count > 1 else { return nil }
      return figure(
        Chart(
          title: title, x: .init(label, from: 0), y: .init("accuracy", to: 1),
          series: [
            .init(
              "a tenth of the records each, with 95 % interval", slices.map { .init($0.mean, $0.accuracy, $0.interval) },
              mark: .points)
          ]))
    }
    let unit = measurement.lengthUnit
    let charts = [
      chart("Length", "\(unit) a record", measurement.lengths),
      chart("Unknown words", "unknown words, % of a record’s", measurement.unknownShares, scale: 100),
    ].compactMap { $0 }
    return section(
      "Where it is good",
      [charts.isEmpty ? "<p>All records are alike in length.</p>" : "<div class=\"charts\">\(charts.joined())</div>"])
  }
}
