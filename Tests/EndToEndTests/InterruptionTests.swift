import Glibc
import HanpipeCore
import Testing

/// Ctrl-C, and worse.
@Suite struct InterruptionTests {
  private static let epochs = Tool.manyEpochs
  private static let interrupted = "interrupted: the present step is finished first; Ctrl-C again stops at once\n"

  private func begin(_ workspace: Workspace, _ options: [String] = [], terminals: Set<Child.Stream> = []) throws -> Child {
    let child = try Tool.start(
      ["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "--epochs", "\(Self.epochs)"] + options, in: workspace.path,
      terminals: terminals)
    child.closeInput()
    return child
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `an interrupted training is continued to the very same bytes`(_ signal: Int32) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    // What is written down does not depend on which signal it was: one of them is followed to the end.
    let isContinued = signal == SIGINT

    // Interrupted twice, with another number of threads each time.
    for (round, options) in [["--threads", "1"], ["--resume", "--threads", "2"]].enumerated() {
      let child = try begin(workspace, options)
      #expect(child.waits(for: "epoch \(round == 0 ? " 20" : "100")/\(Self.epochs)", on: .errors))
      child.send(signal)
      let outcome = child.finish(timeout: .seconds(10))
      #expect(outcome.status == .exit(130))
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("\n" + Self.interrupted))
      #expect(
        outcome.errors.hasSuffix("\nsaved model.checkpoint; the same command with --resume continues\n"), "\(outcome)")
      #expect(Files.names(workspace.path) == ["model.checkpoint", "tiny.json", "tiny.tsv"])
    }
    guard isContinued else { return }
    let whole = try workspace.run(
      ["train", "tiny.json", "--data", "tiny.tsv", "--model", "whole", "--epochs", "\(Self.epochs)", "-q"])
    #expect(whole == .success(""))
    let rest = try workspace.run(
      ["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "--epochs", "\(Self.epochs)", "--resume", "-q"])
    #expect(rest == .success(""))
    #expect(try Files.contents(workspace["model"]) == (try Files.contents(workspace["whole"])))
    #expect(Files.names(workspace.path) == ["model", "tiny.json", "tiny.tsv", "whole"])
  }

  @Test func `Ctrl-C on a terminal does the same, and wipes the progress line`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let child = try begin(workspace, ["--epochs", "100000"], terminals: [.input, .output, .errors])
    #expect(child.waits(for: "━", on: .errors))
    child.type("\u{03}")
    let outcome = child.finish(timeout: .seconds(10))
    #expect(outcome.status == .exit(130))
    #expect(try #/ accuracy 0\.\d{4}  [\d,]+( records)?/s, /#.firstMatch(in: outcome.errors) != nil)
    // A terminal's line feed comes with a CR.
    #expect(outcome.errors.contains("\r\n" + Self.interrupted.dropLast() + "\r\n"), "\(outcome.errors.suffix(300))")
    #expect(outcome.errors.hasSuffix("saved model.checkpoint; the same command with --resume continues\r\n"))
  }

  @Test func `a second Ctrl-C ends it at once`() throws {
    let workspace = Workspace()
    // One step takes long enough that the second signal comes while the first one waits for its end.
    let spec = Tiny.spec.split(separator: "\"units\": 8, \"embedding\": 8").joined(separator: "\"units\": 256, \"embedding\": 64")
      .split(separator: "\"batchSize\": 8").joined(separator: "\"batchSize\": 20000")
    try Tiny.lay(in: workspace, spec: spec)
    try workspace.write(String(repeating: Tiny.data, count: 100), to: "tiny.tsv")
    let child = try begin(workspace)
    // The last that is said before the first step.
    #expect(child.waits(for: "% of those to train on\n", on: .errors))
    usleep(300_000)
    child.send(SIGINT)
    // The answer to the first comes before the step has ended.
    #expect(child.waits(for: Self.interrupted, on: .errors, timeout: .seconds(5)))
    child.send(SIGINT)
    #expect(child.finish(timeout: .seconds(10)).status == .signal(SIGINT))
    // A checkpoint of an earlier epoch may stand there, whole or not; a model does not.
    #expect(Files.names(workspace.path).filter { !$0.contains("model.checkpoint") } == ["tiny.json", "tiny.tsv"])
  }

