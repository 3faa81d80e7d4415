import Glibc
import Hanpipe
import HanpipeCore
import HanpipeTesting
import Testing

/// A stage that another program carries out, as long as the program does what it must.
@Suite(.enabled(if: TestPlugin.hasPython, TestPlugin.absence)) struct ProcessStageTests {
  private let folder = TestFolder()
  private let samples = ["我喜欢", "", "a😀b", "\u{0}\"\\\n\u{2028}", "é e\u{301}", "我喜欢"]

  @Test(arguments: [["offsets=bytes"], ["offsets=characters"], ["offsets=utf-16"]], [1, 3])
  func `its words are found, whatever it counts in`(_ arguments: [String], _ workers: Int) throws {
    let stage = try TestPlugin.stage(in: folder, ["workers": .integer(workers), "batchSize": 2], arguments: arguments)
    let tokens = try stage.process(Texts(samples))
    #expect((0..<samples.count).map { tokens.words(of: $0) } == samples.map(characters))
    // Units and workers do not meet: each is checked once.
    if (workers == 1) != (arguments == ["offsets=utf-16"]) { try StageContract(stage, samples: Texts(samples)).check() }
  }

  @Test func `words without places are found in the text`() throws {
    let stage = try TestPlugin.stage(in: folder, arguments: ["words=1"])
    let tokens = try stage.process(Texts([" 我 \t喜\u{3000}欢 ", "aa a", ""]))
    #expect(tokens.spans(of: 0).map(\.range) == [1..<4, 6..<9, 12..<15])
    #expect(tokens.spans(of: 1).map(\.range) == [0..<1, 1..<2, 3..<4])
    #expect(tokens.length(of: 2) == 0)
  }

  @Test func `full pipes on all sides block nobody`() throws {
    // Each request is larger than a pipe holds, and so is its reply. (What is written to stderr: EndToEndTests.)
    let long = String(repeating: "我喜欢", count: 12_000)
    let texts = (0..<12).map { $0 % 4 == 1 ? "short" : long }
    let stage = try TestPlugin.stage(in: folder, ["workers": 2, "batchSize": 3])
    let tokens = try stage.process(Texts(texts))
    for (record, text) in texts.enumerated() { #expect(tokens.length(of: record) == text.unicodeScalars.count) }
  }

  @Test func `many threads and workers keep every record in its place`() throws {
    let stage = try TestPlugin.stage(in: folder, ["workers": 3, "batchSize": 7])
    let all = (0..<40).map { batch in (0..<50).map { "\(batch)-\($0)" } }
    let words = try concurrentMap(all.count, threads: 6) { i in
      let tokens = try stage.process(Texts(all[i]))
      return (0..<tokens.count).map { tokens.words(of: $0).joined() }
    }
    #expect(words == all)
  }

  @Test func `it ends when its input ends, and has time to`() throws {
    let log = folder["log"]
    do { _ = try TestPlugin.stage(in: folder, arguments: ["log=\(log)"]).process(Texts(["我"])) }
    let lines = try folder.read("log").split(separator: "\n").map { $0.split(separator: " ")[0] }
    #expect(lines == ["start", "end"])
  }

  @Test func `one that does not end is killed`() throws {
    let log = folder["log"]
    do { _ = try TestPlugin.stage(in: folder, arguments: ["log=\(log)", "lingers=1"]).process(Texts(["我"])) }
    let pid = try #require(try folder.read("log").split(separator: "\n").first?.split(separator: " ").last.flatMap { pid_t($0) })
    #expect(kill(pid, 0) == -1 && errno == ESRCH)
  }

  @Test func `it starts with three descriptors, in a process group of its own, and ends with our thread`() throws {
    // Not marked to be closed: it would be inherited.
    let leak = open("/dev/null", O_RDONLY)
    defer { close(leak) }
    try folder.write(
      #"""
      import json, os, signal, sys
      descriptors = sorted(int(name) for name in os.listdir("/proc/self/fd"))
      status = dict(line.split(":\t", 1) for line in open("/proc/self/status"))
      print(json.dumps({"protocol": 1, "role": "normalizer"}), flush=True)
      for line in sys.stdin:
          request = json.loads(line)
          # One descriptor more is the directory that is being listed. Python itself ignores SIGPIPE and SIGXFSZ; 32 and 33 are
          # the C library's own.
          facts = [len(descriptors), descriptors[:3], os.getpgid(0) == os.getpid(), int(status["SigBlk"], 16), int(status["SigIgn"], 16) & ~(1 << 12 | 1 << 24 | 3 << 31)]
          print(json.dumps({"id": request["id"], "texts": [json.dumps(facts)]}), flush=True)
      """#, to: "facts.py")
    let pipeline = try folder.pipeline([
      ["type": "process", "command": [.string(TestPlugin.python)], "script": "facts.py", "role": "normalizer"]
    ])
    let texts = try pipeline.typed(Texts.self, Texts.self).process(Texts(["?"]))
    #expect(texts.text(of: 0) == "[4, [0, 1, 2], true, 0, 0]")
  }

  // MARK: The other roles

  private func script(_ role: String, _ answer: String, hello: String = "") throws -> JSONObject {
    try folder.write(
      """
      import json, sys
      print(json.dumps({"protocol": 1, "role": "\(role)", "name": "test", "version": "7"\(hello)}), flush=True)
      for line in sys.stdin.buffer:
          request = json.loads(line)
          print(json.dumps({"id": request["id"], \(answer)}), flush=True)

      """, to: "\(role).py")
    return ["type": "process", "command": [.string(TestPlugin.python)], "script": .string("\(role).py"), "role": .string(role)]
  }

  @Test func `a normalizer's edits keep places in the original`() throws {
    let node = try script(
      "normalizer", #""edits": [[[0, 1, "不不"]] if text else [] for text in request["texts"]]"#, hello: #", "offsets": "characters""#)
    let texts = try folder.pipeline([node]).typed(Texts.self, Texts.self).process(Texts(["我ab", "", "😀"]))
    #expect((0..<3).map { texts.text(of: $0) } == ["不不ab", "", "不不"])
    #expect(texts.originalRange(of: 6..<7, record: 0) == 3..<4)
    #expect(texts.originalRange(of: 0..<3, record: 2) == 0..<4)
  }

  @Test func `a normalizer's whole texts are one edit, as short as can be`() throws {
    let node = try script("normalizer", #""texts": [text.replace("ＡＢ", "ab") for text in request["texts"]]"#)
    let stage = try folder.pipeline([node]).typed(Texts.self, Texts.self)
    let texts = try stage.process(Texts(["我ＡＢ你", "我", "你你"]))
    #expect((0..<3).map { texts.text(of: $0) } == ["我ab你", "我", "你你"])
    #expect(texts.originalRange(of: 5..<8, record: 0) == 9..<12)
    #expect(texts.originalRange(of: 3..<4, record: 0) == 3..<9)
    try StageContract(stage, samples: Texts(["我ＡＢ你", "", "ＡＢＡＢ"])).check()
  }

  @Test func `a token filter drops words`() throws {
    let node = try script("token-filter", #""keep": [[word != "的" for word in words] for words in request["words"]]"#)
    let pipeline = try folder.pipeline([["type": "whitespace"], node])
    let tokens = try pipeline.typed(Texts.self, Tokens.self).process(Texts(["我 的 书", "", "的"]))
    #expect((0..<3).map { tokens.words(of: $0) } == [["我", "书"], [], []])
    #expect(tokens.originalRanges(of: 0) == [0..<3, 8..<11])
  }

  @Test(arguments: [true, false])
  func `a classifier reads texts or words`(_ readsWords: Bool) throws {
    var node = try script(
      "classifier", #""probabilities": [[0.25, 0.75] if len(x) > 1 else [1, 0] for x in request["\#(readsWords ? "words" : "texts")"]]"#)
    node["labels"] = ["few", "many"]
    let pipeline = try folder.pipeline((readsWords ? [["type": "characters"]] : []) + [node])
    let answers = try pipeline.typed(Texts.self, Predictions.self).process(Texts(["我", "我们"]))
    #expect(answers.labels == ["few", "many"])
    #expect(answers.probabilities == [1, 0, 0.25, 0.75])
    #expect(answers.logits.allSatisfy { $0.isFinite })
    #expect((0..<2).map { answers.decision(of: $0) } == [[0], [1]])
    #expect(pipeline.identities.last == ["plugin": "test 7"])
  }

  @Test func `a classifier of many labels may give any number`() throws {
    var node = try script("classifier", #""probabilities": [[0.9, 0.8, 0.1] for _ in request["texts"]]"#)
    node["labels"] = ["a", "b", "c"]
    node["task"] = "multi-label"
    let answers = try folder.pipeline([node]).typed(Texts.self, Predictions.self).process(Texts(["我"]))
    #expect(answers.decision(of: 0) == [0, 1])
  }

  @Test func `an encoder's vectors go on to a classifier of our own`() throws {
    let node = try script("encoder", #""vectors": [[len(text), 0.5] for text in request["texts"]]"#, hello: #", "width": 2"#)
    let pipeline = try folder.pipeline([node])
    #expect(pipeline.shapes == [ValueShape(width: 2)])
    let vectors = try pipeline.typed(Texts.self, Vectors.self).process(Texts(["我们", ""]))
    #expect(vectors.values == [2, 0.5, 0, 0.5])
    var weights = StateWriter()
    weights.write(.init(shape: [2, 2], values: [1, 0, 0, 1]), as: "weight")
    weights.write(.init(zeros: [2]), as: "bias")
    let blueprint = try Blueprint(
      PipelineSpec(stages: [node, ["type": "softmax", "labels": ["a", "b"]]]), registry: pipeline.blueprint.registry)
    let both = try Pipeline(
      blueprint, state: [nil, weights.reader], resource: ResourceRoot(directory: folder.path, root: folder.path).reader)
    let answers = try #require(try both.trace(Texts(["我们", ""])).last as? Predictions)
    #expect((0..<2).map { answers.decision(of: $0) } == [[0], [1]])
  }
}
