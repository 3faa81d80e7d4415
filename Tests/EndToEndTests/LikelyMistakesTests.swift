import Testing

/// The ten mistakes that a newcomer makes first, each with the whole of what is said about it.
@Suite struct LikelyMistakesTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let spec: String
    var command = ["validate", "mine.json"]
    let message: String
  }

  static let before = #"{"type": "whitespace"}, {"type": "vocabulary"}, {"type": "padding"}"#
  static func spec(_ stages: String) -> String { "{\n  \"stages\": [\(stages)]\n}\n" }

  static let mistakes: [Mistake] = [
    Mistake(
      testDescription: "1: a stage's name mistyped, or written in capitals", spec: spec(before + #", {"type": "LSTM"}"#),
      message: """
        mine.json: stages[3]: no stage of type "LSTM"; did you mean "lstm"? registered are "attention-pooling", "characters", \
        "concatenate", "crf", "criterion", "dense", "dictionary-features", "embedding", "gru", "icu", "lexicon", "library", "lstm", \
        "max-pooling", "mean-pooling", "neural", "ngrams", "normalize", "padding", "process", "rnn", "sigmoid", "simplify", "softmax", \
        "stop-words", "user-words", "vocabulary", "whitespace"
        """),
    Mistake(
      testDescription: "2: a setting's name mistyped", spec: spec(before + #", {"type": "lstm", "unit": 64}"#),
      message: """
        mine.json: stages[3]: unknown key "unit"; did you mean "units"? known are "units", "embedding", "layers", "bidirectional", \
        "dropout", "output", "precision", "recompute", "gradientWindow"
        """),
    Mistake(
      testDescription: "3: a number in quotes", spec: spec(before + #", {"type": "lstm", "units": "64"}"#),
      message: #"mine.json: stages[3].units: "64" is not allowed; expected an integer from 1 to 8192"#),
    Mistake(
      testDescription: "4: a stage forgotten between two", spec: spec(#"{"type": "icu"}, {"type": "padding"}"#),
      message: #"mine.json: stages[1] takes ids, but stages[0] gives tokens; between them belongs "vocabulary""#),
    Mistake(
      testDescription: "5: pooling over what is one vector already",
      spec: spec(before + #", {"type": "lstm"}, {"type": "max-pooling"}"#),
      message:
        #"mine.json: stages[4] takes sequence, but stages[3] gives vectors; with "output": "sequence" it gives sequence"#),
    Mistake(
      testDescription: "6: a comma too many", spec: "{\n  \"stages\": [\n    {\"type\": \"icu\"},\n  ]\n}\n",
      message: #"mine.json: line 3, column 20: the comma before "]" is one too many: remove it"#),
    Mistake(
      testDescription: "7: a comment", spec: "{\n  // cuts words\n  \"stages\": [{\"type\": \"icu\"}]\n}\n",
      message: #"mine.json: line 2, column 3: expected a key in quotes, found "/"; JSON has no comments: remove it"#),
    Mistake(
      testDescription: "8: a file that is not there", spec: spec(#"{"type": "icu", "lexicon": "vocab/lexicon.txt"}"#),
      message: #"mine.json: stages[0] (icu): "vocab/lexicon.txt" does not exist; looked for HERE/vocab/lexicon.txt"#),
    Mistake(
      testDescription: "9: a classifier without labels", spec: spec(before + #", {"type": "lstm"}, {"type": "sigmoid"}"#),
      message: #"mine.json: stages[4]: "labels" is missing; expected the names of the classes, as in ["negative", "positive"]"#),
    Mistake(
      testDescription: "10: a spec used before it has learned anything",
      spec: spec(before + #", {"type": "lstm"}, {"type": "sigmoid", "labels": ["bad", "good"]}"#),
      command: ["classify", "--model", "mine.json"],
      message: #"mine.json: stages[1]: "vocabulary" has learned nothing yet; train the pipeline, or run a model directory"#),
  ]

  @Test(arguments: mistakes)
  func `a likely mistake is told with what to do`(_ mistake: Mistake) throws {
    let workspace = Workspace()
    try workspace.write(mistake.spec, to: "mine.json")
    let message = mistake.message.split(separator: "HERE", omittingEmptySubsequences: false).joined(separator: workspace.path)
    #expect(try workspace.run(mistake.command, input: "好\n") == .failure("hanpipe: \(message)\n"))
  }

  @Test(arguments: [
    (
      "{\"stages\"： [{\"type\": \"icu\"}]}",
      "line 1, column 10: expected \":\" after the key \"stages\", found \"：\"; it is full width: JSON's marks are ASCII"
    ),
    ("{“stages”: []}", "line 1, column 2: expected a key in quotes, found \"“\"; strings stand in double quotes"),
    ("{'stages': []}", "line 1, column 2: expected a key in quotes, found \"'\"; strings stand in double quotes"),
    (
      "{\"stages\": [{\"type\": \"icu\", \"keepWhitespace\": True}]}",
      "line 1, column 47: expected a value, found \"T\"; JSON writes true"
    ),
    ("{\"stages\": [{\"Type\": \"icu\"}]}", "stages[0]: unknown key \"Type\"; did you mean \"type\"? known are \"type\""),
  ])
  func `marks of an input method and words of Python are known`(_ spec: String, _ message: String) throws {
    let workspace = Workspace()
    try workspace.write(spec, to: "mine.json")
    #expect(try workspace.run(["validate", "mine.json"]) == .failure("hanpipe: mine.json: \(message)\n"))
  }
}
