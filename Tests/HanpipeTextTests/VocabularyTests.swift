import HanpipeCore
import HanpipeTesting
import Testing

@testable import HanpipeText

@Suite struct VocabularyTests {
  static func tokens(_ lines: [String]) throws -> Tokens {
    try WhitespaceSegmenter(.init(), .none).process(Texts(lines))
  }
  static func fit(_ lines: [String], minimumCount: Int = 1, maximumSize: Int? = nil) throws -> Vocabulary {
    var configuration = VocabularyStage.Configuration()
    configuration.minimumCount = minimumCount
    configuration.maximumSize = maximumSize
    var fitter = VocabularyStage.fitter(configuration)
    for line in lines { fitter.observe(try tokens([line])) }
    return fitter.finish()
  }
  static func text(_ vocabulary: Vocabulary) -> String { String(decoding: vocabulary.tsv, as: UTF8.self) }

  @Test func `words are ordered by count, then by their bytes`() throws {
    let vocabulary = try Self.fit(["b a 我 c", "我 b a 我", ""])
    #expect(Self.text(vocabulary) == "<pad>\t0\n<unk>\t0\n我\t3\na\t2\nb\t2\nc\t1\n")
    #expect(vocabulary.size == 6)
    #expect(vocabulary.id(of: "我") == 2)
    #expect(vocabulary.id(of: "他") == TokenIDs.unknown)
    #expect((Int32(-1)...6).map { vocabulary.word(of: $0) } == [nil, "<pad>", "<unk>", "我", "a", "b", "c", nil])
    #expect((Int32(-1)...6).map { vocabulary.count(of: $0) } == [0, 0, 0, 3, 2, 2, 1, 0])
  }

  @Test func `rare words and those beyond the size are unknown`() throws {
    #expect(Self.text(try Self.fit(["a a a b b c"], minimumCount: 2)) == "<pad>\t0\n<unk>\t0\na\t3\nb\t2\n")
    #expect(Self.text(try Self.fit(["a a a b b c"], maximumSize: 3)) == "<pad>\t0\n<unk>\t0\na\t3\n")
    #expect(try Self.fit([]).size == 2)
  }

  @Test func `counts make a vocabulary`() {
    let vocabulary = Vocabulary(
      counts: [("b", 2), ("a", 2), ("b", 1), ("c", 1)].map { (word: $0.0, count: $0.1) }, minimumCount: 2)
    #expect(Self.text(vocabulary) == "<pad>\t0\n<unk>\t0\nb\t3\na\t2\n")
  }

  @Test func `the stage gives ids and their number`() throws {
    let stage = try VocabularyStage(.init(), state: Self.fit(["a a b"]), .none)
    #expect(stage.process(try Self.tokens(["a x b", "", "<pad> b"])) == TokenIDs([[2, 1, 3], [], [1, 3]]))
    #expect(stage.outputShape(for: ValueShape()).vocabularySize == 4)
  }

  @Test func `a word that looks like a reserved one is a word`() throws {
    let vocabulary = try Vocabulary(tsv: Self.fit(["<pad> <pad> a"]).tsv)
    #expect(vocabulary.id(of: "<pad>") == 2)
  }

  @Test func `memory is bounded, what is forgotten is counted, and the result is the same twice`() throws {
    func run() throws -> Vocabulary {
      var fitter = VocabularyFitter(.init(), capacity: 100)
      for round in 0..<50 {
        fitter.observe(try Self.tokens((0..<20).map { "often\($0 % 10) rare\(round)x\($0)" }))
      }
      return fitter.finish()
    }
    let vocabulary = try run()
    #expect(vocabulary.size <= 103)
    #expect(vocabulary.forgotten > 0)
    #expect((0..<10).allSatisfy { vocabulary.count(of: vocabulary.id(of: "often\($0)")) == 100 })
    let total = (2..<Int32(vocabulary.size)).reduce(0) { $0 + vocabulary.count(of: $1) }
    #expect(total + vocabulary.forgotten == 2_000)
    #expect(try run().tsv == vocabulary.tsv)
  }

  @Test func `a word longer than any is not kept`() throws {
    let vocabulary = try Self.fit([String(repeating: "a", count: 1025), String(repeating: "b", count: 1024)])
    #expect(vocabulary.size == 3)
    #expect(vocabulary.forgotten == 1)
  }

  @Test func `any word survives the file`() throws {
    let words = (0..<500).map { randomText($0, scalars: 6) } + ["\t", "\n", "\\", "\\t", "a\r", "\u{FEFF}"]
    let vocabulary = Vocabulary(counts: words.filter { !$0.isEmpty }.map { (word: $0, count: 1) })
    let again = try Vocabulary(tsv: vocabulary.tsv)
    #expect(again.tsv == vocabulary.tsv)
    for word in words where !word.isEmpty {
      #expect(again.id(of: word) >= 2)
      #expect(again.word(of: again.id(of: word)).map(utf8) == utf8(word))
    }
  }

