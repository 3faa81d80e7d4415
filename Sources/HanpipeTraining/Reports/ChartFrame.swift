import HanpipeCore

/// The inner rectangle of a chart, with its axes, and where values lie in it.
struct ChartFrame {
  let left: Double
  let right: Double
  private let top: Double
  private let bottom: Double
  private let x: ChartScale
  private let y: ChartScale
  private let chart: Chart

  init(_ chart: Chart, top: Double) {
    self.chart = chart
    self.top = top
    let points = chart.series.flatMap { series in
      series.points.flatMap { point -> [(x: Double, y: Double)] in
        guard case .bars(let width) = series.mark else {
          return [(point.x, point.y)] + (point.interval.map { [(point.x, $0.lowerBound), (point.x, $0.upperBound)] } ?? [])
        }
        return [(point.x - width / 2, 0), (point.x + width / 2, point.y)]
      }
    }
    x = ChartScale(points.map(\.x), chart.x, ticks: 6)
    let upright = ChartScale(points.map(\.y), chart.y, ticks: 5)
    y = upright
    // Room for the widest number, and for the axis' name, which stands upright.
    left = 34 + (upright.ticks.map { estimatedWidth(upright.text($0), size: 11) }.max() ?? 0)
    right = chart.width - 14
    bottom = chart.height - 44
  }

  private func across(_ value: Double) -> Double { left + (right - left) * x.share(value) }
  private func up(_ value: Double) -> Double { bottom - (bottom - top) * y.share(value) }

  // MARK: Axes

  var axes: [String] {
    let place = Chart.place
    var lines: [String] = []
    for tick in y.ticks {
      let height = place(up(tick))
      lines.append("<path class=\"grid\" d=\"M\(place(left)) \(height)H\(place(right))\"/>")
      lines.append("<text class=\"tick end\" x=\"\(place(left - 6))\" y=\"\(place(up(tick) + 4))\">\(y.text(tick))</text>")
    }
    for tick in x.ticks {
      let across = place(across(tick))
      lines.append("<path class=\"axis\" d=\"M\(across) \(place(bottom))v4\"/>")
      lines.append("<text class=\"tick middle\" x=\"\(across)\" y=\"\(place(bottom + 17))\">\(x.text(tick))</text>")
    }
    lines.append("<path class=\"axis\" d=\"M\(place(left)) \(place(top))V\(place(bottom))H\(place(right))\"/>")
    let middle = place((left + right) / 2)
    lines.append("<text class=\"middle\" x=\"\(middle)\" y=\"\(place(bottom + 36))\">\(escaped(chart.x.label))</text>")
    let height = place((top + bottom) / 2)
    lines.append("<text class=\"middle\" transform=\"translate(14 \(height)) rotate(-90)\">\(escaped(chart.y.label))</text>")
    return lines
  }

  // MARK: Marks

  func marks(of series: Chart.Series, _ style: String, dashes: String) -> [String] {
    switch series.mark {
    case .reference: return [path(series.points, "reference", "")]
    case .line: return [path(series.points, "line \(style)", dashes)]
    case .points:
      let shown = series.points.filter(isFinite)
      let dots = shown.map {
        "<circle class=\"dot \(style)\" cx=\"\(Chart.place(across($0.x)))\" cy=\"\(Chart.place(up($0.y)))\" r=\"3.5\"/>"
      }
      return shown.compactMap { whisker($0, style) } + [path(series.points, "line \(style)", dashes)] + dots
    case .bars(let width):
      return series.points.filter(isFinite).flatMap { point in
        let (start, end) = (across(point.x - width / 2), across(point.x + width / 2))
        let (low, high) = (up(min(0, point.y)), up(max(0, point.y)))
        // A pixel between bars tells them apart.
        let bar =
          "x=\"\(Chart.place(start))\" y=\"\(Chart.place(high))\" width=\"\(Chart.place(max(0.5, end - start - 1)))\" height=\"\(Chart.place(low - high))\""
        return ["<rect class=\"bar \(style)\" \(bar)/>"] + [whisker(point, style)].compactMap { $0 }
      }
    }
  }

  private func isFinite(_ point: Chart.Point) -> Bool { point.x.isFinite && point.y.isFinite }

  private func whisker(_ point: Chart.Point, _ style: String) -> String? {
    guard let interval = point.interval else { return nil }
    let (middle, low, high) = (across(point.x), up(interval.lowerBound), up(interval.upperBound))
    let place = Chart.place
    return "<path class=\"whisker \(style)\" d=\"M\(place(middle)) \(place(low))V\(place(high))"
      + "M\(place(middle - 3)) \(place(low))h6M\(place(middle - 3)) \(place(high))h6\"/>"
  }

  private func path(_ points: [Chart.Point], _ style: String, _ dashes: String) -> String {
    var steps = ""
    var isDrawing = false
    for point in reduced(points) {
      guard isFinite(point) else {
        isDrawing = false
        continue
      }
      steps += "\(isDrawing ? "L" : "M")\(Chart.place(across(point.x))) \(Chart.place(up(point.y)))"
      isDrawing = true
    }
    return "<path class=\"\(style)\"\(dashes) d=\"\(steps)\"/>"
  }

