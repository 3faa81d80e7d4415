import HanpipeCore
import HanpipeTesting
import Testing

@testable import HanpipeText

@Suite struct ContractTests {
  static let samples = Texts(
    ["我喜欢吃苹果", "", "a😀b", "我不喜欢　ＨＴＭＬ５！", " \t ", "我喜欢吃苹果", "e\u{301}👨‍👩‍👧\u{0}"] + (0..<8).map { randomText($0) })

  static func textStages() throws -> [any Stage<Texts, Texts>] {
    var collapsing = TextNormalizer.Configuration()
    collapsing.form = .nfc
    collapsing.whitespace = .collapse
    return [TextNormalizer(.init(), .none), TextNormalizer(collapsing, .none)]
  }
  static func segmenters() throws -> [any Stage<Texts, Tokens>] {
    [
      try SegmenterTests.icu(), try SegmenterTests.icu(lexicon: "苹果\n我不\tsplit\t我\t不\n吃苹果\tprefer", punctuation: false),
      CharacterSegmenter(.init(), .none), WhitespaceSegmenter(.init(), .none),
    ]
  }

  @Test(arguments: 0..<2)
  func `normalisers keep the contract`(_ number: Int) throws {
    func check(_ stage: some Stage<Texts, Texts>) throws { try StageContract(stage, samples: Self.samples).check() }
    try check(Self.textStages()[number])
  }

  @Test(arguments: 0..<4)
  func `segmenters keep the contract`(_ number: Int) throws {
    func check(_ stage: some Stage<Texts, Tokens>) throws {
      try StageContract(stage, samples: Self.samples).check()
      try StageContract(stage, samples: TextNormalizer(.init(), .none).process(Self.samples)).check()
    }
    try check(Self.segmenters()[number])
  }

  @Test func `vocabulary keeps the contract, and survives a model directory`() throws {
    let tokens = try SegmenterTests.icu().process(Self.samples)
    var fitter = VocabularyStage.fitter(.init())
    fitter.observe(tokens[0..<3])
    let stage = try VocabularyStage(.init(), state: fitter.finish(), .none)
    try StageContract(stage, samples: tokens).check()
    try StateContract(stage, .init(), samples: tokens).check()
  }

  @Test(arguments: [PaddingStage.Length.longest, .fixed], Side.allCases)
  func `padding keeps the contract`(_ length: PaddingStage.Length, _ side: Side) throws {
    var configuration = PaddingStage.Configuration()
    configuration.length = length
    configuration.maximum = 3
    configuration.side = side
    configuration.truncate = side
    try StageContract(PaddingStage(configuration, .none), samples: TokenIDs([[2], [], [3, 4, 5, 6], [2]])).check()
  }

  @Test func `every stage is registered, with a summary and help`() throws {
    var registry = StageRegistry()
    try TextStages.register(in: &registry)
    #expect(
      registry.entries.keys.sorted() == [
        "characters", "criterion", "dictionary-features", "icu", "lexicon", "ngrams", "normalize", "padding", "simplify", "stop-words",
        "user-words", "vocabulary", "whitespace",
      ])
    for entry in registry.entries.values {
      #expect(!entry.summary.isEmpty)
      #expect(entry.settings.allSatisfy { !$0.help.isEmpty })
    }
    // A second time is refused: the registry knows them all.
    #expect(throws: StageRegistry.Failure.self) { try TextStages.register(in: &registry) }
  }

  @Test func `the prefix of a spec runs`() throws {
    var registry = StageRegistry()
    try TextStages.register(in: &registry)
    let spec = try PipelineSpec(
      parsing: utf8(#"{"stages": [{"type": "normalize"}, {"type": "icu", "lexicon": "l.txt", "keepPunctuation": false}]}"#))
    let pipeline = try Pipeline(Blueprint(spec, registry: registry)) { _ in utf8("我不\tsplit\t我\t不") }
    let tokens = try pipeline.typed(Texts.self, Tokens.self).process(Texts(["我不喜欢ＨＴＭＬ。"]))
    #expect(tokens.words(of: 0) == ["我", "不", "喜欢", "html"])
  }
}
