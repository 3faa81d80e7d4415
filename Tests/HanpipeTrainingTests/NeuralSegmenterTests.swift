import Glibc
import Hanpipe
import HanpipeTesting
import Testing

@Suite struct NeuralSegmenterTests {
  /// Words whose characters belong to no other, so that a small model knows where each ends.
  private static let words = ["我", "喜欢", "苹果汁", "不", "天安门广场", "…", "ok", "。", "，"]
  private static let stages: [JSONObject] = [
    ["type": "normalize", "form": "NFKC"], ["type": "characters"], ["type": "vocabulary", "file": "characters.tsv"],
    ["type": "padding"],
    ["type": "lstm", "units": 8, "embedding": 8, "bidirectional": true, "output": "sequence"], ["type": "crf"],
  ]

  /// A file that the model names, so that it has one to bring along.
  private static let vocabulary = "<pad>\t0\n<unk>\t0\n" + Set(words.joined() + ".").map { "\($0)\t1\n" }.sorted().joined()
  private static let characters = ResourceReader { path in
    guard path.path == "characters.tsv" else { throw StateError.missing(path.path) }
    return Array(vocabulary.utf8)
  }

  /// Trained once: `folder/models/segmenter`, and a classifier in `folder/models/other`.
  private static let folder = Result { () throws -> String in
    let folder = try temporaryFolder("neural")
    mkdir(folder + "/models", 0o755)
    mkdir(folder + "/pipelines", 0o755)
    try FileContent.replace(folder + "/words.txt", Array("我\n喜欢\n".utf8))
    var generator = SeededGenerator(seed: 1)
    let lines = (0..<300).map { _ in (0..<6).map { _ in words.randomElement(using: &generator) ?? "" }.joined(separator: " ") }
    let settings = try configuration(["epochs": 6, "optimizer": ["type": "adam", "learningRate": 0.02]])
    var trainer = try Trainer(
      blueprint(stages), configuration: settings, data: SegmentedTexts(lines), validation: SegmentedTexts(), threads: 2,
      resource: characters)
    _ = try trainer.run { _ in .proceed }
    try save(trainer.pipeline, folder + "/models/segmenter")
    let other = try Trainer(blueprint(smallSpec), configuration(["epochs": 1]), LabelledTexts.madeUp(20, seed: 1))
    try save(other.pipeline, folder + "/models/other")
    return folder
  }

  private static func save(_ pipeline: Pipeline, _ path: String) throws {
    try ModelDirectory.save(
      ModelDirectory.Contents(pipeline: pipeline, resource: characters, goldenTexts: ["我喜欢", ""]), to: path,
      registry: .standard)
  }

  private func root() throws -> ResourceRoot { try ResourceRoot(directory: Self.folder.get() + "/pipelines") }

  private func segmenter(_ model: String = "../models/segmenter", precision: String? = nil) throws -> NeuralSegmenter {
    var node: JSONObject = ["type": "neural", "model": .string(model)]
    node["precision"] = precision.map(JSON.string)
    let pipeline = try Pipeline(blueprint([node]), resource: root().reader)
    return try #require(pipeline.stages[0].base as? NeuralSegmenter)
  }

  private func words(_ text: String, _ segmenter: NeuralSegmenter) throws -> [String] {
    try segmenter.process(Texts([text])).words(of: 0)
  }

  @Test(arguments: [nil, "float32", "bf16", "int8"]) func `tags become words of the text as it stands`(precision: String?) throws {
    let segmenter = try segmenter(precision: precision)
    #expect(try words("我不喜欢苹果汁。", segmenter) == ["我", "不", "喜欢", "苹果汁", "。"])
    // What the model's normaliser makes three characters of is one in the text.
    #expect(try words("天安门广场…ＯＫ", segmenter) == ["天安门广场", "…", "ＯＫ"])
    #expect(try words("", segmenter) == [] && words(" \t　", segmenter) == [])
    // White space ends a word, whatever the model thinks.
    #expect(try words(" 天安门 广场　我 ", segmenter) == ["天安门", "广场", "我"])
  }

