import HanpipeCore
import Testing

/// Whole messages: what is wrong with a spec, where, and what would be right.
@Suite struct SpecErrorTests {
  @Test(arguments: [
    ("", "line 1, column 1: expected a value, found end of input"),
    (#"{"stages": [], "stages": []}"#, #"line 1, column 16: the key "stages" stands twice in one object"#),
    (#"[1]"#, #"the spec: [1] is not allowed; expected an object with "stages""#),
    (#"{}"#, #"the spec: "stages" is missing; expected an array of stages"#),
    (#"{"stages": []}"#, "stages: [] is not allowed; expected an array of at least one stage"),
    (#"{"stages": {"type": "lower"}}"#, #"stages: {"type": "lower"} is not allowed; expected an array of at least one stage"#),
    (#"{"stages": ["lower"]}"#, #"stages[0]: "lower" is not allowed; expected an object with a "type""#),
    (#"{"stages": [{"type": "lower"}, null]}"#, #"stages[1]: null is not allowed; expected an object with a "type""#),
    (
      #"{"stage": [], "stages": [{"type": "lower"}]}"#,
      #"unknown key "stage"; did you mean "stages"? known are "$schema", "name", "description", "stages", "training", "model""#
    ),
    (
      #"{"optimizer": 1, "stages": [{"type": "lower"}]}"#,
      #"unknown key "optimizer"; known are "$schema", "name", "description", "stages", "training", "model""#
    ),
    (#"{"name": 1, "stages": [{"type": "lower"}]}"#, "name: 1 is not allowed; expected a string"),
    (#"{"description": [], "stages": [{"type": "lower"}]}"#, "description: [] is not allowed; expected a string"),
    (#"{"$schema": null, "stages": [{"type": "lower"}]}"#, "$schema: null is not allowed; expected a string"),
    (#"{"training": 3, "stages": [{"type": "lower"}]}"#, "training: 3 is not allowed; expected an object"),
    (#"{"model": "x", "stages": [{"type": "lower"}]}"#, #"model: "x" is not allowed; expected an object"#),
    (
      #"{"stages": "\#(String(repeating: "长", count: 100))"}"#,
      #"stages: "\#(String(repeating: "长", count: 56))… is not allowed; expected an array of at least one stage"#
    ),
  ])
  func `a spec that is none`(spec: String, expected: String) { #expect(message { try blueprint(spec) } == expected) }

  @Test(arguments: [
    (#"{}"#, #"stages[0]: "type" is missing; expected the name of a stage"#),
    (#"{"type": 5}"#, "stages[0].type: 5 is not allowed; expected a string"),
    (
      #"{"type": "piecse"}"#,
      #"stages[0]: no stage of type "piecse"; did you mean "pieces"? registered are "double", "either", "given", "hasty", "loser", "#
        + #""lower", "numbers", "pad", "picky", "pieces", "sum""#
    ),
    (
      #"{"type": "lower"}, {"type": "transformer"}"#,
      #"stages[1]: no stage of type "transformer"; registered are "double", "either", "given", "hasty", "loser", "lower", "#
        + #""numbers", "pad", "picky", "pieces", "sum""#
    ),
    (#"{"Type": "lower"}"#, #"stages[0]: unknown key "Type"; did you mean "type"? known are "type""#),
    (#"{"include": "a.json"}"#, #"stages[0]: "include" is for specs; a model directory holds its stages itself"#),
    (#"{"type": "lower", "form": "NFC"}"#, #"stages[0]: unknown key "form"; this stage has no settings"#),
    (
      #"{"type": "pieces", "sizze": 2}"#,
      #"stages[0]: unknown key "sizze"; did you mean "size"? known are "size", "side", "share", "verbose", "label", "limit", "#
        + #""words", "weights", "lexicon", "inner""#
    ),
    (
      #"{"type": "lower"}, {"type": "pieces", "inner": {"dept": 2}}"#,
      #"stages[1].inner: unknown key "dept"; did you mean "depth"? known are "depth""#
    ),
    (#"{"type": "pieces", "inner": {"depth": 10}}"#, "stages[0].inner.depth: 10 is not allowed; expected an integer from 0 to 9"),
    (#"{"type": "pieces", "inner": 3}"#, "stages[0].inner: 3 is not allowed; expected an object"),
    (#"{"type": "pieces", "size": 0}"#, "stages[0].size: 0 is not allowed; expected an integer from 1 to 8"),
    (#"{"type": "pieces", "size": 9}"#, "stages[0].size: 9 is not allowed; expected an integer from 1 to 8"),
    (#"{"type": "pieces", "size": 1.5}"#, "stages[0].size: 1.5 is not allowed; expected an integer from 1 to 8"),
    (#"{"type": "pieces", "size": 1e300}"#, "stages[0].size: 1e+300 is not allowed; expected an integer from 1 to 8"),
    (#"{"type": "pieces", "size": "2"}"#, #"stages[0].size: "2" is not allowed; expected an integer from 1 to 8"#),
    (#"{"type": "pieces", "size": null}"#, "stages[0].size: null is not allowed; expected an integer from 1 to 8"),
    (#"{"type": "pieces", "size": true}"#, "stages[0].size: true is not allowed; expected an integer from 1 to 8"),
    (#"{"type": "pieces", "share": 1.001}"#, "stages[0].share: 1.001 is not allowed; expected a number from 0 to 1"),
    (#"{"type": "pieces", "share": "x"}"#, #"stages[0].share: "x" is not allowed; expected a number from 0 to 1"#),
    (#"{"type": "pieces", "side": "left"}"#, #"stages[0].side: "left" is not allowed; expected one of "pre", "post""#),
    (#"{"type": "pieces", "side": 1}"#, #"stages[0].side: 1 is not allowed; expected one of "pre", "post""#),
    (#"{"type": "pieces", "verbose": 1}"#, "stages[0].verbose: 1 is not allowed; expected true or false"),
    (#"{"type": "pieces", "label": 1}"#, "stages[0].label: 1 is not allowed; expected a string, or null"),
    (#"{"type": "pieces", "limit": 0}"#, "stages[0].limit: 0 is not allowed; expected an integer from 1 to 100, or null"),
    (#"{"type": "pieces", "limit": "a"}"#, #"stages[0].limit: "a" is not allowed; expected an integer from 1 to 100, or null"#),
    (#"{"type": "pieces", "words": "a"}"#, #"stages[0].words: "a" is not allowed; expected an array, each of it a string"#),
    (#"{"type": "pieces", "words": ["a", 2]}"#, "stages[0].words[1]: 2 is not allowed; expected a string"),
    (#"{"type": "pieces", "weights": []}"#, "stages[0].weights: [] is not allowed; expected an object of numbers"),
    (#"{"type": "pieces", "weights": {"a": "b"}}"#, #"stages[0].weights.a: "b" is not allowed; expected a number"#),
    (
      #"{"type": "pieces", "lexicon": "/etc/passwd"}"#,
      #"stages[0].lexicon: "/etc/passwd" is not allowed; expected a path relative to the spec's own file, or null"#
    ),
    (
      #"{"type": "pieces", "lexicon": ""}"#,
      #"stages[0].lexicon: "" is not allowed; expected a path relative to the spec's own file, or null"#
    ),
    (
      #"{"type": "pieces", "lexicon": "a\u0000b"}"#,
      #"stages[0].lexicon: "a\u0000b" is not allowed; expected a path relative to the spec's own file, or null"#
    ),
    (#"{"type": "pieces", "size": 7, "side": "pre"}"#, #"stages[0]: "size" 7 and "side" "pre" do not go together"#),
    (#"{"type": "either", "output": "nothing"}"#, "stages[0]: no stage serves these settings"),
  ])
  func `a stage that cannot be read`(stages: String, expected: String) {
    #expect(message { try blueprint(stages: stages) } == expected)
  }

  @Test(arguments: [
    (
      #"{"type": "pieces"}, {"type": "pad"}"#,
      #"stages[1] takes ids, but stages[0] gives tokens; between them belongs "either" or "numbers""#
    ),
    (
      #"{"type": "lower"}, {"type": "numbers"}"#,
      #"stages[1] takes tokens, but stages[0] gives text; between them belongs "pieces""#
    ),
    (#"{"type": "pieces"}, {"type": "lower"}"#, "stages[1] takes text, but stages[0] gives tokens"),
    (#"{"type": "lower"}, {"type": "sum"}"#, "stages[1] takes padded, but stages[0] gives text"),
    (
      #"{"type": "either"}, {"type": "lower"}"#,
      #"stages[1] takes text, but stages[0] gives ids; with "output": "text" it gives text"#
    ),
    (
      #"{"type": "numbers"}, {"type": "either"}"#,
      "stages[1] takes text or tokens, but stages[0] gives ids"
    ),
  ])
  func `stages that do not fit`(stages: String, expected: String) {
    #expect(message { try blueprint(stages: stages) } == expected)
  }

  @Test func `two Swift types of one kind's name are told apart`() throws {
    var registry = try toyRegistry()
    try registry.register(Impostor.self)
    let spec = try PipelineSpec(parsing: #"{"stages": [{"type": "pieces"}, {"type": "impostor"}]}"#.utf8)
    #expect(
      message { try Blueprint(spec, registry: registry) }
        == "two Swift types call themselves tokens: HanpipeCore.Tokens and HanpipeCoreTests.FalseTokens")
  }

  @Test func `a registry without stages says so`() {
    #expect(
      message { try Blueprint(PipelineSpec(parsing: #"{"stages": [{"type": "icu"}]}"#.utf8), registry: StageRegistry()) }
        == #"stages[0]: no stage of type "icu"; none is registered"#)
  }

  @Test func `a stage that has learned nothing says what to do`() {
    #expect(
      message { try pipeline(stages: #"{"type": "pieces"}, {"type": "numbers"}"#) }
        == #"stages[1]: "numbers" has learned nothing yet; train the pipeline, or run a model directory"#)
  }

  @Test func `an error has its file's name in front`() {
    let error = SpecError.missingKey(SpecPath("stages")[2], key: "type", meaning: "the name of a stage")
    #expect(
      "\(FileError("pipelines/mine.json", error))"
        == #"pipelines/mine.json: stages[2]: "type" is missing; expected the name of a stage"#)
  }
}
