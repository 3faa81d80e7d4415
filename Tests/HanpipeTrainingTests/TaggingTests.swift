import Hanpipe
import Testing

@Suite struct TaggingTrainerTests {
  /// Words whose characters belong to no other: where each ends can be learned without error.
  private static let words = ["我", "喜欢", "苹果汁", "不", "天安门广场", "ok"]

  private static func data(_ count: Int, seed: UInt64) -> SegmentedTexts {
    var generator = SeededGenerator(seed: seed)
    return SegmentedTexts(
      (0..<count).map { _ in
        (0..<Int.random(in: 0...6, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }
          .joined(separator: " ")
      })
  }

  private static let stages: [JSONObject] = [
    ["type": "normalize", "form": "NFKC"], ["type": "characters"], ["type": "vocabulary"], ["type": "padding"],
    ["type": "lstm", "units": 8, "embedding": 8, "bidirectional": true, "output": "sequence"], ["type": "crf", "dropout": 0.1],
  ]

  private func trainer(
    _ data: SegmentedTexts, stages: [JSONObject] = stages, validation: SegmentedTexts? = SegmentedTexts(), threads: Int = 2,
    epochs: Int = 6, settings: JSONObject = JSONObject(), learned: [StateReader?]? = nil
  ) throws -> Trainer {
    var object = settings
    object["epochs"] = .integer(epochs)
    object["optimizer"] = ["type": "adam", "learningRate": 0.02]
    return try Trainer(
      blueprint(stages), configuration: configuration(object), data: data, validation: validation, threads: threads,
      learned: learned, resource: .none)
  }

  @Test func `where words end is learned, and held-out text tells so`() throws {
    var trainer = try trainer(Self.data(300, seed: 1), validation: Self.data(60, seed: 2))
    #expect(try trainer.run { _ in .proceed })
    let last = try #require(trainer.history.last)
    #expect(last.validationWordF1 == 1 && last.validationAccuracy == 1 && last.loss < trainer.history[0].loss)
    let tags = try #require(try trainer.pipeline.trace(Texts(["我不喜欢苹果汁ＯＫ", ""])).last as? Tags)
    #expect(tags.tags(of: 0).map { tags.names[Int($0)] } == ["S", "S", "B", "E", "B", "M", "E", "B", "E"])
  }

  @Test func `a training that was paused gives the same weights, on any number of threads`() throws {
    let data = Self.data(100, seed: 3)
    var whole = try trainer(data, validation: nil, threads: 1, epochs: 3, settings: ["validationSplit": 0.2])
    #expect(whole.validationCount == 20)
    _ = try whole.run { _ in .proceed }
    var first = try trainer(data, validation: nil, epochs: 3, settings: ["validationSplit": 0.2])
    var steps = 0
    #expect(
      try !first.run { event in
        if case .step = event { steps += 1 }
        return steps == 4 ? .pause : .proceed
      })
    var second = try trainer(data, validation: nil, epochs: 3, settings: ["validationSplit": 0.2], learned: first.states)
    try second.resume(first.checkpoint())
    #expect(try second.run { _ in .proceed })
    #expect(second.history == whole.history)
    #expect(second.weights == whole.weights)
  }

  @Test func `the figures are those of words counted by hand`() throws {
    // Untrained: whatever it answers, words are compared as byte ranges, by sets.
    let data = Self.data(40, seed: 5)
    var trainer = try trainer(data, validation: data, epochs: 1)
    _ = try trainer.run { _ in .proceed }
    var (right, gold, answered) = (0, 0, 0)
    for record in 0..<data.count {
      let line = data.texts.text(of: record)
      let tags = try #require(try trainer.pipeline.trace(Texts([line])).last as? Tags)
      var (words, start) = (Set<Range<Int>>(), 0)
      for (i, tag) in tags.values.enumerated() where tags.names[Int(tag)] == "E" || tags.names[Int(tag)] == "S" {
        words.insert(start..<i + 1)
        start = i + 1
      }
      // The truth from the generator's words: greedy is exact, because no character belongs to two.
      var (truth, position, rest) = (Set<Range<Int>>(), 0, line[...])
      while let word = Self.words.first(where: { rest.hasPrefix($0) }) {
        truth.insert(position..<position + word.count)
        position += word.count
        rest = rest.dropFirst(word.count)
      }
      right += words.intersection(truth).count
      gold += truth.count
      answered += words.count
    }
    #expect(right > 0 && right < gold)
    let f1 = 2 * Double(right) / Double(gold + answered)
    #expect(abs(try #require(trainer.history.last?.validationWordF1) - f1) < 1e-12)
  }

  @Test func `words are where white space was, whatever a normaliser makes of them`() throws {
    // "…" becomes three full stops, "ﬁ" two letters, and a family of four people is one character.
    let data = SegmentedTexts(["  ﬁn　… 👨‍👩‍👧‍👦\t好 ", "", " "])
    #expect(data.count == 3 && data.wordCount == 4)
    #expect(data.texts.text(of: 0) == "ﬁn…👨‍👩‍👧‍👦好" && data.texts.text(of: 2) == "")
    let part = data[[2, 0]]
    #expect(part.texts.text(of: 1) == data.texts.text(of: 0) && part.wordCount == 4)
    var trainer = try trainer(data, epochs: 30)
    _ = try trainer.run { _ in .proceed }
    let tags = try #require(try trainer.pipeline.trace(data.texts).last as? Tags)
    #expect(tags.tags(of: 0).map { tags.names[Int($0)] } == ["B", "M", "E", "B", "M", "E", "S", "S"])
  }

  static let mistakes: [(JSONObject, Int, String)] = [
    (["loss": "binary-crossentropy"], 6, #"training.loss: "binary-crossentropy" is not allowed; expected "auto" for a tagger"#),
    (["classWeights": "balanced"], 6, #"training.classWeights: "balanced" is not allowed; expected null for a tagger"#),
    (["labelSmoothing": 0.1], 6, "training.labelSmoothing: 0.1 is not allowed; expected 0 for a tagger"),
    (
      [:], 5,
      "the spec cannot be trained: its last stage gives sequence, not tags, which segmented text teaches"
    ),
  ]
  @Test(arguments: mistakes) func `what cannot teach words is refused`(_ settings: JSONObject, _ stages: Int, _ message: String)
    throws
  {
    let error = #expect(throws: (any Error).self) {
      try trainer(Self.data(9, seed: 1), stages: Array(Self.stages.prefix(stages)), settings: settings)
    }
    #expect(error.map { "\($0)" } == message)
  }

  @Test func `records that padding cuts off, and other tags, are refused with what to do`() throws {
    var stages = Self.stages
    stages[3] = ["type": "padding", "maximum": 3]
    var cutting = try trainer(Self.data(20, seed: 1), stages: stages)
    let cut = #expect(throws: TrainingError.self) { try cutting.run { _ in .proceed } }
    #expect(cut?.description.hasSuffix("leave out what cuts records off, such as \"maximum\" of \"padding\"") == true)
    stages = Self.stages
    stages[5] = ["type": "crf", "tags": ["I", "O"]]
    let other = #expect(throws: TrainingError.self) { try trainer(Self.data(20, seed: 1), stages: stages) }
    #expect(
      other?.description
        == "the spec cannot be trained: segmented text teaches the tags B, M, E, S, but its last stage gives I, O")
    #expect(throws: TrainingError.noSegmentedRecords) { try trainer(SegmentedTexts()) }
  }
}
