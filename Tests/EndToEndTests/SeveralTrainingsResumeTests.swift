import Glibc
import HanpipeCore
import Testing

/// Several trainings that are ended and go on: real processes, killed at any moment.
@Suite struct SeveralTrainingsResumeTests {
  private static let train = ["train", "tiny.json", "--data", "tiny.tsv", "--test", "test.tsv", "--json", "-q"]
  private static let seeds = ["--set", "training.validationSplit=0.2", "--epochs", "9", "--seeds", "3"]
  private static let search = [
    "--set", "training.validationSplit=0.2", "--epochs", "9", "--search", "stages[3].units=2,4,8", "--strategy", "halving",
  ]
  /// With the slow tests each takes some eighty starts of the tool, without them a dozen, and the last two are left out.
  private static let kinds: [[String]] =
    [seeds, search]
    + (!isSlow
      ? []
      : [seeds + ["--keep", "median"], ["--set", "training.validationSplit=0.2", "--epochs", "6", "--cross-validation", "3"]])

  private func workspace() throws -> Workspace {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try workspace.write(Tiny.data.split(separator: "\n").prefix(20).joined(separator: "\n") + "\n", to: "test.tsv")
    return workspace
  }

  @Test(arguments: kinds)
  func `trainings that are killed again and again end in the same table and the same bytes`(_ options: [String]) throws {
    let workspace = try workspace()
    let whole = try workspace.run(Self.train + options + ["--model", "whole"])
    #expect(whole.status == .exit(0), "\(whole)")
    #expect(Files.names(workspace.path) == ["test.tsv", "tiny.json", "tiny.tsv", "whole"])
    let command = Self.train + options + ["--model", "model", "--checkpoint-every", "0"]
    var generator = SeededGenerator(seed: 3)
    var resumed = 0
    var last: Outcome?
    let enough = isSlow ? 300 : 12
    for round in 0..<300 where resumed < enough && !Files.isThere(workspace["model"]) {
      let hasState = Files.isThere(workspace["model.runs/runs.json"])
      let child = try Tool.start(command + (hasState ? ["--resume"] : []), in: workspace.path)
      child.closeInput()
      // Later rounds are given more time, so that a slow machine comes to the end too.
      usleep(UInt32.random(in: 20_000...200_000, using: &generator) * UInt32(1 + round / 40))
      child.send(SIGKILL)
      last = child.finish()
      if hasState { resumed += 1 }
    }
    #expect(resumed > 2)
    if last?.status != .exit(0) {
      // Killed after the model was in its place, or not ended by itself: what is written down still gives the table.
      let state = Files.isThere(workspace["model.runs/runs.json"])
      last = try workspace.run(command + (state ? ["--resume"] : []))
    }
    #expect(last == whole)
    #expect(try Files.contents(workspace["model"]) == Files.contents(workspace["whole"]))
    #expect(!Files.isThere(workspace["model.runs"]))
  }

  @Test func `trainings that cannot begin leave nothing behind`() throws {
    let workspace = try workspace()
    try workspace.write("1\t好\n1\t很好\n1\t不错\n", to: "tiny.tsv")
    let outcome = try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--seeds", "2", "--model", "model", "-q"])
    #expect(outcome.status == .exit(1) && outcome.output.isEmpty && !outcome.errors.isEmpty, "\(outcome)")
    #expect(Files.names(workspace.path) == ["test.tsv", "tiny.json", "tiny.tsv"])
  }

