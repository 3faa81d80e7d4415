import HanpipeCore
import HanpipeTesting
import Synchronization
import Testing

@testable import HanpipeText

/// Features of tokens against their definitions, by brute force.
@Suite struct FeatureTests {
  static func tokens(_ texts: [String]) -> Tokens { CharacterSegmenter(.init(), .none).process(Texts(texts)) }

  /// Texts of four characters and a space, so that words of a list are everywhere.
  static let texts: [String] = {
    var generator = SeededGenerator(seed: 3)
    return (0..<40).map { length in
      String((0..<length % 17).map { _ in "我喜欢吃 ".randomElement(using: &generator) ?? "我" })
    } + ["𠮷👨‍👩‍👧我", "👨‍👩‍👧"]
  }()

  // MARK: Words of lists

  static let list = "我\t1\t\n喜欢\t\t0\n喜\t300\t2\n欢吃\t5\t70\n我喜欢吃\t20\t\n吃我喜欢吃我\t3\t3\n𠮷👨‍👩‍👧\t\t9\n👩\t9\t9\n"
  /// By hand from the list: counts of 0, up to 3, 15, 63, 255, and more have the levels 0 to 5.
  static let levels: [String: [Int?]] = [
    "我": [1, nil], "喜欢": [nil, 0], "喜": [5, 1], "欢吃": [2, 4], "我喜欢吃": [3, nil], "吃我喜欢吃我": [1, 1], "𠮷👨‍👩‍👧": [nil, 2], "👩": [2, 2],
  ]

  private func stage(
    _ list: String = list, criteria: Int = 0, lists: Bool = false, own: String? = nil, ways: Bool = false, lacks: Bool = false,
    sources: Int? = nil, reader: ResourceReader? = nil
  ) throws -> DictionaryFeatures {
    var configuration = DictionaryFeatures.Configuration()
    configuration.dictionary = ResourcePath("words.tsv")
    configuration.criteria = criteria
    configuration.lists = lists
    (configuration.ways, configuration.lacks, configuration.sources) = (ways, lacks, sources)
    configuration.list = own.map { _ in ResourcePath("own.txt") }
    return try DictionaryFeatures(
      configuration, StageContext(resource: reader ?? ResourceReader { $0.path == "own.txt" ? utf8(own ?? "") : utf8(list) }))
  }

  /// The ids of a token by the definition: for each source and role the highest level, as (source · 13 + role) · 6 + level.
  private func expected(_ text: String, token: Int, of tokens: [Substring], _ ranges: [Range<String.Index>]) -> Set<Int32> {
    var best: [Int: Int] = [:]
    for first in 0...token {
      for last in token..<tokens.count {
        let isWhole = (first..<last).allSatisfy { ranges[$0].upperBound == ranges[$0 + 1].lowerBound }
        guard isWhole, let levels = Self.levels[tokens[first...last].joined()] else { continue }
        let length = min(last - first + 1, 5) - 2
        let role = length < 0 ? 12 : token == first ? length : token == last ? 8 + length : 4 + length
        for (source, level) in levels.enumerated() {
          if let level { best[source * 13 + role] = max(best[source * 13 + role] ?? 0, level) }
        }
      }
    }
    return Set(best.map { Int32($0 * 6 + $1) })
  }

  private func check(_ texts: [String], _ stage: DictionaryFeatures, _ own: (Set<Int32>) -> Set<Int32> = { _ in [] }) {
    let tokens = Self.tokens(texts)
    let features = stage.process(tokens)
    #expect(features.starts == tokens.starts)
    for (record, text) in texts.enumerated() {
      let ranges = text.indices.map { $0..<text.index(after: $0) }.filter { !text[$0].allSatisfy(\.isWhitespace) }
      let characters = ranges.map { text[$0] }
      for token in characters.indices {
        let common = expected(text, token: token, of: characters, ranges)
        let found = Array(features.ids(ofStep: features.starts[record] + token))
        #expect(Set(found) == common.union(own(common)) && Set(found).count == found.count, "\(text), token \(token)")
      }
    }
  }

