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

  @Test(arguments: [[], [0.5], [3, 3, 3], [.nan, 1, .infinity], [1e-12, 2e-12], [-1e12, 1e12]])
  func `whatever the data, there are ticks and places within the frame`(_ values: [Double]) {
    let scale = ChartScale(values, Chart.Axis("x"), ticks: 5)
    #expect(scale.ticks.count > 1 && scale.ticks.count < 20)
    for value in values + [-1e300, 1e300] where value.isFinite { #expect((0...1).contains(scale.share(value))) }
    let chart = Chart(title: "t", x: .init("x"), y: .init("y"), series: [.init("s", values.enumerated().map { (Double($0), $1) })])
    let svg = chart.svg()
    #expect(!svg.contains("nan") && !svg.contains("inf"))
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
