import HanpipeCore
import Testing

@Suite struct BlueprintTests {
  @Test func `a resolved stage says every setting`() throws {
    let links = try blueprint(stages: #"{"size": 2.0, "type": "pieces", "weights": {"b": 1, "a": 0.5}}, {"type": "numbers"}"#).links
    #expect(
      JSON.object(links[0].node).description
        == #"{"type": "pieces", "size": 2, "side": "post", "share": 0.5, "verbose": false, "label": null, "limit": null, "#
        + #""words": [], "weights": {"a": 0.5, "b": 1}, "lexicon": null, "inner": {"depth": 2}}"#)
    #expect(JSON.object(links[1].node).description == #"{"type": "numbers"}"#)
    #expect(links.map(\.label) == ["stages[0] (pieces)", "stages[1] (numbers)"])
  }

  @Test func `a resolved stage resolves to itself`() throws {
    let node = try blueprint(stages: #"{"type": "pieces", "size": 3, "lexicon": "a/b.txt", "inner": {"depth": 0}}"#).links[0].node
    let again = try blueprint(stages: JSON.object(node).description).links[0]
    #expect(JSON.object(again.node).description == JSON.object(node).description)
    #expect(again.resources == [ResourcePath("a/b.txt")])
  }

  @Test func `a spec keeps what it says`() throws {
    let text = #"{"name": "n", "description": "d", "stages": [{"type": "lower"}], "training": {"x": 1}, "model": {"y": 2}}"#
    let spec = try PipelineSpec(parsing: text.utf8)
    #expect(spec.json.description == text)
    #expect(try PipelineSpec(spec.json) == spec)
  }

  @Test func `the settings choose among the Swift types of a stage`() throws {
    #expect(try blueprint(stages: #"{"type": "either"}"#).outputKind == "ids")
    #expect(try blueprint(stages: #"{"type": "either", "output": "text"}"#).outputKind == "text")
  }

  @Test func `the input chooses among the Swift types of a stage`() throws {
    let afterText = try pipeline(stages: #"{"type": "lower"}, {"type": "either"}"#).typed(Texts.self, TokenIDs.self)
    #expect(try afterText.process(Texts(["我喜欢"])) == TokenIDs([[9]]))
    let afterTokens = try pipeline(stages: #"{"type": "pieces"}, {"type": "either"}"#).typed(Texts.self, TokenIDs.self)
    #expect(try afterTokens.process(Texts(["我喜欢"])) == TokenIDs([[3]]))
  }

  @Test func `the first stages of a spec are a pipeline too`() throws {
    let spec = #"{"stages": [{"type": "lower"}, {"type": "pieces"}, {"type": "nobody"}]}"#
    let prefix = try blueprint(spec, only: 2)
    #expect(prefix.links.count == 2)
    #expect(prefix.inputKind == "text")
    #expect(prefix.outputKind == "tokens")
    #expect(try blueprint(spec, only: 0).outputKind == nil)
  }

  @Test func `a stage that cannot be made says which it is`() {
    #expect(
      message { try pipeline(stages: #"{"type": "lower"}, {"type": "pieces", "lexicon": "gone.txt"}"#) }
        == #"stages[1] (pieces): "gone.txt" is missing from the model"#)
  }
}