  @Test func `of each source the most frequent word in each role`() throws { check(Self.texts, try stage()) }

  @Test func `a convention's ids are those of all once more, a list's are its words in any frequency`() throws {
    let mark = { (number: Int) in String(decoding: CriterionMark.mark(number), as: UTF8.self) }
    let all: Int32 = 2 * 13 * 6
    let stage = try stage(criteria: 2, lists: true)
    check(Self.texts.map { mark(1) + $0 + mark(1) }, stage) { Set($0.map { $0 + 2 * all }) }
    check(Self.texts.map { mark(2) + $0 + mark(2) }, stage)
    check(Self.texts.map { mark(CriterionMark.limit + 1) + $0 }, stage) { common in
      Set(common.filter { $0 / 6 / 13 == 1 }.map { 3 * all + $0 / 6 % 13 })
    }
    check(Self.texts.map { mark(CriterionMark.limit + 2) + $0 }, stage)
    #expect(stage.outputShape(for: ValueShape()).vocabularySize == Int(all) * 3 + 13)
  }

  @Test func `stages that look for the same words find what each would find alone`() throws {
    let marks = [nil, 0, 1, CriterionMark.limit + 1, CriterionMark.limit + CriterionMark.ownList]
    let marked = marks.map { number in
      number.map { String(decoding: CriterionMark.mark($0), as: UTF8.self) } ?? ""
    }
    let mixed = Self.texts.enumerated().map { marked[$0 % marked.count] + $1 }
    let files: @Sendable (ResourcePath) throws -> [UInt8] = { utf8($0.path == "own.txt" ? "吃我\n我喜欢吃\n" : Self.list) }
    // Stages that share a dictionary, in every order.
    let reader = ResourceReader(files).sharingResults()
    func stages(_ reader: ResourceReader) throws -> [DictionaryFeatures] {
      try [
        stage(reader: reader), stage(criteria: 2, reader: reader), stage(lists: true, own: "", reader: reader), stage(criteria: 2, lists: true, own: "", reader: reader),
        stage(criteria: 1, lists: true, own: "", ways: true, reader: reader), stage(criteria: 2, lists: true, own: "", ways: true, lacks: true, reader: reader),
        stage(lists: true, own: "", ways: true, lacks: true, reader: reader), stage(criteria: 1, lists: true, own: "", sources: 1, reader: reader),
        stage(own: "", reader: reader), stage(criteria: 1, own: "", sources: 1, reader: reader),
      ]
    }
    let together = try stages(reader)
    let alone = try stages(ResourceReader(files))
    for texts in [mixed, Self.texts] {
      let expected = alone.map { $0.process(Self.tokens(texts)) }
      #expect(Set(expected.map(\.ids)).count == (texts == mixed ? 9 : 2))
      for order in [Array(together.indices), together.indices.reversed()] {
        let tokens = Self.tokens(texts).sharingResults()
        for i in order { #expect(together[i].process(tokens) == expected[i], "stage \(i)") }
      }
    }
  }

  @Test func `a dictionary is read once for stages of one chain, and again for another`() throws {
    let reads = Mutex(0)
    let reader = ResourceReader { _ in
      reads.withLock { $0 += 1 }
      return utf8(Self.list)
    }
    for chain in 1...2 {
      let shared = reader.sharingResults()
      for criteria in 0..<3 { _ = try stage(criteria: criteria, reader: shared) }
      #expect(reads.withLock { $0 } == chain)
    }
  }

  @Test func `words of a list of one's own have the roles of a list, and are words of no source`() throws {
    let mark = String(decoding: CriterionMark.mark(CriterionMark.limit + CriterionMark.ownList), as: UTF8.self)
    let all: Int32 = 2 * 13 * 6
    // Of the texts' words one that the dictionary knows, one it lacks, one with a frequency and a tag, one twice.
    let stage = try stage(lists: true, own: "\u{FEFF}喜欢\n吃我\r\n\n我喜欢吃 7 v\n吃我\n")
    check(Self.texts, stage)
    for text in Self.texts where !text.contains(" ") && !text.contains("👩") {
      let plain = stage.process(Self.tokens([text]))
      let marked = stage.process(Self.tokens([mark + text]))
      let characters = Self.tokens([text]).words(of: 0)
      for token in characters.indices {
        var roles: Set<Int32> = []
        for word in ["喜欢", "吃我", "我喜欢吃"] {
          for first in characters.indices where first <= token && token < first + word.count && first + word.count <= characters.count {
            guard characters[first..<first + word.count].joined() == word else { continue }
            roles.insert(all + Int32(word.count - 2 + (token == first ? 0 : token == first + word.count - 1 ? 8 : 4)))
          }
        }
        #expect(Set(marked.ids(ofStep: token + 1)) == roles.union(plain.ids(ofStep: token)), "\(text), token \(token)")
      }
    }
    // Without a list of its own nothing is followed.
    check(Self.texts.map { mark + $0 }, try self.stage(lists: true))
  }

  @Test func `ways through a list say what fits beside what`() throws {
    // Of the second column, which is a list only, and hides the source that it is of.
    let stage = try stage("研究\t9\t0\n研究生\t\t0\n生命\t9\t0\n", lists: true, ways: true, sources: 1)
    #expect(stage.outputShape(for: ValueShape()).vocabularySize == 78 + 13 + 2 * 360 + 3 * 64)
    let mark = String(decoding: CriterionMark.mark(CriterionMark.limit + 1), as: UTF8.self)
    let features = stage.process(Self.tokens([mark + "研究生命"]))
    // By hand. Forward 研究生|命, backward 研究|生命, and so the words that leave no character alone: tags of B 0, M 1, E 2, S 3 as digits
    // to base 4, the mark before them alone in all three.
    let tags: [Int32] = [63, 0, 26, 32, 58]
    // (length of the longest word that ends, that begins, that lies across less 1, falls) of each place, as one number.
    let places: [Int32] = [0, 30, 4, 144, 182, 120]
    // 研: 2 or 3 begin there. 究: the end of 2, inside of 3. 生: the end of 3, the beginning of 2. 命: the end of 2.
    let roles: [[Int32]] = [[], [0, 1], [5, 8], [0, 9], [8]]
    for token in 0..<5 {
      var expected = Set(roles[token].map { 78 + $0 })
      expected.formUnion([91 + places[token], 91 + 360 + places[token + 1]])
      for (i, neighbour) in [token - 1, token, token + 1].enumerated() where tags.indices.contains(neighbour) {
        expected.insert(91 + 720 + Int32(i) * 64 + tags[neighbour])
      }
      #expect(Set(features.ids(ofStep: token)) == expected, "token \(token)")
    }
    // A text of no list sees the source, and no way.
    let plain = stage.process(Self.tokens(["研究生命"]))
    #expect(plain.ids.allSatisfy { $0 < 78 } && !plain.ids.isEmpty)
    try StageContract(stage, samples: Self.tokens(["\(mark)研究生命", "", "研究生", mark, "\(mark)生 命研究研究生"])).check()
  }

  @Test func `what a list lacks is told by how many words like it the list has`() throws {
    // Columns: one that is hidden, as the list is of it, one that is seen, and the list.
    let dictionary = """
      保守党\t\t9\t
      国民党\t\t9\t
      共产党\t\t9\t
      研究生\t\t9\t0
      学生\t\t9\t0
      医生\t\t9\t0
      国民\t\t999\t0
      保守\t\t9\t0
      党\t\t99\t0
      民党\t9\t\t

      """
    let stage = try stage(dictionary, lists: true, ways: true, lacks: true, sources: 2)
    let first: Int32 = 156 + 13 + 2 * 360 + 3 * 64
    let openness: Int32 = first + 13 * 120
    #expect(stage.outputShape(for: ValueShape()).vocabularySize == Int(openness) + 4 * 8 * 8)
    let mark = String(decoding: CriterionMark.mark(CriterionMark.limit + 2), as: UTF8.self)
    // By hand: of the four words of three characters the list has one, a coverage of 1.5 / 5 = 0.3, the second of three. It has all
    // words as frequent of two, 3.5 / 4 = 0.875, so of each of three it should have half of that, 0.4375; it has (1 + 2) of
    // (4 · 0.4375 + 2) of all, 0.8. Of those that end in 党 it has 0.8 / (3 · 0.4375 + 1) = 0.35, of those that begin with 保 (or 国, 共)
    // 0.8 / 1.4375 = 0.56: 0.35 · 0.56 / 0.8 = 0.24, the fifth of ten. 国民党 falls into two words of the list, of levels 5 and 4, 保守党
    // into less frequent ones, of 2 and 4, and 共产党 into none.
    for (text, falls) in [("保守党", 1), ("国民党", 3), ("共产党", 0)] as [(String, Int32)] {
      let features = stage.process(Self.tokens([mark + text]))
      for (token, role) in [(1, 1), (2, 5), (3, 9)] as [(Int, Int32)] {
        let found: [Int32] = Array(features.ids(ofStep: token)).filter { first..<openness ~= $0 }
        let expected: Int32 = first + role * 120 + 4 * (1 * 10 + 4) + falls
        #expect(found == [expected], "\(text), token \(token)")
      }
    }
    // What the list has, what no source has, and what only the hidden column has are not lacked.
    for text in ["研究生", "生国", "民党"] {
      #expect(stage.process(Self.tokens([mark + text])).ids.allSatisfy { !(first..<openness).contains($0) }, "\(text)")
    }
    #expect(stage.process(Self.tokens(["保守党"])).ids.allSatisfy { $0 < first })
    // How open it is to words of two and of more characters that begin with each, and that end so: where none should be there 1, the
    // seventh of eight, and 0.8, the sixth; 保守 gives 2 / 1.875, the seventh; longer ones with 保 and 党 0.56 and 0.35, the fifth.
    let levels: [[Int32]] = [[6, 4, 6, 5], [6, 5, 6, 5], [6, 5, 6, 4]]
    // 保守 goes on behind 保 and before 守 (4), and ends before 党 (2), which is a word alone (1).
    let surroundings: [(behind: Int32, before: Int32)] = [(4, 0), (0, 4), (1, 3)]
    let features = stage.process(Self.tokens([mark + "保守党"]))
    for token in 0..<3 {
      let expected = (0..<4).map { kind in
        openness + (Int32(kind) * 8 + levels[token][kind]) * 8 + (kind < 2 ? surroundings[token].behind : surroundings[token].before)
      }
      #expect(Array(features.ids(ofStep: token + 1)).filter { $0 >= openness } == expected, "token \(token)")
    }
    try StageContract(stage, samples: Self.tokens(["\(mark)保守党国民党", "", "保守党", mark, "\(mark)共 产党研究生"])).check()
  }

  @Test(arguments: [(true, true, true), (true, false, false), (false, true, false), (false, false, false)])
  func `what a list lacks is told of a list whose ways are followed, or refused`(lists: Bool, ways: Bool, isValid: Bool) {
    var configuration = DictionaryFeatures.Configuration()
    configuration.dictionary = ResourcePath("words.tsv")
    (configuration.lists, configuration.ways, configuration.lacks) = (lists, ways, true)
    do throws(SpecError) {
      try configuration.validate(at: SpecPath())
      #expect(isValid)
    } catch {
      #expect(!isValid && "\(error)".contains("\"ways\": true"))
    }
  }

  /// Of a list of one's own all sources are seen, and a long list is not told to lack what a short one is.
  @Test func `a list of one's own is told by its own words`() throws {
    let words = (0..<20).map { "\(Unicode.Scalar(0x4E00 + $0) ?? "?")党" }
    let dictionary = words.map { $0 + "\t9\n" }.joined()
    let mark = String(decoding: CriterionMark.mark(CriterionMark.limit + CriterionMark.ownList), as: UTF8.self)
    func kind(_ list: ArraySlice<String>) throws -> Int32 {
      let stage = try stage(dictionary, lists: true, own: list.joined(separator: "\n"), ways: true, lacks: true)
      let first: Int32 = 78 + 13 + 2 * 360 + 3 * 64
      let ids: [Int32] = Array(stage.process(Self.tokens([mark + words[0]])).ids(ofStep: 1))
      let found: [Int32] = ids.filter { first..<first + 13 * 120 ~= $0 }
      try #require(found.count == 1)
      return found[0] - first
    }
    // Of 20 words with one ending the list has 18: coverage 18.5 / 21, as many with 党 as it should; the first character has none.
    // 19 / 18.6 · 1 / 1.88 = 0.54. Of one word: 1.5 / 21 = 0.07; 2 / 2.43 · 1 / 1.07 = 0.77.
    #expect(try kind(words[2...]) == 4 * (2 * 10 + 6))
    #expect(try kind(words[19...]) == 4 * (1 * 10 + 7))
  }

  @Test func `a list of one's own that is wrong is refused by file and line`() throws {
    for (own, failure) in [
      ("", DictionaryError.empty), ("\n\r\n", .empty), ("我\n喜欢 苹果\n", .whiteSpace(line: 2, word: "喜欢 苹果")),
      ("\t3\n", .noWord(line: 1)), ("我\tx\n", .badCount(line: 1, found: "x")),
    ] {
      let error = #expect(throws: FileError.self, "\(own)") { try stage(lists: true, own: own) }
      #expect(error?.file == "own.txt" && error?.underlying as? DictionaryError == failure, "\(own)")
    }
  }

  @Test func `a list that is written is read as the same words`() throws {
    let list = try WordList(utf8("我\nＡ b\t\n喜欢 3 v\n"))
    #expect((0..<list.words.count).map { list.words.text(of: $0) } == ["我", "Ａ b", "喜欢"])
    #expect(try WordList(list.bytes).words == list.words)
  }

  @Test func `as many as 64 sources, and wrong lists are refused by line`() throws {
    let counts = (0..<64).map { "\t\($0)" }.joined()
    let features = try stage("我\(counts)\n").process(Self.tokens(["我"]))
    let levels: [Int] = [0, 1, 1, 1] + [Int](repeating: 2, count: 12) + [Int](repeating: 3, count: 48)
    let expected: [Int32] = levels.enumerated().map { source, level in Int32((source * 13 + 12) * 6 + level) }
    #expect(Set(features.ids) == Set(expected))
    let wrong: [(String, CountedWords.Failure)] = [
      ("", .empty), ("\n\r\n", .empty), ("我\t1\n\t1\n", .noWord(line: 2)), ("我\t1\n\n吃\t1\t2\n", .columns(line: 3, found: 2, expected: 1)),
      ("我\t1\t2\n吃\n", .columns(line: 2, found: 1, expected: 2)), ("我\(counts)\t1\n", .columns(line: 1, found: 65, expected: 64)),
      ("我\t-1\n", .badCount(line: 1, found: "-1")), ("我\tx\n", .badCount(line: 1, found: "x")),
      ("我\t1\n吃\t1\n我\t2\n", .twice(line: 3, word: "我")),
    ]
    for (list, failure) in wrong {
      let error = #expect(throws: FileError.self, "\(list)") { try stage(list) }
      #expect(error?.file == "words.tsv" && error?.underlying as? CountedWords.Failure == failure, "\(list)")
    }
    #expect(throws: CountedWords.Failure.notUTF8(line: 2)) { try CountedWords(utf8("我\t1\n") + [0xFF, 0x0A]) }
    // Without a TAB, and with line feeds and the byte order mark of Windows.
    for word in ["我", "吃"] { #expect(try stage("\u{FEFF}我\r\n吃\r\n").process(Self.tokens([word])).ids == [12 * 6]) }
  }

  // MARK: N-grams

  /// The n-grams that a token sees, as text with its place; nil where they begin before or end behind the text.
  private func grams(_ characters: [String], _ token: Int, orders: [Int], window: Int) -> [(gram: String, place: Int)] {
    orders.flatMap { n in
      (-window...window - n + 1).map { first in
        let gram = (first..<first + n).map { (i: Int) -> String in
          token + i < 0 ? "<" : token + i >= characters.count ? ">" : characters[token + i]
        }
        return (gram.joined(separator: "|"), first)
      }
    }
  }

  @Test func `an n-gram has one id in one place, and those that are too rare have none`() throws {
    var configuration = NGramConfiguration()
    (configuration.orders, configuration.window, configuration.buckets, configuration.minimumCount) = ([1, 3], 2, 1 << 28, 5)
    let tokens = Self.tokens(Self.texts)
    var fitter = FrequentNGramFeatures.fitter(configuration)
    fitter.observe(tokens)
    let stage = FrequentNGramFeatures(configuration, state: fitter.finish(), .none)
    let features = stage.process(tokens)
    let texts = (0..<tokens.count).map { tokens.words(of: $0) }
    // How often an n-gram begins somewhere in a text, what stands before and behind it included.
    var counts: [String: Int] = [:]
    for characters in texts where !characters.isEmpty {
      for n in configuration.orders {
        for first in -2..<characters.count + 3 - n {
          let gram = (first..<first + n).map { (i: Int) -> String in i < 0 ? "<" : i >= characters.count ? ">" : characters[i] }
          counts[gram.joined(separator: "|"), default: 0] += 1
        }
      }
    }
    var ids: [String: Int32] = [:]
    for (record, characters) in texts.enumerated() {
      for token in characters.indices {
        let kept = grams(characters, token, orders: configuration.orders, window: 2).filter { counts[$0.gram, default: 0] >= 5 }
        let found = Array(features.ids(ofStep: features.starts[record] + token))
        try #require(found.count == kept.count, "\(characters), token \(token)")
        for ((gram, place), id) in zip(kept, found) {
          #expect(ids.updateValue(id, forKey: "\(gram) at \(place)") ?? id == id)
        }
      }
    }
    #expect(Set(ids.values).count == ids.count && ids.count > 20)
    #expect(features.ids.contains { $0 >= 1 << 27 } && features.ids.allSatisfy { $0 >= 0 && $0 < 1 << 28 })
  }

  @Test func `a convention has ids of its own beside those for all`() throws {
    var configuration = NGramConfiguration()
    (configuration.criteria, configuration.buckets) = (2, 1 << 28)
    let stage = NGramFeatures(configuration, .none)
    func ids(_ mark: Int?) -> [[Int32]] {
      let mark = mark.map { String(decoding: CriterionMark.mark($0), as: UTF8.self) } ?? ""
      let features = stage.process(Self.tokens([mark + "我喜欢吃我" + mark]))
      // Of the character in the middle, which sees no mark.
      let steps = features.starts[1]
      return [Array(features.ids(ofStep: steps / 2))]
    }
    let (plain, first, second, third) = (ids(nil)[0], ids(0)[0], ids(1)[0], ids(2)[0])
    #expect(plain.count == 12 && third == plain)
    #expect(first.count == 24 && first.prefix(12).elementsEqual(plain) && second.prefix(12).elementsEqual(plain))
    #expect(Set(first).intersection(second) == Set(plain))
  }

  @Test func `records can be taken out and put together again`() throws {
    let features = try stage().process(Self.tokens(Self.texts))
    let parts = [Array(0..<7), [7], Array(8..<features.count)].map { features[$0] }
    #expect(FeatureIDs.joined(parts) == features)
    #expect(features[[3, 3, 1]].ids(ofStep: 0).elementsEqual(features.ids(ofStep: features.starts[3])))
  }

  @Test func `features keep the contract`() throws {
    try StageContract(stage(), samples: Self.tokens(Self.texts)).check()
    try StageContract(NGramFeatures(.init(), .none), samples: Self.tokens(Self.texts)).check()
  }
}
