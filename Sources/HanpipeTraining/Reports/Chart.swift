import HanpipeCore

/// Lines, points or bars over two axes, drawn in SVG without a script.
///
///     let chart = Chart(
///       title: "Loss", x: .init("epoch"), y: .init("loss", from: 0),
///       series: [.init("training", [(1, 0.7), (2, 0.4)]), .init("validation", [(1, 0.6), (2, 0.5)], mark: .points)])
///     html += chart.svg()                          // inside of a page that holds `Chart.style`
///     file = chart.svg(isStandalone: true)         // a file of its own
///
/// Each series has a colour of its own, light or dark as the reader's screen asks, that stands out from the paper by 3:1 at
/// least (WCAG 2.2, 1.4.11), and, because colour alone tells some readers nothing, dashes or a form of its own.
public struct Chart: Sendable {
  /// What an axis is called, and what it shows at least; nil: as far as the data go.
  public struct Axis: Sendable {
    public var label: String
    public var from: Double?
    public var to: Double?
    /// Whether only whole numbers stand on it, as of epochs.
    public var isWhole: Bool
    public init(_ label: String, from: Double? = nil, to: Double? = nil, isWhole: Bool = false) {
      (self.label, self.from, self.to, self.isWhole) = (label, from, to, isWhole)
    }
  }

  public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double
    /// How far the figure may be off: drawn as a whisker.
    public var interval: ClosedRange<Double>?
    public init(_ x: Double, _ y: Double, _ interval: ClosedRange<Double>? = nil) {
      (self.x, self.y, self.interval) = (x, y, interval)
    }
  }

  public enum Mark: Sendable, Equatable {
    case line
    /// A line with a point at each of its values.
    case points
    /// Bars from 0, so wide in units of x.
    case bars(width: Double)
    /// A thin grey line to compare with, such as a diagonal.
    case reference
  }

  public struct Series: Sendable {
    /// Shown in the legend; empty: not there.
    public var name: String
    /// A point that is not finite is left out, and a line has a gap there.
    public var points: [Point]
    public var mark: Mark
    public init(_ name: String, _ points: [Point], mark: Mark = .line) {
      (self.name, self.points, self.mark) = (name, points, mark)
    }
    public init(_ name: String, _ points: [(Double, Double)], mark: Mark = .line) {
      self.init(name, points.map { Point($0.0, $0.1) }, mark: mark)
    }
  }

  /// Read out where the chart cannot be seen; above a chart that stands alone it is written too.
  public var title: String
  public var x: Axis
  public var y: Axis
  public var series: [Series]
  /// Of the whole picture, in pixels; the legend comes below.
  public var width = 480.0
  public var height = 300.0

  public init(title: String, x: Axis, y: Axis, series: [Series]) {
    (self.title, self.x, self.y, self.series) = (title, x, y, series)
  }

  /// Colours before they come again, in other dashes.
  static let colourCount = Palette.light.series.count

  /// - Parameter isStandalone: whether it brings its own style and paper and shows its title.
  public func svg(isStandalone: Bool = false) -> String {
    let frame = ChartFrame(self, top: isStandalone ? 40 : 12)
    let legend = ChartLegend(series, left: frame.left, right: frame.right, top: height + 4)
    let total = Int(legend.bottom + 4)
    let box = "viewBox=\"0 0 \(Int(width)) \(total)\""
    var lines = [
      "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Int(width))\" height=\"\(total)\" \(box) role=\"img\">",
      "<title>\(escaped(title))</title>",
    ]
    if isStandalone {
      lines += ["<style>", Self.style, "</style>", "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>"]
      lines.append("<text class=\"title\" x=\"\(Self.place(frame.left))\" y=\"24\">\(escaped(title))</text>")
    }
    lines += frame.axes
    var number = 0
    for series in series {
      lines += frame.marks(of: series, "s\(number % Self.colourCount)", dashes: Self.dashes(number))
      if series.mark != .reference { number += 1 }
    }
    return (lines + legend.lines + ["</svg>"]).joined(separator: "\n")
  }

  /// The first is solid, and so is whatever is no line.
  static func dashes(_ number: Int) -> String {
    let pattern = ["", "7 3", "3 2", "10 3 3 3", "14 4", "5 2", "2 2", "8 2 3 2 3 2"][number % 8]
    return pattern.isEmpty ? "" : " stroke-dasharray=\"\(pattern)\""
  }

  /// A coordinate: hundredths of a pixel are enough.
  static func place(_ value: Double) -> String {
    let text = decimal(value, 2)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }

  /// The style sheet of all charts of a page.
  public static let style = """
    body .chart { max-width: 100%; height: auto; }
    .chart text { font: 12px system-ui, "Noto Sans", "DejaVu Sans", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif; }
    .chart .tick { font-size: 11px; } .chart .title { font-size: 15px; font-weight: 600; }
    .chart .end { text-anchor: end; } .chart .middle { text-anchor: middle; }
    .chart .line { fill: none; stroke-width: 2; stroke-linejoin: round; } .chart .dot { fill: currentColor; stroke: none; }
    .chart .bar { fill: currentColor; fill-opacity: 0.75; stroke: none; } .chart .whisker { fill: none; stroke-width: 1.5; }
    .chart .grid, .chart .axis { stroke-width: 1; fill: none; }
    .chart .reference { fill: none; stroke-width: 1.25; stroke-dasharray: 4 4; }
    \(Palette.css(colours))
    """

  private static func colours(_ palette: Palette) -> [String] {
    [
      ".chart text { fill: \(palette.ink); } .chart .tick { fill: \(palette.quiet); } .chart .paper { fill: \(palette.paper); }",
      ".chart .grid { stroke: \(palette.rule); } .chart .axis, .chart .reference { stroke: \(palette.quiet); }",
    ] + palette.series.enumerated().map { ".chart .s\($0) { stroke: \($1); color: \($1); }" }
  }
}
