import Glibc
import Hanpipe
import Testing

@testable import HanpipeCore
@testable import HanpipeTraining

@Suite struct ExplainerTests {
  static let texts = Texts(["w1 w2 good w3", "", "bad w7 bad", "w1 unheard-of w1", "good not bad w9 w9 w9 w9 w9", "w3"])
  /// Chains that begin with vectors of every kind, on words of `LabelledTexts.madeUp`.
  static let chains: [String: [JSONObject]] = [
    "lstm": smallSpec,
    "gru, last": [
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"],
      ["type": "gru", "units": 5, "embedding": 4, "layers": 2, "bidirectional": true, "gradientWindow": 2],
      ["type": "sigmoid", "labels": ["bad", "good"], "dropout": 0.5],
    ],
    "rnn, softmax": [
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"], ["type": "rnn", "units": 6, "embedding": 4],
      ["type": "softmax", "labels": ["bad", "good"]],
    ],
    "embedding before lstm, attention": [
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"], ["type": "embedding", "width": 6, "scale": 3],
      ["type": "lstm", "units": 4, "output": "sequence"], ["type": "attention-pooling", "units": 4],
      ["type": "sigmoid", "labels": ["bad", "good"], "task": "multi-label"],
    ],
    "dense over words' vectors beside states": [
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"],
      [
        "type": "concatenate",
        "branches": [
          [["type": "lstm", "units": 3, "embedding": 4, "bidirectional": true, "output": "sequence"]],
          [["type": "embedding", "width": 4]],
        ],
      ],
      ["type": "dense", "units": 5, "activation": "tanh"], ["type": "max-pooling"], ["type": "dense", "units": 4],
      ["type": "sigmoid", "labels": ["bad", "good"]],
    ],
    "branches": branches,
    "wide": [
      [
        "type": "concatenate",
        "branches": [
          [
            ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"],
            ["type": "lstm", "units": 4, "embedding": 5, "output": "sequence"], ["type": "max-pooling"],
          ],
          [
            ["type": "characters"], ["type": "ngrams", "orders": [1, 2, 3], "bag": true, "buckets": 256],
            ["type": "embedding", "width": 1, "output": "normalized", "scale": 3],
          ],
        ],
      ],
      ["type": "sigmoid", "labels": ["bad", "good"], "dropout": 0.2, "wide": true],
    ],
  ]
  /// Words through an LSTM, characters through another, and n-grams, each cut by a segmenter of its own.
  static let branches: [JSONObject] = [
    ["type": "normalize", "form": "NFKC", "fold": ["case", "width"]],
    [
      "type": "concatenate",
      "branches": [
        [
          ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding", "maximum": 5, "truncate": "pre"],
          ["type": "lstm", "units": 4, "embedding": 5, "output": "sequence"], ["type": "max-pooling"],
        ],
        [
          ["type": "characters"], ["type": "vocabulary"], ["type": "padding"],
          ["type": "lstm", "units": 3, "embedding": 4, "bidirectional": true],
        ],
        [
          ["type": "characters"], ["type": "ngrams", "orders": [1, 2, 3], "window": 1, "buckets": 256],
          ["type": "embedding", "width": 3, "output": "mean", "scale": 2],
        ],
      ],
    ],
    ["type": "sigmoid", "labels": ["bad", "good"], "dropout": 0.2],
  ]

  static func pipeline(_ stages: [JSONObject], epochs: Int = 3) throws -> Pipeline {
    let settings: JSONObject = ["epochs": .integer(epochs), "optimizer": ["type": "adam", "learningRate": 0.02]]
    var trainer = try Trainer(
      blueprint(stages), configuration(settings), LabelledTexts.madeUp(120, seed: 1), validation: LabelledTexts.madeUp(20, seed: 2))
    _ = try trainer.run { _ in .proceed }
    return trainer.pipeline
  }

