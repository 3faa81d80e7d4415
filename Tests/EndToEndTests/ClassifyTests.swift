import HanpipeCore
import Testing

@Suite struct ClassifyTests {
  private func classify(_ arguments: [String] = [], _ input: String) throws -> Outcome {
    try Tool.run(["classify", "--model", try Tiny.model()] + arguments, input: input)
  }

  @Test func `each record gets one object with its label and every probability`() throws {
    let outcome = try classify([], "我 喜欢 酒店\n房间 差\n")
    #expect(outcome.status == .exit(0))
    #expect(outcome.errors == "")
    let records = try outcome.json()
    #expect(records.map { $0["label"]?.stringValue } == ["good", "bad"])
    for record in records {
      #expect(record.objectValue?.members.map(\.key) == ["text", "label", "probability", "probabilities"])
      let label = record["label"]?.stringValue ?? ""
      #expect(record["probabilities"]?[label]?.doubleValue == record["probability"]?.doubleValue)
      let sum = ["bad", "good"].compactMap { record["probabilities"]?[$0]?.doubleValue }.reduce(0, +)
      #expect(abs(sum - 1) < 1e-6)
    }
  }

  @Test func `a record without a word is empty and one that is too long is truncated`() throws {
    let records = try classify([], "\n \u{3000}\n一 二 三 四 五 六\n一 二 三 四 五 六 七\n").json()
    #expect(records.map { $0["empty"]?.boolValue } == [true, true, nil, nil])
    #expect(records.map { $0["truncated"]?.boolValue } == [nil, nil, nil, true])
    #expect(records.allSatisfy { $0["label"] != nil })
  }

  @Test func `ids and unknown fields pass through byte for byte`() throws {
    let line =
      #"{"id": 123456789012345678901234567890, "text": "很 好", "x": {"a": [1.50, 1e400, -0.0]}, "\u0041": "\u00e9\/", "n": null}"#
    let outcome = try classify(["--input", "jsonl"], line + "\n")
    #expect(outcome.errors == "")
    #expect(
      outcome.text.hasPrefix(
        #"{"id": 123456789012345678901234567890, "x": {"a": [1.50, 1e400, -0.0]}, "\u0041": "\u00e9\/", "n": null, "text": "很 好", "label": "#
      ))
  }

  @Test func `members that the answer writes itself give way`() throws {
    let outcome = try classify(
      ["--input", "jsonl", "--no-text"], #"{"text": "好", "label": "bad", "probability": 2, "error": "x"}"# + "\n")
    let record = try #require(try outcome.json().first)
    #expect(record.objectValue?.members.map(\.key) == ["label", "probability", "probabilities"])
    #expect(record["label"]?.stringValue == "good")
  }

  @Test func `tsv and text are there for other tools`() throws {
    #expect(try classify(["--output", "text"], "好\n差\n\n").lines.prefix(2) == ["good", "bad"])
    let lines = try classify(["--output", "tsv"], "很 好\t啊\n").lines
    let fields = try #require(lines.first).split(separator: "\t", omittingEmptySubsequences: false)
    #expect(fields.count == 3)
    #expect(fields[0] == "good")
    #expect(Double(fields[1]).map { $0 > 0.5 && $0 <= 1 } == true)
    #expect(fields[2] == "很 好 啊")
  }

  @Test func `words come with their offsets if asked for`() throws {
    let record = try #require(try classify(["--tokens", "--no-text"], "很  好\n").json().first)
    #expect(record["text"] == nil)
    #expect(
      record["tokens"]?.description
        == #"[{"text": "很", "start": 0, "end": 3, "characterStart": 0, "characterEnd": 1}, "#
        + #"{"text": "好", "start": 5, "end": 8, "characterStart": 3, "characterEnd": 4}]"#)
  }

  @Test(arguments: [
    ("tsv", "bad\t很 好\n"), ("csv", "很 好\n"), ("fasttext", "__label__bad 很 好\n"), ("jsonl", "{\"text\": \"很 好\"}\n"),
    ("lines", "很 好\n"),
  ])
  func `every form of input gives the same answer`(_ form: String, _ input: String) throws {
    let expected = try classify([], "很 好\n").text
    #expect(try classify(["--input", form], input) == .success(expected))
  }

  @Test(arguments: [1, 4])
  func `a bad record becomes an error in its place`(_ threads: Int) throws {
    let input = "{\"text\": \"好\"}\n{\"text\": 3, \"id\": 8}\nnot json\n{\"txt\": \"好\"}\n{\"text\": \"差\"}\n"
    let outcome = try classify(["--input", "jsonl", "--threads", "\(threads)"], input)
    let records = try outcome.json()
    #expect(records.map { $0["label"]?.stringValue } == ["good", nil, nil, nil, "bad"])
    #expect(
      records.map { $0["error"]?.stringValue } == [
        nil, #"standard input:2: "text" is a number; expected a string in "{"text": 3, "id": 8}""#,
        #"standard input:3: not a JSON object: column 1: expected "{", found "n" in "not json""#,
        #"standard input:4: "text" is missing in "{"txt": "好"}""#, nil,
      ])
    #expect(outcome.status == .exit(1))
    #expect(
      outcome.errors
        == #"hanpipe: 3 of 5 records failed; the first: standard input:2: "text" is a number; expected a string in "{"text": 3, "id": 8}""#
        + "\n")
  }

  @Test func `lines stay as many in text and tsv when records fail`() throws {
    let input = "{\"text\": \"好\"}\nnot json\n{\"text\": \"差\"}\n"
    #expect(try classify(["--input", "jsonl", "--output", "text"], input).text == "good\n\nbad\n")
    #expect(try classify(["--input", "jsonl", "--output", "tsv"], input).lines.count == 3)
  }

  @Test func `fail-fast stops at the first bad record`() throws {
    let outcome = try classify(["--input", "jsonl", "--fail-fast"], "{\"text\": \"好\"}\nnot json\n{\"text\": \"差\"}\n")
    #expect(outcome.status == .exit(1))
    #expect(
      outcome.errors
        == "hanpipe: standard input:2: not a JSON object: column 1: expected \"{\", found \"n\" in \"not json\"\n")
  }

  @Test func `an answer depends on nothing but its record`() throws {
    let words = ["我", "房间", "酒店", "好", "差", "喜欢", "的", "新词"]
    var generator = SeededGenerator(seed: 5)
    let lines = (0..<3000).map { _ in
      (0..<Int.random(in: 0...8, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }
        .joined(separator: " ")
    }
    let bulk = try classify(["--threads", "1"], lines.joined(separator: "\n") + "\n")
    #expect(bulk.lines.count == lines.count)
    #expect(try classify(["--threads", "4"], lines.joined(separator: "\n")).output == bulk.output)
    #expect(try classify(["--line-buffered"], lines.joined(separator: "\n") + "\n").output == bulk.output)
    let backwards = try classify([], lines.reversed().joined(separator: "\n") + "\n")
    #expect(Array(backwards.lines.reversed()) == bulk.lines)
    for i in stride(from: 0, to: lines.count, by: 500) {
      #expect(try classify([], lines[i] + "\n").lines == [bulk.lines[i]])
    }
  }
}
