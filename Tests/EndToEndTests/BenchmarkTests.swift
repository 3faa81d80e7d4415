import HanpipeCore
import Testing

/// A benchmark's figures differ from run to run; what they are of does not.
@Suite struct BenchmarkTests {
  private static let names = ["multiply-adds", "segmentation", "inference, batch 1", "inference, batch 256", "training, batch 32"]

  /// The network that is measured without a spec takes half a minute without optimisation: the small one stands in for it.
  @Test(arguments: isSlow ? [false, true] : [false])
  func `a table has the machine, the work, and a row a figure`(_ isReference: Bool) throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let own = ["tiny.tsv", "--input", "tsv", "--pipeline", "tiny.json"]
    let outcome = try workspace.run(["benchmark", "--seconds", "0.001", "--threads", "2"] + (isReference ? [] : own))
    #expect(outcome.status == .exit(0), "\(outcome)")
    #expect(outcome.errors == "")
    #expect(outcome.lines.first?.hasPrefix("hanpipe ") == true)
    let source = isReference ? "the bundled examples" : "tiny.tsv"
    #expect(outcome.lines.contains { $0.contains(" records, ") && $0.hasSuffix(" bytes of \(source), repeated") })
    // 8·H² of an LSTM.
    let operations = isReference ? "LSTM of 128 units over 128 floats a word: 131,072" : "tiny.json: 512"
    #expect(outcome.text.contains("\(operations) operations a token\n"), "\(outcome)")
    let rows = outcome.lines.suffix(6)
    #expect(rows.first?.split(separator: " ").joined(separator: " ") == "1 thread of bound 2 threads of bound ratio")
    for (row, name) in zip(rows.dropFirst(), Self.names) {
      #expect(row.hasPrefix(name + " "), "\(row)")
      #expect(row.count == rows.first?.count, "\(row)")
    }
  }

  @Test func `JSON Lines have a figure for each number of threads`() throws {
    let workspace = Workspace()
    try Tiny.lay(in: workspace)
    let outcome = try workspace.run([
      "benchmark", "tiny.tsv", "--input", "tsv", "--pipeline", "tiny.json", "--seconds", "0.001", "--threads", "2", "--output",
      "jsonl",
    ])
    #expect(outcome.status == .exit(0), "\(outcome)")
    let figures = try outcome.json()
    #expect(
      figures.map { "\($0["work"]?.stringValue ?? "") \($0["batch"]?.intValue ?? 0) \($0["threads"]?.intValue ?? 0)" } == [
        "multiply-adds 0 1", "multiply-adds 0 2", "segmentation 0 1", "segmentation 0 2", "inference 1 1", "inference 1 2",
        "inference 256 1", "inference 256 2", "training 32 1", "training 32 2",
      ])
    #expect(figures.allSatisfy { $0["value"]?.doubleValue ?? 0 > 0 && $0["source"] == "tiny.tsv" })
    // The share is of the multiply-adds measured on as many threads: 2·8·32 operations a token.
    for threads in [1, 2] {
      let own = figures.filter { $0["threads"] == .integer(threads) }
      let peak = try #require(own[0]["value"]?.doubleValue) * 1e9
      let tokens = try #require(own[2]["value"]?.doubleValue)
      let share = try #require(own[2]["shareOfBound"]?.doubleValue)
      #expect(abs(share - tokens * 512 / peak) < 1e-9)
    }
    let (one, two) = (try #require(figures[2]["value"]?.doubleValue), try #require(figures[3]["value"]?.doubleValue))
    #expect(figures[2]["ratio"] == nil)
    #expect(figures[3]["ratio"]?.doubleValue == two / one)
  }

  @Test func `a pipeline that only cuts words is measured as far as it goes, and says so`() throws {
    let outcome = try Tool.run(
      ["benchmark", "--pipeline", "pipelines/segment.json", "--seconds", "0.001", "--threads", "1"], in: Tool.packageRoot)
    #expect(outcome.status == .exit(0))
    #expect(
      outcome.errors
        == "hanpipe: warning: pipelines/segment.json is no classifier of padded ids: only its words are measured\n")
    #expect(outcome.lines.suffix(2).map { $0.prefix { $0 != " " } } == ["multiply-adds", "segmentation"])
  }

  @Test func `what cannot be measured is refused with its name`() throws {
    let workspace = Workspace()
    try workspace.write("\n\n", to: "blank.txt")
    #expect(
      try workspace.run(["benchmark", "absent.txt"])
        == .failure("hanpipe: absent.txt: cannot be opened: no such file or directory\n", status: 1))
    #expect(
      try workspace.run(["benchmark", "blank.txt"])
        == .failure(
          "hanpipe: blank.txt: no text to measure with; expected a record a line (--input for other forms)\n", status: 1))
    for (arguments, message) in [
      (["--seconds", "0"], "Error: --seconds: 0.0 is not allowed; expected a number above 0, 3600 at most\n"),
      (["--header"], "Error: --header needs --input tsv or csv\n"),
    ] {
      let outcome = try workspace.run(["benchmark"] + arguments)
      #expect(outcome.status == .exit(64))
      #expect(outcome.errors.hasPrefix(message), "\(outcome.errors)")
    }
  }
}
