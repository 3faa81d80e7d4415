import Glibc
import Hanpipe
import HanpipeCore
import HanpipeTesting
import Testing

/// A stage that a shared library carries out.
@Suite(.enabled(if: TestLibrary.hasCompiler, TestLibrary.absence)) struct LibraryStageTests {
  private let folder = TestFolder()

  // MARK: Good ones

  @Test func `a segmenter's words are those that it reported`() throws {
    let library = try TestLibrary.compile(TestLibrary.source(), in: folder)
    var node = TestLibrary.node(library)
    node["options"] = ["size": 2, "other": "x", "more": true]
    let pipeline = try folder.pipeline([node])
    let stage = try pipeline.typed(Texts.self, Tokens.self)
    let tokens = try stage.process(Texts(["abcde", "", "x\u{0}y"]))
    #expect((0..<3).map { tokens.words(of: $0) } == [["ab", "cd", "e"], [], ["x\u{0}", "y"]])
    #expect(pipeline.identities == [["plugin": "test 7"]])
    try StageContract(stage, samples: Texts(["abcde", "", "a", "abcde"])).check()
    #expect(try stage.process(Texts()).count == 0)
  }

  @Test func `a normalizer's edits keep places in the original`() throws {
    let library = try TestLibrary.compile(TestLibrary.source(), in: folder)
    let stage = try folder.pipeline([TestLibrary.node(library, "normalizer")]).typed(Texts.self, Texts.self)
    let texts = try stage.process(Texts(["我AbC", "我"]))
    #expect([texts.text(of: 0), texts.text(of: 1)] == ["我abc", "我"])
    #expect(texts.originalText(of: 0) == "我AbC")
    try StageContract(stage, samples: Texts(["AB", "", "我", "AB"])).check()
  }

  @Test func `a token filter drops words`() throws {
    let library = try TestLibrary.compile(TestLibrary.source(), in: folder)
    let pipeline = try folder.pipeline([["type": "whitespace"], TestLibrary.node(library, "token-filter")])
    let tokens = try pipeline.typed(Texts.self, Tokens.self).process(Texts(["a 我 b cd", "", "x"]))
    #expect((0..<3).map { tokens.words(of: $0) } == [["我", "cd"], [], []])
  }

  @Test(arguments: [false, true])
  func `a classifier reads texts or words`(_ readsWords: Bool) throws {
    let library = try TestLibrary.compile(TestLibrary.source(), in: folder)
    var node = TestLibrary.node(library, "classifier")
    node["labels"] = ["other", "a"]
    let pipeline = try folder.pipeline((readsWords ? [["type": "characters"]] : []) + [node])
    let answers = try pipeline.typed(Texts.self, Predictions.self).process(Texts(["ab", "aaab", ""]))
    #expect(answers.probabilities == [0.5, 0.5, 0.25, 0.75, 1, 0])
  }

  @Test func `the library gets labels and the file that the spec names`() throws {
    let create = """
      if (c->label_count != 2 || strcmp(c->labels[1], "二") != 0 || c->data_size != 5 || memcmp(c->data, "a\\0b\\0c", 5) != 0) {
        strcpy(create_error, "wrong");
        return NULL;
      }
      """
    let library = try TestLibrary.compile(TestLibrary.source(create: create), in: folder)
    try folder.write("a\u{0}b\u{0}c", to: "data.bin")
    var node = TestLibrary.node(library, "classifier")
    node["labels"] = ["一", "二"]
    node["data"] = "data.bin"
    _ = try folder.pipeline([node])
    node["labels"] = ["二", "一"]
    #expect(message { try folder.pipeline([node]) } == "stages[0] (library): \(folder[library]) could not begin: wrong")
  }

  @Test func `instances are for one thread at a time, and end with the stage`() throws {
    let process = "if (i->error[0]) { abort(); }\ni->error[0] = 1;"
    let answer = "for (volatile int n = 0; n < 10000; ++n) {} i->error[0] = 0;"
    let library = try TestLibrary.compile(TestLibrary.source(answer: answer, process: process), in: folder)
    do {
      let stage = try folder.pipeline([TestLibrary.node(library)]).typed(Texts.self, Tokens.self)
      let texts = Texts((0..<20).map { "text \($0)" })
      let whole = try stage.process(texts)
      #expect(try concurrentMap(64, threads: 8) { _ in try stage.process(texts) == whole }.allSatisfy { $0 })
    }
    // Each one that was created was destroyed.
    let handle = try #require(dlopen(folder[library], RTLD_NOW | RTLD_NOLOAD))
    defer { dlclose(handle) }
    let created = try #require(dlsym(handle, "created")).load(as: Int32.self)
    #expect(created == 0)
  }

  // MARK: Libraries that are refused

  private func refusal(_ source: String, role: String = "segmenter") throws -> String {
    let library = try TestLibrary.compile(source, in: folder)
    var node = TestLibrary.node(library, role)
    if role == "classifier" { node["labels"] = ["a", "b"] }
    let told = message { try folder.pipeline([node]) }
    return String(told.split(separator: folder[library], omittingEmptySubsequences: false).joined(separator: "LIB"))
  }

  @Test(arguments: [
    ("table.version = 2;", "LIB was made for version 2 of hanpipe_plugin.h; this hanpipe knows version 1; compile it with that header"),
    ("table.size = 8;", #"LIB: the plug-in's table is not in order: "size" is 8; expected sizeof(hanpipe_plugin), 64 here"#),
    ("table.name = NULL;", #"LIB: the plug-in's table is not in order: "name" is NULL"#),
    ("table.release = NULL;", #"LIB: the plug-in's table is not in order: "release" is NULL"#),
    ("table.create = NULL;", #"LIB: the plug-in's table is not in order: "create" is NULL"#),
    ("table.process = NULL;", #"LIB: the plug-in's table is not in order: "process" is NULL"#),
    ("table.destroy = NULL;", #"LIB: the plug-in's table is not in order: "destroy" is NULL"#),
    ("table.last_error = NULL;", #"LIB: the plug-in's table is not in order: "last_error" is NULL"#),
    ("return NULL;", "LIB: the plug-in's table is not in order: hanpipe_plugin_entry returned NULL"),
    ("table.roles = 1u << HANPIPE_NORMALIZER | 1u << 30;", "LIB is no segmenter; it has the roles normalizer"),
    ("table.roles = 0;", "LIB is no segmenter; it has no role that is known here"),
  ])
  func `a table that is not in order is refused by what is wrong`(_ change: String, _ told: String) throws {
    #expect(try refusal(TestLibrary.source(table: change)) == "stages[0] (library): \(told)")
  }

  @Test(arguments: ["normalizer", "token-filter", "classifier"])
  func `a role that the library does not have is refused`(_ role: String) throws {
    let told = try refusal(TestLibrary.source(table: "table.roles = 1u << HANPIPE_SEGMENTER;"), role: role)
    #expect(told == "stages[0] (library): LIB is no \(role); it has the roles segmenter")
  }

  @Test func `what is no plug-in is refused`() throws {
    #expect(
      try refusal("int nothing;\n")
        == "stages[0] (library): LIB has no function hanpipe_plugin_entry, so it is no plug-in (hanpipe_plugin.h)")
    try folder.write("no library", to: "text.so")
    let told = message { try folder.pipeline([TestLibrary.node("text.so")]) }
    #expect(told.hasPrefix("stages[0] (library): cannot load the library: \(folder["text.so"]): "))
    #expect(message { try folder.pipeline([TestLibrary.node("absent.so")]) }.hasPrefix(#"stages[0] (library): "absent.so" does not exist"#))
    #expect(message { try folder.pipeline([TestLibrary.node("../a.so")]) }.hasPrefix(#"stages[0] (library): "../a.so" leads out of"#))
    #expect(
      message { try folder.pipeline([["type": "library"]]) }
        == #"stages[0]: "path" is missing; expected the path of a shared library, as in "libwords.so""#)
    #expect(
      message { try folder.pipeline([["type": "library", "path": "a.so", "options": ["a": []]]]) }
        == "stages[0].options.a: [] is not allowed; expected a string without NUL, a number, true or false")
  }

  @Test func `an instance that cannot be made says why`() throws {
    #expect(
      try refusal(TestLibrary.source(create: #"strcpy(create_error, "no dictionary"); return NULL;"#))
        == "stages[0] (library): LIB could not begin: no dictionary")
  }

  @Test func `what nobody allowed is not loaded`() throws {
    let library = try TestLibrary.compile(
      TestLibrary.source() + "__attribute__((constructor)) static void begin(void) { abort(); }\n", in: folder)
    let told = message { try folder.pipeline([TestLibrary.node(library)], permission: .none) }
    #expect(
      told == "stages[0] (library): would run the shared library \(folder[library]), which is not allowed; "
        + "the program that loads the spec must allow it")
  }

  // MARK: Answers that are refused

  /// What becomes of three records of which the second gets the answer.
  private func answers(
    _ answer: String, role: String = "segmenter", text: String = "我ab"
  ) throws -> [String] {
    let source = TestLibrary.source(answer: "if (r->size > 2 && r->text[0] != 'a') { \(answer) return; }")
    var node = TestLibrary.node(try TestLibrary.compile(source, in: folder), role)
    if role == "classifier" { node["labels"] = ["a", "b"] }
    let pipeline = try folder.pipeline((role == "token-filter" ? [["type": "characters"]] : []) + [node])
    return pipeline.outcomes(of: Texts(["a", text, "ab"])).flatMap { part in
      switch part.outcome {
      case .success: part.records.map { _ in "good" }
      case .failure(let failure): part.records.map { _ in "\(failure.underlying)" }
      }
    }
  }

  @Test(arguments: [
    ("hanpipe_span s[] = {{0, 3}, {3, 6}}; report(context, s, 2);", "word 2, 3..<6, reaches outside of the text, which has 5 bytes"),
    ("hanpipe_span s[] = {{(size_t)-4, 3}}; report(context, s, 1);", "word 1, -4..<3, reaches outside of the text, which has 5 bytes"),
    ("hanpipe_span s[] = {{0, (size_t)-1 / 2}}; report(context, s, 1);", "word 1, 0..<9223372036854775807, reaches outside of the text, which has 5 bytes"),
    ("hanpipe_span s[] = {{4, 3}}; report(context, s, 1);", "word 1, 4..<3, ends before it starts"),
    ("hanpipe_span s[] = {{3, 3}}; report(context, s, 1);", "word 1, 3..<3, is empty"),
    ("hanpipe_span s[] = {{0, 4}, {3, 5}}; report(context, s, 2);", "word 2, 3..<5, starts before the end of the word before it, 4"),
    ("hanpipe_span s[] = {{0, 1}}; report(context, s, 1);", "word 1, 0..<1, cuts the character that byte 1 belongs to"),
  ])
  func `places that break a rule are refused by its name`(_ answer: String, _ rule: String) throws {
    #expect(try answers(answer) == ["good", "the plug-in's \(rule)", "good"])
  }

  @Test(arguments: [
    ("segmenter", "report(context, NULL, 2);", "the plug-in reported 2 items at NULL"),
    ("segmenter", "report(context, r, 6);", "the plug-in reported 6 items; at most 5 are possible here"),
    ("segmenter", "report(context, r, (size_t)-1);", "the plug-in reported 18446744073709551615 items; at most 5 are possible here"),
    ("normalizer", "hanpipe_edit e[] = {{{0, 3}, \"\\xFF\", 1}}; report(context, e, 1);", "the replacement of the plug-in's edit 1 is not UTF-8"),
    ("normalizer", "hanpipe_edit e[] = {{{0, 3}, NULL, 1}}; report(context, e, 1);", "the plug-in reported 1 items at NULL"),
    ("normalizer", "hanpipe_edit e[] = {{{0, 2}, NULL, 0}}; report(context, e, 1);", "the plug-in's edit 1, 0..<2, cuts the character that byte 2 belongs to"),
    ("normalizer", "hanpipe_edit e[] = {{{3, 6}, NULL, 0}}; report(context, e, 1);", "the plug-in's edit 1, 3..<6, reaches outside of the text, which has 5 bytes"),
    ("normalizer", "hanpipe_edit e[] = {{{3, 5}, NULL, 0}, {{4, 5}, NULL, 0}}; report(context, e, 2);", "the plug-in's edit 2, 4..<5, starts before the end of the edit before it, 5"),
    ("normalizer", "hanpipe_edit e[] = {{{5, 3}, NULL, 0}}; report(context, e, 1);", "the plug-in's edit 1, 5..<3, ends before it starts"),
    ("normalizer", "report(context, r, 12);", "the plug-in reported 12 items; at most 11 are possible here"),
    ("token-filter", "uint8_t k[4] = {1, 1, 1, 1}; report(context, k, 4);", "the plug-in reported 4 items; at most 3 are possible here"),
    ("token-filter", "report(context, NULL, 3);", "the plug-in reported 3 items at NULL"),
    ("classifier", "float p[] = {0, 0.5f, 0.5f}; report(context, p, 3);", "the plug-in reported 3 items; at most 2 are possible here"),
    ("token-filter", "uint8_t k[2] = {1, 1}; report(context, k, 2);", "the plug-in gave 2 answers for 3 words"),
    ("classifier", "float p[] = {NAN, 1}; report(context, p, 2);", "the plug-in's probability 1 is nan; expected a number from 0 to 1"),
    ("classifier", "float p[] = {0, 1.5f}; report(context, p, 2);", "the plug-in's probability 2 is 1.5; expected a number from 0 to 1"),
    ("classifier", "float p[] = {0.5f, 0.25f}; report(context, p, 2);", #"the plug-in's probabilities sum to 0.75; those of "multi-class" must sum to 1 (to 0.001)"#),
    ("classifier", "float p[] = {1}; report(context, p, 1);", "the plug-in gave 1 probabilities for 2 labels"),
  ])
  func `answers that break a rule are refused by its name`(_ role: String, _ answer: String, _ told: String) throws {
    #expect(try answers(answer, role: role) == ["good", told, "good"])
  }

  @Test func `a record that the library cannot answer has failed, and no other`() throws {
    let process = #"if (r->size == 3) { strcpy(i->error, "three is too many"); return 5; }"#
    let library = try TestLibrary.compile(TestLibrary.source(process: process), in: folder)
    let pipeline = try folder.pipeline([TestLibrary.node(library)])
    #expect(
      pipeline.words(["a", "abc", "bc", "abc", "abc", "d"]) == [
        ["a"], ["error: the plug-in says: three is too many"], ["b", "c"], ["error: the plug-in says: three is too many"],
        ["error: the plug-in says: three is too many"], ["d"],
      ])
  }

  @Test(arguments: [
    ("return 0;", "reported 0 answers for 1 records"),
    ("report(context, NULL, 0); report(context, NULL, 0); report(context, NULL, 0); return 0;", "reported 3 answers for 1 records"),
    ("report(context, NULL, 0); strcpy(i->error, \"late\"); return 1;", "failed after it had answered all records: late"),
  ])
  func `a library that does not answer record for record is told of`(_ process: String, _ told: String) throws {
    let library = try TestLibrary.compile(TestLibrary.source(process: process), in: folder)
    let pipeline = try folder.pipeline([TestLibrary.node(library)])
    #expect(pipeline.words(["a"]) == [["error: the plug-in \(told)"]])
  }
}
