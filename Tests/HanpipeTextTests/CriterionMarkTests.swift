import HanpipeCore
import HanpipeTesting
import Testing

@testable import HanpipeText

@Suite struct CriterionMarkTests {
  private func stage(use: String?, names: [String] = ["sxu", "weibo"], lists: [String] = ["weibo", "pku"]) throws -> CriterionMark {
    var configuration = CriterionMark.Configuration()
    (configuration.names, configuration.lists, configuration.use) = (names, lists, use)
    try configuration.validate(at: SpecPath())
    return CriterionMark(configuration, .none)
  }

  @Test(arguments: [
    (nil, "\u{10F800}"), ("sxu", "\u{10F800}"), ("weibo", "\u{10F801}"), ("list:weibo", "\u{10F880}"), ("list:pku", "\u{10F881}"),
    ("list", "\u{10F8FF}"),
  ])
  func `a text is marked before and behind, unless it is already`(_ use: String?, _ mark: String) throws {
    let stage = try stage(use: use)
    let texts = ["我喜欢", "", "\u{10F801}我\u{10F801}", "\u{10F881}我"]
    let marked = try stage.process(Texts(texts))
    let found: [String] = (0..<4).map { String(decoding: marked.utf8(of: $0), as: UTF8.self) }
    let expected: [String] = ["\(mark)我喜欢\(mark)", "\(mark)\(mark)", texts[2], texts[3]]
    #expect(found == expected)
    try StageContract(stage, samples: Texts(texts)).check()
  }

  @Test func `each label has its mark, and each mark is one thing`() {
    let conventions = CriterionMark.Conventions(names: ["sxu", "weibo"], lists: ["weibo", "pku"])
    #expect(conventions.labels == ["sxu", "weibo", "list:weibo", "list:pku", "list"])
    #expect(CriterionMark.Conventions(names: ["sxu"], lists: []).labels == ["sxu"])
    let marks = conventions.labels.indices.map(conventions.mark)
    #expect(marks.map { CriterionMark.number($0) } == [0, 1, nil, nil, nil])
    #expect(marks.map { CriterionMark.list($0) } == [nil, nil, 0, 1, CriterionMark.ownList])
    for other in ["", "我", "\u{10F7FF}", "\u{10F900}", "\u{10FFFF}"] {
      #expect(CriterionMark.number(utf8(other)) == nil && CriterionMark.list(utf8(other)) == nil)
    }
  }

  @Test func `what nobody can follow is refused`() {
    let cases: [(String?, [String], [String], String)] = [
      ("pku", ["sxu"], ["pku"], #"use: "pku" is not allowed; expected "sxu" or "list:pku" or "list""#),
      (nil, [], [], "names: [] is not allowed"), (nil, ["a", "a"], [], #"names: ["a", "a"] is not allowed"#),
      (nil, ["a"], ["b", "b"], #"lists: ["b", "b"] is not allowed"#), (nil, ["a"], [""], #"lists: [""] is not allowed"#),
    ]
    for (use, names, lists, found) in cases {
      let error = #expect(throws: SpecError.self) { try stage(use: use, names: names, lists: lists) }
      let message = error.map { "\($0)" } ?? "none"
      #expect(message.hasPrefix(found), "\(message)")
    }
  }

  @Test func `a list's mark is no word of a vocabulary`() {
    let tokens = CharacterSegmenter(.init(), .none).process(Texts(["\u{10F800}我\u{10F800}", "\u{10F881}我\u{10F881}"]))
    var fitter = VocabularyStage.fitter(.init())
    fitter.observe(tokens)
    #expect(fitter.finish().ids(of: tokens).ids == [3, 2, 3, 1, 2, 1])
  }
}
