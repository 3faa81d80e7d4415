import Hanpipe

/// What `evaluate --report` writes: one page of HTML with figures, charts and mistakes, that needs nothing from elsewhere.
///
/// It holds no script, and forbids any: whatever stands in labels and records is text there. Its size does not grow with the number of
/// records: charts hold what can be seen, and of mistakes and labels so many are shown.
struct EvaluationPage {
  let evaluation: Evaluation
  let model: String
  let data: [String]
  let mistakes: [ShownMistake]

  /// Labels that a matrix, a chart or a table of thresholds shows; of more, those with the most records.
  static let matrixLabels = 24, chartLabels = 6, tableLabels = 60

  /// - Parameters:
  ///   - texts: of the records that were measured.
  ///   - shownMistakes: how many at most.
  init(
    _ evaluation: Evaluation, model: String, data: [String], texts: Texts, pipeline: Pipeline, shownMistakes: Int, threads: Int
  ) throws {
    (self.evaluation, self.model, self.data) = (evaluation, model, data.isEmpty ? ["-"] : data)
    mistakes = try ShownMistake.surest(shownMistakes, of: evaluation.measurement.counter, texts, pipeline, threads: threads)
  }

  var report: ClassificationReport { evaluation.report }
  var counter: ClassificationCounter { evaluation.measurement.counter }

