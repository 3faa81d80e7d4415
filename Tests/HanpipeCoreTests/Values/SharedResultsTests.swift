import HanpipeCore
import Testing

@Suite struct SharedResultsTests {
  @Test func `what is asked for again is not made again, by key and type`() throws {
    let results = SharedResults()
    var made = 0
    func result<Value: Sendable>(_ key: String, _ value: Value) -> Value {
      results.result(key) {
        made += 1
        return value
      }
    }
    #expect(result("a", 1) == 1 && result("a", 2) == 1 && result("b", 3) == 3 && result("a", "one") == "one" && result("a", "two") == "one")
    #expect(made == 3)
    #expect(results.result(1) { 4 } == 4)
    struct Failure: Error {}
    #expect(throws: Failure.self) { try results.result("c") { () throws -> Int in throw Failure() } }
    #expect(result("c", 5) == 5, "what failed is made when it is asked for again")
  }

  @Test func `tokens that change lose what was made of them, copies keep it`() throws {
    let texts = Texts(["ab", "cd"])
    var tokens = Tokens(texts)
    try tokens.append([0..<1])
    #expect(tokens.shared == nil)
    tokens = tokens.sharingResults()
    let copy = tokens
    #expect(tokens.shared != nil && tokens.sharingResults().shared === tokens.shared)
    try tokens.append([0..<2])
    #expect(tokens.shared == nil && copy.shared != nil && tokens != copy)
    var same = copy
    try same.append([0..<2])
    #expect(same == tokens && tokens.sharingResults() == tokens, "what is shared is no part of the value")
  }
}
