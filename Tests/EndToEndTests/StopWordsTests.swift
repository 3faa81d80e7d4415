import HanpipeCore
import Testing

/// The stage `stop-words` through the commands.
@Suite struct StopWordsTests {
  /// `Tiny.spec` without the words of a list, in `pipelines/tiny.json`, and the list `vocab/stop.txt`.
  private static func prepared(_ list: String = "# of mine\n的\n了\n房间\n") throws -> Workspace {
    let workspace = Workspace()
    for folder in ["pipelines", "vocab"] { try Files.makeDirectory(workspace[folder]) }
    let stage = #"{"type": "whitespace"}, {"type": "stop-words", "list": "../vocab/stop.txt"},"#
    try workspace.write(Tiny.spec.replacing(#"{"type": "whitespace"},"#, with: stage), to: "pipelines/tiny.json")
    try workspace.write(list, to: "vocab/stop.txt")
    try workspace.write(Tiny.data, to: "tiny.tsv")
    return workspace
  }
  private static let train = ["train", "pipelines/tiny.json", "--data", "tiny.tsv", "--model", "model"]

  @Test func `a model takes its list along, answers without its words, and explains the others`() throws {
    let workspace = try Self.prepared()
    #expect(try workspace.run(Self.train + ["--quiet"]) == .success(""))
    #expect(try !Files.text(workspace["model/vocabulary.tsv"]).contains("房间"))
    Files.remove(workspace["vocab"])
    let saved = try Files.contents(workspace["model"]).filter { $0.key.hasPrefix("resources/") }
    #expect(saved.count == 1 && saved.values.first?.starts(with: Array("# of mine".utf8)) == true)
    let validated = try workspace.run(["validate", "model"])
    #expect(validated.status == .exit(0) && validated.errors == "")
    let answers = try workspace.run(["classify", "--model", "model"], input: "房间 的 喜欢\n喜欢\n的 了\n").json()
    #expect(answers[0]["probabilities"] == answers[1]["probabilities"] && answers[2]["empty"] == true)
    let explained = try workspace.run(["explain", "--model", "model", "--output", "jsonl"], input: "房间 的 喜欢\n").json()[0]
    let words = try #require(explained["words"]?.arrayValue)
    #expect(words.map { $0["text"] } == ["喜欢"] && words[0]["start"] == 11 && words[0]["characterStart"] == 5)
    for method in ["occlusion", "gates"] {
      let outcome = try workspace.run(["explain", "--model", "model", "--method", method], input: "房间 的 喜欢\n")
      #expect(outcome.status == .exit(0) && outcome.text.contains("喜欢(") && !outcome.text.contains("房间("), "\(outcome)")
    }
    #expect(try workspace.run(["explain", "--model", "model", "--color", "always"], input: "房间 的 喜欢\n").text.contains("房间 的 "))
    // Another list than the model was trained with is refused.
    let list = try #require(Files.contents(workspace["model"]).keys.first { $0.hasPrefix("resources/") })
    try workspace.write("的\n", to: "model/\(list)")
    let other = try workspace.run(["classify", "--model", "model"], input: "喜欢\n")
    #expect(other.status == .exit(1) && other.errors.contains("list"), "\(other)")
  }

  @Test func `segment leaves the words out, and says why`() throws {
    let workspace = try Self.prepared()
    try workspace.write(
      #"{"stages": [{"type": "whitespace"}, {"type": "stop-words", "list": "../vocab/stop.txt", "words": ["吧"]}]}"#, to: "pipelines/p.json")
    let segment = ["segment", "--pipeline", "pipelines/p.json"]
    #expect(try workspace.run(segment, input: "我 的 房间 好 吧\n的\n") == .success("我 好\n\n"))
    #expect(
      try workspace.run(segment + ["--why"], input: "我 的 吧\n")
        == .success(
          """
          我  by the stage "whitespace"
          的  no word: dropped by ../vocab/stop.txt:2, a stop word
          吧  no word: dropped, one of "words" of the stage "stop-words"


          """))
  }

  @Test func `a wrong line is refused with file and line`() throws {
    let workspace = try Self.prepared("的\n了\t9\n")
    let message = "../vocab/stop.txt: line 2: a TAB behind \"了\"; expected a word alone: cut -f1 keeps the first column\n"
    for arguments in [Self.train, ["validate", "pipelines/tiny.json"]] {
      let outcome = try workspace.run(arguments)
      #expect(outcome.status == .exit(1) && outcome.errors.contains("stages[1] (stop-words): \(message)"), "\(outcome)")
    }
  }

  @Test func `negators that a classifier would miss are warned of, and kept by keep`() throws {
    let workspace = try Self.prepared("的\n不\n没有\n")
    let warning =
      "stages[1] (stop-words) drops negators, 不 (../vocab/stop.txt:2), 没有 (../vocab/stop.txt:3): the classifier then reads 不喜欢 as 喜欢; "
      + #"take them out of the list, or say "keep": ["不", "没有"]"#
    let validated = try workspace.run(["validate", "pipelines/tiny.json"])
    #expect(validated.status == .exit(0) && validated.errors == "hanpipe: warning: pipelines/tiny.json: \(warning)\n")
    let trained = try workspace.run(Self.train + ["--dry-run"])
    #expect(trained.errors.contains("hanpipe: warning: \(warning)\n"))
    let kept = try workspace.run(["validate", "pipelines/tiny.json", "--set", #"stages[1].keep=["不", "没有"]"#])
    #expect(kept.status == .exit(0) && kept.errors == "")
    // Without a classifier nothing is misread.
    try workspace.write(
      #"{"stages": [{"type": "whitespace"}, {"type": "stop-words", "list": "../vocab/stop.txt"}]}"#, to: "pipelines/p.json")
    #expect(try workspace.run(["validate", "pipelines/p.json"]).errors == "")
  }
}
