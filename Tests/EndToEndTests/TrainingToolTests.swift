import Glibc
import HanpipeCore
import Testing

/// `train` beyond one training: seeds, folds, search, test records, curves.
@Suite struct TrainingToolTests {
  private static let train = ["train", "tiny.json", "--data", "tiny.tsv"]
  private static let split = ["--set", "training.validationSplit=0.2"]

  private func workspace() throws -> Workspace {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    try workspace.write(Tiny.data.split(separator: "\n").prefix(20).joined(separator: "\n") + "\n", to: "test.tsv")
    return workspace
  }

  private func weights(_ workspace: Workspace, _ model: String) throws -> [UInt8] {
    try Files.read(workspace[model + "/weights.safetensors"])
  }

  // MARK: Test records

  @Test(arguments: [[], ["--json"]])
  func `test records are measured as evaluate does`(_ options: [String]) throws {
    let workspace = try workspace()
    let trained = try workspace.run(Self.train + ["--model", "model", "--test", "test.tsv"] + options)
    #expect(trained.status == .exit(0))
    #expect(trained.errors.contains("80 to train on, 0 to validate on, 20 to test on, "))
    #expect(trained.errors.contains("hanpipe: warning: 20 of 20 test records stand in the training data too\n"))
    let measured = try workspace.run(["evaluate", "--model", "model", "test.tsv"] + options)
    #expect(measured == .success(trained.text))
    #expect(try Files.text(workspace["model/README.md"]).contains("On 20 test records, which took no part in training: loss "))
  }

  // MARK: What is told of losses

  @Test(arguments: [
    ([], ""), (["training.classWeights=balanced"], "weights of labels"), (["training.labelSmoothing=0.1"], "label smoothing"),
    (["training.classWeights=balanced", "training.labelSmoothing=0.1"], "weights of labels and label smoothing"),
  ])
  func `losses that are no log-loss are told apart from it`(_ choices: [String], _ settings: String) throws {
    let workspace = try workspace()
    // Labels that contradict each other in part, so that there is a temperature to find.
    let lines = (0..<200).map { "\($0 % 5 == 0 || $0 % 2 == 0 ? "good" : "bad")\t\($0 % 2 == 0 ? "好 吃" : "难 吃") \($0)\n" }
    try workspace.write(lines.joined(), to: "tiny.tsv")
    let outcome = try workspace.run(
      Self.train + ["--model", "model", "--epochs", "3", "--set", "training.validationSplit=0.5"] + choices.flatMap { ["--set", $0] })
    let line = try #require(outcome.errors.split(separator: "\n").first { $0.hasPrefix("calibrated on 100 validation records: ") })
    #expect(line.hasSuffix("; the losses above count \(settings) too") == !settings.isEmpty, "\(line)")
    #expect(line.contains("losses") == !settings.isEmpty)
    let card = try Files.text(workspace["model/README.md"])
    #expect(card.contains("the losses above are those before\(settings.isEmpty ? "" : ", and count \(settings) too").\n"), "\(card)")
    #expect(card.contains("Validation records were kept apart"))
  }

  @Test func `without validation records the card does not speak of them, and early stopping is warned of`() throws {
    let workspace = try workspace()
    let command = Self.train + ["--model", "model", "--epochs", "2"]
    #expect(try !workspace.run(command).errors.contains("earlyStopping"))
    let card = try Files.text(workspace["model/README.md"])
    #expect(card.contains("\nNo records were kept aside to validate on: these figures are of what was learned. Measure on records of your own"))
    #expect(!card.contains("Validation records"))
    let stopping = ["--set", "training.earlyStopping={\"patience\": 1}"]
    let warning = "hanpipe: warning: \"earlyStopping\" has no records to validate on, and goes by those trained on, which are learned by heart;"
    #expect(try workspace.run(command + stopping).errors.contains(warning))
    #expect(try !workspace.run(command + stopping + Self.split).errors.contains(warning))
  }

