import HanpipeCore
import Testing

/// Specs that take stages from other specs.
@Suite struct IncludeTests {
  /// Resolves `main.json` of some files.
  private func resolve(_ files: [String: String]) throws -> PipelineSpec {
    let spec = try PipelineSpec(parsing: (files["main.json"] ?? "").utf8)
    return try spec.resolvingIncludes(named: "main.json", registry: toyRegistry()) { path in
      guard let text = files[path.path] else { throw StateError.missing(path.path) }
      return Array(text.utf8)
    }
  }
  private func spec(_ stages: String) -> String { #"{"stages": [\#(stages)]}"# }

  @Test func `the stages of another spec take the element's place`() throws {
    let resolved = try resolve([
      "main.json":
        #"{"name": "n", "stages": [{"type": "picky"}, {"include": "a.json"}, {"type": "numbers"}], "training": {"x": 1}}"#,
      "a.json": #"{"name": "other", "stages": [{"type": "lower"}, {"type": "pieces", "size": 2}], "training": {"y": 2}}"#,
    ])
    #expect(
      resolved.json.description
        == #"{"name": "n", "stages": [{"type": "picky"}, {"type": "lower"}, {"type": "pieces", "size": 2}, {"type": "numbers"}], "#
        + #""training": {"x": 1}}"#)
    #expect((0..<4).map { "\(resolved.place(of: $0))" } == ["stages[0]", "a.json: stages[0]", "a.json: stages[1]", "stages[2]"])
  }

  @Test(arguments: [
    (#""from": 1"#, ["b", "c"]), (#""through": 1"#, ["a", "b"]), (#""from": 1, "through": 1"#, ["b"]),
    (#""through": null"#, ["a", "b", "c"]),
  ])
  func `a part of them is taken on request`(_ range: String, _ labels: [String]) throws {
    let pieces = ["a", "b", "c"].map { #"{"type": "pieces", "label": "\#($0)"}"# }.joined(separator: ", ")
    let resolved = try resolve(["main.json": spec(#"{"include": "a.json", \#(range)}"#), "a.json": spec(pieces)])
    #expect(resolved.stages.compactMap { $0["label"]?.stringValue } == labels)
    #expect("\(resolved.place(of: 0))" == "a.json: stages[\(labels[0] == "a" ? 0 : 1)]")
  }

  @Test func `paths are those of the file that says them`() throws {
    let resolved = try resolve([
      "main.json": spec(#"{"include": "../common/a.json"}, {"type": "pieces", "lexicon": "own.txt"}"#),
      "../common/a.json": spec(#"{"type": "pieces", "lexicon": "../vocab/x.txt", "label": "x.txt"}, {"include": "deep/b.json"}"#),
      "../common/deep/b.json": spec(#"{"type": "pieces", "lexicon": "./y.txt"}, {"include": "../../pipelines/c.json"}"#),
      "../pipelines/c.json": spec(#"{"type": "pieces", "lexicon": "/etc/passwd"}"#),
    ])
    #expect(
      resolved.stages.map { $0["lexicon"]?.stringValue }
        == ["../vocab/x.txt", "../common/deep/y.txt", "/etc/passwd", "own.txt"])
    #expect(resolved.stages[0]["label"] == "x.txt")
    #expect("\(resolved.place(of: 2))" == "../pipelines/c.json: stages[0]")
  }

  @Test func `a chain inside of a stage includes as the spec does`() throws {
    let resolved = try resolve([
      "main.json": spec(
        #"{"type": "both", "branches": [[{"include": "d/a.json"}, {"type": "numbers"}], [{"type": "lower"}]], "words": ["a"]}"#),
      "d/a.json": spec(#"{"type": "lower"}, {"type": "pieces", "lexicon": "x.txt"}"#),
    ])
    #expect(
      JSON.object(resolved.stages[0]).description
        == #"{"type": "both", "branches": [[{"type": "lower"}, {"type": "pieces", "lexicon": "d/x.txt"}, {"type": "numbers"}], "#
        + #"[{"type": "lower"}]], "words": ["a"]}"#)
    let circle = ["main.json": spec(#"{"type": "both", "branches": [[{"include": "main.json"}]]}"#)]
    #expect(
      message { try resolve(circle) }
        == "stages[0].branches[0][0].include: the specs include each other without end: main.json → main.json")
  }

  @Test func `stages inside of an included stage are renamed too`() throws {
    let resolved = try resolve([
      "main.json": spec(#"{"include": "d/a.json"}"#),
      "d/a.json": spec(#"{"type": "both", "branches": [[{"type": "pieces", "lexicon": "x.txt"}], [{"type": "lower"}]]}"#),
    ])
    #expect(
      JSON.object(resolved.stages[0]).description
        == #"{"type": "both", "branches": [[{"type": "pieces", "lexicon": "d/x.txt"}], [{"type": "lower"}]]}"#)
  }

  @Test(arguments: [
    (
      ["a.json": #"{"stages": [{"include": "b.json"}]}"#, "b.json": #"{"stages": [{"type": "lower"}, {"include": "main.json"}]}"#],
      "b.json: stages[1].include: the specs include each other without end: main.json → a.json → b.json → main.json"
    ),
    (
      ["a.json": #"{"stages": [{"include": "../here/./a.json"}]}"#, "../here/a.json": #"{"stages": [{"include": "a.json"}]}"#],
      "../here/a.json: stages[0].include: the specs include each other without end: main.json → a.json → ../here/a.json → ../here/a.json"
    ),
    ([:], #"stages[0].include: "a.json" is missing from the model"#),
    (
      ["a.json": #"{"stages": [{"include": "b.json"}]}"#], #"a.json: stages[0].include: "b.json" is missing from the model"#
    ),
    (["a.json": "{"], "stages[0].include: a.json: line 1, column 2: expected a key in quotes, found end of input"),
    (
      ["a.json": #"{"stages": []}"#],
      "stages[0].include: a.json: stages: [] is not allowed; expected an array of at least one stage"
    ),
  ])
  func `what cannot be included is told with the way to it`(_ files: [String: String], _ expected: String) {
    let files = files.merging(["main.json": spec(#"{"include": "a.json"}"#)]) { old, _ in old }
    #expect(message { try resolve(files) } == expected)
  }

  @Test(arguments: [
    (#"{"include": 3}"#, "stages[0].include: 3 is not allowed; expected a path relative to the spec's own file, or null"),
    (#"{"include": null}"#, "stages[0].include: null is not allowed; expected a path relative to the spec's own file"),
    (
      #"{"include": "/a.json"}"#,
      #"stages[0].include: "/a.json" is not allowed; expected a path relative to the spec's own file, or null"#
    ),
    (
      #"{"include": "a.json", "form": 1}"#,
      #"stages[0]: unknown key "form"; did you mean "from"? known are "include", "from", "through""#
    ),
    (
      #"{"include": "a.json", "from": 2}"#,
      "stages[0].from: 2 is not allowed; expected the place of one of its 2 stages, from 0 to 1"
    ),
    (#"{"include": "a.json", "through": 2}"#, "stages[0].through: 2 is not allowed; expected a place from 0 to 1"),
    (#"{"include": "a.json", "from": 1, "through": 0}"#, "stages[0].through: 0 is not allowed; expected a place from 1 to 1"),
  ])
  func `an include that is none is refused`(_ element: String, _ expected: String) {
    let files = ["main.json": spec(element), "a.json": spec(#"{"type": "lower"}, {"type": "pieces"}"#)]
    #expect(message { try resolve(files) } == expected)
  }

  @Test func `mistakes in an included stage name its file`() throws {
    let resolved = try resolve([
      "main.json": spec(#"{"type": "lower"}, {"include": "a.json"}, {"type": "pad"}"#),
      "a.json": spec(#"{"type": "pieces", "size": 9}"#),
    ])
    #expect(
      message { try Blueprint(resolved, registry: toyRegistry()) }
        == "a.json: stages[0].size: 9 is not allowed; expected an integer from 1 to 8")
    var mended = resolved
    mended.stages[1]["size"] = 2
    #expect(
      message { try Blueprint(mended, registry: toyRegistry()) }
        == #"stages[2] takes ids, but a.json: stages[0] gives tokens; between them belongs "either" or "numbers""#)
  }

  @Test func `a chain of eight files is deep enough`() throws {
    func files(_ count: Int) -> [String: String] {
      var files = ["main.json": spec(#"{"include": "1.json"}"#)]
      for i in 1..<count { files["\(i).json"] = spec(i == count - 1 ? #"{"type": "lower"}"# : #"{"include": "\#(i + 1).json"}"#) }
      return files
    }
    #expect(try resolve(files(8)).stages == [["type": "lower"]])
    #expect(
      message { try resolve(files(9)) }
        == "7.json: stages[0].include: specs are included more than 8 files deep: main.json → 1.json → 2.json → 3.json → 4.json → "
        + "5.json → 6.json → 7.json → 8.json")
  }

  @Test(.timeLimit(.minutes(1))) func `a few small files cannot ask for millions of stages`() throws {
    let twenty = { (name: String) in Array(repeating: #"{"include": "\#(name)"}"#, count: 20).joined(separator: ", ") }
    let bomb = ["main.json": spec(twenty("a.json")), "a.json": spec(twenty("b.json")), "b.json": spec(#"{"type": "lower"}"#)]
    #expect(message { try resolve(bomb) }?.hasSuffix("with it there are more than 100 includes") == true)
    let many = Array(repeating: #"{"type": "lower"}"#, count: 600).joined(separator: ", ")
    #expect(
      message { try resolve(["main.json": spec(#"{"include": "a.json"}, {"include": "a.json"}"#), "a.json": spec(many)]) }
        == "stages[1]: with it there are more than 1000 stages")
    let long = spec(#"{"type": "lower"}"#) + String(repeating: " ", count: 1 << 20)
    #expect(
      message { try resolve(["main.json": spec(#"{"include": "a.json"}"#), "a.json": long]) }
        == "stages[0].include: a.json has \(long.utf8.count) bytes; a spec that is included may have 1048576")
  }
}