  /// At most four points a column of pixels: its first, its last, its lowest and its highest. More cannot be seen, and a
  /// hundred thousand would make a page that no browser opens.
  private func reduced(_ points: [Chart.Point]) -> [Chart.Point] {
    guard points.count > 4 * Int(right - left) else { return points }
    var kept: [Chart.Point] = []
    var start = 0
    while start < points.count {
      guard isFinite(points[start]) else {
        kept.append(points[start])
        start += 1
        continue
      }
      let column = Int(across(points[start].x))
      var end = start + 1
      while end < points.count, isFinite(points[end]), Int(across(points[end].x)) == column { end += 1 }
      let stretch = start..<end
      let low = stretch.min { points[$0].y < points[$1].y } ?? start
      let high = stretch.max { points[$0].y < points[$1].y } ?? start
      kept += Set([start, low, high, end - 1]).sorted().map { points[$0] }
      start = end
    }
    return kept
  }
}

/// Which numbers an axis shows, and where.
struct ChartScale {
  let range: ClosedRange<Double>
  let ticks: [Double]
  /// Decimals that tell the ticks apart.
  private let places: Int

  /// - Parameter wanted: about so many ticks.
  init(_ values: [Double], _ axis: Chart.Axis, ticks wanted: Int) {
    let finite = values.filter(\.isFinite)
    var low = axis.from ?? finite.min() ?? 0
    var high = axis.to ?? finite.max() ?? 1
    if !(low.isFinite && high.isFinite && low < high) {
      // One value, or none: something around it.
      let middle = low.isFinite ? low : 0
      (low, high) = (axis.from ?? middle - max(0.5, abs(middle) / 10), middle + max(0.5, abs(middle) / 10))
    }
    let rough = Self.step((high - low) / Double(wanted))
    let step = axis.isWhole ? max(1, rough) : rough
    // An end that nobody fixed moves out to the next tick.
    if axis.from == nil { low = (low / step).rounded(.down) * step }
    if axis.to == nil { high = (high / step).rounded(.up) * step }
    range = low...max(high, low + step)
    let first = (low / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    ticks = stride(from: first, through: last, by: 1).map { $0 * step }
    var (places, scaled) = (0, step)
    while places < 9, abs(scaled - scaled.rounded()) > 1e-6 { (places, scaled) = (places + 1, scaled * 10) }
    self.places = places
  }

  /// The least of 1, 2 and 5 times a power of ten that is not below `rough`.
  static func step(_ rough: Double) -> Double {
    guard rough.isFinite, rough > 0 else { return 1 }
    var power = 1.0
    while power * 10 <= rough { power *= 10 }
    while power > rough { power /= 10 }
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * (1 - 1e-9) } ?? power * 10
  }

  /// 0 at the lower end, 1 at the upper one; what lies outside is drawn on the edge.
  func share(_ value: Double) -> Double {
    min(1, max(0, (value - range.lowerBound) / (range.upperBound - range.lowerBound)))
  }
  func text(_ tick: Double) -> String { abs(tick) < 1e15 && places == 0 ? grouped(Int(tick.rounded())) : decimal(tick, places) }
}

/// Names of series below a chart, in as many rows as they need.
struct ChartLegend {
  private(set) var lines: [String] = []
  private(set) var bottom: Double

  init(_ series: [Chart.Series], left: Double, right: Double, top: Double) {
    bottom = top
    var (x, y, number) = (left, top + 12, 0)
    for series in series {
      let style = series.mark == .reference ? "reference" : "s\(number % Chart.colourCount)"
      let dashes = Chart.dashes(number)
      if series.mark != .reference { number += 1 }
      guard !series.name.isEmpty else { continue }
      let name = shortened(series.name, columns: Int((right - left - 30) / estimatedWidth("n", size: 12)))
      let width = 30 + estimatedWidth(name, size: 12)
      if x > left, x + width > right { (x, y) = (left, y + 18) }
      lines.append(Self.key(series.mark, style, dashes, x, y))
      lines.append("<text x=\"\(Chart.place(x + 26))\" y=\"\(Chart.place(y))\">\(escaped(name))</text>")
      x += width + 16
      bottom = y + 6
    }
  }

  private static func key(_ mark: Chart.Mark, _ style: String, _ dashes: String, _ x: Double, _ y: Double) -> String {
    let place = Chart.place
    let line = "d=\"M\(place(x)) \(place(y - 4))h20\""
    switch mark {
    case .reference: return "<path class=\"reference\" \(line)/>"
    case .line: return "<path class=\"line \(style)\"\(dashes) \(line)/>"
    case .points:
      return
        "<path class=\"line \(style)\"\(dashes) \(line)/><circle class=\"dot \(style)\" cx=\"\(place(x + 10))\" cy=\"\(place(y - 4))\" r=\"3.5\"/>"
    case .bars: return "<rect class=\"bar \(style)\" x=\"\(place(x + 3))\" y=\"\(place(y - 10))\" width=\"14\" height=\"11\"/>"
    }
  }
}

/// How wide a text will be, about: letters take 0.56 of their size on average, East Asian ones all of it.
func estimatedWidth(_ text: String, size: Double) -> Double { Double(columns(text)) * size * 0.56 }

/// The beginning of a text that is too long, with an ellipsis.
package func shortened(_ text: String, columns limit: Int) -> String {
  guard columns(text) > limit else { return text }
  var (kept, width) = ("", 0)
  for character in text {
    width += columns(String(character))
    if width >= limit { break }
    kept.append(character)
  }
  return kept + "…"
}
