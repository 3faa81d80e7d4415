import Hanpipe
import HanpipeTraining
import Testing

@Suite struct VectorsTests {
  private func utf8(_ text: String) -> AlignedBytes { AlignedBytes(Array(text.utf8)) }

  // MARK: The format

  @Test func `files of word2vec and of GloVe are read, and written as they were`() throws {
    let expected = WordVectors(words: ["苹果", "吃", "3"], width: 2, values: [0.5, -0.25, 0, 1, -1, 0.125])
    let text = "3 2\n苹果 0.5 -0.25\n吃 0 1\n3 -1 0.125\n"
    #expect(try WordVectors(utf8(text)) == expected)
    #expect(String(decoding: expected.text, as: UTF8.self) == text.replacing(" 0 1", with: " 0 1.0").replacing(" -1 ", with: " -1.0 "))
    #expect(try WordVectors(AlignedBytes(expected.text)) == expected)
    // Without a first line, with TABs, fastText's space at the end, CRLF, and no end of the last line.
    #expect(try WordVectors(utf8("苹果\t0.5 -0.25 \r\n吃 0 1e0\r\n3 -1 .125")) == expected)
  }

  @Test func `only what is wanted is read`() throws {
    let vectors = try WordVectors(utf8("a 1 2\nb x\nc 3 4\n"), wanted: { $0 == "c" })
    #expect(vectors == WordVectors(words: ["c"], width: 2, values: [3, 4]))
    // A word that cannot stand in the format is left out of it.
    let odd = WordVectors(words: ["a b", "", "c"], width: 1, values: [1, 2, 3])
    #expect(String(decoding: odd.text, as: UTF8.self) == "1 1\nc 3.0\n")
  }

  @Test(arguments: [
    ("", VectorsError.noWords), ("苹果\n", .noNumbers(line: 1)), ("a 1 2\nb 1\n", .count(found: 1, expected: 2, line: 2)),
    ("1 2\na 1 x\n", .notANumber("x", line: 2)), ("a nan\n", .notANumber("nan", line: 1)), ("5 100000\n", .width(found: 100000, line: 1)),
    ("a 1\n 2\n", .noWord(line: 2)), ("a 1e99\n", .notANumber("1e99", line: 1)),
  ])
  func `bad files are refused, with the line`(_ text: String, _ error: VectorsError) throws {
    #expect(throws: error) { try WordVectors(utf8(text)) }
    #expect(throws: VectorsError.notUTF8(line: 1)) { try WordVectors(AlignedBytes([0xFF, 0x20, 0x31])) }
  }

  // MARK: Learning

  /// Two topics of five words each; a text has words of one.
  private static func texts() -> Texts {
    var generator = SeededGenerator(seed: 7)
    return Texts(
      (0..<600).map { _ in
        let topic = generator.next() % 2 == 0 ? "a" : "b"
        return (0..<8).map { _ in "\(topic)\(generator.next() % 5)" }.joined(separator: " ")
      })
  }

  private func learned(_ settings: SkipGram.Settings = SkipGram.Settings()) throws -> WordVectors {
    var pipeline = Pipeline(try blueprint([["type": "whitespace"]]))
    try pipeline.append(state: nil, resource: .none)
    let tokens = try #require(try pipeline.trace(Self.texts()).last as? Tokens)
    var fitter = VocabularyStage.fitter(VocabularyStage.Configuration())
    fitter.observe(tokens)
    let vocabulary = fitter.finish()
    var learner = SkipGram(settings, vocabulary: vocabulary)
    learner.add(vocabulary.ids(of: tokens))
    #expect(learner.wordCount == 600 * 8)
    return try learner.learn()
  }

  @Test func `words of the same texts are near each other, and others are not`() throws {
    var settings = SkipGram.Settings()
    (settings.width, settings.epochs, settings.sample) = (16, 10, 0)
    let vectors = try learned(settings)
    func cosine(_ x: String, _ y: String) throws -> Float {
      let rows = try [x, y].map { word in
        let place = try #require(vectors.words.firstIndex(of: word))
        return Array(vectors.values[place * 16..<(place + 1) * 16])
      }
      func dot(_ i: Int, _ j: Int) -> Float { zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 } }
      return dot(0, 1) / (dot(0, 0) * dot(1, 1)).squareRoot()
    }
    for i in 0..<5 {
      for j in 0..<5 {
        if i != j { #expect(try cosine("a\(i)", "a\(j)") > 0.5) }
        #expect(try cosine("a\(i)", "b\(j)") < 0.3)
      }
    }
    #expect(try learned(settings) == vectors)
    settings.seed = 43
    #expect(try learned(settings) != vectors)
  }

