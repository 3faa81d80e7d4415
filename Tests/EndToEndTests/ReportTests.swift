import Glibc
import HanpipeCore
import Testing

/// `evaluate --report` and the figures beside it, as a process.
@Suite struct ReportTests {
  /// Some of the tiny model's data with every fifth label turned: mistakes to show.
  private static let spoilt: String = Tiny.data.split(separator: "\n").enumerated().map { i, line in
    guard i % 5 == 0 else { return line + "\n" }
    return (line.hasPrefix("bad") ? "good" + line.dropFirst(3) : "bad" + line.dropFirst(4)) + "\n"
  }.joined()

  @Test func `figures come with their intervals, as text and as JSON`() throws {
    let workspace = Workspace()
    try workspace.write(Self.spoilt, to: "data.tsv")
    let arguments = ["evaluate", "--model", try Tiny.model(), "data.tsv"]
    let text = try workspace.run(arguments)
    // 64 of 80: Wilson's interval by hand, (0.8 + z²/160 ± z·√(0.16/80 + z²/25600))/(1 + z²/80).
    #expect(text.text.hasPrefix("records    80\naccuracy   0.8000   95 %: 0.6995 – 0.8730\nlog-loss   "), "\(text)")
    #expect(text.text.contains("\nECE        "))
    for line in text.lines { #expect(line.count <= 80, "\(line)") }
    let report = try #require(try workspace.run(arguments + ["--json"]).json().first)
    #expect(report["accuracy"]?.doubleValue == 0.8)
    let intervals = try #require(report["intervals"])
    #expect(intervals["samples"]?.intValue == 1000 && intervals["seed"]?.intValue == 42)
    for key in ["accuracy", "logLoss", "rocAUC", "macroF1", "weightedF1"] {
      let (low, high) = (intervals[key]?.arrayValue?[0].doubleValue ?? .nan, intervals[key]?.arrayValue?[1].doubleValue ?? .nan)
      let figure = report[key]?.doubleValue ?? .nan
      #expect(low < figure && figure < high, "\(key): \(low) \(figure) \(high)")
    }
    // Of those sure of 80 % by mistake: the model is surer than it is right.
    #expect((report["expectedCalibrationError"]?.doubleValue ?? 0) > 0.1)
    #expect(try workspace.run(arguments + ["--json", "--seed", "42", "--threads", "1"]).json().first == report)
    #expect(try workspace.run(arguments + ["--json", "--seed", "43"]).json().first != report)
  }

  @Test func `the threshold of the best F1, said to --threshold, gives it`() throws {
    let workspace = Workspace()
    try workspace.write(Self.spoilt, to: "data.tsv")
    let model = try Tiny.model()
    #expect(try workspace.run(["evaluate", "--model", model, "data.tsv", "--report", "r.html", "-q"]).status == .exit(0))
    let page = try Files.text(workspace["r.html"])
    let threshold = String(page[try #require(page.firstRange(of: "best F1: ")).upperBound...].prefix { $0 != "<" })
    // By trying every record's probability.
    let answers = try workspace.run(["classify", "--model", model, "--input", "tsv", "data.tsv"]).json()
    let good = answers.compactMap { $0["probabilities"]?["good"]?.doubleValue }
    let truth = Self.spoilt.split(separator: "\n").map { $0.hasPrefix("good") }
    try #require(good.count == truth.count)
    let best = good.map { least in
      let right = zip(good, truth).count(where: { $0 >= least && $1 })
      return 2 * Double(right) / Double(good.count(where: { $0 >= least }) + truth.count(where: { $0 }))
    }.max()
    let report = try workspace.run(["evaluate", "--model", model, "data.tsv", "--threshold", threshold, "--json", "-q"]).json()
    let found = try #require(report.first?["labels"]?.arrayValue?.last?["f1"]?.doubleValue)
    #expect(abs(found - (best ?? .nan)) < 1e-12, "\(threshold)")
    #expect(good.contains { "\($0)" == threshold }, "\(threshold)")
  }

  @Test func `a report is one page that needs nothing else, whatever stands in the records`() throws {
    let workspace = Workspace()
    let hostile = "bad\t好 <script>alert(1)</script> </p></main> & \"quoted\" \u{202E}desrever\n"
    try workspace.write(Self.spoilt + hostile, to: "data.tsv")
    let outcome = try workspace.run(["evaluate", "--model", try Tiny.model(), "data.tsv", "--report", "report.html"])
    #expect(outcome.status == .exit(0) && outcome.errors == "")
    #expect(Files.names(workspace.path) == ["data.tsv", "report.html"])
    let page = try Files.text(workspace["report.html"])
    #expect(!page.contains("<script") && !page.contains("\u{202E}"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &lt;/p&gt;&lt;/main&gt; &amp; &quot;quoted&quot;"))
    for link in ["src=", "href=", "@import", "url("] { #expect(!page.contains(link), "\(link)") }
    for section in [
      "Figures", "Labels", "Confusion", "Ranking", "Calibration", "Thresholds", "Answering only when sure", "Mistakes",
    ] {
      #expect(page.contains("<h2>\(section)</h2>"), "\(section)")
    }
    #expect(page.contains("prefers-color-scheme: dark"))
    try Self.checkTags(page)
    // The same figures as in the terminal.
    let accuracy = try #require(outcome.lines[1].split(separator: " ").dropFirst().first)
    #expect(page.contains("<dt>Accuracy</dt><dd>\(accuracy)<small>"))
    // Mistakes are bounded as asked for, and a page that is there is replaced.
    #expect(page.split(separator: "<li value=").count == 18)
    #expect(
      try workspace.run(["evaluate", "--model", try Tiny.model(), "data.tsv", "--report", "report.html", "--mistakes", "3"]).status
        == .exit(0))
    #expect(try Files.text(workspace["report.html"]).split(separator: "<li value=").count == 4)
    #expect(Files.names(workspace.path) == ["data.tsv", "report.html"])
  }

  @Test func `all records right, or one record, make a page too`() throws {
    let workspace = Workspace()
    try workspace.write("good\t好\n", to: "one.tsv")
    try workspace.write(Tiny.data, to: "right.tsv")
    for file in ["one.tsv", "right.tsv"] {
      let outcome = try workspace.run(["evaluate", "--model", try Tiny.model(), file, "--report", "r.html"])
      #expect(outcome.status == .exit(0), "\(outcome)")
      let page = try Files.text(workspace["r.html"])
      #expect(page.contains("<p>None.</p>"))
      #expect(!page.contains(">nan") && !page.contains(" nan") && !page.contains(" inf"))
      try Self.checkTags(page)
    }
  }

  @Test func `many labels and several at once have their page`() throws {
    let workspace = Workspace()
    let labels = (0..<30).map { "主题\($0)" }
    let lines = (0..<120).map { "\(labels[$0 % 30])\t词\($0 % 30) 的 了\n" }.joined()
    try workspace.write(lines, to: "many.tsv")
    for (head, data) in [("softmax", "many.tsv"), ("sigmoid", "many.tsv")] {
      let spec = Tiny.spec.replacing(
        "{\"type\": \"sigmoid\", \"labels\": [\"bad\", \"good\"]}",
        by: "{\"type\": \"\(head)\", \"labels\": [\(labels.map { "\"\($0)\"" }.joined(separator: ", "))]}")
      try workspace.write(spec, to: "many.json")
      let trained = try workspace.run(["train", "many.json", "--data", data, "--model", "m-\(head)", "--epochs", "1", "-q"])
      #expect(trained.status == .exit(0), "\(trained)")
      let outcome = try workspace.run(["evaluate", "--model", "m-\(head)", data, "--report", "r.html"])
      #expect(outcome.status == .exit(0), "\(outcome)")
      let page = try Files.text(workspace["r.html"])
      #expect(page.contains("主题29") && page.contains("The 6 labels with the most records, of 30."))
      #expect(page.contains("<h2>Confusion</h2>") == (head == "softmax"))
      #expect(page.utf8.count < 400_000)
      try Self.checkTags(page)
    }
  }

