import Hanpipe

/// How loss and accuracy went from epoch to epoch, drawn.
struct LearningCurves {
  private let history: [EpochRecord]

  init(_ history: [EpochRecord]) { self.history = history }

  /// One figure's two curves: of the records trained on, and of those validated on.
  private struct Figure {
    let name: String
    let training: [Double]
    let validation: [Double]?

    init(_ name: String, _ training: [Double?], _ validation: [Double?]) {
      self.name = name
      self.training = training.compactMap { $0 }
      let validation = validation.compactMap { $0 }
      self.validation = validation.count == training.count ? validation : nil
    }
  }

  private var figures: [Figure] {
    let hasWords = history.allSatisfy { $0.wordF1 != nil }
    return [
      Figure("loss", history.map(\.loss), history.map(\.validationLoss)),
      hasWords
        ? Figure("word F1", history.map(\.wordF1), history.map(\.validationWordF1))
        : Figure("accuracy", history.map(\.accuracy), history.map(\.validationAccuracy)),
    ]
  }

  // MARK: In the terminal

  /// Both figures in letters, side by side where there is room; nil for less than two epochs.
  /// - Parameter width: columns, 24 at least.
  func text(width: Int) -> String? {
    guard history.count > 1 else { return nil }
    let gap = 3
    let half = (width - gap - 1) / 2
    let isNarrow = half < 24
    let panel = min(60, isNarrow ? width - 1 : half)
    let panels = figures.map { Self.panel($0, epochs: history.count, width: panel) }
    let rows =
      isNarrow
      ? panels.flatMap { $0.map { $0.trimmingTail() } }
      : panels[0].indices.map { row in
        panels.map { padded($0[row], panel) }.joined(separator: String(repeating: " ", count: gap)).trimmingTail()
      }
    let key = figures[0].validation == nil ? ". training" : ". training   o validation"
    return (rows + [key]).joined(separator: "\n")
  }

  private static let height = 8

  private static func panel(_ figure: Figure, epochs: Int, width: Int) -> [String] {
    let values = figure.training + (figure.validation ?? [])
    let low = values.min() ?? 0
    let high = max(values.max() ?? 0, low + 1e-9)
    let labels = [decimal(high, 3), decimal(low, 3)]
    let margin = labels.map(\.count).max() ?? 0
    let room = max(8, width - margin - 2)
    var cells = [[Character]](repeating: [Character](repeating: " ", count: room), count: height)
    for (mark, curve) in [(Character("."), figure.training), ("o", figure.validation ?? [])] where curve.count > 1 {
      for column in 0..<room {
        // Between two epochs the line between them.
        let place = Double(column) * Double(curve.count - 1) / Double(room - 1)
        let left = min(curve.count - 2, Int(place))
        let value = curve[left] + (curve[left + 1] - curve[left]) * (place - Double(left))
        // A training that went astray has losses whose difference is infinite.
        let share = (high - value) / (high - low)
        guard share.isFinite else { continue }
        cells[Int((min(1, max(0, share)) * Double(height - 1)).rounded())][column] = mark
      }
    }
    let lines = cells.enumerated().map { row, line in
      let label = row == 0 ? labels[0] : row == height - 1 ? labels[1] : ""
      return padded(label, margin, right: true) + " |" + String(line)
    }
    let axis = String(repeating: " ", count: margin + 1) + "+" + String(repeating: "-", count: room)
    let last = "\(epochs)"
    let ends = String(repeating: " ", count: margin + 2) + padded("1", room - last.count) + last
    return [figure.name] + lines + [axis, ends]
  }

  // MARK: SVG

  /// A file of its own, for light and dark screens: one chart below the other.
  var svg: String {
    let charts = figures.map(Self.chart)
    let height = charts.reduce(0) { $0 + Self.chartHeight($1) } + Self.top
    let body = charts.indices.map { i in
      "<g transform=\"translate(0 \(Self.top + charts[..<i].reduce(0) { $0 + Self.chartHeight($1) }))\">\n\(charts[i].svg())\n</g>"
    }
    let width = Int(charts.map(\.width).max() ?? 0)
    return """
      <svg class="chart" xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" role="img">
      <title>Learning curves</title>
      <style>
      \(Chart.style)
      </style>
      <rect class="paper" width="100%" height="100%"/>
      <text class="title" x="20" y="26">Learning curves</text>
      \(body.joined(separator: "\n"))
      </svg>

      """
  }

  // Pixels.
  private static let top = 36

  /// With its legend and a little air.
  private static func chartHeight(_ chart: Chart) -> Int { Int(chart.height) + 44 }

  private static func chart(_ figure: Figure) -> Chart {
    func points(_ values: [Double]) -> [(Double, Double)] { values.enumerated().map { (Double($0 + 1), $1) } }
    var series = [Chart.Series("training", points(figure.training), mark: .points)]
    if let validation = figure.validation { series.append(Chart.Series("validation", points(validation), mark: .points)) }
    return Chart(
      title: figure.name, x: Chart.Axis("epoch", isWhole: true), y: Chart.Axis(figure.name, from: figure.name == "loss" ? 0 : nil),
      series: series)
  }
}

extension String {
  /// Without spaces at the end.
  fileprivate func trimmingTail() -> String { String(reversed().drop { $0 == " " }.reversed()) }
}