  @Test func `a checkpoint of something else is refused, whatever differs`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try workspace.write(Tiny.data, to: "held.tsv")
    let child = try begin(workspace, ["--validation", "held.tsv"])
    #expect(child.waits(for: "epoch   2/", on: .errors))
    child.send(SIGINT)
    #expect(child.finish().status == .exit(130))
    let command = ["train", "tiny.json", "--data", "tiny.tsv", "--validation", "held.tsv", "--model", "model", "--resume", "-q"]
    func refusal(_ options: [String]) throws -> String {
      let outcome = try workspace.run(command + ["--epochs", "3"] + options)
      #expect(outcome.status == .exit(1) && !Files.isThere(workspace["model"]))
      return outcome.errors
    }
    func message(_ difference: String) -> String {
      "hanpipe: model.checkpoint: the checkpoint does not fit: \(difference); say what was said then, or train anew without --resume\n"
    }
    #expect(try refusal(["--seed", "9"]) == message("training.seed was 1, and is 9"))
    #expect(try refusal(["--set", "stages[3].dropout=0.5"]) == message("stages[3].dropout was 0, and is 0.5"))
    // As many records, one word of them another.
    let changed = Tiny.data.replacing("苹果", with: "梨", maxReplacements: 1)
    try workspace.write(changed, to: "held.tsv")
    #expect(try refusal([]) == message("the records of --validation are others"))
    try workspace.write(changed, to: "tiny.tsv")
    #expect(try refusal([]) == message("the records of --data are others"))
    // What is broken in it is named once.
    let state = try Files.read(workspace["model.checkpoint/training-state.json"])
    try workspace.write("{}", to: "model.checkpoint/training-state.json")
    for name in ["tiny.tsv", "held.tsv"] { try workspace.write(Tiny.data, to: name) }
    #expect(try refusal([]) == "hanpipe: model.checkpoint: the checkpoint does not fit: its format is not 1\n")
    try workspace.write(state, to: "model.checkpoint/training-state.json")
    let tensors = try Files.read(workspace["model.checkpoint/training-state.safetensors"])
    try workspace.write(tensors.prefix(20), to: "model.checkpoint/training-state.safetensors")
    #expect(try refusal([]).hasPrefix("hanpipe: model.checkpoint/training-state.safetensors: the header claims "))
    try workspace.write(tensors, to: "model.checkpoint/training-state.safetensors")
    // As they were, to an end that comes later; test records decide nothing. That it goes on is enough.
    let further = try Tool.start(command.dropLast() + ["--epochs", "700", "--test", "tiny.tsv"], in: workspace.path)
    further.closeInput()
    #expect(further.waits(for: "/700  loss ", on: .errors))
    further.send(SIGINT)
    #expect([.exit(0), .exit(130)].contains(further.finish().status))
  }

  @Test func `there must be a checkpoint to resume`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    #expect(
      try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "--resume"])
        == .failure("hanpipe: model.checkpoint: there is no such checkpoint; train without --resume\n"))
  }

  @Test func `a kill at any moment leaves the old model whole`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try Tiny.copy(in: workspace)
    let old = try Files.contents(workspace["model"])
    // Three epochs take about as long as saving: the kills fall before, into and after it.
    var new: [String: [UInt8]] = [:]
    do {
      let other = Workspace()
      try Tiny.lay(in: other)
      #expect(
        try other.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "--epochs", "3", "-q"]) == .success(""))
      new = try Files.contents(other["model"])
    }
    for round in stride(from: 0, to: 25, by: isSlow ? 1 : 2) {
      let child = try Tool.start(
        ["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "--epochs", "3", "-q"], in: workspace.path)
      child.closeInput()
      usleep(UInt32(4000 + round * 2500))
      child.send(SIGKILL)
      _ = child.finish()
      let now = try Files.contents(workspace["model"])
      #expect(now == old || now == new)
    }
    #expect(try workspace.run(["validate", "model"]).status == .exit(0))
    // Leftovers are hidden, and the next training that succeeds does not mind them.
    #expect(
      Files.names(workspace.path).allSatisfy { name in
        name.hasPrefix(".model.") || ["model", "model.checkpoint", "tiny.json", "tiny.tsv"].contains(name)
      })
    #expect(try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model", "-q"]) == .success(""))
  }

  /// Killed in the midst of steps, of epochs and of writing itself.
  @Test(arguments: [["--checkpoint-every", "0"], []])
  func `a training that is killed again and again ends in the very same bytes`(_ options: [String]) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    // Enough epochs that no run ends before it is killed.
    let command = ["train", "tiny.json", "--data", "tiny.tsv", "-q", "--set", "training.validationSplit=0.2"] + options
    let epochs = options.isEmpty ? "\(Tool.manyEpochs / 2)" : "12"
    #expect(try workspace.run(command + ["--epochs", epochs, "--model", "whole"]) == .success(""))
    var generator = SeededGenerator(seed: 11)
    var resumed = 0
    // A busy machine may need longer to come to its first checkpoint.
    var longest: UInt32 = 160_000
    let enough = isSlow ? 40 : 8
    for _ in 0..<40 where resumed < enough && !Files.isThere(workspace["model"]) {
      let hasCheckpoint = Files.isThere(workspace["model.checkpoint"])
      if hasCheckpoint {
        // Whatever the moment, it loads and answers.
        #expect(try workspace.run(["validate", "model.checkpoint"]).status == .exit(0))
        resumed += 1
      } else {
        longest += longest / 8
      }
      let child = try Tool.start(
        command + ["--epochs", epochs, "--model", "model"] + (hasCheckpoint ? ["--resume"] : []), in: workspace.path)
      child.closeInput()
      usleep(UInt32.random(in: 20_000...longest, using: &generator))
      child.send(SIGKILL)
      _ = child.finish()
    }
    #expect(resumed > 0)
    if !Files.isThere(workspace["model"]) {
      let resume = Files.isThere(workspace["model.checkpoint"]) ? ["--resume"] : []
      #expect(try workspace.run(command + ["--epochs", epochs, "--model", "model"] + resume) == .success(""))
    }
    #expect(try Files.contents(workspace["model"]) == Files.contents(workspace["whole"]))
    // The leftovers of those that were killed are gone with the next checkpoint.
    #expect(Files.names(workspace.path).count { $0.hasPrefix(".model") } <= 1)
  }

  @Test func `a checkpoint that would be replaced is told of`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try Tiny.copy(in: workspace, as: "model.checkpoint")
    let outcome = try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "model"])
    #expect(
      outcome.errors.contains(
        "hanpipe: warning: model.checkpoint holds a training that was not finished and will be replaced; --resume continues it\n"))
    #expect(Files.names(workspace.path) == ["model", "tiny.json", "tiny.tsv"])
  }
}