  @Test func `a report that cannot be written is an error, and nothing lies about`() throws {
    let workspace = Workspace()
    try workspace.write("good\t好\n", to: "one.tsv")
    let outcome = try workspace.run(["evaluate", "--model", try Tiny.model(), "one.tsv", "--report", "no/such/r.html"])
    // Before anything is measured.
    #expect(outcome == .failure("hanpipe: no/such/r.html: cannot write to no/such: no such file or directory\n"))
    #expect(
      try workspace.run(["evaluate", "--segmentation", "one.tsv", "--report", "r.html"]).errors.hasPrefix(
        "Error: --report, --threshold and --abstain-below are for labels; they do not go with --segmentation"))
    for path in [".", "/dev/null"] {
      let outcome = try workspace.run(["evaluate", "--model", try Tiny.model(), "one.tsv", "--report", path])
      #expect(outcome.status == .exit(1) && outcome.errors == "hanpipe: \(path): not a regular file\n", "\(outcome)")
    }
    #expect(Files.names(workspace.path) == ["one.tsv"])
  }

  /// Every element that begins ends, in order.
  static func checkTags(_ page: String) throws {
    let void: Set<String> = ["meta", "!DOCTYPE", "rect", "path", "circle"]
    var open: [String] = []
    for part in page.split(separator: "<").dropFirst() {
      let name = String(part.prefix { $0 != " " && $0 != ">" && $0 != "/" })
      if part.hasPrefix("/") {
        let closed = String(part.dropFirst().prefix { $0 != ">" })
        #expect(open.last == closed)
        guard open.popLast() == closed else { return }
      } else if !void.contains(name) {
        open.append(name)
      }
    }
    #expect(open.isEmpty, "\(open)")
  }
}

