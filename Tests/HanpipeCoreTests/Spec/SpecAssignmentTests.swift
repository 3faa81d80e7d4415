import HanpipeCore
import Testing

/// Changes of a spec that are said beside it.
@Suite struct SpecAssignmentTests {
  private static let spec = #"""
    {"name": "n", "stages": [{"type": "lower"}, {"type": "pieces", "size": 2, "words": ["a", "b"]}],
     "training": {"epochs": 3, "optimizer": "adam", "weights": {"a.b": 1}}}
    """#
  /// As the trainer would complete it.
  private static let training: JSON = [
    "optimizer": ["type": "adam", "rate": 0.1], "schedule": ["type": "constant"], "stop": .null,
  ]

  private func change(_ assignments: String...) throws -> PipelineSpec {
    var spec = try PipelineSpec(parsing: Self.spec.utf8)
    let registry = try toyRegistry()
    for text in assignments {
      let stages = spec.stages.map { registry.resolved($0).map(JSON.object) ?? .null }
      try SpecAssignment(text).apply(to: &spec, defaults: ["stages": .array(stages), "training": Self.training])
    }
    return spec
  }

  /// The assignment, the place, and the JSON that then stands there.
  private static let places: [(String, String, String)] = [
    ("stages[1].size=64", "stages 1 size", "64"), ("training.epochs=5", "training epochs", "5"),
    ("name=other", "name", #""other""#), ("name=\"64\"", "name", #""64""#), ("name=a=b", "name", #""a=b""#),
    ("name=我 的", "name", #""我 的""#), ("description=\"\"", "description", #""""#),
    ("stages[1].label=null", "stages 1 label", "null"), ("stages[1].label=nul", "stages 1 label", #""nul""#),
    ("stages[1].verbose=true", "stages 1 verbose", "true"), ("stages[1].words[1]=c", "stages 1 words", #"["a", "c"]"#),
    ("stages[1].words=[\"x\"]", "stages 1 words", #"["x"]"#),
    ("stages[1]={\"type\": \"either\"}", "stages 1", #"{"type": "either"}"#),
    // What the spec leaves out is begun with what tells its kind.
    ("stages[1].inner.depth=5", "stages 1 inner", #"{"depth": 5}"#),
    ("training.optimizer.rate=0.5", "training optimizer", #"{"type": "adam", "rate": 0.5}"#),
    ("training.schedule.every=2", "training schedule", #"{"type": "constant", "every": 2}"#),
    ("training.schedule.type=step", "training schedule", #"{"type": "step"}"#),
    ("training.stop.patience=2", "training stop", #"{"patience": 2}"#),
    ("training.weights[\"a.b\"]=2", "training weights", #"{"a.b": 2}"#), ("training[\"epochs\"]=4", "training epochs", "4"),
  ]

  @Test(arguments: places)
  func `a place gets its value`(_ text: String, _ place: String, _ value: String) throws {
    var found: JSON? = try change(text).json
    for step in place.split(separator: " ").map(String.init) {
      found = Int(step).flatMap { found?.arrayValue?[$0] } ?? found?[step]
    }
    #expect(found?.description == value)
    #expect(try SpecAssignment(text).description == text)
  }

  @Test func `an array of arrays of stages is reached`() throws {
    var spec = try PipelineSpec(
      parsing: #"{"stages": [{"type": "both", "branches": [[{"type": "lower"}], [{"type": "pieces"}]]}]}"#.utf8)
    try SpecAssignment("stages[0].branches[1][0].size=3").apply(to: &spec, defaults: [:])
    #expect(spec.json.description.contains(#""branches": [[{"type": "lower"}], [{"type": "pieces", "size": 3}]]"#))
  }

  @Test func `several are made in order`() throws {
    #expect(try change("training.epochs=5", "training.epochs=6").training?["epochs"] == 6)
    #expect(try change("stages[0].type=pieces", "stages[0].size=4").stages[0] == ["type": "pieces", "size": 4])
  }

  @Test func `nothing else changes`() throws {
    var expected = try PipelineSpec(parsing: Self.spec.utf8)
    expected.stages[1]["size"] = 5
    #expect(try change("stages[1].size=5") == expected)
  }

  private static let absent: [(String, String)] = [
    ("trainng.epochs=3", #"unknown key "trainng"; did you mean "training"? known are "name", "description", "stages", "training""#),
    ("model.format=3", #"unknown key "model"; known are "name", "description", "stages", "training""#),
    ("stages[2].size=3", "stages[2]: there is no such place; the last is stages[1]"),
    ("stages.size=3", "stages: an array of 2 has no keys, but places; expected stages[0]"),
    ("stages.1.size=3", "stages: an array of 2 has no keys, but places; expected stages[1]"),
    ("stages[1].size.x=3", #"stages[1].size: 2 has no keys; only an object has "x""#),
    ("stages[1].weights[0]=3", "stages[1].weights: {} has no places; only an array has"),
    ("training.none[0]=3", "training.none: nothing has no places; only an array has"),
    ("stages=[]", "stages: [] is not allowed; expected an array of at least one stage"),
    ("stages[0]=5", #"stages[0]: 5 is not allowed; expected an object with a "type""#),
    ("training=5", "training: 5 is not allowed; expected an object"),
    ("name=5", "name: 5 is not allowed; expected a string"),
  ]
  @Test(arguments: absent)
  func `a place that is not there is told`(_ text: String, _ expected: String) {
    #expect(message { try change(text) } == expected)
  }

  private static let form = "; expected PATH=VALUE, such as stages[4].units=64 or training.epochs=3"
  private static let malformed: [(String, String)] = [
    ("", "a key is missing\(form)"), ("x", "there is no \"=\"\(form)"), ("=3", "a key is missing\(form)"),
    ("a..b=3", "a key is missing\(form)"), ("a[x]=3", "\"[x]\" is no place in an array\(form)"),
    ("a[-1]=3", "\"[-1]\" is no place in an array\(form)"), ("a[1=3", "\"[1=3]\" is no place in an array\(form)"),
    ("a[0]b=3", "\"b\" stands after a bracket\(form)"), ("a]=3", "\"]\" stands after a bracket\(form)"),
    ("a[\"x]=3", "a key in brackets is a JSON string\(form)"),
    ("a[99999999999999999999]=3", "\"[99999999999999999999]\" is no place in an array\(form)"),
    ("a=", "no value follows the \"=\"; an empty string is written as \"\""),
    ("a=[1", "the value is not JSON: expected \",\" or \"]\", found end of input"),
    ("a=3x", "the value is not JSON: after the value, unexpected \"x\""),
    ("a=\"x", "the value is not JSON: the string never ends"),
  ]
  @Test(arguments: malformed)
  func `what is no assignment is told with the form`(_ text: String, _ expected: String) {
    #expect(message { try SpecAssignment(text) } == expected)
  }

  @Test(arguments: [
    ("stages[4].units=1", "stages[4].units", true), ("stages[4].units=1", "stages[4]", true),
    ("stages[4]={}", "stages[4].units", true),
    ("stages[4].units=1", "stages[4].unit", false), ("stages[4].unit=1", "stages[4].units", false),
    ("stages[4].units=1", "stages[40]", false), ("training.epochs=1", "training", true), ("training.epochs=1", "stages[1]", false),
    ("stages[4].units=1", "", false),
  ])
  func `it is known what an error is about`(_ text: String, _ place: String, _ concerns: Bool) throws {
    #expect(try SpecAssignment(text).concerns(SpecPath(place)) == concerns)
  }
}
