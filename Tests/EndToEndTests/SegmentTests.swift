import HanpipeCore
import Testing

@Suite struct SegmentTests {
  @Test(arguments: [
    ("我喜欢吃苹果\n", "我 喜欢 吃 苹果\n"),
    ("我不喜欢吃苹果\n", "我 不 喜欢 吃 苹果\n"),
    ("她也不喜欢\n他不会来\n", "她 也不 喜欢\n他 不会 来\n"),
    ("", ""),
    ("\n", "\n"),
    ("我喜欢\n\n\n苹果\n", "我 喜欢\n\n\n苹果\n"),
    ("我喜欢苹果", "我 喜欢 苹果\n"),
    ("我喜欢\r\n苹果\r\n", "我 喜欢\n苹果\n"),
    ("\u{FEFF}我喜欢\n", "我 喜欢\n"),
    ("苹\u{0}果\n", "苹 \u{0} 果\n"),
    ("ｉＰｈｏｎｅ１５很好\n", "ｉＰｈｏｎｅ１５ 很好\n"),
  ])
  func `text goes in and words come out`(_ input: String, _ expected: String) throws {
    #expect(try Tool.run(["segment"], input: input) == .success(expected))
  }

  @Test func `bytes that are not UTF-8 are repaired and told of once`() throws {
    let input = Array("我喜欢\n".utf8) + [0xFF] + Array("苹果\n好\n".utf8) + [0xE6, 0x88, 0x0A]
    let outcome = try Tool.run(["segment"], input: input)
    #expect(
      outcome
        == .success(
          "我 喜欢\n\u{FFFD} 苹果\n好\n\u{FFFD}\n",
          errors: "hanpipe: warning: 2 lines were not UTF-8 and were repaired with U+FFFD, the first at standard input:2\n"))
    #expect(try Tool.run(["segment", "--quiet"], input: input).errors == "")
  }

  @Test func `one repaired line is spoken of as one`() throws {
    #expect(
      try Tool.run(["segment"], input: [0xFF, 0x0A]).errors
        == "hanpipe: warning: 1 line was not UTF-8 and was repaired with U+FFFD: standard input:1\n")
  }

  @Test(arguments: [1, 4])
  func `strict reading stops at the first bad line, after the records before it`(_ threads: Int) throws {
    let outcome = try Tool.run(
      ["segment", "--strict", "--threads", "\(threads)"], input: Array("我喜欢\n苹果\n好".utf8) + [0xFF] + Array("\n吃\n".utf8))
    #expect(
      outcome
        == .failure(
          "hanpipe: standard input:3: not UTF-8: byte 0xFF in column 4; "
            + "convert the file to UTF-8, or read without strictness, which puts U+FFFD there\n",
          output: "我 喜欢\n苹果\n"))
  }

  @Test func `a line of five megabytes is one record`() throws {
    let sentence = "我不喜欢吃苹果。"
    let count = 5_000_000 / sentence.utf8.count
    let input = String(repeating: sentence, count: count) + "\n短\n"
    let outcome = try Tool.run(["segment"], input: input, timeout: .seconds(120))
    #expect(outcome.status == .exit(0))
    #expect(outcome.errors == "")
    #expect(outcome.lines.count == 2)
    #expect(outcome.lines.last == "短")
    #expect(outcome.output.filter { $0 != 0x20 } == Array(input.utf8))
    #expect(outcome.text.hasPrefix("我 不 喜欢 吃 苹果 。 我 不 喜欢"))
  }

  @Test func `several files and stdin are read in the order given`() throws {
    let workspace = Workspace()
    // The first ends without a line feed: its last line stays apart from the second file's first.
    try workspace.write("我喜欢", to: "a.txt")
    try workspace.write("苹果\n", to: "b.txt")
    let outcome = try workspace.run(["segment", "a.txt", "-", "b.txt"], input: "吃吧\n")
    #expect(outcome == .success("我 喜欢\n吃 吧\n苹果\n"))
  }

  @Test func `a file that is not there ends the run after what came before it`() throws {
    let workspace = Workspace()
    try workspace.write("我喜欢\n", to: "a.txt")
    let outcome = try workspace.run(["segment", "a.txt", "missing.txt"])
    #expect(
      outcome == .failure("hanpipe: missing.txt: cannot be opened: no such file or directory\n", output: "我 喜欢\n"))
    let directory = try workspace.run(["segment", "."])
    #expect(directory == .failure("hanpipe: .: is a directory; name a file, or - for standard input\n"))
  }

  @Test func `offsets cut the words out of the text that was read`() throws {
    let input = "我不喜欢  ｉＰｈｏｎｅ\u{3000}👨‍👩‍👧!\u{FEFF}\n\ncafé e\u{301}苹果\u{0}\n"
    let outcome = try Tool.run(["segment", "--output", "jsonl"], input: input)
    #expect(outcome.errors == "")
    let records = try outcome.json()
    #expect(records.count == 3)
    for (record, line) in zip(records, input.split(separator: "\n", omittingEmptySubsequences: false)) {
      let utf8 = Array(line.utf8)
      #expect(record["text"]?.stringValue == String(line))
      var end = 0
      for token in record["tokens"]?.arrayValue ?? [] {
        let range = (token["start"]?.intValue ?? -1)..<(token["end"]?.intValue ?? -1)
        #expect(range.lowerBound >= end)
        #expect(String(decoding: utf8[range], as: UTF8.self) == token["text"]?.stringValue)
        end = range.upperBound
      }
      #expect((record["empty"]?.boolValue == true) == utf8.isEmpty)
    }
  }

  @Test func `any number of threads gives the same lines in the same order`() throws {
    var generator = SeededGenerator(seed: 3)
    let parts = ["我", "不", "喜欢", "苹果", "，", " ", "abc", "12", "酒店", "😀", "很好", "\t"]
    var input = ""
    for _ in 0..<20_000 {
      for _ in 0..<Int.random(in: 0...6, using: &generator) { input += parts.randomElement(using: &generator) ?? "" }
      input += "\n"
    }
    let one = try Tool.run(["segment", "--threads", "1"], input: input)
    let four = try Tool.run(["segment", "--threads", "4"], input: input)
    #expect(one.status == .exit(0))
    #expect(one.lines.count == 20_000)
    #expect(one.output == four.output)
    // What the words are made of is what was read, line for line, spaces aside.
    func solid(_ bytes: some Sequence<UInt8>) -> [UInt8] { bytes.filter { $0 != 0x20 && $0 != 0x09 } }
    #expect(solid(one.output) == solid(input.utf8))
  }

  @Test(arguments: [
    ("tsv", "good\t我喜欢\n", "我 喜欢\n"),
    ("csv", "\"我,\"\"喜欢\"\"\"\n", "我 , \" 喜欢 \"\n"),
    ("jsonl", "{\"text\": \"我\\u559c欢\"}\n", "我 喜欢\n"),
    ("fasttext", "__label__a __label__b 我喜欢\n", "我 喜欢\n"),
  ])
  func `text is found in every form of input`(_ form: String, _ input: String, _ expected: String) throws {
    #expect(try Tool.run(["segment", "--input", form], input: input) == .success(expected))
  }

  @Test func `a header names the field that holds the text`() throws {
    let input = "id,review,stars\n7,我喜欢,5\n8,\"苹\n果\",1\n"
    let outcome = try Tool.run(
      ["segment", "--input", "csv", "--text-field", "review", "--id-field", "id", "--output", "jsonl"], input: input)
    let records = try outcome.json()
    #expect(records.map { $0["text"]?.stringValue } == ["我喜欢", "苹\n果"])
    #expect(records.map { $0["id"]?.description } == ["\"7\"", "\"8\""])
  }

  @Test func `a spec of one's own may stand in for the shipped one`() throws {
    let workspace = Workspace()
    try workspace.write(#"{"stages": [{"type": "icu", "locale": "zh"}]}"#, to: "own.json")
    #expect(try workspace.run(["segment", "--pipeline", "own.json"], input: "我喜欢苹果\n") == .success("我 喜欢 苹果\n"))
    // One word of the spec is another segmenter.
    try Files.replace("\"icu\", \"locale\": \"zh\"", by: "\"characters\"", in: workspace["own.json"])
    #expect(try workspace.run(["segment", "--pipeline", "own.json"], input: "我喜欢苹果\n") == .success("我 喜 欢 苹 果\n"))
  }

  @Test func `a pipeline that gives no words is refused`() throws {
    let outcome = try Tool.run(["segment", "--pipeline", try Tiny.model()], input: "我\n")
    #expect(outcome == .failure("hanpipe: \(try Tiny.model()): gives prediction, but this command needs tokens\n"))
  }
}