extension String {
  fileprivate func replacing(_ old: String, by new: String) -> String {
    let parts = split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
    precondition(parts.count == 2)
    return parts.joined(separator: new)
  }
}

/// `--threshold` and `--abstain-below`.
@Suite struct AnswerRuleTests {
  private func probability(_ text: String, _ options: [String] = []) throws -> Double {
    let record = try #require(try Tool.run(["classify", "--model", try Tiny.model()] + options, input: text + "\n").json().first)
    return try #require(record["probabilities"]?["good"]?.doubleValue)
  }

  @Test func `the threshold decides from which probability the second label is given`() throws {
    let model = try Tiny.model()
    let p = try probability("好")
    #expect(p > 0.5)
    for (threshold, label) in [(p - 0.001, "good"), (min(1, p + 0.0005), "bad"), (0, "good")] {
      let record = try #require(
        try Tool.run(["classify", "--model", model, "--threshold", "\(threshold)"], input: "好\n").json().first)
      #expect(record["label"]?.stringValue == label)
      // Probabilities are what they were; the label's is its own.
      #expect(record["probabilities"]?["good"]?.doubleValue == p)
      #expect(record["probability"]?.doubleValue == record["probabilities"]?[label]?.doubleValue)
    }
    let report = try #require(
      try Tool.run(["evaluate", "--model", model, "--threshold", "0", "--json"], input: "good\t好\nbad\t坏\n").json().first)
    #expect(report["accuracy"]?.doubleValue == 0.5)
  }

  @Test func `an answer that is not sure enough is none, in each form of output`() throws {
    let model = try Tiny.model()
    let p = try probability("好")
    let unsure = ["classify", "--model", model, "--abstain-below", "\(min(1, p + 0.0005))"]
    let record = try #require(try Tool.run(unsure, input: "好\n").json().first)
    #expect(record["label"] == .null)
    #expect(record["probability"]?.doubleValue == p)
    #expect(try Tool.run(unsure + ["--output", "text"], input: "好\n") == .success("?\n"))
    #expect(try Tool.run(unsure + ["--output", "tsv"], input: "好\n").text.hasPrefix("?\t0."))
    let sure = ["classify", "--model", model, "--abstain-below", "\(p - 0.001)", "--output", "text"]
    #expect(try Tool.run(sure, input: "好\n") == .success("good\n"))
  }

  @Test func `with a threshold, what is asked is how sure the given label is`() throws {
    let model = try Tiny.model()
    let p = try probability("好")
    // Not "good", because that is not likely enough; nor "bad", which is less likely still.
    let options = ["--threshold", "\(min(1, p + 0.0005))", "--abstain-below", "0.5", "--output", "text"]
    #expect(try Tool.run(["classify", "--model", model] + options, input: "好\n") == .success("?\n"))
  }

  @Test func `evaluate tells how much is answered and how well`() throws {
    let model = try Tiny.model()
    let arguments = ["evaluate", "--model", model, "--json", "--abstain-below"]
    let data = "good\t好\nbad\t坏\nbad\t我\n"
    let records = try Tool.run(["classify", "--model", model], input: "好\n坏\n我\n").json()
    let sure = records.compactMap { $0["probability"]?.doubleValue }
    #expect(sure[2] < sure[0] && sure[2] < sure[1])
    let report = try #require(try Tool.run(arguments + ["\(sure[2] + 0.0005)"], input: data).json().first)
    #expect(report["abstention"]?["answered"]?.intValue == 2)
    #expect(abs((report["abstention"]?["coverage"]?.doubleValue ?? 0) - 2.0 / 3) < 1e-9)
    #expect(report["abstention"]?["accuracy"]?.doubleValue == 1)
    #expect(report["records"]?.intValue == 3)
    let none = try #require(try Tool.run(arguments + ["1"], input: data).json().first)
    #expect(none["abstention"]?["answered"]?.intValue == 0 && none["abstention"]?["accuracy"] == .null)
  }

  @Test(arguments: [
    (["--threshold", "1.5"], "--threshold: 1.5 is not allowed; expected a number from 0 to 1"),
    (["--abstain-below=-1"], "--abstain-below: -1.0 is not allowed; expected a number from 0 to 1"),
    (["--threshold", "nan"], "--threshold: nan is not allowed"),
  ])
  func `what is no probability is wrong usage`(_ options: [String], _ message: String) throws {
    for command in ["classify", "evaluate"] {
      let outcome = try Tool.run([command] + options, input: "")
      #expect(outcome.status == .exit(64))
      #expect(outcome.errors.hasPrefix("Error: \(message)"), "\(outcome)")
    }
  }

  @Test func `one of three labels has no threshold, and a label called like the mark cannot be told from it`() throws {
    let workspace = Workspace()
    let spec = Tiny.spec.replacing(
      #"{"type": "sigmoid", "labels": ["bad", "good"]}"#, by: #"{"type": "softmax", "labels": ["bad", "good", "?"]}"#)
    try Tiny.lay(in: workspace, spec: spec)
    #expect(try workspace.run(["train", "tiny.json", "--data", "tiny.tsv", "--model", "m", "-q"]).status == .exit(0))
    let threshold = try workspace.run(["classify", "--model", "m", "--threshold", "0.4"], input: "好\n")
    #expect(threshold.status == .exit(64) && threshold.output.isEmpty)
    #expect(
      threshold.errors.hasPrefix(
        "Error: --threshold is for two labels, or for several that may hold together, and this model chooses one of 3"))
    let mark = try workspace.run(["classify", "--model", "m", "--abstain-below", "0.4"], input: "好\n")
    #expect(mark.status == .exit(64) && mark.errors.hasPrefix("Error: --abstain-below: a label of this model is called \"?\""))
  }
}
