import Glibc
import HanpipeCore
import Testing

/// `compare` as a process: the tiny model against one that has hardly learned.
@Suite struct CompareTests {
  /// A model whose labels stand in the other order, trained on data of which much is wrong.
  private func other(_ workspace: Workspace, labels: String = #"["good", "bad"]"#) throws -> String {
    try Tiny.lay(in: workspace)
    try Files.replace(#"["bad", "good"]"#, by: labels, in: workspace["tiny.json"])
    let trained = try workspace.run(
      [
        "train", "tiny.json", "--data", "tiny.tsv", "--model", "other", "--epochs", "1", "--set",
        "training.optimizer.learningRate=0.0001", "-q",
      ])
    #expect(trained.status == .exit(0), "\(trained)")
    return "other"
  }

  @Test func `counts, test and interval are those of the answers one by one`() throws {
    let workspace = Workspace()
    let (good, other) = (try Tiny.model(), try other(workspace))
    let outcome = try workspace.run(["compare", other, good, "tiny.tsv", "--json", "--examples", "3"])
    #expect(outcome.status == .exit(0), "\(outcome)")
    let found = try #require(try outcome.json().first)
    // The same by hand, from what classify says.
    let records = Tiny.data.split(separator: "\n").map { $0.split(separator: "\t") }
    let right = try [other, good].map { model -> [Bool] in
      let answers = try workspace.run(
        ["classify", "--model", model, "--output", "text"], input: records.map { $0[1] + "\n" }.joined()
      ).lines
      return zip(answers, records).map { $0 == $1[0] }
    }
    let onlyFirst = zip(right[0], right[1]).count { $0 && !$1 }
    let onlySecond = zip(right[0], right[1]).count { !$0 && $1 }
    #expect(onlySecond > 10)
    #expect(found["onlyFirstRight"]?.intValue == onlyFirst && found["onlySecondRight"]?.intValue == onlySecond)
    #expect(found["bothRight"]?.intValue == zip(right[0], right[1]).count { $0 && $1 })
    let difference = Double(onlySecond - onlyFirst) / 80
    #expect(abs((found["difference"]?.doubleValue ?? 0) - difference) < 1e-12)
    let interval = (found["differenceInterval"]?.arrayValue ?? []).compactMap(\.doubleValue)
    #expect(interval.count == 2 && interval[0] < difference && difference < interval[1])
    #expect((found["test"]?["pValue"]?.doubleValue ?? 1) < 0.001)
    #expect(found["models"]?.arrayValue?.compactMap { $0["accuracy"]?.doubleValue } == right.map { Double($0.count { $0 }) / 80 })
    #expect(found["examples"]?.arrayValue?.count == 3)
    for example in found["examples"]?.arrayValue ?? [] {
      let record = try #require(example["record"]?.intValue)
      #expect(example["text"]?.stringValue == String(records[record - 1][1]))
      #expect(example["truth"]?.arrayValue?.first?.stringValue == String(records[record - 1][0]))
      #expect(example["answers"]?.arrayValue?[0] != example["answers"]?.arrayValue?[1])
    }
    let text = try workspace.run(["compare", other, good, "tiny.tsv", "--examples", "2"])
    #expect(text.text.contains("McNemar ("))
    #expect(text.text.contains("records are answered differently, the surest first:"))
    #expect(text.lines.filter { $0.contains("  truth ") }.count == 2)
  }

  @Test func `a model does not differ from itself`() throws {
    let workspace = Workspace()
    try workspace.write(Tiny.data, to: "tiny.tsv")
    let model = try Tiny.model()
    let found = try #require(try workspace.run(["compare", model, model, "tiny.tsv", "--json"]).json().first)
    #expect(found["test"]?["pValue"]?.doubleValue == 1)
    #expect(found["difference"]?.doubleValue == 0 && found["differing"]?.intValue == 0)
    #expect(found["differenceInterval"]?.arrayValue?.compactMap(\.doubleValue) == [0, 0])
  }

  @Test func `models that cannot be compared are refused, and records that cannot be read are counted`() throws {
    let workspace = Workspace()
    let (good, other) = (try Tiny.model(), try other(workspace, labels: #"["bad", "good", "worse"]"#))
    // Three labels of a sigmoid: any number may hold.
    let outcome = try workspace.run(["compare", good, other, "tiny.tsv"])
    #expect(outcome.status == .exit(1) && outcome.output.isEmpty)
    #expect(
      outcome.errors.hasPrefix("hanpipe: the models have different labels: \(good) has \"bad\", \"good\"; other has "), "\(outcome)"
    )
    let bad = try workspace.run(["compare", good, good], input: "good\t好\nugly\t坏\n")
    #expect(bad.status == .exit(1))
    #expect(bad.text.hasPrefix("1 record "))
    #expect(bad.errors.hasPrefix("hanpipe: 1 record was left out: standard input:2: the label \"ugly\""), "\(bad)")
    #expect(
      try workspace.run(["compare", good, good], input: "").errors.hasPrefix("hanpipe: standard input: no record to measure on"))
    #expect(try workspace.run(["compare", good]).status == .exit(64))
  }
}