  @Test(arguments: chains.keys.sorted())
  func `the words' contributions add up to the difference of the scores`(_ name: String) throws {
    let pipeline = try Self.pipeline(try #require(Self.chains[name]))
    let answers = try #require(try pipeline.trace(Self.texts).last as? Predictions)
    for label in 0...1 {
      let explanations = try Explainer(pipeline).explain(Self.texts, label: label)
      #expect(explanations.count == Self.texts.count)
      for (record, explanation) in explanations.enumerated() {
        let p = Double(answers.probabilities(of: record)[record * 2 + label])
        #expect(abs(explanation.score - log(p / (1 - p))) < 1e-3, "the score is the log-odds of what the pipeline answers")
        let difference = explanation.score - (try #require(explanation.baseline))
        #expect(abs(try #require(explanation.gap)) <= max(0.01, 0.01 * abs(difference)) + 1e-4, "record \(record)")
        #expect(explanation.label == label)
      }
      #expect(explanations[0].parts.contains { abs($0.score) > 0.01 })
    }
  }

  /// d/dα F(α·e) is the sum of all products, by the chain rule: central differences of the answers against the way back.
  @Test(arguments: chains.keys.sorted())
  func `the products are what central differences say`(_ name: String) throws {
    let chain = try AttributedChain(Self.pipeline(try #require(Self.chains[name])))
    let input = try chain.input(Self.texts)
    func scores(_ factor: Float) throws -> [Double] {
      let output = try chain.scaled(input.value, by: [Float](repeating: factor, count: Self.texts.count)).output
      let predictions = try #require(output as? Predictions)
      return (0..<predictions.count).map { LogOdds.score(predictions, record: $0, label: 1) }
    }
    let (output, products) = try chain.scaled(input.value, by: [Float](repeating: 0.6, count: Self.texts.count))
    let predictions = try #require(output as? Predictions)
    let all = try products((0..<predictions.count).flatMap { LogOdds.gradient(predictions, record: $0, label: 1) })
    #expect(all.count == input.places.count)
    let (above, below) = (try scores(0.6 + 1 / 64), try scores(0.6 - 1 / 64))
    for record in 0..<Self.texts.count {
      let sum = zip(all, input.places).reduce(0.0) { sum, pair in
        pair.0[pair.1.starts[record]..<pair.1.starts[record + 1]].reduce(sum) { $0 + Double($1) }
      }
      let estimate = (above[record] - below[record]) * 32
      #expect(abs(sum - estimate) < 2e-2 * max(0.1, abs(estimate)), "\(sum) for \(estimate) in record \(record)")
    }
  }

  @Test func `of a linear model a word contributes its vector's product with the weights`() throws {
    let pipeline = try Self.pipeline([
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"],
      ["type": "embedding", "width": 4, "output": "mean", "scale": 3], ["type": "sigmoid", "labels": ["bad", "good"]],
    ])
    let (table, weight) = (pipeline.stages[3].parameters.tensors[0].values, pipeline.stages[4].parameters.tensors[0].values)
    let trace = try pipeline.trace(Self.texts)
    let ids = try #require(trace.compactMap { $0 as? PaddedIDs }.last)
    for steps in [1, 7] {
      let explanations = try Explainer(pipeline, method: .integratedGradients(steps: steps)).explain(Self.texts, label: 1)
      for record in 0..<Self.texts.count {
        let own = Array(ids.ids(of: record))
        for (part, id) in zip(explanations[record].parts, own) {
          let product = (0..<4).reduce(0.0) { $0 + Double(table[Int(id) * 4 + $1]) * Double(weight[$1]) }
          #expect(abs(part.score - 3 / Double(own.count) * product) < 1e-5)
        }
        #expect(explanations[record].parts.count == own.count)
        #expect(
          abs(try #require(explanations[record].baseline) - Double(pipeline.stages[4].parameters.tensors[1].values[0])) < 1e-6)
      }
    }
  }

  @Test func `occlusion is the difference of two separate classifications`() throws {
    let pipeline = try Self.pipeline(Self.branches)
    let text = "w1 Good ｗ3"
    let explanation = try Explainer(pipeline, method: .occlusion).explain(Texts([text]), label: 1)[0]
    func score(_ text: String) throws -> Double {
      Double(try #require(try pipeline.trace(Texts([text])).last as? Predictions).logits[0])
    }
    #expect(explanation.parts.map(\.range) == [0..<2, 3..<7, 8..<12])
    #expect(explanation.baseline == nil && explanation.gap == nil)
    for (part, rest) in zip(explanation.parts, [" Good ｗ3", "w1  ｗ3", "w1 Good "]) {
      #expect(abs(part.score - (try score(text) - score(rest))) < 1e-5)
    }
  }

  @Test func `occlusion needs no gradients and no words`() throws {
    var stages = Self.branches
    stages[0] = ["type": "characters"]
    stages[1] = [
      "type": "concatenate",
      "branches": [
        [
          ["type": "ngrams", "orders": [1], "window": 0, "buckets": 64], ["type": "embedding", "width": 2, "output": "mean"],
        ]
      ],
    ]
    let explanation = try Explainer(Self.pipeline(stages), method: .occlusion, unit: .character).explain(Texts(["好a 坏"]))[0]
    #expect(explanation.parts.map(\.range) == [0..<3, 3..<4, 4..<5, 5..<8])
  }

  @Test(arguments: [ExplanationMethod.integratedGradients(steps: 8), .occlusion])
  func `a text is explained alone as it is among others, on any number of threads`(_ method: ExplanationMethod) throws {
    let explainer = try Explainer(Self.pipeline(Self.branches), method: method)
    let texts = LabelledTexts.madeUp(200, seed: 3).texts
    let together = try explainer.explain(texts)
    #expect(try explainer.explain(texts, threads: 3).map(\.parts.count) == together.map(\.parts.count))
    for record in stride(from: 0, to: 200, by: 27) {
      let alone = try explainer.explain(texts[record..<record + 1])[0]
      #expect(alone.label == together[record].label && alone.parts.map(\.range) == together[record].parts.map(\.range))
      for (a, b) in zip(alone.parts, together[record].parts) { #expect(abs(a.score - b.score) < 1e-4) }
    }
  }

  @Test func `characters share what their word contributes, and words what characters do`() throws {
    let pipeline = try Self.pipeline(smallSpec)
    let words = try Explainer(pipeline).explain(Texts(["good  w1"]))[0]
    let characters = try Explainer(pipeline, unit: .character).explain(Texts(["good  w1"]))[0]
    #expect(words.parts.map(\.range) == [0..<4, 6..<8])
    #expect(characters.parts.map(\.range) == (0..<8).map { $0..<$0 + 1 })
    for byte in 0..<4 { #expect(abs(characters.parts[byte].score - words.parts[0].score / 4) < 1e-9) }
    for byte in 4..<6 { #expect(characters.parts[byte].score == 0) }
  }

  @Test func `what an n-gram contributes is shared by its characters, and a mark's has no place`() throws {
    func grams(_ orders: [Int]) -> NGramConfiguration {
      var configuration = NGramConfiguration()
      (configuration.orders, configuration.window) = (orders, 1)
      return configuration
    }
    let tokens = try Tokens(Texts(["ab c"]), [[0..<2, 3..<4]])
    let stage = NGramFeatures(grams([2]), .none)
    let output = stage.process(tokens)
    let origins = stage.origins(of: output, in: tokens)
    // Step 0: before..ab, ab..c; step 1: ab..c, c..behind.
    #expect(origins == [0..<1, 0..<2, 0..<2, 1..<2])
    let wide = NGramFeatures(grams([1]), .none)
    #expect(wide.origins(of: wide.process(tokens), in: tokens) == [0..<0, 0..<1, 1..<2, 0..<1, 1..<2, 2..<2])
    var bag = grams([1, 2])
    bag.bag = true
    let once = NGramFeatures(bag, .none)
    #expect(once.origins(of: once.process(tokens), in: tokens) == [0..<1, 0..<2, 1..<2, 1..<2])
    let places = try #require(TextPlaces(tokens).through(stage, from: tokens, to: output))
    var map = ContributionMap("ab c".utf8)
    map.add([0, 3, 0, 0], places, record: 0)
    let parts = map.explanation([0..<2, 3..<4], label: 0, score: 3, baseline: 0).parts
    #expect(parts == [.init(range: 0..<2, score: 2), .init(range: 3..<4, score: 1)])
    let edges = try #require(TextPlaces(tokens).through(wide, from: tokens, to: wide.process(tokens)))
    var marks = ContributionMap("ab c".utf8)
    marks.add([5, 0, 0, 0, 0, 1], edges, record: 0)
    #expect(marks.explanation([0..<2], label: 0, score: 6, baseline: 0).elsewhere == 6)
  }

  @Test func `a word of a list is where its features come from`() throws {
    let list = "ab\nabc\nd\n"
    var configuration = DictionaryFeatures.Configuration()
    configuration.dictionary = ResourcePath("words.txt")
    let stage = try DictionaryFeatures(configuration, StageContext { _ in Array(list.utf8) })
    let tokens = try Tokens(Texts(["abcd"]), [[0..<1, 1..<2, 2..<3, 3..<4]])
    let output = stage.process(tokens)
    let origins = stage.origins(of: output, in: tokens)
    #expect(origins.count == output.ids.count)
    let found = output.ids.indices.filter { output.ids[$0] >= 0 }.map { origins[$0] }
    // By token, each in the order begins, goes on, ends: "ab" and "abc" begin at a; "abc" goes on at b and "ab" ends; and so on.
    #expect(found == [0..<2, 0..<3, 0..<3, 0..<2, 0..<3, 3..<4])
  }

  @Test func `what was cut off contributes nothing, at the end where it was cut`() throws {
    let tokens = try Tokens(Texts(["a b c"]), [[0..<1, 2..<3, 4..<5]])
    let ids = TokenIDs([[7, 8, 9]])
    for (side, expected) in [(Side.pre, [1..<2, 2..<3]), (.post, [0..<1, 1..<2])] {
      var configuration = PaddingStage.Configuration()
      (configuration.maximum, configuration.truncate) = (2, side)
      let stage = PaddingStage(configuration, .none)
      #expect(try #require(TextPlaces(tokens).through(stage, from: ids, to: stage.process(ids))).origins == expected)
    }
  }

  @Test func `a chain that cannot be explained says why and what can be done`() throws {
    func message(_ stages: [JSONObject], _ method: ExplanationMethod = .standard) throws -> String {
      let pipeline = try Pipeline(blueprint(stages), resource: .none)
      do { _ = try Explainer(pipeline, method: method) } catch { return "\(error)" }
      return ""
    }
    #expect(
      try message([["type": "whitespace"]])
        == "its last stage gives tokens, not predictions, which alone can be explained")
    let explainer = try Explainer(Self.pipeline(smallSpec))
    #expect(throws: AttributionError.unknownLabel(2, count: 2)) { try explainer.explain(Texts(["w1"]), label: 2) }
    #expect(try explainer.explain(Texts()).isEmpty)
  }
}

@Suite struct LobattoTests {
  @Test(arguments: [3, 5])
  func `polynomials below the degree 2n - 2 are integrated exactly`(_ count: Int) {
    let rule = Lobatto.rule(of: count)
    #expect(rule.places.count == count && rule.places == rule.places.sorted() && rule.places[0] == 0 && rule.places[count - 1] == 1)
    func sum(_ degree: Int) -> Double { zip(rule.places, rule.weights).reduce(0) { $0 + $1.1 * pow($1.0, Double(degree)) } }
    for degree in 0..<2 * count - 2 { #expect(abs(sum(degree) - 1 / Double(degree + 1)) < 1e-13) }
    #expect(abs(sum(2 * count - 2) - 1 / Double(2 * count - 1)) > 1e-6)
  }
}

@Suite struct LogOddsTests {
  @Test func `the log-odds are those of the probabilities, and their derivatives what differences say`() {
    let logits: [Float] = [0.3, -1.2, 2.1]
    func predictions(_ logits: [Float]) -> Predictions {
      let total = logits.reduce(0) { $0 + exp(Double($1)) }
      return Predictions(
        task: .multiClass, labels: ["a", "b", "c"], logits: logits, probabilities: logits.map { Float(exp(Double($0)) / total) })
    }
    for label in 0..<3 {
      let p = Double(predictions(logits).probabilities[label])
      #expect(abs(LogOdds.score(predictions(logits), record: 0, label: label) - log(p / (1 - p))) < 1e-6)
      let gradient = LogOdds.gradient(predictions(logits), record: 0, label: label)
      for i in 0..<3 {
        func moved(_ step: Float) -> Double {
          var logits = logits
          logits[i] += step
          return LogOdds.score(predictions(logits), record: 0, label: label)
        }
        #expect(abs((moved(1 / 64) - moved(-1 / 64)) * 32 - Double(gradient[i])) < 1e-3)
      }
    }
    let two = Predictions(task: .binary, labels: ["bad", "good"], logits: [1.5], probabilities: [0.8])
    #expect(LogOdds.score(two, record: 0, label: 0) == -1.5 && LogOdds.gradient(two, record: 0, label: 0) == [-1])
  }
}

extension Tokens {
  fileprivate init(_ texts: Texts, _ ranges: [[Range<Int>]]) throws {
    self.init(texts)
    for record in ranges { try append(record) }
  }
}