  @Test func `a segmenter is tested on words`() throws {
    let workspace = Workspace()
    let lines = (0..<40).map { "我 喜欢 苹果汁 \($0 % 7)" }
    try workspace.write(lines.joined(separator: "\n"), to: "words.txt")
    try workspace.write(Self.segmenter, to: "spec.json")
    let outcome = try workspace.run(["train", "spec.json", "--data", "words.txt", "--model", "model", "--test", "words.txt"])
    #expect(outcome.status == .exit(0))
    #expect(outcome.lines.map { $0.prefix { $0 != " " } } == ["records", "loss", "accuracy", "word"], "\(outcome)")
    let folds = try workspace.run(["train", "spec.json", "--data", "words.txt", "--cross-validation", "2", "--json", "-q"]).json()
    #expect(folds.count == 3 && folds[0]["testWordF1"] != nil && folds[2]["figures"]?["testWordF1"]?["count"] == 2)
  }

  private static let segmenter = """
    {"stages": [{"type": "characters"}, {"type": "vocabulary"}, {"type": "padding"},
      {"type": "lstm", "units": 8, "embedding": 8, "output": "sequence"}, {"type": "crf"}],
     "training": {"optimizer": {"type": "adam", "learningRate": 0.03}, "epochs": 3, "batchSize": 8}}
    """

  // MARK: Several trainings

  @Test func `several seeds: mean and spread, and a model that can be made again alone`() throws {
    let workspace = try workspace()
    let outcome = try workspace.run(
      Self.train + Self.split + ["--seeds", "4,5,6", "--test", "test.tsv", "--model", "model", "--json", "--epochs", "3", "--threads", "2"])
    #expect(outcome.status == .exit(0), "\(outcome)")
    let lines = try outcome.json()
    #expect(lines.prefix(3).map { $0["seed"]?.intValue } == [4, 5, 6] && lines.count == 4)
    let accuracies = lines.prefix(3).compactMap { $0["testAccuracy"]?.doubleValue }
    let mean = accuracies.reduce(0, +) / 3
    let spread = lines[3]["figures"]?["testAccuracy"]
    #expect(abs((spread?["mean"]?.doubleValue ?? 0) - mean) < 1e-12)
    let kept = try #require(lines.first { $0["isKept"] == .bool(true) })
    let best = lines.prefix(3).compactMap { $0["validationAccuracy"]?.doubleValue }.max()
    #expect(kept["validationAccuracy"]?.doubleValue == best)
    // What the model's spec says makes it again.
    let seed = try #require(kept["seed"]?.intValue)
    let alone = Self.train + Self.split + ["--epochs", "3", "--seed", "\(seed)", "--set", "training.splitSeed=1", "--model", "alone", "-q"]
    #expect(try workspace.run(alone) == .success(""))
    #expect(try weights(workspace, "model") == weights(workspace, "alone"))
    // On one thread, the same figures.
    let single = try workspace.run(
      Self.train + Self.split + ["--seeds", "4,5,6", "--test", "test.tsv", "--json", "--epochs", "3", "--threads", "1", "-q"])
    #expect(single == .success(outcome.text))
    let table = try workspace.run(Self.train + Self.split + ["--seeds", "2", "--epochs", "1", "-q"])
    #expect(table.lines.map { $0.split(separator: " ").first ?? "" }.filter { !$0.hasPrefix("-") } == ["run", "seed", "seed", "mean", "std.", "lowest", "highest"])
  }

  @Test func `cross-validation measures every record once, and trains on all`() throws {
    let workspace = try workspace()
    let command = Self.train + ["--cross-validation", "4", "--epochs", "2"]
    let outcome = try workspace.run(command + ["--json", "--model", "model"])
    #expect(outcome.status == .exit(0), "\(outcome)")
    let lines = try outcome.json()
    #expect(lines.prefix(4).map { $0["fold"]?.intValue } == [1, 2, 3, 4])
    #expect(lines.last?["figures"]?["testLoss"]?["count"] == 4)
    // The model is the one that a plain training gives.
    #expect(try workspace.run(Self.train + ["--epochs", "2", "--model", "plain", "-q"]) == .success(""))
    #expect(try weights(workspace, "model") == weights(workspace, "plain"))
    // Without --model there is none.
    #expect(try workspace.run(command + ["-q"]).status == .exit(0))
    #expect(Files.names(workspace.path) == ["model", "plain", "test.tsv", "tiny.json", "tiny.tsv"])
  }

