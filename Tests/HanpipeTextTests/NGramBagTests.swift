import HanpipeCore
import HanpipeText
import Testing

@Suite struct NGramBagTests {
  private func ids(_ text: String, _ orders: JSON, bag: Bool, window: JSON = 2) throws -> [[Int32]] {
    var registry = StageRegistry()
    try TextStages.register(in: &registry)
    let node: JSONObject = ["type": "ngrams", "buckets": 1_048_576, "orders": orders, "bag": .bool(bag), "window": window]
    let pipeline = try Pipeline(
      Blueprint(PipelineSpec(stages: [["type": "characters"], node]), registry: registry), resource: { throw StateError.missing($0.path) })
    let features = try pipeline.typed(Texts.self, FeatureIDs.self).process(Texts([text]))
    return (0..<features.length(of: 0)).map { Array(features.ids(ofStep: $0)) }
  }

  @Test func `an n-gram has one id wherever it stands, and each is there once`() throws {
    let rows = try ids("吃苹果吃苹", [1, 2], bag: true)
    // 吃 苹 果 吃 苹 and 吃苹 苹果 果吃 吃苹 苹-: what is equal has equal ids, and nothing else.
    #expect(rows.count == 5 && rows.allSatisfy { $0.count == 2 })
    #expect(rows[0] == rows[3])
    #expect(rows[1][0] == rows[4][0] && rows[1][1] != rows[4][1])
    #expect(Set(rows.flatMap { $0 }).count == 3 + 4)
    // Without "bag" the place is a part of it.
    let placed = try ids("吃苹果吃苹", [1], bag: false, window: 1)
    #expect(placed[1][0] != placed[0][1] && placed[0].count == 3)
  }

  @Test func `long n-grams need no window, but a bag`() throws {
    #expect(try ids("我不喜欢吃苹果", [6], bag: true).count == 7)
    let error = #expect(throws: SpecError.self) { try ids("我", [6], bag: false) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("different integers from 1 to 5, as 2 · window + 1 is 5"))
    #expect(throws: SpecError.self) { try ids("我", [9], bag: true) }
  }
}
