import HanpipeCore
import Testing

@testable import HanpipeIO

@Suite struct RecordFormatTests {
  @Test func `plain lines are texts, a blank one too`() throws {
    let found = try records("我\n\nb\n", .lines)
    #expect(found.map(\.string) == ["我", "", "b"])
    #expect(found.map(\.position.line) == [1, 2, 3])
    #expect(found.allSatisfy { $0.error == nil && $0.labels.isEmpty && $0.members.isEmpty })
  }

  @Test func `a label, a TAB and a text`() throws {
    let found = try records("1\t我\tb\n0\t\n好,快\tx\n", RecordFormat(.tsv, requiresLabel: true))
    #expect(found.map(\.string) == ["我\tb", "", "x"])
    #expect(found.map(\.labels) == [["1"], ["0"], ["好", "快"]])
    let whole = try records("a,b\tx\nno tab\n", RecordFormat(.tsv, labelSeparator: nil))
    #expect(whole.map(\.labels) == [["a,b"], []])
    #expect(whole.map(\.string) == ["x", "no tab"])
    #expect(try records("a|b\tx\n", RecordFormat(.tsv, labelSeparator: UInt8(ascii: "|")))[0].labels == ["a", "b"])
  }

  @Test func `a line without a TAB is an error in its place`() throws {
    let found = try records("1\ta\n我很喜欢\n\n\tb\n0\tc\n", RecordFormat(.tsv, requiresLabel: true))
    #expect(found.map(\.string) == ["a", "", "", "", "c"])
    #expect(
      found.map(\.problem) == [
        nil, "2: expected a label, a TAB and a text; found no TAB in \"我很喜欢\"",
        "3: expected a label, a TAB and a text; found no TAB in an empty line", "4: expected a label; found none in \"\tb\"", nil,
      ])
  }

  @Test func `columns by number and by the header's names`() throws {
    let numbered = RecordFormat(.tsv, text: .number(3), label: .number(1), id: .number(2))
    let found = try records("1\tx\"7\t我\n2\n", numbered)
    #expect(found[0].string == "我")
    #expect(found[0].labels == ["1"])
    #expect(found[0].members.id.map { Array($0) } == Array(#""x\"7""#.utf8))
    #expect(found[1].problem == "2: expected a field 3; found 1 field in \"2\"")
    let named = RecordFormat(.tsv, text: .name("review"), label: .name("stars"))
    #expect(try records("stars\treview\n5\t好\n", named).map(\.string) == ["好"])
    #expect(
      message { _ = try records("stars\ttext\n5\t好\n", named) }.hasSuffix(
        "in:1: the header has no column \"review\"; it has \"stars\", \"text\""))
    #expect(message { _ = try records("", named) }.hasSuffix("in: is empty; expected a header in line 1"))
  }

  @Test func `a header's text and label are found by these names, as in JSON Lines`() throws {
    for kind in [RecordFormat.Kind.csv, .tsv] {
      let separator = kind == .csv ? "," : "\t"
      func found(_ lines: [[String]], requiresLabel: Bool) throws -> [[String]] {
        let text = lines.map { $0.joined(separator: separator) + "\n" }.joined()
        let format = RecordFormat(kind, hasHeader: true, requiresLabel: requiresLabel)
        return try records(text, format).map { [$0.string] + $0.labels }
      }
      let rows = [["id", "text", "label"], ["7", "好", "p"]]
      #expect(try found(rows, requiresLabel: true) == [["好", "p"]])
      #expect(try found(rows, requiresLabel: false) == [["好"]])
      #expect(try found([["text", "sentiment"], ["好", "p"]], requiresLabel: true) == [["好", "p"]])
      #expect(try found([["label", "text"], ["p", "好"]], requiresLabel: false).map { $0[0] } == ["好"])
      #expect(try found([["stars", "review"], ["5", "好"]], requiresLabel: true) == [["好", "5"]])
    }
    let tabs = RecordFormat(.tsv, hasHeader: true, requiresLabel: true)
    #expect(try records("label\ttext\np\t好\t快\n", tabs).map(\.string) == ["好\t快"])
    let first = RecordFormat(.csv, text: .number(1), requiresLabel: true)
    #expect(try records("好,p\n", first).map { [$0.string] + $0.labels } == [["好", "p"]])
  }

  @Test func `quoted fields hold commas, quotes and newlines`() throws {
    let text = "label,text\n1,\"a, \"\"b\"\"\r\nc\nd\"\n0,5\" disk\n\n2,\"\"\n3,e"
    let format = RecordFormat(.csv, text: .name("text"), label: .name("label"))
    let found = try records(text, format)
    #expect(found.map { Array($0.text) } == ["a, \"b\"\r\nc\nd", "5\" disk", "", "", "e"].map { Array($0.utf8) })
    #expect(found.map(\.position.line) == [2, 5, 6, 7, 8])
    #expect(found[3].error == nil)
    #expect(found[2].problem == "6: expected a field \"text\"; found 1 field in an empty line")
  }

  @Test func `a quote that is never closed costs one record`() throws {
    let found = try records("1,a\n2,\"b\n3,c\n4,d\n", RecordFormat(.csv, requiresLabel: true))
    #expect(found.map(\.string) == ["a", "", "c", "d"])
    #expect(found[1].problem == "2: a quoted field begins here and never ends: \"2,\"b\"")
    let stray = try records("1,\"a\nb\"c\n2,d\n", RecordFormat(.csv, text: .number(2)))
    #expect(stray.map(\.string) == ["", "", "d"])
    #expect(
      stray[0].problem
        == "1: expected a comma or the line's end after a closing quote (a quote inside is doubled) in \"1,\"a\"")
  }

  @Test func `text and label of a JSON object are read, everything else is handed through byte for byte`() throws {
    let line = #"{ "id" : 1.50, "text":"a\u6211\n\ud83d\ude00", "x": {"y":[1e3, "é\/"]} , "label": ["p", 3, true]}"#
    let found = try records(line + "\n", RecordFormat(.jsonl))[0]
    #expect(found.error == nil)
    #expect(found.string == "a我\n😀")
    #expect(found.labels == ["p", "3", "true"])
    #expect((0..<found.members.count).map { String(decoding: found.members.key($0), as: UTF8.self) } == ["id", "x"])
    #expect(
      (0..<found.members.count).map { String(decoding: found.members.value($0), as: UTF8.self) }
        == ["1.50", #"{"y":[1e3, "é\/"]}"#])
    #expect(found.members.id.map { Array($0) } == Array("1.50".utf8))
    let renamed = RecordFormat(.jsonl, text: .name("评论"), label: .name("star"))
    let other = try records("{\"评论\": \"好\", \"star\": 5, \"text\": null}\n", renamed)[0]
    #expect(other.string == "好" && other.labels == ["5"] && other.members.count == 1)
  }

  @Test(arguments: [
    ("", #"1: not a JSON object: column 1: expected "{", found the end of the line in an empty line"#),
    ("[]", #"1: not a JSON object: column 1: expected "{", found "[" in "[]""#),
    (#"{"text": "a""#, #"1: not a JSON object: column 13: expected "," or "}", found the end of the line in "{"text": "a"""#),
    (#"{"text": 5}"#, #"1: "text" is a number; expected a string in "{"text": 5}""#),
    (#"{"txt": "a"}"#, #"1: "text" is missing in "{"txt": "a"}""#),
    (#"{"text": "a", "text": "b"}"#, #"1: "text" stands twice in "{"text": "a", "text": "b"}""#),
    (
      #"{"text": "a", "label": {"b": 1}}"#,
      #"1: "label" is an object; expected a string, a number, or an array of these in "{"text": "a", "label": {"b": 1}}""#
    ),
    (#"{"text": "a", "x": 01}"#, #"1: not a JSON object: column 21: expected "," or "}", found "1" in "{"text": "a", "x": 01}""#),
    (#"{"text": "a"} b"#, #"1: not a JSON object: column 15: unexpected "b" after the object in "{"text": "a"} b""#),
    (#"{"text": "\q"}"#, #"1: not a JSON object: column 12: unknown escape \"q" in "{"text": "\q"}""#),
  ])
  func `what is not a record's JSON says why and where`(line: String, expected: String) throws {
    let found = try records(line + "\n{\"text\": \"b\"}\n", RecordFormat(.jsonl))
    #expect(found.map(\.problem) == [expected, nil])
    #expect(found[1].string == "b")
  }

  @Test func `deep nesting is an error, not a crash`() throws {
    let deep = "{\"text\": \"a\", \"x\": " + String(repeating: "[", count: 100_000)
    #expect(try records(deep, RecordFormat(.jsonl))[0].problem?.contains("nested more than 512 deep") == true)
  }

  @Test func `fastText's labels stand in front`() throws {
    let format = RecordFormat(.fasttext, requiresLabel: true)
    let found = try records("__label__a __label__b 我 __label__c\n__label__x\nno label\n__label__ y\n", format)
    #expect(found.map(\.labels) == [["a", "b"], ["x"], [], []])
    #expect(found.map(\.string) == ["我 __label__c", "", "", ""])
    #expect(found[2].problem == "3: expected a label; found none in \"no label\"")
    #expect(found[3].problem == "4: expected a label; found none in \"__label__ y\"")
  }

  @Test(arguments: RecordFormat.Kind.allCases)
  func `any bytes are read without a crash, as many records as lines`(kind: RecordFormat.Kind) throws {
    let pieces = [
      "\n", "\n", "\r\n", "\t", ",", "\"", "{", "}", "[", ":", "text", "\"text\"", "\\u12", "__label__", " ", "我", "1", "e",
    ]
    for seed in 0..<200 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      var bytes = (0..<Int.random(in: 0...80, using: &generator)).flatMap { _ in
        Array(pieces[Int.random(in: 0..<pieces.count, using: &generator)].utf8)
      }
      if !bytes.isEmpty { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
      let found = try records(bytes, RecordFormat(kind, requiresLabel: seed % 2 == 0))
      let lineCount =
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).count - (bytes.last == 0x0A || bytes.isEmpty ? 1 : 0)
      if kind == .csv { #expect(found.count <= lineCount) } else { #expect(found.count == lineCount, "seed \(seed)") }
      #expect(found.map(\.position.line) == found.map(\.position.line).sorted(), "seed \(seed)")
    }
  }

  @Test func `a line that is too long is an error that shows its beginning`() throws {
    let text = "ab\n" + String(repeating: "我", count: 1000) + "\nc\n"
    let found = try records(text.utf8, .lines, maximumLine: 100)
    #expect(found.map(\.string) == ["ab", "", "c"])
    #expect(
      found[1].problem == "2: the line has more than 100 bytes; it begins \"\(String(repeating: "我", count: 40))…\"")
  }

  @Test func `several files are one stream, with their own line numbers, headers and byte order marks`() throws {
    let directory = try TemporaryDirectory()
    let a = try directory.file("a.csv", "\u{FEFF}text,id\n1,x\n2,y")
    let b = try directory.file("b.csv", "id,text\nz,3\n")
    var found: [(String, String)] = []
    try RecordReader([a, b, directory.path + "/c.csv"], RecordFormat(.csv, text: .name("text"))).ignoringEnd { batch in
      for i in 0..<batch.count { found.append((batch[i].string, "\(batch.position(of: i))")) }
    }
    #expect(found.map(\.0) == ["1", "2", "3"])
    #expect(found.map(\.1) == ["\(a):2", "\(a):3", "\(b):2"])
    let reader = RecordReader([directory.path + "/c.csv"])
    #expect(message { _ = try reader.nextBatch() } == "\(directory.path)/c.csv: cannot be opened: no such file or directory")
  }
}

extension RecordReader {
  /// The records before an error.
  fileprivate func ignoringEnd(_ body: (RecordBatch) -> Void) throws {
    var batch = RecordBatch()
    do { _ = try fill(&batch, maximumRecords: 1000, maximumBytes: 1 << 20) } catch {}
    body(batch)
  }
}