  @Test(arguments: ["random", "halving"])
  func `a search ends with --set arguments that make its model`(_ strategy: String) throws {
    let workspace = try workspace()
    let outcome = try workspace.run(
      Self.train + Self.split + [
        "--search", "stages[3].units=2,8", "training.optimizer.learningRate=0.0001,0.05", "--strategy", strategy, "--model", "model",
        "--test", "test.tsv",
      ])
    #expect(outcome.status == .exit(0), "\(outcome)")
    let best = try #require(outcome.lines.first { $0.hasPrefix("best: trial ") })
    #expect(outcome.lines.contains { $0.hasPrefix("test records: loss ") })
    // As a shell would read them.
    let settings = best.split(separator: " --set ").dropFirst().map { $0.filter { $0 != "'" } }
    #expect(settings.count == 2 && settings[0].hasPrefix("stages[3].units="))
    #expect(try workspace.run(Self.train + Self.split + settings.flatMap { ["--set", $0] } + ["--model", "alone", "-q"]) == .success(""))
    #expect(try weights(workspace, "model") == weights(workspace, "alone"))
  }

  @Test func `a search may be a file`() throws {
    let workspace = try workspace()
    try workspace.write(#"{"training.optimizer.learningRate": {"from": 0.001, "to": 0.1}, "stages[3].units": [4]}"#, to: "space.json")
    let lines = try workspace.run(
      Self.train + Self.split + ["--search", "space.json", "--trials", "3", "--json", "-q", "--epochs", "1"]).json()
    #expect(lines.count == 4 && lines[3]["best"]?.arrayValue?.count == 2)
    try workspace.write(#"{"training.epochs": 3}"#, to: "space.json")
    let bad = try workspace.run(Self.train + ["--search", "space.json"])
    #expect(bad.status == .exit(1))
    #expect(bad.errors.hasSuffix("hanpipe: space.json: training.epochs: expected an array of values, or {\"from\": number, \"to\": number, \"scale\": \"log\"}\n"), "\(bad)")
  }

  @Test(arguments: [
    (["--seeds", "0"], "expected from 1 to 1000 trainings"),
    (["--seeds", "1,1"], "a seed stands there twice"),
    (["--seeds", "2", "--cross-validation", "3"], "--seeds and --cross-validation exclude each other"),
    (["--cross-validation", "1"], "--cross-validation: 1 is not allowed; expected a number from 2 to 1000"),
    (["--seeds", "2", "--resume"], "--resume continues what stands beside the model"),
    (["--search", "units"], "units"),
    (["--model", "m", "--learning-rate", "x"], "x"),
    (["--model", "m", "--checkpoint-every=-1"], "--checkpoint-every: -1 is not allowed; expected a number of seconds from 0"),
  ])
  func `what does not go together is wrong usage`(_ options: [String], _ message: String) throws {
    let workspace = try workspace()
    let outcome = try workspace.run(Self.train + options)
    #expect([.exit(64), .exit(1)].contains(outcome.status) && outcome.errors.contains(message), "\(outcome)")
    #expect(Files.names(workspace.path) == ["test.tsv", "tiny.json", "tiny.tsv"])
  }

  @Test func `the learning rate is an option`() throws {
    let workspace = try workspace()
    #expect(try workspace.run(Self.train + ["--learning-rate", "0.01", "--model", "a", "-q"]) == .success(""))
    #expect(
      try workspace.run(Self.train + ["--set", "training.optimizer.learningRate=0.01", "--model", "b", "-q"]) == .success(""))
    #expect(try Files.contents(workspace["a"]) == Files.contents(workspace["b"]))
    #expect(try weights(workspace, "a") != Files.read(Tiny.model() + "/weights.safetensors"))
  }

  @Test func `Ctrl-C ends several trainings with what is known`() throws {
    let workspace = try workspace()
    let child = try Tool.start(Self.train + ["--seeds", "50", "--epochs", "20", "--json"], in: workspace.path)
    child.closeInput()
    #expect(child.waits(for: "seed 2: 20 epochs, loss ", on: .errors))
    child.send(SIGINT)
    let outcome = child.finish(timeout: .seconds(10))
    #expect(outcome.status == .exit(130))
    let lines = try outcome.json()
    #expect(lines.count >= 3 && lines.last?["isComplete"] == .bool(false))
  }

  // MARK: Curves

  @Test func `curves that cannot be written are refused before anything is read`() throws {
    let workspace = Workspace()
    try workspace.write(Tiny.spec, to: "tiny.json")
    let outcome = try workspace.run(
      ["train", "tiny.json", "--data", "nowhere.tsv", "--model", "model", "--curves", "none/curves.svg"])
    #expect(outcome == .failure("hanpipe: none/curves.svg: cannot write to none: no such file or directory\n"))
  }

  @Test func `learning curves are drawn in SVG and in letters`() throws {
    let workspace = try workspace()
    #expect(
      try workspace.run(Self.train + Self.split + ["--model", "model", "--curves", "curves.svg", "-q"]) == .success(""))
    let svg = try Files.text(workspace["curves.svg"])
    #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
    // Each element that is opened is closed.
    for element in ["svg", "g", "text"] {
      let opened = svg.ranges(of: "<\(element) ").count + svg.ranges(of: "<\(element)>").count
      #expect(opened > 0 && opened == svg.ranges(of: "</\(element)>").count, "\(element)")
    }
    #expect(svg.contains("validation") && !svg.contains("NaN") && !svg.contains("<script"))
    #expect(try workspace.run(["curves", "model", "--output", "svg"]) == .success(svg + "\n"))
    // No line is wider than asked for: both figures beside each other, or one below the other.
    for (width, together) in [(40, false), (51, false), (52, true), (80, true), (130, true)] {
      let drawn = try workspace.run(["curves", "model", "--width", "\(width)"]).text.split(separator: "\n")
      #expect(drawn.allSatisfy { $0.count <= width }, "\(drawn)")
      #expect(drawn.count(where: { $0.hasPrefix("accuracy") }) == (together ? 0 : 1))
    }
    let text = try workspace.run(["curves", "model"])
    #expect(text.status == .exit(0) && text.lines.count == 12)
    #expect(text.lines[0].hasPrefix("loss ") && text.lines[0].contains("accuracy") && text.lines.last == ". training   o validation")
    #expect(text.lines.allSatisfy { $0.count <= 80 })
    // The highest loss stands at the top, at the first epoch.
    let first = try JSON(parsing: Array(try Files.text(workspace["model/training.jsonl"]).split(separator: "\n")[0].utf8))
    let loss = try #require(first["loss"]?.doubleValue)
    #expect(text.lines[1].hasPrefix("\(Double(Int((loss * 1000).rounded())) / 1000)"), "\(text.lines[1])")
    #expect(
      try workspace.run(["curves", "tiny.json"])
        == .failure("hanpipe: tiny.json: is not a model directory or a checkpoint: it has no training.jsonl\n"))
    // Whatever stands in the file, it is drawn or refused by line.
    try Files.makeDirectory(workspace["astray"])
    func epoch(_ loss: String) -> String { "{\"epoch\": 1, \"loss\": \(loss), \"accuracy\": 0.5, \"learningRate\": 1}\n" }
    try workspace.write(epoch("1e308") + epoch("-1e308"), to: "astray/training.jsonl")
    #expect(try workspace.run(["curves", "astray"]).status == .exit(0))
    try workspace.write(epoch("1") + epoch("1e999"), to: "astray/training.jsonl")
    #expect(
      try workspace.run(["curves", "astray"]).errors.hasPrefix("hanpipe: astray/training.jsonl:2: is no epoch; expected an object"))
    let none = try workspace.run(["curves", "nowhere"])
    #expect(none.status == .exit(1) && none.errors.contains("nowhere/training.jsonl"))
  }

  @Test func `a terminal sees one line that moves, the time left, and the curves`() throws {
    let workspace = try workspace()
    let child = try Tool.start(Self.train + ["--model", "model", "--epochs", "40"], in: workspace.path, terminals: [.errors])
    child.closeInput()
    let outcome = child.finish()
    #expect(outcome.status == .exit(0))
    #expect(try #/\r\x1B\[Kepoch \d+/40 [━·]+ loss \d\.\d{4} accuracy \d\.\d{4}  [\d,]+ records/s, \d+ s left/#.firstMatch(in: outcome.errors) != nil)
    #expect(outcome.errors.contains("+---") && outcome.errors.hasSuffix("saved model\r\n"))
  }
}