  var html: String {
    // The folder's name says enough above; where it lies stands below.
    let title = "Evaluation of \(model.split(separator: "/").last.map(String.init) ?? model)"
    let sections = [
      figures, labels, confusion, ranking, calibration, thresholds, abstention, slices, mistakeSection, notes,
    ].compactMap { $0 }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="generator" content="hanpipe \(Tool.version)">
      <title>\(escaped(title))</title>
      <style>
      \(PageStyle.css)
      \(Chart.style)
      </style>
      </head>
      <body>
      <main>
      <header>
      <h1>\(escaped(title))</h1>
      <p>\(grouped(report.count)) records of \(escaped(spoken(data))) · \(escaped(model)): \(escaped(task)) · hanpipe \(Tool.version)</p>
      </header>
      \(sections.joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  private var task: String {
    let count = report.labels.count
    return report.task == .multiLabel ? "\(count) labels, of which any number may hold" : "one of \(count) labels"
  }

  /// A section of the page.
  func section(_ title: String, _ parts: [String?]) -> String {
    "<section>\n<h2>\(escaped(title))</h2>\n\(parts.compactMap { $0 }.joined(separator: "\n"))\n</section>"
  }

  /// A table whose first column holds names; cells are HTML already.
  func table(_ head: [String], _ rows: [[String]], caption: String? = nil) -> String {
    let headings = head.map { "<th scope=\"col\">\($0)</th>" }.joined()
    let body = rows.map { row in
      "<tr><th scope=\"row\">\(row.first ?? "")</th>" + row.dropFirst().map { "<td>\($0)</td>" }.joined() + "</tr>"
    }
    let caption = caption.map { "<caption>\($0)</caption>" } ?? ""
    return
      "<div class=\"scroll\"><table>\(caption)<thead><tr>\(headings)</tr></thead><tbody>\n\(body.joined(separator: "\n"))\n</tbody></table></div>"
  }

  func figure(_ chart: Chart) -> String { "<figure><figcaption>\(escaped(chart.title))</figcaption>\(chart.svg())</figure>" }

  /// Labels by number, those with the most records first.
  var labelsBySupport: [Int] {
    report.labels.indices.sorted { (report.labels[$1].support, $0) < (report.labels[$0].support, $1) }
  }

  /// A figure with its interval below.
  func cell(_ figure: Double?, _ interval: ClosedRange<Double>?) -> String {
    let range = interval.map { "<small>\(decimal($0.lowerBound, 3))–\(decimal($0.upperBound, 3))</small>" } ?? ""
    return (figure.map { decimal($0, 4) } ?? "–") + range
  }

  /// What was left out of a list that was cut.
  func rest(_ shown: Int, of count: Int, _ what: String) -> String? {
    count > shown ? "<p class=\"note\">The \(shown) \(what) with the most records, of \(grouped(count)).</p>" : nil
  }
}

extension EvaluationPage {
  // MARK: Figures

  private var figures: String {
    let (report, intervals) = (report, evaluation.intervals)
    func card(_ name: String, _ figure: Double?, _ interval: ClosedRange<Double>?, _ note: String) -> String? {
      guard let figure else { return nil }
      let range = interval.map { "\(decimal($0.lowerBound, 4)) – \(decimal($0.upperBound, 4))" } ?? note
      return "<div class=\"card\"><dt>\(name)</dt><dd>\(decimal(figure, 4))<small>\(range)</small></dd></div>"
    }
    let cards = [
      card("Accuracy", report.accuracy, intervals.accuracy, ""), card("Macro F1", report.macroF1, intervals.macroF1, ""),
      card("ROC AUC", report.rocAUC, intervals.rocAUC, ""), card("Log-loss", report.logLoss, intervals.logLoss, ""),
      card("Calibration error", evaluation.reliability.expectedError, nil, "expected, \(Reliability.bins) bins"),
      evaluation.abstention.flatMap { abstention in
        card("Accuracy of answers", abstention.accuracy, abstention.interval, "")
      },
    ].compactMap { $0 }
    let answered = evaluation.abstention.map {
      "<p>From a probability of \($0.below) up: \(grouped($0.answered)) of \(grouped($0.count)) records are answered (\(decimal($0.coverage * 100, 1)) %).</p>"
    }
    return section(
      "Figures",
      ["<dl class=\"cards\">\(cards.joined())</dl>", "<p class=\"note\">Below each figure its interval, 95 %.</p>", answered])
  }

  private var labels: String {
    let shown = labelsBySupport.prefix(Self.tableLabels).sorted()
    let rows = shown.map { c in
      let (label, interval) = (report.labels[c], evaluation.intervals.labels[c])
      return [
        escaped(shortened(label.name, columns: 40)), cell(label.precision, interval.precision), cell(label.recall, interval.recall),
        cell(label.f1, interval.f1), cell(label.rocAUC, interval.rocAUC), grouped(label.support),
      ]
    }
    return section(
      "Labels",
      [
        table(["label", "precision", "recall", "F1", "ROC AUC", "records"], rows),
        rest(Self.tableLabels, of: report.labels.count, "labels"),
      ])
  }

  private var confusion: String? {
    guard !report.confusion.isEmpty else { return nil }
    guard report.labels.count <= Self.matrixLabels else { return commonConfusions }
    let names = report.labels.map { escaped(shortened($0.name, columns: 16)) }
    let rows = report.confusion.enumerated().map { truth, row in
      let total = max(1, row.reduce(0, +))
      return [names[truth]]
        + row.enumerated().map { answer, count in
          let share = Double(count) / Double(total)
          // Colour says how large the share is, and on which side; the number is there for everybody.
          let kind = truth == answer ? "right" : "wrong"
          return
            "<span class=\"heat \(kind)\" style=\"--share: \(decimal(share, 3))\">\(grouped(count))<small>\(decimal(share * 100, 1)) %</small></span>"
        }
    }
    return section(
      "Confusion",
      [
        table(["truth \\ answer"] + names, rows),
        "<p class=\"note\">Shares are of the row: of the records that have the label.</p>",
      ])
  }

  /// For too many labels to see: the pairs that are taken for each other most often.
  private var commonConfusions: String {
    var pairs: [(truth: Int, answer: Int, count: Int)] = []
    for (truth, row) in report.confusion.enumerated() {
      for (answer, count) in row.enumerated() where truth != answer && count > 0 { pairs.append((truth, answer, count)) }
    }
    let rows = pairs.sorted { ($1.count, $0.truth, $0.answer) < ($0.count, $1.truth, $1.answer) }.prefix(40).map { pair in
      [
        escaped(shortened(report.labels[pair.truth].name, columns: 30)),
        escaped(shortened(report.labels[pair.answer].name, columns: 30)), grouped(pair.count),
        decimal(Double(pair.count) / Double(max(1, report.labels[pair.truth].support)) * 100, 1) + " %",
      ]
    }
    return section(
      "Confusion",
      [
        table(
          ["truth", "answer", "records", "of the truth's"], Array(rows), caption: "The commonest of \(grouped(pairs.count)) pairs")
      ])
  }

  private var notes: String {
    let intervals = evaluation.intervals
    return section(
      "How this was measured",
      [
        """
        <ul class="note">
        <li>Intervals of accuracy, precision and recall are Wilson’s; the others are the middle 95 % of \(grouped(intervals.samples)) \
        bootstrap samples of the records, drawn by the seed \(intervals.seed).</li>
        <li>ROC AUC is that of each label against all others; for more than two labels the mean of them.</li>
        <li>Expected calibration error: the mean distance between confidence and accuracy over \(Reliability.bins) bins of equal \
        width. Confidence is the probability of the likeliest label; where several labels may hold, of each label by itself.</li>
        <li>Thresholds that were chosen on these records must be tried on others: here they look better than they are.</li>
        </ul>
        """
      ])
  }
}
