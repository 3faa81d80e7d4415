import HanpipeCore
import Testing

@Suite struct PipelineTests {
  @Test func `a pipeline of known types is a stage`() throws {
    let segment = try pipeline(stages: #"{"type": "lower"}, {"type": "pieces", "size": 2}"#).typed(Texts.self, Tokens.self)
    let tokens = try segment.process(Texts(["ABC", ""]))
    #expect(tokens.words(of: 0) == ["ab", "c"])
    #expect(tokens.originalWords(of: 0) == ["AB", "C"])
    #expect(tokens.words(of: 1) == [])
  }

  @Test func `a pipeline of other types is refused`() throws {
    let segment = try pipeline(stages: #"{"type": "lower"}, {"type": "pieces"}"#)
    #expect(message { try segment.typed(Tokens.self, Tokens.self) } == "expected Tokens, found Texts")
    #expect(message { try segment.typed(Texts.self, TokenIDs.self) } == "expected TokenIDs, found Tokens")
    #expect(
      message { try Pipeline(blueprint(stages: #"{"type": "lower"}"#)).typed(Texts.self, Texts.self) }
        == "expected Texts to Texts, found a pipeline that is not complete")
  }

  @Test func `a value of another type is refused`() throws {
    let lower = try pipeline(stages: #"{"type": "lower"}"#)
    #expect(message { try lower.trace(TokenIDs([[1]])) } == "stages[0] (lower): expected Texts, found TokenIDs")
  }

  @Test func `the values on the way are kept, and a part of the way can be gone`() throws {
    let pipeline = try pipeline(stages: #"{"type": "lower"}, {"type": "pieces"}, {"type": "either"}"#)
    let values = try pipeline.trace(Texts(["AB"]))
    #expect(values.map { type(of: $0).kind } == ["text", "text", "tokens", "ids"])
    #expect(try pipeline.trace(values[1], through: 1..<2).map { type(of: $0).kind } == ["text", "tokens"])
    #expect(try pipeline.trace(values[1], through: 1..<1).count == 1)
  }

  @Test func `two stages that merge are computed in one go, if both are asked for`() throws {
    let pipeline = try pipeline(stages: #"{"type": "hasty"}, {"type": "lower"}, {"type": "lower"}, {"type": "hasty"}"#)
    let values = try pipeline.trace(Texts(["AB"])).map { ($0 as? Texts)?.text(of: 0) }
    #expect(values == ["AB", "ab", "ab", "ab!"])
    #expect(try pipeline.trace(Texts(["AB"]), through: 0..<1).map { ($0 as? Texts)?.text(of: 0) } == ["AB", "AB!"])
    #expect(try pipeline.trace(Texts(["AB!"]), through: 1..<2).map { ($0 as? Texts)?.text(of: 0) } == ["AB!", "ab!"])
  }

  @Test(arguments: [[], [0], [6], [2, 3], [0, 3, 6], [0, 1, 2, 3, 4, 5, 6]])
  func `a record that fails takes no other with it`(bad: [Int]) throws {
    let pipeline = try pipeline(stages: #"{"type": "lower"}, {"type": "picky"}"#)
    let outcomes = pipeline.outcomes(of: Texts((0..<7).map { bad.contains($0) ? "✗\($0)" : "T\($0)" }))
    #expect(outcomes.flatMap { Array($0.records) } == Array(0..<7))
    var failed: [Int] = []
    for (records, outcome) in outcomes {
      switch outcome {
      case .success(let values):
        let texts = try #require(values.last as? Texts)
        #expect((0..<texts.count).map(texts.text) == records.map { "t\($0)" })
      case .failure(let failure):
        #expect(failure.records == records && records.count == 1)
        #expect("\(failure)" == "stages[1] (picky): cannot bear ✗\(records.lowerBound)")
        failed += records
      }
    }
    #expect(failed == bad)
  }

  @Test func `a batch without records has one outcome`() throws {
    let outcomes = try pipeline(stages: #"{"type": "picky"}"#).outcomes(of: Texts())
    #expect(outcomes.count == 1)
    #expect(try outcomes[0].outcome.get().count == 2)
  }

  @Test func `a stage that loses a record is caught, and the records are saved one by one`() throws {
    let loser = try pipeline(stages: #"{"type": "loser"}"#)
    #expect(message { try loser.trace(Texts(["a", "b", "c"])) } == "stages[0] (loser): the stage gave 2 records for 3")
    let outcomes = loser.outcomes(of: Texts(["a", "b", "c"]))
    #expect(outcomes.map(\.records) == [0..<1, 1..<2, 2..<3])
    #expect(try outcomes.map { try $0.outcome.get().count } == [2, 2, 2])
  }

  @Test func `what must stay the same is known for every stage, also inside of another pipeline`() throws {
    let stages = #"{"type": "lower"}, {"type": "pieces", "lexicon": "words.txt"}"#
    let pipeline = try pipeline(stages: stages, files: ["words.txt": "abc"])
    #expect(pipeline.identities == [[:], ["lexicon": "abc"]])
    #expect(try pipeline.typed(Texts.self, Tokens.self).identity == ["stages[1].lexicon": "abc"])
  }

  // MARK: Learning

  static let stages = #"{"type": "pieces"}, {"type": "numbers"}, {"type": "pad"}, {"type": "sum", "units": 3}, {"type": "double"}"#

  /// The stages of `stages`, learned as a trainer does it.
  static func learned(from texts: Texts) throws -> Pipeline {
    let blueprint = try blueprint(stages: stages)
    var pipeline = Pipeline(blueprint)
    var generator = SeededGenerator(seed: 1)
    for link in blueprint.links {
      var state: StateReader?
      switch link.factory.learning {
      case .none, .given, .branches: break
      case .counting(let make):
        var fitter = try make(link.node, link.path)
        for record in 0..<texts.count { try fitter.observe(pipeline.trace(texts[record..<record + 1]).last!) }
        state = try fitter.finish().reader
      case .gradients(let initial):
        var writer = StateWriter()
        try initial(link.node, link.path, pipeline.shapes.last!, &generator).write(to: &writer)
        state = writer.reader
      }
      try pipeline.append(state: state, resource: .none)
    }
    return pipeline
  }

  @Test func `what was learned survives being written and read`() throws {
    let texts = Texts(["abca", "", "cd"])
    let first = try Self.learned(from: texts)
    #expect(
      first.shapes == [
        ValueShape(), ValueShape(vocabularySize: 6), ValueShape(vocabularySize: 6), .init(width: 3), .init(width: 3),
      ])
    let state = try first.state()
    #expect(state.map { $0 == nil } == [true, false, true, false, true])
    #expect(state[1].map { $0.files.map(\.name) } == ["words.txt"])
    #expect(state[3].map { $0.tensors.map(\.name) } == ["table", "bias"])
    let second = try Pipeline(first.blueprint, state: state.map { $0?.reader }, resource: .none)
    let (a, b) = (try first.trace(texts).last as? Vectors, try second.trace(texts).last as? Vectors)
    #expect(try #require(a).values == #require(b).values)
  }

  @Test func `a state that does not fit the spec is refused`() throws {
    let blueprint = try blueprint(stages: Self.stages)
    var state = try Self.learned(from: Texts(["ab"])).state().map { $0?.reader }
    state[3] = StateReader(tensors: [("table", .init(zeros: [4, 2])), ("bias", .init(zeros: [2]))], files: [:])
    #expect(
      message { try Pipeline(blueprint, state: state, resource: .none) }
        == #"stages[3] (sum): "table" has the shape [4, 2], but the spec asks for [4, 3]; train again, or restore the spec"#)
    state[3] = StateReader(tensors: [("table", .init(zeros: [4, 3]))], files: [:])
    #expect(
      message { try Pipeline(blueprint, state: state, resource: .none) }
        == #"stages[3] (sum): "bias" is missing from the model"#)
    #expect("\(StateError.unknownShape("how wide it is"))" == "the stages before do not say how wide it is")
    #expect("\(StateError.malformed("vocabulary.tsv", reason: "line 3 has no TAB"))" == "vocabulary.tsv: line 3 has no TAB")
  }

  @Test func `a fitter refuses a value of another type`() throws {
    guard case .counting(let make) = try blueprint(stages: Self.stages).links[1].factory.learning else {
      Issue.record("numbers learns by counting")
      return
    }
    var fitter = try make(["type": "numbers"], SpecPath("stages")[1])
    #expect(message { try fitter.observe(Texts(["a"])) } == "expected Tokens, found Texts")
  }

  @Test func `parameters are changed where they lie, without a copy`() throws {
    struct Stop: Error {}
    var pipeline = try Self.learned(from: Texts(["abc"]))
    func address(_ parameters: Parameters) -> UnsafeRawPointer? { parameters.tensors[0].values.withUnsafeBytes { $0.baseAddress } }
    let before = pipeline.withParameters(of: 3) { address($0) }
    let after = pipeline.withParameters(of: 3) { parameters in
      parameters.tensors[0].values[0] = 7
      return address(parameters)
    }
    #expect(after == before && before != nil)
    #expect(pipeline.stages[3].parameters.tensors[0].values[0] == 7)
    // What an error leaves behind is what was written until then.
    #expect(throws: Stop.self) {
      try pipeline.withParameters(of: 3) { parameters in
        parameters.tensors[0].values[0] = 8
        throw Stop()
      }
    }
    #expect(pipeline.stages[3].parameters.tensors[0].values[0] == 8)
    #expect(pipeline.withParameters(of: 1) { $0.count } == nil, "a stage that gradients do not teach has none")
    #expect(pipeline.stages[1].parameters.count == 0)
    // A copy of the pipeline keeps its own.
    let copy = pipeline
    pipeline.withParameters(of: 3) { $0.tensors[0].values[0] = 9 }
    #expect(copy.stages[3].parameters.tensors[0].values[0] == 8)
  }

  @Test func `gradients flow back through erased stages`() throws {
    let texts = Texts(["ab", "b"])
    let pipeline = try Self.learned(from: texts)
    let padded = try pipeline.trace(texts, through: 0..<3).last!
    let (sum, toSum) = try pipeline.stages[3].forward(padded, TrainingPass(seed: 1))
    let (_, toDouble) = try pipeline.stages[4].forward(sum, TrainingPass(seed: 1))
    var gradients = Gradients(zerosLike: pipeline.stages[3].parameters)
    var none = Gradients(zerosLike: Parameters())
    let gradient = try toDouble([1, 2, 3, 4, 5, 6] as [Float], &none)
    #expect(try toSum(gradient, &gradients) is NoGradient)
    guard case .rows(let rows) = gradients.tensors[0], case .dense(let bias) = gradients.tensors[1] else {
      Issue.record("a sparse and a dense gradient")
      return
    }
    #expect(rows.ids == [2, 3])
    #expect(rows.values == [2, 4, 6, 10, 14, 18])
    #expect(bias == [10, 14, 18])
    #expect(pipeline.stages.map(\.isDifferentiable) == [false, false, false, true, true])
    #expect(message { try toSum([1.0] as [Double], &gradients) } == "expected Array<Float>, found Array<Double>")
    #expect(
      message { try pipeline.stages[0].forward(texts, TrainingPass(seed: 1)) } == "expected a differentiable stage, found Pieces")
  }
}
