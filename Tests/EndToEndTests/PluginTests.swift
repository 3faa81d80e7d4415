import Glibc
import HanpipeCore
import Testing

private let hasPython = access("/usr/bin/python3", X_OK) == 0

/// Specs and models that name code from outside.
@Suite(.enabled(if: hasPython, "there is no /usr/bin/python3 here")) struct PluginTests {
  private static let script = """
    import json, sys, time
    print("x" * 300000 if "noise" in sys.argv else "ready", file=sys.stderr, flush=True)
    print(json.dumps({"protocol": 1, "role": "segmenter"}), flush=True)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if "hang" in request["texts"]: time.sleep(1000)
        print(json.dumps({"id": request["id"], "words": [text.split() for text in request["texts"]]}), flush=True)

    """
  private static func stage(_ arguments: String = "[]") -> String {
    #"{"type": "process", "command": ["/usr/bin/python3", "-ES"], "script": "words.py", "arguments": \#(arguments)}"#
  }

  private let workspace = Workspace()

  /// Lays the script down with a segmenting spec and a classifying one.
  private func lay() throws {
    try workspace.write(Self.script, to: "words.py")
    try workspace.write(#"{"stages": [\#(Self.stage())]}"#, to: "words.json")
    try Tiny.lay(in: workspace, spec: Tiny.spec.replacing(#"{"type": "whitespace"}"#, by: Self.stage()))
    try workspace.write("好 吃\n", to: "gold.txt")
  }

  private var refusal: String {
    "would run /usr/bin/python3 -ES \(workspace["words.py"]), which is not allowed; "
      + "say --allow-plugins if you trust it, or list it in \(workspace["config/hanpipe/plugins.json"]) (docs/plugins.md)"
  }
  private var environment: [String: String] {
    var environment = Tool.environment
    environment["XDG_CONFIG_HOME"] = workspace["config"]
    return environment
  }
  private func run(_ arguments: [String], input: String = "") throws -> Outcome {
    try workspace.run(arguments, input: input, environment: environment)
  }
  private func list(_ text: String) throws {
    for folder in ["config", "config/hanpipe"] where !Files.isThere(workspace[folder]) { try Files.makeDirectory(workspace[folder]) }
    try workspace.write(text, to: "config/hanpipe/plugins.json")
  }

  // MARK: Permission

  @Test(arguments: [
    ["segment", "--pipeline", "words.json"], ["run", "words.json"], ["validate", "words.json"],
    ["evaluate", "--segmentation", "gold.txt", "--model", "words.json"],
    ["vocabulary", "build", "--pipeline", "tiny.json", "gold.txt"], ["train", "tiny.json", "--data", "tiny.tsv", "--model", "model"],
    ["benchmark", "--pipeline", "words.json", "--seconds", "0.001", "--threads", "1", "gold.txt"],
  ])
  func `nothing runs unless it is allowed`(_ arguments: [String]) throws {
    try lay()
    let refused = try run(arguments, input: "好 吃\n")
    #expect(refused.status == .exit(1) && refused.output.isEmpty, "\(refused)")
    #expect(refused.errors.contains(": stages[0] (process): \(refusal)\n"), "\(refused)")
    #expect(!refused.errors.contains("ready"), "\(refused)")
    // The least that a benchmark measures is 128 KiB of text several times over.
    guard isSlow || arguments[0] != "benchmark" else { return }
    let allowed = try run(arguments + ["--allow-plugins"], input: "好 吃\n")
    #expect(allowed.status == .exit(0), "\(allowed)")
    #expect(allowed.errors.contains("words.py: ready\n"), "\(allowed)")
  }

  @Test func `a stage inside of a stage asks for permission too`() throws {
    try lay()
    try workspace.write(
      """
      {"stages": [{"type": "concatenate", "branches": [
          [\(Self.stage()), {"type": "vocabulary"}, {"type": "padding"}, {"type": "lstm", "units": 2, "embedding": 2}]]},
        {"type": "sigmoid", "labels": ["bad", "good"]}], "training": {"epochs": 1}}
      """, to: "beside.json")
    for arguments in [["validate", "beside.json"], ["train", "beside.json", "--data", "tiny.tsv", "--model", "model", "--quiet"]] {
      let refused = try run(arguments)
      #expect(refused.status == .exit(1) && !refused.errors.contains("ready"), "\(refused)")
      #expect(refused.errors.contains("(process): \(refusal)\n"), "\(refused)")
      #expect(try run(arguments + ["--allow-plugins"]).status == .exit(0))
    }
  }

  @Test func `a model inside of a stage asks for permission too`() throws {
    try lay()
    try Files.copy(Tool.packageRoot + "/models/segmenter", to: workspace["inner"])
    try workspace.write(Self.script, to: "inner/words.py")
    try Files.replace(
      """
            "type": "normalize",
            "form": "none",
            "fold": ["case", "width"],
            "whitespace": "keep"
      """, by: #""type": "process", "command": ["/usr/bin/python3", "-ES"], "script": "words.py", "role": "normalizer""#,
      in: workspace["inner/pipeline.json"])
    try workspace.write(#"{"stages": [{"type": "neural", "model": "inner"}]}"#, to: "outer.json")
    for arguments in [["validate", "outer.json"], ["segment", "--pipeline", "outer.json"], ["validate", "inner"]] {
      let refused = try run(arguments, input: "好\n")
      #expect(refused.status == .exit(1) && refused.errors.contains("inner/words.py, which is not allowed"), "\(refused)")
      #expect(!refused.errors.contains("ready"), "\(refused)")
    }
  }

  @Test func `the user's list allows a command word for word`() throws {
    try lay()
    try list(#"{"commands": [["/usr/bin/python3", "-ES", "\#(workspace["words.py"])"]]}"#)
    let segment = ["segment", "--pipeline", "words.json"]
    #expect(try run(segment, input: "好 吃\n") == .success("好 吃\n", errors: "words.py: ready\n"))
    try workspace.write(#"{"stages": [\#(Self.stage(#"["more"]"#))]}"#, to: "words.json")
    #expect(try run(segment, input: "好\n").errors.contains("words.py more, which is not allowed"))
    try list(#"{"commands": 1}"#)
    #expect(
      try run(segment, input: "好\n").errors
        == "hanpipe: words.json: stages[0] (process): \(workspace["config/hanpipe/plugins.json"]): "
        + "commands: 1 is not allowed; expected an array, each of it an array, each of it a string\n")
  }

  @Test func `a model takes its script along, and runs nothing by itself`() throws {
    try lay()
    try list(#"{"commands": [["/usr/bin/python3", "-ES", "\#(workspace["words.py"])"]]}"#)
    // What the list names is allowed as a copy too: the model is loaded once before it is saved.
    let trained = try run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "--quiet"])
    #expect(trained.status == .exit(0), "\(trained)")
    #expect(try Files.text(workspace["model/resources/words.py"]) == Self.script)
    let classify = ["classify", "--model", "model", "--output", "text"]
    #expect(try run(classify, input: "我 喜欢\n我 讨厌\n").text == "good\nbad\n")

    // A stranger's model: its script is another one.
    try workspace.write("open('ran', 'w')\n", to: "model/resources/words.py")
    for arguments in [classify, ["validate", "model"], ["evaluate", "--model", "model", "tiny.tsv"], ["vocabulary", "show", "model"]] {
      let refused = try run(arguments, input: "我\n")
      #expect(refused.status == .exit(1) && refused.errors.contains("model/resources/words.py, which is not allowed"), "\(refused)")
    }
    #expect(!Files.isThere(workspace["ran"]))
  }

  // MARK: The process

  @Test func `its stderr is passed on under its name, however much it is`() throws {
    try lay()
    try workspace.write(#"{"stages": [\#(Self.stage(#"["noise"]"#))]}"#, to: "words.json")
    let outcome = try run(["segment", "--pipeline", "words.json", "--allow-plugins"], input: "好 吃\n")
    #expect(outcome.status == .exit(0) && outcome.text == "好 吃\n")
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("words.py: x") })
    #expect(lines.reduce(0) { $0 + $1.count - "words.py: ".count } == 300_000)
  }

  @Test func `a record is answered when it comes, not when a batch is full`() throws {
    try lay()
    let child = try Tool.start(["segment", "--pipeline", "words.json", "--allow-plugins"], in: workspace.path, environment: environment)
    child.write("好 吃\n")
    #expect(child.waits(for: "好 吃\n", on: .output))
    child.write("我 吃\n")
    #expect(child.waits(for: "我 吃\n", on: .output))
    child.closeInput()
    #expect(child.finish().status == .exit(0))
  }

  @Test(arguments: [SIGKILL, SIGTERM, SIGINT])
  func `it does not outlive us, even if it hangs`(_ signal: Int32) throws {
    try lay()
    try workspace.write("import os\nopen('pid', 'w').write(f'{os.getpid()}\\n')\n" + Self.script, to: "words.py")
    let child = try Tool.start(["segment", "--pipeline", "words.json", "--allow-plugins"], in: workspace.path, environment: environment)
    child.write("hang\n")
    #expect(child.waits(for: "ready", on: .errors))
    let pid = try #require(pid_t(Files.text(workspace["pid"]).dropLast()))
    #expect(kill(pid, 0) == 0)
    child.send(signal)
    #expect(child.finish().status == .signal(signal))
    // The kernel kills it, and whoever inherits it has to look.
    for _ in 0..<500 where isRunning(pid) { usleep(10_000) }
    #expect(!isRunning(pid))
  }

  /// Whether a process is there and is no zombie.
  private func isRunning(_ pid: pid_t) -> Bool {
    guard let status = try? Files.text("/proc/\(pid)/stat") else { return false }
    return status.split(separator: ")").last?.split(separator: " ").first != "Z"
  }

  @Test func `both ways from outside are listed with their settings`() throws {
    for (name, setting) in [("process", "command"), ("library", "path")] {
      let entry = try #require(try Tool.run(["stages", name, "--json"]).json().first)
      #expect(entry["module"]?.stringValue == "HanpipePlugins")
      #expect(entry["settings"]?.arrayValue?.first?["key"]?.stringValue == setting)
    }
  }
}

extension String {
  fileprivate func replacing(_ old: String, by new: String) -> String {
    split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
  }
}
