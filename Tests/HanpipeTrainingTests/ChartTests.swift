import Glibc
import HanpipeCore
import Testing

@testable import HanpipeTraining

@Suite struct ChartTests {
  @Test(arguments: [
    (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (0, 100, [0, 20, 40, 60, 80, 100]), (0.91, 0.985, [0.9, 0.92, 0.94, 0.96, 0.98, 1]),
    (-3, 7, [-4, -2, 0, 2, 4, 6, 8]),
  ])
  func `ticks are round numbers that enclose the data`(_ low: Double, _ high: Double, _ expected: [Double]) {
    let scale = ChartScale([low, high], Chart.Axis("x"), ticks: 5)
    #expect(scale.ticks.count == expected.count && zip(scale.ticks, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(scale.ticks)")
    #expect(Set(scale.ticks.map(scale.text)).count == scale.ticks.count)
  }

  @Test(arguments: [(1.0, 2.0, [1.0, 2]), (1, 1, [0, 1, 2]), (1, 5, [1, 2, 3, 4, 5]), (1, 100, [0, 20, 40, 60, 80, 100])])
  func `epochs are whole`(_ low: Double, _ high: Double, _ expected: [Double]) {
    #expect(ChartScale([low, high], Chart.Axis("epoch", isWhole: true), ticks: 6).ticks == expected)
  }

  @Test(arguments: [[], [0.5], [3, 3, 3], [.nan, 1, .infinity], [1e-12, 2e-12], [-1e12, 1e12]])
  func `whatever the data, there are ticks and places within the frame`(_ values: [Double]) {
    let scale = ChartScale(values, Chart.Axis("x"), ticks: 5)
    #expect(scale.ticks.count > 1 && scale.ticks.count < 20)
    for value in values + [-1e300, 1e300] where value.isFinite { #expect((0...1).contains(scale.share(value))) }
    let chart = Chart(title: "t", x: .init("x"), y: .init("y"), series: [.init("s", values.enumerated().map { (Double($0), $1) })])
    let svg = chart.svg()
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  /// Of what a viewer that is no browser does not know: it draws in black.
  @Test func `a picture that stands alone says its colours by value`() {
    let svg = Chart(title: "t", x: .init("x"), y: .init("y"), series: [.init("s", [(0, 1), (1, 2)])]).svg(isStandalone: true)
    #expect(svg.contains(".chart .s0 { stroke: \(Palette.light.series[0]); color: \(Palette.light.series[0]); }"))
    #expect(!svg.contains("var(") && !svg.contains("color-mix("))
  }

  /// WCAG 2.2's formulas: relative luminance of sRGB, and the contrast ratio of two.
  @Test func `colours stand out from what they are drawn on`() throws {
    func channels(_ colour: String) throws -> [Double] {
      let number = try #require(Int(colour.dropFirst(), radix: 16))
      return [16, 8, 0].map { Double(number >> $0 & 0xFF) / 255 }
    }
    func luminance(_ colour: [Double]) -> Double {
      let linear = colour.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
    func contrast(_ a: [Double], _ b: [Double]) -> Double {
      let (x, y) = (luminance(a), luminance(b))
      return (max(x, y) + 0.05) / (min(x, y) + 0.05)
    }
    #expect(abs(contrast(try channels("#777777"), try channels("#ffffff")) - 4.48) < 0.01)
    for palette in [Palette.light, .dark] {
      let paper = try channels(palette.paper)
      for ground in try [palette.paper, palette.panel, palette.marked].map(channels) {
        #expect(contrast(try channels(palette.ink), ground) >= 4.5)
        #expect(contrast(try channels(palette.quiet), ground) >= 4.5)
      }
      for line in palette.series + [palette.accent, palette.frame, palette.quiet] { #expect(contrast(try channels(line), paper) >= 3, "\(line)") }
      for wash in [palette.right, palette.wrong] {
        let mixed = zip(try channels(wash), paper).map { $0 * Palette.wash + $1 * (1 - Palette.wash) }
        #expect(contrast(try channels(palette.ink), mixed) >= 4.5, "\(wash)")
      }
    }
  }

  @Test func `names cannot leave their place`() {
    let hostile = "</svg><script>alert(\"1\")</script>&'\u{0}\u{202E}"
    let svg = Chart(title: hostile, x: .init(hostile), y: .init(hostile), series: [.init(hostile, [(0, 1), (1, 2)])]).svg(
      isStandalone: true)
    #expect(!svg.contains("<script"))
    #expect(svg.components(of: "</svg>") == 2)
    #expect(!svg.unicodeScalars.contains { $0.value == 0 || $0.value == 0x202E })
    #expect(escaped("<a b=\"c\">&'") == "&lt;a b=&quot;c&quot;&gt;&amp;&#39;")
  }

  @Test func `a hundred thousand points make a small picture with the same extremes`() {
    var generator = SeededGenerator(seed: 1)
    var points = (0..<100_000).map { (Double($0), Double(generator.uniform())) }
    points[54_321].1 = 7
    let chart = Chart(title: "t", x: .init("x"), y: .init("y", from: 0, to: 7), series: [.init("s", points)])
    let svg = chart.svg()
    #expect(svg.utf8.count < 60_000)
    // The top of the frame is reached by that one point.
    #expect(svg.contains(" 12L"))
  }

  @Test func `a gap in the data is a gap in the line`() {
    let svg = Chart(title: "t", x: .init("x"), y: .init("y"), series: [.init("", [(0, 1), (1, 2), (2, .nan), (3, 1), (4, 2)])])
      .svg()
    let line = svg.split(separator: "\n").first { $0.contains("class=\"line") }.map(String.init) ?? ""
    #expect(line.filter { $0 == "M" }.count == 2 && line.filter { $0 == "L" }.count == 2, "\(line)")
  }

  @Test func `a long name is cut, by the columns that it takes`() {
    #expect(shortened("苹果苹果苹果", columns: 7) == "苹果苹…")
    #expect(shortened("apple", columns: 5) == "apple")
  }
}

extension String {
  /// The parts that a separator cuts it into.
  fileprivate func components(of separator: String) -> Int {
    self.split(separator: separator, omittingEmptySubsequences: false).count
  }
}
