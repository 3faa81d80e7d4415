import Glibc
import HanpipeCore
import Testing

/// Includes, `--set`, `--root`, the environment, and the drawing of a chain.
@Suite struct SpecComfortTests {
  /// `specs/mine.json` includes `common/words.json`, whose lexicon lies beside it in `common/`.
  private func laid() throws -> Workspace {
    let workspace = Workspace()
    for folder in ["specs", "common"] { try Files.makeDirectory(workspace[folder]) }
    try workspace.write("我喜欢\tforce\n", to: "common/lexicon.txt")
    try workspace.write(
      #"{"stages": [{"type": "normalize"}, {"type": "icu", "lexicon": "lexicon.txt"}, {"type": "vocabulary"}]}"#,
      to: "common/words.json")
    try workspace.write(
      """
      {"stages": [
        {"include": "../common/words.json"}, {"type": "padding"}, {"type": "lstm", "units": 4, "embedding": 4},
        {"type": "sigmoid", "labels": ["bad", "good"]}], "training": {"epochs": 1}}
      """, to: "specs/mine.json")
    try workspace.write(Tiny.data, to: "tiny.tsv")
    return workspace
  }

  // MARK: Includes

  @Test func `a chain with included stages is listed with where each is written`() throws {
    let workspace = try laid()
    #expect(
      try workspace.run(["validate", "specs/mine.json"])
        == .success(
          """
          specs/mine.json: spec in order
            stages[0]    normalize            text → text   (../common/words.json: stages[0])
            stages[1]    icu                  text → tokens   (../common/words.json: stages[1])
            stages[2]    vocabulary           tokens → ids   (../common/words.json: stages[2])
            stages[3]    padding              ids → padded   (stages[1])
            stages[4]    lstm                 padded → vectors   (stages[2])
            stages[5]    sigmoid              vectors → prediction   (stages[3])

          """))
  }

  @Test func `a model holds the spec as resolved, and what the included stages read`() throws {
    let workspace = try laid()
    let trained = try workspace.run(["train", "specs/mine.json", "--data", "tiny.tsv", "--model", "model", "--quiet"])
    #expect(trained == .success(""))
    let spec = try JSON(parsing: Files.read(workspace["model/pipeline.json"]))
    let stages = try #require(spec["stages"]?.arrayValue)
    #expect(stages.compactMap { $0["type"]?.stringValue } == ["normalize", "icu", "vocabulary", "padding", "lstm", "sigmoid"])
    #expect(stages[1]["lexicon"] == "resources/lexicon.txt")
    for folder in ["specs", "common"] { Files.remove(workspace[folder]) }
    #expect(try workspace.run(["classify", "--model", "model"], input: "我喜欢\n").status == .exit(0))
  }

  @Test func `a mistake in an included spec names both files`() throws {
    let workspace = try laid()
    try Files.replace("\"vocabulary\"", by: "\"vocabulary\", \"minimumCount\": 0", in: workspace["common/words.json"])
    let place = "specs/mine.json: ../common/words.json: stages[2].minimumCount"
    let message = "hanpipe: \(place): 0 is not allowed; expected an integer from 1 to 1000000000\n"
    #expect(try workspace.run(["validate", "specs/mine.json"]) == .failure(message))
    try workspace.write("{\"stages\": [{\"include\": \"../specs/mine.json\"}]}", to: "common/words.json")
    #expect(
      try workspace.run(["validate", "specs/mine.json"])
        == .failure(
          "hanpipe: specs/mine.json: ../specs/mine.json: stages[0].include: the specs include each other without end: "
            + "mine.json → ../common/words.json → ../specs/mine.json → ../common/words.json\n"))
  }

  @Test func `an include leads out of the root as little as any file`() throws {
    let workspace = try laid()
    try Files.replace("../common/words.json", by: "../../words.json", in: workspace["specs/mine.json"])
    let outcome = try workspace.run(["validate", "specs/mine.json"])
    #expect(outcome.status == .exit(1))
    #expect(
      outcome.errors
        == "hanpipe: specs/mine.json: stages[0].include: \"../../words.json\" leads out of \(workspace.path), below which a spec's "
        + "files must lie\n")
  }

  // MARK: --set

  @Test func `train takes changes, and the model holds them`() throws {
    let workspace = try laid()
    let trained = try workspace.run([
      "train", "specs/mine.json", "--data", "tiny.tsv", "--model", "model", "--set", "stages[4].units=6", "--set",
      "training.epochs=2", "--set", "training.optimizer.learningRate=0.01", "--set", "name=changed",
    ])
    #expect(trained.status == .exit(0), "\(trained)")
    #expect(trained.errors.contains("epoch 2/2"))
    let spec = try JSON(parsing: Files.read(workspace["model/pipeline.json"]))
    #expect(spec["name"] == "changed")
    #expect(spec["stages"]?.arrayValue?[4]["units"] == 6)
    #expect(spec["training"]?["epochs"] == 2)
    #expect(spec["training"]?["optimizer"]?["type"] == "adam")
    #expect(spec["training"]?["optimizer"]?["learningRate"] == 0.01)
  }

  @Test func `every command that reads a spec takes changes`() throws {
    let workspace = Workspace()
    try workspace.write(#"{"stages": [{"type": "whitespace"}]}"#, to: "words.json")
    let keep = ["--set", "stages[0].keepPunctuation=false"]
    for command in [["run", "words.json", "--output", "text"], ["segment", "--pipeline", "words.json"]] {
      #expect(try workspace.run(command + keep, input: "好 ， 的\n") == .success("好 的\n"))
    }
    #expect(try workspace.run(["validate", "words.json", "--explain"] + keep).text.contains("keepPunctuation=false"))
    let model = try Tiny.model()
    let threshold = ["--set", "stages[4].threshold=1"]
    let answer = try workspace.run(["classify", "--model", model, "--output", "text"] + threshold, input: "好\n")
    #expect(answer == .success("bad\n"))
    #expect(try workspace.run(["classify", "--model", model, "--output", "text"], input: "好\n") == .success("good\n"))
    let report = try workspace.run(["evaluate", "--model", model, "--json"] + threshold, input: "good\t好\nbad\t坏\n")
    #expect(try report.json().first?["accuracy"] == 0.5)
    try workspace.write(#"{"stages": [{"type": "whitespace"}, {"type": "vocabulary"}]}"#, to: "count.json")
    #expect(
      try workspace.run(["vocabulary", "build", "--pipeline", "count.json", "--set", "stages[1].minimumCount=2"], input: "好 好 的\n")
        == .success("<pad>\t0\n<unk>\t0\n好\t2\n"))
  }

  @Test(arguments: [
    (
      ["stages[3].units=16"],
      #"MODEL with --set stages[3].units=16: stages[3] (lstm): "layers.0.forward.weight_ih" has the shape [32, 8], but the spec asks "#
        + "for [64, 8]; train again, or restore the spec"
    ),
    (
      ["stages[3].type=gru"],
      #"MODEL with --set stages[3].type=gru: MODEL/weights.safetensors: holds "stages.3.lstm.embedding.weight", which this pipeline "#
        + "has not; the weights belong to another model"
    ),
    (
      ["stages[3].unit=16"], #"MODEL with --set stages[3].unit=16: stages[3]: unknown key "unit"; did you mean "units"? known are "#
    ),
    (
      ["stages[4].threshold=2", "stages[2].side=pre"],
      "MODEL with --set stages[4].threshold=2: stages[4].threshold: 2 is not allowed; expected a number from 0 to 1\n"
    ),
    (
      ["stages[3].output=sequence", "stages[2].side=pre"],
      "MODEL with --set stages[3].output=sequence --set stages[2].side=pre: stages[4] takes vectors, but stages[3] gives sequence; with"
    ),
    (
      ["model.format=2"],
      #"MODEL with --set model.format=2: unknown key "model"; known are "name", "description", "stages", "training""#
    ),
  ])
  func `a change that does not fit a model is told with the change`(_ changes: [String], _ message: String) throws {
    let model = try Tiny.model()
    let outcome = try Tool.run(["classify", "--model", model] + changes.flatMap { ["--set", $0] }, input: "好\n")
    #expect(outcome.status == .exit(1))
    let expected = "hanpipe: " + message.split(separator: "MODEL", omittingEmptySubsequences: false).joined(separator: model)
    #expect(outcome.errors.hasPrefix(expected), "\(outcome.errors)")
  }

  @Test func `a model that was spoilt is found out, whatever is changed`() throws {
    let workspace = Workspace()
    try Tiny.copy(in: workspace)
    try workspace.write(
      "{\"text\": \"好\", \"expected\": {\"labels\": [\"bad\"], \"probabilities\": [1, 0]}}\n", to: "model/golden.jsonl")
    let outcome = try workspace.run(["classify", "--model", "model", "--set", "stages[4].threshold=0.4"], input: "好\n")
    #expect(outcome.errors.hasPrefix("hanpipe: model: 1 of 1 stored predictions came out differently"), "\(outcome)")
  }

  @Test(arguments: [
    ("units", "there is no \"=\"; expected PATH=VALUE, such as stages[4].units=64 or training.epochs=3"),
    ("stages[0].x={", "the value is not JSON: expected a key in quotes, found end of input"),
  ])
  func `what is no change is wrong usage`(_ text: String, _ message: String) throws {
    let outcome = try Tool.run(["segment", "--set", text], input: "好\n")
    #expect(outcome.status == .exit(64))
    #expect(outcome.errors.hasPrefix("Error: The value '\(text)' is invalid for '--set <path=value>': \(message)\n"), "\(outcome)")
  }

  // MARK: The root, and the environment

  @Test func `the root can be drawn wider and closer`() throws {
    let workspace = Workspace()
    for folder in ["a", "a/b", "a/b/specs"] { try Files.makeDirectory(workspace[folder]) }
    try workspace.write("我喜欢\tforce\n", to: "lexicon.txt")
    try workspace.write("我喜欢\tforce\n", to: "a/b/lexicon.txt")
    func spec(_ path: String) throws {
      try workspace.write(#"{"stages": [{"type": "icu", "lexicon": "\#(path)"}]}"#, to: "a/b/specs/mine.json")
    }
    let command = ["segment", "--pipeline", "a/b/specs/mine.json"]
    try spec("../../../lexicon.txt")
    let refused = try workspace.run(command, input: "我喜欢\n")
    #expect(
      refused
        == .failure(
          "hanpipe: a/b/specs/mine.json: stages[0] (icu): \"../../../lexicon.txt\" leads out of \(workspace["a/b"]), below which a "
            + "spec's files must lie\n"))
    #expect(try workspace.run(command + ["--root", "."], input: "我喜欢\n") == .success("我喜欢\n"))
    var environment = Tool.environment
    environment["HANPIPE_ROOT"] = workspace.path
    #expect(try workspace.run(command, input: "我喜欢\n", environment: environment) == .success("我喜欢\n"))
    // The option says more than the variable.
    #expect(try workspace.run(command + ["--root", "a/b"], input: "我喜欢\n", environment: environment) == refused)
    // What comes with the tool lies elsewhere.
    #expect(try workspace.run(["segment"], input: "我喜欢\n", environment: environment) == .success("我 喜欢\n"))
    try spec("../lexicon.txt")
    #expect(try workspace.run(command, input: "我喜欢\n") == .success("我喜欢\n"))
    let closer = try workspace.run(command + ["--root", "a/b/specs"], input: "我喜欢\n")
    #expect(closer.errors.contains("\"../lexicon.txt\" leads out of \(workspace["a/b/specs"]), below which"), "\(closer)")
    try Files.makeDirectory(workspace["elsewhere"])
    #expect(
      try workspace.run(command + ["--root", "elsewhere"], input: "我喜欢\n")
        == .failure(
          "hanpipe: a/b/specs/mine.json: it lies in \(workspace["a/b/specs"]), which is not inside of the root "
            + "\(workspace["elsewhere"])\n"))
    #expect(
      try workspace.run(command + ["--root", "none"], input: "我喜欢\n").errors
        == "hanpipe: a/b/specs/mine.json: there is no directory none\n")
  }

  @Test func `the environment says what is used without an option`() throws {
    let workspace = Workspace()
    try workspace.write(#"{"stages": [{"type": "characters"}]}"#, to: "characters.json")
    var environment = Tool.environment
    environment["HANPIPE_PIPELINE"] = "characters.json"
    environment["HANPIPE_MODEL"] = try Tiny.model()
    #expect(try workspace.run(["segment"], input: "我喜欢\n", environment: environment) == .success("我 喜 欢\n"))
    #expect(try workspace.run(["classify", "--output", "text"], input: "好\n", environment: environment) == .success("good\n"))
    #expect(try workspace.run(["evaluate"], input: "good\t好\n", environment: environment).text.contains("accuracy   1.0000"))
    #expect(try workspace.run(["vocabulary", "show", "--top", "1"], environment: environment) == .success("0\t<pad>\t0\n"))
    let shipped = Tool.packageRoot + "/pipelines/segment.json"
    #expect(
      try workspace.run(["segment", "--pipeline", shipped], input: "我喜欢\n", environment: environment) == .success("我 喜欢\n"))
    // A spec reads no variable.
    try workspace.write(#"{"stages": [{"type": "icu", "lexicon": "$HOME/x"}]}"#, to: "p.json")
    #expect(try workspace.run(["validate", "p.json"]).errors.contains("looked for \(workspace.path)/$HOME/x"))
  }

  // MARK: Drawing

  @Test func `a chain is drawn with kinds and shapes`() throws {
    let model = try Tiny.model()
    #expect(
      try Tool.run(["validate", model, "--explain"])
        == .success(
          """
          \(model): model, 697 parameters, in order
            text        B
              │ stages[0]   whitespace
            tokens      B×T
              │ stages[1]   vocabulary         (learned by counting)
            ids         B×T below 18
              │ stages[2]   padding            maximum=6
            padded      B×T below 18
              │ stages[3]   lstm               units=8 embedding=8 (688 parameters)
            vectors     B×8
              │ stages[4]   sigmoid            labels=["bad", "good"] (9 parameters)
            prediction  B×2 (bad, good)

          """))
    let workspace = try laid()
    let explained = try workspace.run(["validate", "specs/mine.json", "--explain"]).lines
    #expect(
      explained.contains("    │ stages[1]   icu                lexicon=../common/lexicon.txt (../common/words.json: stages[1])"))
    #expect(explained.contains("  ids         B×T below V"))
    #expect(explained.contains("  vectors     B×4"))
  }

  /// Chains beside each other, one of which reads a file.
  private func laidBeside() throws -> Workspace {
    let workspace = Workspace()
    try workspace.write("<pad>\t0\n<unk>\t0\n喜欢\t3\n", to: "words.tsv")
    try workspace.write(
      """
      {"stages": [{"type": "characters"},
        {"type": "concatenate", "branches": [
          [{"type": "vocabulary", "minimumCount": 2}, {"type": "padding"}, {"type": "lstm", "units": 4, "output": "sequence"}],
          [{"type": "dictionary-features", "dictionary": "words.tsv"}, {"type": "embedding", "width": 3}]]},
        {"type": "crf"}], "training": {"epochs": 1}}
      """, to: "beside.json")
    return workspace
  }

  @Test func `chains inside of a stage are drawn with their kinds and shapes`() throws {
    let workspace = try laidBeside()
    let told = """
        text        B
          │ stages[0]   characters
        tokens      B×T
          │ stages[1]   concatenate        (2 chains)
          │   ┌ tokens      B×T
          │   │   │ branches[0][0] vocabulary         minimumCount=2 (learned by counting)
          │   │ ids         B×T below V
          │   │   │ branches[0][1] padding
          │   │ padded      B×T below V
          │   │   │ branches[0][2] lstm               units=4 output=sequence (learned by gradients)
          │   └ sequence    B×T×4
          │   ┌ tokens      B×T
          │   │   │ branches[1][0] dictionary-features dictionary=words.tsv
          │   │ features    B×T×K below 78
          │   │   │ branches[1][1] embedding          width=3 (learned by gradients)
          │   └ sequence    B×T×3
        sequence    B×T×7
          │ stages[2]   crf                (learned by gradients)
        tags        B×T of 4 (B, M, E, S)

      """
    #expect(try workspace.run(["validate", "beside.json", "--explain"]) == .success("beside.json: spec in order\n" + told))
    // Of a model, what was counted is known too.
    try workspace.write("我 喜欢\n我 讨厌\n", to: "gold.txt")
    let trained = try workspace.run(["train", "beside.json", "--data", "gold.txt", "--model", "model", "--quiet"])
    #expect(trained == .success(""))
    let explained = try workspace.run(["validate", "model", "--explain"]).text
    for part in ["ids         B×T below 3\n", "padded      B×T below 3\n", "parameters in 2 chains)\n", "sequence    B×T×7\n"] {
      #expect(explained.contains(part), "\(explained)")
    }
    #expect(!explained.contains("learned by gradients"))
  }

  @Test func `what chains inside of a stage read is looked at too`() throws {
    let workspace = try laidBeside()
    try Files.replace("words.tsv", by: "none.tsv", in: workspace["beside.json"])
    #expect(
      try workspace.run(["validate", "beside.json"])
        == .failure(
          "hanpipe: beside.json: stages[1].branches[1][0] (dictionary-features): \"none.tsv\" does not exist; looked for "
            + "\(workspace["none.tsv"])\n"))
  }

  @Test func `chains inside of a stage are drawn side by side`() throws {
    let workspace = try laidBeside()
    let drawn = try workspace.run(["validate", "beside.json", "--output", "svg"]).text
    for part in [">concatenate<", ">vocabulary<", ">dictionary-features<", ">dictionary=words.tsv<", "B×T below V", "branches[1][1]"] {
      #expect(drawn.contains(part), "\(part)")
    }
    // Boxes, as numbers of x, y, width and height: those of the stages inside lie within the one that has them, and none on another.
    let boxes = drawn.split(separator: "<rect class=\"").dropFirst(2).map { rect in
      rect.prefix { $0 != ">" }.split(separator: "\"").compactMap { Int($0) }
    }
    #expect(boxes.count == 8 && boxes.allSatisfy { $0.count == 5 })
    func overlap(_ a: [Int], _ b: [Int]) -> Bool {
      (0..<2).allSatisfy { max(a[$0], b[$0]) < min(a[$0] + a[$0 + 2], b[$0] + b[$0 + 2]) }
    }
    let group = boxes[1]
    for box in boxes[2..<7] {
      #expect((0..<2).allSatisfy { group[$0] < box[$0] && box[$0] + box[$0 + 2] < group[$0] + group[$0 + 2] }, "\(box) in \(group)")
    }
    for (i, box) in boxes.enumerated() {
      for other in boxes[(i + 1)...] where box != group { #expect(!overlap(box, other), "\(box) and \(other)") }
    }
  }

  @Test func `a drawing is XML that says what the text says`() throws {
    let workspace = Workspace()
    try workspace.write(
      #"{"name": "a < b & \"c\"", "stages": [{"type": "icu"}, {"type": "vocabulary", "minimumCount": 2}]}"#, to: "p.json")
    let drawn = try workspace.run(["validate", "p.json", "--output", "svg"])
    #expect(drawn.errors == "")
    #expect(drawn.text.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" "))
    for part in [
      "a &lt; b &amp; &quot;c&quot;", ">icu<", ">minimumCount=2<", "B×T below V", "prefers-color-scheme: dark", "</svg>",
    ] {
      #expect(drawn.text.contains(part), "\(part)")
    }
    let open = drawn.text.split(separator: "<text ").count
    #expect(open == drawn.text.split(separator: "</text>").count)
    #expect(
      try Tool.run(["validate", "a.json", "b.json", "--output", "svg"]).errors
        .hasPrefix("Error: --output svg draws one pipeline; 2 are named\n"))
  }

  @Test(.enabled(if: Files.isThere("/usr/bin/rsvg-convert"), "rsvg-convert is not here: apt-get install librsvg2-bin"))
  func `a renderer that is not ours draws it`() throws {
    let workspace = Workspace()
    let drawn = try Tool.run(["validate", "pipelines/sentiment.json", "--output", "svg"], in: Tool.packageRoot)
    try workspace.write(drawn.output, to: "chain.svg")
    let child = try Child(
      "/usr/bin/rsvg-convert", ["chain.svg", "-o", "chain.png"], directory: workspace.path, environment: Tool.environment)
    #expect(child.finish() == .success(""))
    let image = try Files.read(workspace["chain.png"])
    #expect(image.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    // The header's first number: the width in pixels.
    #expect(image[16..<20].reduce(0) { $0 << 8 | Int($1) } == 600)
  }
}