  @Test func `a file edited by hand is read`() throws {
    let vocabulary = try Vocabulary(tsv: utf8("\u{FEFF}<pad>\t0\r\n<unk>\t0\r\n苹果\t1\r\n我\t7"))
    #expect(vocabulary.id(of: "我") == 3)
    #expect(vocabulary.count(of: 3) == 7)
  }

  @Test(arguments: [
    ("", "vocabulary.tsv: line 1: found the end of the file; expected \"<pad>\", a TAB and 0, the line of a reserved id"),
    ("<pad>\t0\n我\t3\n", "vocabulary.tsv: line 2: found \"我\t3\"; expected \"<unk>\", a TAB and 0, the line of a reserved id"),
    ("<pad>\t0\n<unk>\t0\n我\n", "vocabulary.tsv: line 3: found \"我\"; expected a word, a TAB and its count"),
    ("<pad>\t0\n<unk>\t0\n\n", "vocabulary.tsv: line 3: found \"\"; expected a word, a TAB and its count"),
    ("<pad>\t0\n<unk>\t0\n\t3\n", "vocabulary.tsv: line 3: no word before the TAB; remove the line, or write the word"),
    ("<pad>\t0\n<unk>\t0\n我\t-3\n", "vocabulary.tsv: line 3: the count \"-3\" is not allowed; expected an integer from 0 up"),
    ("<pad>\t0\n<unk>\t0\n我\t3\t4\n", "vocabulary.tsv: line 3: the count \"3\t4\" is not allowed; expected an integer from 0 up"),
    ("<pad>\t0\n<unk>\t0\n我\t\n", "vocabulary.tsv: line 3: the count \"\" is not allowed; expected an integer from 0 up"),
    ("<pad>\t0\n<unk>\t0\n我\t3\n我\t2\n", "vocabulary.tsv: line 4: \"我\" stands in an earlier line too; keep one of the two"),
    (
      "<pad>\t0\n<unk>\t0\na\\x\t3\n",
      #"vocabulary.tsv: line 3: a backslash in "a\x"; expected one of \t, \n, \r, \\"#
    ),
  ])
  func `a wrong file is refused in words`(_ file: String, _ message: String) {
    let error = #expect(throws: StateError.self) { try Vocabulary(tsv: utf8(file)) }
    #expect(error?.description == message)
  }

  @Test func `a file that is not UTF-8, missing, or larger than the spec allows is refused`() throws {
    let error = #expect(throws: StateError.self) { try Vocabulary(tsv: [0xFF]) }
    #expect(error?.description == "vocabulary.tsv: not UTF-8; save the file as UTF-8")
    #expect(throws: StateError.missing("vocabulary.tsv")) { try Vocabulary(from: StateWriter().reader) }
    var configuration = VocabularyStage.Configuration()
    configuration.maximumSize = 3
    let large = #expect(throws: StateError.self) {
      try VocabularyStage(configuration, state: Self.fit(["a b"]), .none)
    }
    #expect(
      large?.description
        == "vocabulary.tsv: 4 lines, but the spec's maximumSize is 3; remove lines, or raise it and train again")
  }

  @Test func `a spec can name a vocabulary that exists already`() throws {
    let file = Array("<pad>\t0\n<unk>\t0\nb\t1\na\t5\n".utf8)
    var registry = StageRegistry()
    try TextStages.register(in: &registry)
    let spec = try PipelineSpec(
      parsing: #"{"stages": [{"type": "whitespace"}, {"type": "vocabulary", "file": "words.tsv"}]}"#.utf8)
    let blueprint = try Blueprint(spec, registry: registry)
    let pipeline = try Pipeline(blueprint) { $0.path == "words.tsv" ? file : [] }
    let ids = try pipeline.typed(Texts.self, TokenIDs.self).process(Texts(["a b c", ""]))
    // The file's order is the ids', also where the counts say otherwise.
    #expect(ids == TokenIDs([[3, 2, 1], []]))
    #expect(pipeline.shapes.last == ValueShape(vocabularySize: 4))
    try StageContract(
      pipeline.typed(Texts.self, TokenIDs.self), samples: Texts(["a b", "", "c c", "a b"])
    ).check()
    let error = try #require(throws: StageConstructionError.self) { try Pipeline(blueprint) { _ in Array("a\t1\n".utf8) } }
    #expect(
      "\(error)"
        == #"stages[1] (vocabulary): words.tsv: vocabulary.tsv: line 1: found "a\#u{9}1"; expected "<pad>", a TAB and 0, the line of a reserved id"#
    )
  }

  @Test func `a vocabulary file and settings that choose words exclude each other`() throws {
    var registry = StageRegistry()
    try TextStages.register(in: &registry)
    let spec = try PipelineSpec(
      parsing: #"{"stages": [{"type": "whitespace"}, {"type": "vocabulary", "file": "a.tsv", "minimumCount": 2}]}"#.utf8)
    let error = try #require(throws: SpecError.self) { try Blueprint(spec, registry: registry) }
    #expect(
      "\(error)"
        == #"stages[1]: "file" holds the vocabulary, so "minimumCount" and "maximumSize" have nothing to choose"#)
  }
}