  @Test func `no character that a reader sees is cut, and words put together again are the text`() throws {
    let segmenter = try segmenter()
    let texts = [
      "我👨‍👩‍👧🇨🇳🇯🇵👍🏽1️⃣e\u{301}", "https://a.cn/b?c=1。me@a.cn", "2026年11月25日 12:30 50%", "私はりんご カタカナ 나는 사과", "𠮷\u{0}\u{7F}\u{FEFF}",
      "ｉＰｈｏｎｅ　１５ 臺灣\u{200D}\u{300}",
    ]
    for text in texts {
      let found = try words(text, segmenter)
      let solid = text.unicodeScalars.filter { !$0.properties.isWhitespace }
      #expect(found.joined().unicodeScalars.elementsEqual(solid), "\(text)")
      // Ends of characters, in Unicode scalars.
      var boundaries: Set<Int> = [0]
      var end = 0
      for character in text where !character.isWhitespace {
        end += character.unicodeScalars.count
        boundaries.insert(end)
      }
      end = 0
      for word in found {
        end += word.unicodeScalars.count
        #expect(boundaries.contains(end), "\(word) in \(text)")
      }
    }
    var generator = SeededGenerator(seed: 9)
    for _ in 0..<200 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...30, using: &generator) {
        let range: ClosedRange<UInt32> = Bool.random(using: &generator) ? 0...0x10FFFF : 0...0x3FF
        if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { text.append(scalar) }
      }
      let found = try words(String(text), segmenter).joined().unicodeScalars
      #expect(found.filter { !$0.properties.isWhitespace }.elementsEqual(text.filter { !$0.properties.isWhitespace }))
    }
  }

  @Test func `places stay those of the text that was typed, behind another normaliser too`() throws {
    let node: [JSONObject] = [
      ["type": "normalize", "form": "NFKC"], ["type": "neural", "model": "../models/segmenter"],
    ]
    let pipeline = try Pipeline(blueprint(node), resource: root().reader)
    let tokens = try #require(try pipeline.trace(Texts(["ＯＫ…我"])).last as? Tokens)
    #expect(tokens.originalWords(of: 0) == ["ＯＫ", "…", "我"])
    #expect(tokens.words(of: 0) == ["ok", "...", "我"] || tokens.words(of: 0) == ["OK", "...", "我"])
  }

  @Test func `it keeps the contract of a stage`() throws {
    try StageContract(segmenter(), samples: Texts(["我喜欢", "", "x👨‍👩‍👧\u{0}y", "我喜欢", "苹果汁 我", "ok。"])).check()
  }

  @Test func `a long record is cut at ends of sentences, then of clauses, and covered`() throws {
    let segmenter = try segmenter()
    var generator = SeededGenerator(seed: 4)
    for ends in [["。"], ["，"], []] {
      // Not "ok": two of them are one run of letters.
      let choice = Self.words.filter { !"…。，ok".contains($0) }
      let expected = (0..<4000).map { i in
        i % 20 == 19 ? ends.first ?? "我" : choice.randomElement(using: &generator) ?? ""
      }
      let found = try words(expected.joined(), segmenter)
      if ends.isEmpty {
        #expect(found.joined() == expected.joined())
      } else {
        #expect(found == expected)
      }
    }
    let plain = String(repeating: "喜", count: 100_000)
    #expect(try words(plain, segmenter).joined() == plain)
  }

  @Test func `a model that holds it brings the inner model along`() throws {
    let folder = try Self.folder.get()
    let inner = try Pipeline(blueprint([["type": "neural", "model": "../models/segmenter"]]), resource: root().reader)
    let path = folder + "/models/outer"
    try ModelDirectory.save(
      ModelDirectory.Contents(pipeline: inner, resource: root().reader, goldenTexts: ["我喜欢苹果汁"]), to: path,
      registry: .standard)
    let model = try ModelDirectory.load(path, registry: .standard)
    #expect(try model.verifyGolden() == 1)
    #expect(try readFile(path + "/resources/segmenter/resources/characters.tsv") == Array(Self.vocabulary.utf8))
    let tokens = try #require(try model.pipeline.trace(Texts(["我喜欢苹果汁"])).last as? Tokens)
    #expect(tokens.words(of: 0) == ["我", "喜欢", "苹果汁"])
    // Other weights in the inner model are another identity.
    let spec = path + "/resources/segmenter/pipeline.json"
    let text = String(decoding: try readFile(spec), as: UTF8.self)
    let file = try #require(fopen(spec, "wb"))
    fputs(text + "\n", file)
    fclose(file)
    #expect(throws: ModelError.self) { try ModelDirectory.load(path, registry: .standard) }
  }

  static let mistakes: [(JSONObject, String)] = [
    (["type": "neural"], #"stages[0]: "model" is missing; expected the path of a model that gives tags"#),
    (["type": "neural", "model": "../models/none"], #""../models/none/pipeline.json" does not exist"#),
    (["type": "neural", "model": "../models/other"], "../models/other: gives prediction; expected a model that takes text"),
    (["type": "neural", "model": "/models/segmenter"], #""/models/segmenter" is not allowed; expected the path of a model"#),
    (["type": "neural", "model": "../../etc"], "leads out of"),
    (
      ["type": "neural", "model": "../models/segmenter", "criterion": "list"],
      #"stages[0]: "list" is missing; expected the path of a list of words"#
    ),
    (
      ["type": "neural", "model": "../models/segmenter", "criterion": "pku", "list": "words.txt"],
      #"stages[0]: answers follow "list", so "criterion": "pku" has nothing to choose; remove one of them"#
    ),
    (["type": "neural", "model": "../models/segmenter", "list": "none.txt"], #""none.txt" does not exist"#),
    (
      ["type": "neural", "model": "../models/segmenter", "list": "../words.txt"],
      #"learned one convention only, so "criterion": "list" has nothing to choose"#
    ),
  ]
  @Test(arguments: mistakes) func `a model that gives no words is refused`(_ node: JSONObject, _ message: String) throws {
    let error = #expect(throws: (any Error).self) { try Pipeline(blueprint([node]), resource: root().reader) }
    #expect("\(try #require(error))".contains(message))
  }

  @Test func `a model that names itself, or what lies outside, is refused and not loaded without end`() throws {
    let folder = try Self.folder.get()
    for (i, inner) in ["../loop0", ".", "x/../.", "../segmenter"].enumerated() {
      let path = folder + "/models/loop\(i)"
      mkdir(path, 0o755)
      let text = """
        {"stages": [{"type": "neural", "model": "\(inner)"}], "model": {"format": 1, "hanpipe": "0.1.0", "identities": [{}],
        "files": [], "tensors": [], "metadata": {}}}
        """
      let file = try #require(fopen(path + "/pipeline.json", "wb"))
      fputs(text, file)
      fclose(file)
      let error = #expect(throws: (any Error).self) { try segmenter("../models/loop\(i)") }
      #expect("\(try #require(error))".contains("leads out of"))
    }
  }
}
