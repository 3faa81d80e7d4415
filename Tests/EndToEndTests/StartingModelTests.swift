import Glibc
import HanpipeCore
import Testing

/// `train --from`: a training that begins from a model.
@Suite struct StartingModelTests {
  private static let train = ["train", "tiny.json", "--data", "more.tsv"]

  /// A model of the made-up reviews, and a few more reviews with a word that it does not know.
  private func workspace() throws -> Workspace {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try Tiny.copy(in: workspace, as: "old")
    try workspace.write("bad\t房间 破 坏\ngood\t房间 好\nbad\t差 了\ngood\t满意 的\n", to: "more.tsv")
    return workspace
  }

  @Test func `it tells what began from the model, and the new model says which it was`() throws {
    let workspace = try workspace()
    let outcome = try workspace.run(Self.train + ["--from", "old", "--model", "new", "--learning-rate", "0"])
    #expect(outcome.status == .exit(0), "\(outcome)")
    #expect(
      outcome.errors.contains(
        """
        3 of 3 stages that learn begin from old
          stages[1] (vocabulary): the model's, which knows 7 of the 8 different words to train on
          stages[3] (lstm): the model's
          stages[4] (sigmoid): the model's

        """), "\(outcome)")
    // Nothing was learned: the same weights, the same answers.
    for file in ["weights.safetensors", "vocabulary.tsv", "golden.jsonl"] {
      #expect(try Files.read(workspace["new/" + file]) == Files.read(workspace["old/" + file]), "\(file)")
    }
    // As anybody can compute it.
    let shell = try Child(
      "/bin/sh", ["-c", "cd old && LC_ALL=C sha256sum pipeline.json vocabulary.tsv weights.safetensors | sha256sum"],
      directory: workspace.path, environment: Tool.environment)
    shell.closeInput()
    let hash = shell.finish(timeout: .seconds(10)).text.prefix(64)
    let metadata = try JSON(parsing: Files.read(workspace["new/pipeline.json"]))["model"]?["metadata"]
    #expect(metadata?["from"] == ["model": "old", "sha256": .string(String(hash))])
    #expect(try Files.text(workspace["new/README.md"]).contains("| began from | the model `old`, SHA-256 `\(hash)` |\n"))
    // A model that began from none says nothing of the kind.
    #expect(try JSON(parsing: Files.read(workspace["old/pipeline.json"]))["model"]?["metadata"]?["from"] == nil)
  }

  @Test func `the same is trained further, in its own place`() throws {
    let workspace = try workspace()
    // The model's own spec, its own name.
    let outcome = try workspace.run([
      "train", "old", "--data", "more.tsv", "--from", "old", "--model", "old", "--epochs", "1", "-q",
    ])
    #expect(outcome == .success(""))
    #expect(try Files.read(workspace["old/weights.safetensors"]) != Files.read(Tiny.model() + "/weights.safetensors"))
    #expect(try workspace.run(["validate", "old"]).status == .exit(0))
  }

  @Test func `what is in the way is said`() throws {
    let workspace = try workspace()
    let apart = try workspace.run(Self.train + ["--from", "old", "--model", "new", "--set", "stages[0].type=characters"])
    #expect(
      apart.status == .exit(1)
        && apart.errors.contains("no stage can begin from old; make the spec agree with it, or leave out --from\n"), "\(apart)")
    #expect(apart.errors.contains("\n  stages[1] (vocabulary): stages[0] (characters) is \"whitespace\" in the model\n"))
    #expect(
      try workspace.run(Self.train + ["--from", "tiny.json", "--model", "new"])
        == .failure("hanpipe: tiny.json: is not a model directory: it is a spec; --from takes what \"hanpipe train\" has saved\n"))
    #expect(try workspace.run(Self.train + ["--from", "nothing", "--model", "new"]).status == .exit(1))
    #expect(!Files.isThere(workspace["new"]))
    let labels = try workspace.run(Self.train + ["--from", "old", "--dry-run", "--set", "stages[4].labels=[\"good\",\"bad\"]"])
    #expect(
      labels.errors.contains(
        "  stages[4] (sigmoid): anew; the \"labels\" [\"good\", \"bad\"], the model's has [\"bad\", \"good\"]\n"), "\(labels)")
  }

  @Test func `a checkpoint goes on with the model that it began from, and no other`() throws {
    let workspace = try workspace()
    let train = ["train", "tiny.json", "--data", "tiny.tsv", "--epochs", "\(Tool.manyEpochs)"]
    let command = train + ["--model", "new"]
    func begin(_ options: [String], until epoch: String) throws {
      let child = try Tool.start(command + options, in: workspace.path)
      child.closeInput()
      #expect(child.waits(for: "epoch \(epoch)/\(Tool.manyEpochs)", on: .errors))
      child.send(SIGINT)
      #expect(child.finish().status == .exit(130))
    }
    try begin(["--from", "old"], until: " 20")
    let without = try workspace.run(command + ["--resume"])
    #expect(
      without.errors.contains("the checkpoint does not fit: it began from old (SHA-256 ")
        && without.errors.contains("and --from names none"), "\(without)")
    #expect(
      try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "other", "--epochs", "1", "-q"]) == .success(""))
    #expect(try workspace.run(command + ["--resume", "--from", "other"]).errors.contains(", not from other ("))
    try begin(["--from", "old", "--resume"], until: "100")
    #expect(try workspace.run(command + ["--resume", "--from", "old", "-q"]) == .success(""))
    #expect(try workspace.run(train + ["--model", "whole", "--from", "old", "-q"]) == .success(""))
    #expect(try Files.contents(workspace["new"]) == Files.contents(workspace["whole"]))
  }
}
