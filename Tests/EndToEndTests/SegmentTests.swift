import HanpipeCore
import Testing

@Suite struct SegmentTests {
  @Test(arguments: [
    ("我喜欢吃苹果\n", "我 喜欢 吃 苹果\n"),
    ("我不喜欢吃苹果\n", "我 不 喜欢 吃 苹果\n"),
    ("她也不喜欢\n他不会来\n", "她 也 不 喜欢\n他 不 会 来\n"),
    ("", ""),
    ("\n", "\n"),
    ("我喜欢\n\n\n苹果\n", "我 喜欢\n\n\n苹果\n"),
    ("我喜欢苹果", "我 喜欢 苹果\n"),
    ("我喜欢\r\n苹果\r\n", "我 喜欢\n苹果\n"),
    ("\u{FEFF}我喜欢\n", "我 喜欢\n"),
    ("苹\u{0}果\n", "苹 \u{0} 果\n"),
    ("ｉＰｈｏｎｅ１５很好\n", "ｉＰｈｏｎｅ１５ 很 好\n"),
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

  @Test func `a line of many megabytes is one record`() throws {
    let sentence = "我不喜欢吃苹果。"
    let count = (isSlow ? 5_000_000 : 2_500_000) / sentence.utf8.count
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

  /// Whether each word of a line of JSON is what its places in bytes and in characters cut out of its text; without `overlapping`
  /// words rise and are disjoint.
  private static func checkPlaces(_ record: JSON, overlapping: Bool = false) {
    let text = record["text"]?.stringValue ?? ""
    let utf8 = Array(text.utf8)
    let scalars = Array(text.unicodeScalars)
    var last = 0
    for token in record["tokens"]?.arrayValue ?? [] {
      let bytes = (token["start"]?.intValue ?? -1)..<(token["end"]?.intValue ?? -1)
      let characters = (token["characterStart"]?.intValue ?? -1)..<(token["characterEnd"]?.intValue ?? -1)
      #expect(bytes.lowerBound >= last)
      #expect(String(decoding: utf8[bytes], as: UTF8.self) == token["text"]?.stringValue)
      var cut = String.UnicodeScalarView()
      cut.append(contentsOf: scalars[characters])
      #expect(String(cut).utf8.elementsEqual(utf8[bytes]))
      last = overlapping ? bytes.lowerBound : bytes.upperBound
    }
    #expect((record["empty"]?.boolValue == true) == (record["tokens"]?.arrayValue?.isEmpty == true))
  }

  @Test func `offsets cut the words out of the text that was read`() throws {
    let input = "我不喜欢  ｉＰｈｏｎｅ\u{3000}👨‍👩‍👧!\u{FEFF}\n\ncafé e\u{301}苹果\u{0}\n𠮷野家 𝒳\n"
    let outcome = try Tool.run(["segment", "--output", "jsonl"], input: input)
    #expect(outcome.errors == "")
    let records = try outcome.json()
    #expect(
      records.map { $0["text"]?.stringValue }
        == input.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init))
    for record in records { Self.checkPlaces(record) }
    // What Python says of "𠮷野家 𝒳": len("𠮷") is 1, its UTF-8 has 4 bytes.
    #expect(
      records.last?["tokens"]?.arrayValue?.last?.description
        == #"{"text": "𝒳", "start": 11, "end": 15, "characterStart": 4, "characterEnd": 5}"#)
  }

  @Test func `offsets are right behind a normaliser, and of words that overlap`() throws {
    let workspace = Workspace()
    try workspace.write("苹果 3\n苹果汁 9\n果汁 3\n", to: "words.dict")
    try workspace.write(
      #"{"stages": [{"type": "normalize", "form": "NFKC"}, {"type": "lexicon", "dictionary": "words.dict", "mode": "search"}]}"#,
      to: "search.json")
    let input = "😀苹果汁ﬁ㎏é e\u{301}苹果汁ｶﾞ\n"
    let record = try #require(
      try workspace.run(["segment", "--pipeline", "search.json", "--output", "jsonl"], input: input).json().first)
    #expect(record["tokens"]?.arrayValue?.compactMap { $0["text"]?.stringValue }.contains("果汁") == true)
    Self.checkPlaces(record, overlapping: true)
  }