  @Test func `Ctrl-C keeps what is over, and the rest goes on`() throws {
    let workspace = try workspace()
    let epochs = Tool.manyEpochs
    let options = ["--set", "training.validationSplit=0.2", "--epochs", "\(epochs)", "--seeds", "2"]
    let whole = try workspace.run(Self.train + options + ["--model", "whole"])
    let child = try Tool.start(Array(Self.train.dropLast()) + options + ["--model", "model", "--verbose"], in: workspace.path)
    child.closeInput()
    #expect(child.waits(for: "seed 2 (2/2) epoch   3/\(epochs)", on: .errors))
    child.send(SIGINT)
    let outcome = child.finish(timeout: .seconds(20))
    #expect(outcome.status == .exit(130))
    #expect(outcome.errors.hasSuffix("\nsaved model.runs; the same command with --resume continues\n"), "\(outcome)")
    #expect(try outcome.json().first?["seed"] == 1)
    #expect(!Files.isThere(workspace["model"]))
    // The first is not trained again: no line tells of an epoch of it.
    let rest = try workspace.run(
      Array(Self.train.dropLast()) + options + ["--model", "model", "--resume", "--verbose", "--threads", "1"])
    #expect(rest.text == whole.text && !rest.errors.contains("seed 1 (1/2) epoch"))
    let first = "seed 1: \(epochs) epochs, loss "
    #expect(rest.errors.contains("\n" + first) || rest.errors.hasPrefix(first), "\(rest)")
    #expect(rest.errors.contains("seed 2 (2/2) epoch \(epochs)/\(epochs)") && !rest.errors.contains("seed 2 (2/2) epoch   1/\(epochs)"))
    #expect(try Files.contents(workspace["model"]) == Files.contents(workspace["whole"]))
  }

  @Test(arguments: [
    (["--seeds", "4"], "tiny.tsv", "runs.seeds was [1, 2, 3], and is [1, 2, 3, 4]"),
    (["--cross-validation", "3"], "tiny.tsv", "runs.seeds was [1, 2, 3], and is not there"),
    (["--seeds", "3", "--keep", "first"], "tiny.tsv", "runs.keep was \"best\", and is \"first\""),
    (["--seeds", "3", "--set", "stages[3].units=4"], "tiny.tsv", "stages[3].units was 8, and is 4"),
    (["--seeds", "3", "--learning-rate", "0.1"], "tiny.tsv", "training.optimizer.learningRate was 0.05, and is 0.1"),
    (["--seeds", "3", "--from", "old"], "tiny.tsv", "--from names another model"),
    (["--seeds", "3", "--test", "test.tsv"], "tiny.tsv", "the records of --test are others"),
    (["--seeds", "3"], "less.tsv", "the records of --data are others"),
  ])
  func `trainings of something else are not continued`(_ options: [String], _ data: String, _ message: String) throws {
    let workspace = try workspace()
    try Tiny.copy(in: workspace, as: "old")
    try workspace.write(Tiny.data.split(separator: "\n").dropLast().joined(separator: "\n") + "\n", to: "less.tsv")
    let always = ["--set", "training.validationSplit=0.2", "--epochs", "3000", "--model", "model"]
    let child = try Tool.start(
      ["train", "tiny.json", "--data", "tiny.tsv", "--seeds", "3", "--verbose"] + always, in: workspace.path)
    child.closeInput()
    #expect(child.waits(for: "epoch    2/3000", on: .errors))
    child.send(SIGINT)
    #expect(child.finish(timeout: .seconds(20)).status == .exit(130))
    let before = try Files.contents(workspace["model.runs"])
    let outcome = try workspace.run(["train", "tiny.json", "--data", data] + options + always + ["--resume"])
    #expect(outcome.status == .exit(1))
    #expect(
      outcome.errors.hasSuffix(
        "hanpipe: model.runs: other trainings were paused there: \(message); say what was said then, or train anew without --resume\n"
      ),
      "\(outcome)")
    #expect(try Files.contents(workspace["model.runs"]) == before)
  }

  @Test func `there must be trainings to continue, and a place where they stand`() throws {
    let workspace = try workspace()
    #expect(
      try workspace.run(Self.train + ["--seeds", "2", "--model", "model", "--resume"])
        == .failure("hanpipe: model.runs: there is no such checkpoint; train without --resume\n"))
    let nowhere = try workspace.run(Self.train + ["--seeds", "2", "--resume"])
    #expect(
      nowhere.status == .exit(64) && nowhere.errors.contains("--resume continues what stands beside the model; --model says where"))
    // What is no such folder is not touched.
    try Files.makeDirectory(workspace["model.runs"])
    try workspace.write("mine", to: "model.runs/file")
    let occupied = try workspace.run(Self.train + ["--seeds", "2", "--model", "model"])
    #expect(occupied.status == .exit(1) && Files.names(workspace["model.runs"]) == ["file"], "\(occupied)")
  }
}
