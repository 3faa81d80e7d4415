import Glibc
import Hanpipe
import HanpipeCore
import Testing

/// What becomes of records when a program does what it must not.
@Suite(.enabled(if: TestPlugin.hasPython, TestPlugin.absence)) struct ProcessFailureTests {
  private let folder = TestFolder()

  /// How many processes were started.
  private func starts() throws -> Int { try folder.read("log").split(separator: "\n").filter { $0.hasPrefix("start") }.count }

  @Test func `a record that kills it twice has failed, and no other`() throws {
    let pipeline = try TestPlugin.pipeline(in: folder, ["batchSize": 16], arguments: ["log=\(folder["log"])"])
    var texts = (0..<100).map { "记录\($0)" }
    texts[41] = "crash"
    let words = pipeline.words(texts)
    #expect(
      words[41] == [
        "error: the plug-in ended with exit status 3; it last said: about to crash; it was so twice over this record"
      ])
    for record in texts.indices where record != 41 { #expect(words[record] == characters(texts[record])) }
    #expect(words.count == 100)
    // Once with those beside it, once alone; it is not asked for again.
    #expect(try starts() == 3)
  }

  @Test func `several such records, side by side and at the ends, are each found`() throws {
    let pipeline = try TestPlugin.pipeline(in: folder, ["batchSize": 8, "workers": 2])
    let bad: Set = [0, 7, 8, 9, 29]
    let texts = (0..<30).map { bad.contains($0) ? "crash" : "\($0)" }
    let words = pipeline.words(texts)
    #expect(words.count == 30)
    for record in texts.indices {
      #expect(words[record].first?.hasPrefix("error") == bad.contains(record))
      if !bad.contains(record) { #expect(words[record] == characters(texts[record])) }
    }
  }

  @Test func `a record that kills it once is asked for again`() throws {
    let pipeline = try TestPlugin.pipeline(in: folder, arguments: ["log=\(folder["log"])"])
    let mark = folder["mark"]
    #expect(pipeline.words(["a", "once:\(mark)", "b"]) == ["a", "once:\(mark)", "b"].map(characters))
    #expect(try starts() == 2)
  }

  @Test func `many losses on several workers lose no record and change no order`() throws {
    let pipeline = try TestPlugin.pipeline(in: folder, ["workers": 3, "batchSize": 4], arguments: ["log=\(folder["log"])"])
    let texts = (0..<240).map { $0 % 16 == 5 ? "once:\(folder["mark-\($0)"])" : "记录\($0)" }
    #expect(pipeline.words(texts) == texts.map(characters))
    // Each of the 15 took a process with it.
    #expect(try starts() >= 15 + 1)
  }

  @Test func `one that ends between requests is started anew`() throws {
    let pipeline = try TestPlugin.pipeline(in: folder, ["batchSize": 1], arguments: ["log=\(folder["log"])"])
    let texts = ["a", "last", "b", "last", "c"]
    #expect(pipeline.words(texts) == texts.map(characters))
    #expect(try starts() == 3)
  }

  @Test func `one that hangs is killed after its time, and the record reported`() throws {
    let pipeline = try TestPlugin.pipeline(in: folder, ["timeout": 0.5, "batchSize": 4])
    let words = pipeline.words(["a", "b", "hang", "c", "d", "e"])
    #expect(words[2] == [#"error: the plug-in did not answer for 0.5 s ("timeout"); it was so twice over this record"#])
    for (record, text) in [(0, "a"), (1, "b"), (3, "c"), (4, "d"), (5, "e")] { #expect(words[record] == [text]) }
  }

  @Test func `a record that it refuses has failed, with its words`() throws {
    let pipeline = try TestPlugin.pipeline(in: folder, arguments: ["log=\(folder["log"])"])
    #expect(pipeline.words(["a", "refuse", "b"]) == [["a"], ["error: the plug-in says: I will not"], ["b"]])
    #expect(try starts() == 1)
  }

  @Test func `a request that it refuses is asked for record by record`() throws {
    let pipeline = try TestPlugin.pipeline(in: folder, arguments: ["log=\(folder["log"])"])
    #expect(pipeline.words(["a", "refuse all", "b"]) == [["a"], ["refuse"], ["b"]])
    #expect(try starts() == 1)
  }

  @Test(arguments: [
    ("hello", #""hello"; expected {"id": 2, …} with "words" or "tokens" (what is not a reply belongs to stderr)"#),
    ("[]", #""[]"; expected {"id": 2, …} with "words" or "tokens""#),
    (#"{"id": 9, "tokens": [[]]}"#, "with the id 9; expected 2, one reply a request, in order"),
    (#"{"tokens": [[]]}"#, "with the id missing; expected 2, one reply a request, in order"),
    (#"{"id": ID, "tokens": []}"#, "0 answers; expected 1, one for each record of the request"),
    (#"{"id": ID, "token": [[]]}"#, #"with the key "token"; expected {"id": 2, …} with "words" or "tokens""#),
    (#"{"id": ID}"#, #"without answers; expected an array "words" or "tokens""#),
    (#"{"id": ID, "tokens": 1}"#, #"with tokens; expected an array "words" or "tokens""#),
  ])
  func `a reply that is none is told`(_ raw: String, _ told: String) throws {
    let pipeline = try TestPlugin.pipeline(in: folder, ["batchSize": 1], arguments: ["raw=\(raw)"])
    let words = pipeline.words(["a", "raw"])
    let found = words[1].first?.split(separator: "expected ").first ?? ""
    let wanted = "error: the plug-in replied \(told); it was so twice over this record".split(separator: "expected ").first ?? ""
    #expect(found == wanted, "\(words[1])")
    #expect(words[0] == ["a"])
  }

  @Test(arguments: [
    ("[[0, 3], [3, 12]]", "word 2, 3..<12, reaches outside of the text, which has 9 bytes"),
    ("[[-3, 3]]", "word 1, -3..<3, reaches outside of the text, which has 9 bytes"),
    ("[[3, 0]]", "word 1, 3..<0, ends before it starts"),
    ("[[3, 3]]", "word 1, 3..<3, is empty"),
    ("[[0, 6], [3, 9]]", "word 2, 3..<9, starts before the end of the word before it, 6"),
    ("[[0, 4]]", "word 1, 0..<4, cuts the character that byte 4 belongs to"),
    ("[[3, 6], [0, 3]]", "word 2, 0..<3, starts before the end of the word before it, 6"),
  ])
  func `places that break a rule are refused by its name`(_ answer: String, _ rule: String) throws {
    let pipeline = try TestPlugin.pipeline(in: folder, arguments: ["answer=\(answer)"])
    #expect(pipeline.words(["我喜欢"]) == [["error: the plug-in's \(rule)"]])
  }

  @Test(arguments: [
    ("[[0, 1.5]]", "answered [0, 1.5]; expected an array of words, each [start, end]"),
    ("[[0]]", "answered [0]; expected an array of words, each [start, end]"),
    ("{}", "answered {}; expected an array of words, each [start, end]"),
    ("null", "answered null; expected an array of words, each [start, end]"),
  ])
  func `another form of answer is refused`(_ answer: String, _ told: String) throws {
    let pipeline = try TestPlugin.pipeline(in: folder, arguments: ["answer=\(answer)"])
    #expect(pipeline.words(["我喜欢"]) == [["error: the plug-in \(told)"]])
  }

  @Test(arguments: [
    (#"["我", "欢"]"#, #"the plug-in's word 2, "欢", is not what stands at byte 3 of the text; only white space may be left out between words (give offsets to leave out more)"#),
    (#"["我"]"#, "the plug-in's words end at byte 3, but the text goes on; only white space may be left out (give offsets to leave out more)"),
    (#"["我", "", "喜欢"]"#, "the plug-in's word 2, 3..<3, is empty"),
    (#"["我", 1]"#, #"the plug-in answered ["我", 1]; expected an array of words"#),
  ])
  func `words that are not the text's are refused`(_ answer: String, _ told: String) throws {
    let pipeline = try TestPlugin.pipeline(in: folder, arguments: ["key=words", "answer=\(answer)"])
    #expect(pipeline.words(["我喜欢"]) == [["error: \(told)"]])
  }

  @Test(arguments: ["characters", "utf-16"])
  func `places are checked in the plug-in's own unit`(_ unit: String) throws {
    let pipeline = try TestPlugin.pipeline(in: folder, arguments: ["offsets=\(unit)", "answer=[[0, 4]]"])
    let name = unit == "utf-16" ? "units of UTF-16" : "characters"
    #expect(pipeline.words(["我喜欢"]) == [["error: the plug-in's word 1, 0..<4, reaches outside of the text, which has 3 \(name)"]])
    let half = try TestPlugin.pipeline(in: folder, arguments: ["offsets=utf-16", "answer=[[0, 1]]"])
    #expect(half.words(["😀"]) == [["error: the plug-in's word 1, 0..<1, cuts the character that byte 1 belongs to"]])
  }

  // MARK: A stage that cannot begin

  private func refusal(_ settings: JSONObject, arguments: [String] = []) -> String {
    message { try TestPlugin.pipeline(in: folder, settings, arguments: arguments) }
  }

  @Test(arguments: [
    (#"{"protocol": 2, "role": "segmenter", "new": 1}"#, "version 2 of the protocol; expected version 1, the only one known here"),
    (#"{"protocol": 1, "role": "normalizer"}"#, #"the role "normalizer"; expected "segmenter", which the spec asks for"#),
    (#"{"protocol": 1}"#, #"no "role"; expected the role that it has"#),
    (#"{"protocol": 1, "role": "segmenter", "offset": "bytes"}"#, #"the key "offset"; expected "offsets""#),
    (
      #"{"protocol": 1, "role": "segmenter", "offsets": "glyphs"}"#,
      #"a wrong value; expected offsets: "glyphs" is not allowed; expected one of "bytes", "characters", "utf-16""#
    ),
    ("Building prefix dict", #""Building prefix dict"; expected {"protocol": 1, "role": …}"#),
    ("", #"an empty line; expected {"protocol": 1, "role": …}"#),
  ])
  func `a first line that is not in order is refused`(_ hello: String, _ told: String) throws {
    #expect(
      refusal([:], arguments: ["hello=\(hello)"])
        == "stages[0] (process): the plug-in began with \(told) (docs/process-protocol.md)")
  }

  @Test func `a program that does not begin is refused, with its last words`() throws {
    try folder.write("import sys\nprint('no dictionary', file=sys.stderr)\nsys.exit(5)\n", to: "dies.py")
    #expect(
      refusal(["script": "dies.py"]) == "stages[0] (process): the plug-in ended with exit status 5; it last said: no dictionary")
    try folder.write("import time\ntime.sleep(100)\n", to: "sleeps.py")
    #expect(
      refusal(["script": "sleeps.py", "timeout": 0.3])
        == #"stages[0] (process): the plug-in did not begin for 0.3 s ("timeout"); expected {"protocol": 1, "role": …} before any request "#
        + "(docs/process-protocol.md)")
    #expect(
      refusal(["command": ["no-such-program"]])
        == #"stages[0] (process): there is no program "no-such-program" on the PATH; name one, or give an absolute path"#)
    #expect(
      refusal(["command": ["/no/such/program"]])
        == "stages[0] (process): cannot start /no/such/program: no such file or directory")
    #expect(refusal(["script": "absent.py"]).hasPrefix(#"stages[0] (process): "absent.py" does not exist"#))
    #expect(refusal(["script": "../plugin.py"]).hasPrefix(#"stages[0] (process): "../plugin.py" leads out of"#))
  }

  @Test(arguments: [
    (["command": []], #"stages[0]: "command" is missing; expected a program and its arguments, as in ["python3"]"#),
    (
      ["command": ["./plugin"]],
      #"stages[0].command[0]: "./plugin" is not allowed; expected a name on the PATH or an absolute path; a file beside the spec belongs into "script""#
    ),
    (["arguments": ["a\u{0}"]], #"stages[0].arguments[0]: "a\u0000" is not allowed; expected a string without NUL"#),
    (["labels": ["a", "b"]], #"stages[0].labels: ["a", "b"] is not allowed; expected no label, because only a classifier has some"#),
    (
      ["role": "classifier"],
      #"stages[0]: "labels" is missing; expected the names of the classes, as in ["negative", "positive"]"#
    ),
    (["workers": 0], "stages[0].workers: 0 is not allowed; expected an integer from 1 to 256"),
  ] as [(JSONObject, String)])
  func `settings that do not fit are refused before anything runs`(_ settings: JSONObject, _ told: String) throws {
    #expect(refusal(settings) == told)
  }

  @Test func `what nobody allowed does not run`() throws {
    let told = message {
      try TestPlugin.pipeline(in: folder, arguments: ["log=\(folder["log"])"], permission: .none)
    }
    #expect(told.hasPrefix("stages[0] (process): would run /usr/bin/python3 -ES "))
    #expect(told.hasSuffix("/plugin.py log=\(folder["log"]), which is not allowed; the program that loads the spec must allow it"))
    #expect(access(folder["log"], F_OK) != 0)
  }

  @Test func `one that never works again is given up, and everything fails soon`() throws {
    let pipeline = try TestPlugin.pipeline(in: folder, ["batchSize": 1], arguments: ["log=\(folder["log"])"])
    let texts = Array(repeating: "crash", count: 100)
    let words = pipeline.words(texts)
    #expect(words.count == 100 && words.allSatisfy { $0.first?.hasPrefix("error: ") == true })
    #expect(
      words.last
        == ["error: given up after 32 failures in a row; the last: the plug-in ended with exit status 3; it last said: about to crash"])
    #expect(try starts() <= 33)
  }
}