  // MARK: Use

  private func trainer(_ stages: [JSONObject], _ file: String, _ vectors: JSON) throws -> Trainer {
    let settings: JSONObject = ["epochs": 1, "optimizer": ["type": "sgd", "learningRate": 0], "vectors": vectors]
    let content = Array(file.utf8)
    return try Trainer(
      blueprint(stages), configuration: configuration(settings), data: LabelledTexts.madeUp(50, seed: 1), validation: nil, threads: 1,
      resource: ResourceReader { path in
        guard path.path == "v.txt" else { throw StateError.missing(path.path) }
        return content
      })
  }

  private static let words: [JSON] = [
    ["type": "vocabulary"], ["type": "padding"], ["type": "lstm", "units": 3, "embedding": 2, "output": "sequence"], ["type": "max-pooling"],
  ]
  private static func spec(_ inner: [JSON]) -> [JSONObject] {
    [["type": "whitespace"]] + inner.compactMap(\.objectValue) + [["type": "sigmoid", "labels": ["bad", "good"]]]
  }

  @Test(arguments: [false, true])
  func `embeddings begin with the vectors of their words`(inBranch: Bool) throws {
    let other: [JSON] = [["type": "vocabulary"], ["type": "padding"], ["type": "lstm", "units": 2, "embedding": 5]]
    let spec = Self.spec(inBranch ? [["type": "concatenate", "branches": .array([.array(other), .array(Self.words)])]] : Self.words)
    var trainer = try trainer(spec, "good 3 0\nunheard-of 9 9\nw1 0 -4\n", ["file": "v.txt", "scale": 0.5])
    // "good" and "w1"; "unheard-of" stands in none of the texts.
    #expect(trainer.vectorCoverage?.found == 2 && trainer.vectorCoverage?.file == "v.txt")
    _ = try trainer.run { _ in .proceed }
    let plain = try Trainer(blueprint(spec), configuration(["epochs": 1]), LabelledTexts.madeUp(50, seed: 1))
    let (own, random) = (trainer.pipeline.stages, plain.pipeline.stages)
    let stage = try #require(own.indices.first { !own[$0].parameters.names.isEmpty })
    let index = try #require(
      own[stage].parameters.tensors.firstIndex { $0.isRowSparse && $0.shape[1] == 2 })
    let table = own[stage].parameters.tensors[index].values
    let before = random[stage].parameters.tensors[index].values
    let vocabulary = try vocabulary(trainer.pipeline.trace(Texts(["good w1 w2"])), stage, own)
    // √((3² + 0 + 0 + 4²)/4) = 2.5; scaled to 0.5, a fifth remains.
    let expected: [[Float]] = [[0.6, 0], [0, -0.8], Array(before[Int(vocabulary[2]) * 2..<Int(vocabulary[2]) * 2 + 2])]
    for (id, expected) in zip(vocabulary, expected) {
      let row = table[Int(id) * 2..<Int(id) * 2 + 2]
      #expect(zip(row, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "row \(Array(row)), expected \(expected)")
    }
    #expect(zip(table, before).count { $0 != $1 } == 4)
  }

  /// The ids of a text's words.
  private func vocabulary(_ trace: [any StageValue], _ stage: Int, _ stages: [AnyStage]) throws -> ArraySlice<Int32> {
    var fitter = VocabularyStage.fitter(VocabularyStage.Configuration())
    var pipeline = Pipeline(try blueprint([["type": "whitespace"]]))
    try pipeline.append(state: nil, resource: .none)
    fitter.observe(try #require(try pipeline.trace(LabelledTexts.madeUp(50, seed: 1).texts).last as? Tokens))
    let tokens = try #require(try pipeline.trace(Texts(["good w1 w2"])).last as? Tokens)
    return fitter.finish().ids(of: tokens).ids(of: 0)
  }

  @Test func `vectors that no embedding can take are refused`() throws {
    for (file, vectors, part) in [
      ("good 1 2 3\n", ["file": "v.txt"], "the vectors have 3 numbers"), ("good 1 x\n", ["file": "v.txt"], "v.txt: line 1: \"x\""),
      ("", ["scale": 1], "\"file\""),
    ] as [(String, JSON, String)] {
      let error = #expect(throws: (any Error).self) { try trainer(Self.spec(Self.words), file, vectors) }
      #expect("\(error.map { "\($0)" } ?? "")".contains(part))
    }
  }
}