  /// Texts of all planes: marks, controls, NUL, joiners, emoji, white space of every kind; what is in them of `separator` is gone.
  private static func randomTexts(_ seed: UInt64, _ count: Int) -> [String] {
    var generator = SeededGenerator(seed: seed)
    let ranges: [ClosedRange<UInt32>] = [
      0x20...0x7E, 0x30...0x39, 0x0...0x1F, 0x80...0x24F, 0x300...0x36F, 0x4E00...0x9FFF, 0x4E00...0x4EFF, 0x3000...0x30FF,
      0xAC00...0xD7A3, 0xFF00...0xFFEF, 0x2000...0x206F, 0x200D...0x200D, 0x1F1E6...0x1F1FF, 0x1F300...0x1F6FF, 0x20E3...0x20E3,
      0xFE0F...0xFE0F, 0xE0020...0xE007F, 0x20000...0x2A6DF, 0xE000...0xF8FF, 0x0...0x10FFFD,
    ]
    return (0..<count).map { _ in
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...40, using: &generator) {
        let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
        if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { text.append(scalar) }
      }
      return String(text)
    }
  }

  /// Without a stage: the shipped one of that name.
  static let segmenters: [(name: String, stage: String?)] = [
    ("icu", #"{"type": "icu", "lexicon": "mine.tsv"}"#), ("characters", #"{"type": "characters"}"#),
    ("whitespace", #"{"type": "whitespace"}"#), ("lexicon", #"{"type": "lexicon", "dictionary": "words.dict"}"#),
    ("unpunctuated", #"{"type": "icu", "keepWhitespace": true}"#), ("icu", nil), ("lexicon", nil), ("neural", nil),
  ]

  @Test(arguments: segmenters)
  func `words put together again are the text`(_ name: String, _ stage: String?) throws {
    let workspace = Workspace()
    try workspace.write("苹果 3\n一丁 5\n", to: "words.dict")
    try workspace.write("一丁\n七\tprefer\na b\n", to: "mine.tsv")
    if let stage { try workspace.write(#"{"stages": [\#(stage)]}"#, to: "spec.json") }
    // Without optimisation the network takes long.
    let texts = Self.randomTexts(11, name == "neural" && !isSlow ? 150 : 800)
    let input = texts.map { JSON.object(["text": .string($0)]).description + "\n" }.joined()
    // A character that no random text has.
    let separator = "\u{10FFFF}"
    let arguments = ["segment", "--input", "jsonl"] + (stage == nil ? ["--segmenter", name] : ["--pipeline", "spec.json"])
    let kept = try workspace.run(arguments + ["--keep-whitespace", "--separator", separator], input: input)
    #expect(kept.errors == "")
    #expect(kept.output.count { $0 == 0x0A } == texts.count)
    for (line, text) in zip(kept.output.split(separator: 0x0A, omittingEmptySubsequences: false), texts) {
      let rejoined = String(decoding: line, as: UTF8.self).unicodeScalars.filter { $0 != "\u{10FFFF}" }
      // A line feed inside of a record would end the line, and is a space.
      #expect(rejoined.elementsEqual(text.unicodeScalars.map { $0 == "\n" ? " " : $0 }), "\(text.debugDescription)")
    }
    // Without white space between words, what is missing is that white space; a user's word may hold some.
    let plain = try workspace.run(arguments + ["--separator", separator], input: input)
    for (line, text) in zip(plain.output.split(separator: 0x0A, omittingEmptySubsequences: false), texts) {
      let solid = String(decoding: line, as: UTF8.self).unicodeScalars.filter { $0 != "\u{10FFFF}" && !$0.properties.isWhitespace }
      #expect(solid.elementsEqual(text.unicodeScalars.filter { !$0.properties.isWhitespace }), "\(text.debugDescription)")
    }
    for record in try workspace.run(arguments + ["--output", "jsonl"], input: input).json() { Self.checkPlaces(record) }
  }

  @Test func `bytes of any kind come out again as they are repaired`() throws {
    var generator = SeededGenerator(seed: 5)
    var input: [UInt8] = []
    var expected: [String] = []
    // Surrogates, overlong forms, half characters and what is no UTF-8 at all.
    let parts: [[UInt8]] = [
      [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xE6, 0x88], [0xFF], [0xF4, 0x90, 0x80, 0x80], Array("我喜欢".utf8), [0x00], [0x0D], [0x20],
    ]
    for _ in 0..<300 {
      var line = (0..<Int.random(in: 0...8, using: &generator)).flatMap { _ in parts.randomElement(using: &generator) ?? [] }
      line.append(0x61)
      input += line + [0x0A]
      expected.append(String(decoding: line, as: UTF8.self))
    }
    let outcome = try Tool.run(["segment", "--quiet", "--keep-whitespace", "--separator", "\u{10FFFF}"], input: input)
    let lines = outcome.output.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
    #expect(
      lines.map { String(decoding: $0, as: UTF8.self).unicodeScalars.filter { $0 != "\u{10FFFF}" }.map(\.value) }
        == expected.map { $0.unicodeScalars.map(\.value) })
  }

  @Test(arguments: [
    ([], "iPhone 15 苹果\n"), (["--separator", "\\t"], "iPhone 15\t苹果\n"), (["--separator", " / "], "iPhone 15 / 苹果\n"),
    (["--separator", "|", "--keep-whitespace"], "iPhone 15| |苹果|  \n"),
  ])
  func `words with spaces are told apart by another separator`(_ options: [String], _ expected: String) throws {
    let workspace = Workspace()
    try workspace.write("iPhone 15\n", to: "mine.tsv")
    #expect(try workspace.run(["segment", "--user-words", "mine.tsv"] + options, input: "iPhone 15 苹果  \n") == .success(expected))
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
    #expect(
      outcome
        == .failure("hanpipe: \(try Tiny.model()): gives prediction, but this command needs tokens; hanpipe run --tokens writes both\n"))
  }
}
