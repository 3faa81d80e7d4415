import Glibc
import HanpipeCore
import HanpipeNeural
import HanpipeTesting
import Testing

@Suite struct TaggingTests {
  private static let words = ["B", "M", "E", "S"]
  /// Word tags, another order of them, typed ones, and names that mark no words (of them four, which has code of its own).
  static let names = [words, ["S", "E", "B", "M"], ["B-x", "E-x", "S", "S-x"], ["a", "b", "c"], ["a", "b", "c", "d"]]

  /// Whether tags are whole words, said another way than the stage does: read from the left, what is open must be closed.
  private func isPossible(_ path: [Int], _ names: [String]) -> Bool {
    guard names.contains("S") else { return true }
    var open: Substring?
    for name in path.map({ names[$0] }) {
      let type = name.dropFirst()
      switch name.first {
      case "B":
        if open != nil { return false }
        open = type
      case "S": if open != nil { return false }
      case "M": if open != type { return false }
      default:
        if open != type { return false }
        open = nil
      }
    }
    return open == nil
  }

  private func paths(_ length: Int, _ count: Int) -> [[Int]] {
    length == 0 ? [[]] : paths(length - 1, count).flatMap { path in (0..<count).map { path + [$0] } }
  }

  /// A path's score by the definition, in double precision, from the stage's own parameters.
  private func score(_ path: [Int], _ steps: [[Double]], _ state: Parameters) -> Double {
    let k = steps[0].count
    let (transitions, start, end) = (state.tensors[2].values, state.tensors[3].values, state.tensors[4].values)
    var sum = Double(start[path[0]]) + Double(end[path[path.count - 1]])
    for (t, tag) in path.enumerated() {
      sum += steps[t][tag]
      if t > 0 { sum += Double(transitions[path[t - 1] * k + tag]) }
    }
    return sum
  }

  /// W h + b of one record.
  private func steps(_ input: Sequences, _ record: Int, _ state: Parameters) -> [[Double]] {
    let (weight, bias) = (state.tensors[0].values, state.tensors[1].values)
    return (input.starts[record]..<input.starts[record + 1]).map { row in
      bias.indices.map { tag in
        (0..<input.width).reduce(Double(bias[tag])) {
          $0 + Double(weight[tag * input.width + $1]) * Double(input.values[row * input.width + $1])
        }
      }
    }
  }

  @Test(arguments: names, [1, 2, 3] as [UInt64])
  func `the tags are the best of all possible paths`(_ names: [String], _ seed: UInt64) throws {
    let stage = try crf(names, seed: seed)
    let input = sequences([1, 5, 0, 2, 3, 4], width: 4, seed: seed)
    let tags = try stage.process(input)
    #expect(tags.names == names && tags.starts == input.starts)
    for record in 0..<input.count where input.lengths[record] > 0 {
      let steps = steps(input, record, stage.state)
      let possible = paths(steps.count, names.count).filter { isPossible($0, names) }
      let best = possible.max { score($0, steps, stage.state) < score($1, steps, stage.state) }
      #expect(tags.tags(of: record).map { Int($0) } == best)
    }
  }

  @Test(arguments: names)
  func `the loss is the share of the right path among all possible ones`(_ names: [String]) throws {
    let stage = try crf(names, seed: 4)
    let input = sequences([1, 4, 0, 3], width: 4)
    var generator = SeededGenerator(seed: 5)
    var expected = 0.0
    var gold: [Int32] = []
    for record in 0..<input.count where input.lengths[record] > 0 {
      let steps = steps(input, record, stage.state)
      let possible = paths(steps.count, names.count).filter { isPossible($0, names) }
      let right = try #require(possible.randomElement(using: &generator))
      let total = possible.reduce(0) { $0 + exp(score($1, steps, stage.state)) }
      expected += log(total) - score(right, steps, stage.state)
      gold += right.map(Int32.init)
    }
    let output = try stage.forward(input, TrainingPass(seed: 1)).output
    var likelihood = PathLikelihood(try #require(output.scores))
    let loss = likelihood.value(starts: output.starts, gold: gold, total: 2)
    #expect(abs(loss.sum - expected / 2) < 1e-5 * expected)
  }

  @Test(arguments: names, [0, 0.4]) func `small changes agree with the way back`(_ names: [String], dropout: Double) throws {
    let stage = try crf(names, seed: 6, dropout: dropout)
    let input = sequences([3, 0, 1, 4], width: 4)
    let s = Int32(names.firstIndex(of: "S") ?? 0)
    let gold = (0..<8).map { names.contains("S") ? s : Int32($0 % names.count) }
    func loss(_ stage: CRFTagger, _ input: Sequences) throws -> (Double, TagScores, CRFTagger.Pullback) {
      let (output, pullback) = try stage.forward(input, TrainingPass(seed: 3))
      var likelihood = PathLikelihood(try #require(output.scores))
      let value = likelihood.value(starts: output.starts, gold: gold, total: 8)
      return (value.sum, value.gradient, pullback)
    }
    let (_, scores, pullback) = try loss(stage, input)
    var gradients = Gradients(zerosLike: stage.state)
    let inputGradient = pullback(scores, &gradients)
    func check(_ name: String, _ values: [Float], _ gradient: [Float], _ change: ([Float]) throws -> Double) throws {
      #expect(gradient.count == values.count)
      for i in values.indices {
        let h: Float = 1 / 64
        let f = try [1, -1, 2, -2].map { (step: Float) in
          var changed = values
          changed[i] += step * h
          return try change(changed)
        }
        let estimate = (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * Double(h))
        #expect(abs(estimate - Double(gradient[i])) < 2e-5, "\(name)[\(i)]")
      }
    }
    for index in stage.state.names.indices {
      try check(stage.state.names[index], stage.state.tensors[index].values, gradients.tensors[index].dense(0)) {
        var changed = stage
        changed.state.tensors[index].values = $0
        return try loss(changed, input).0
      }
    }
    try check("the input", input.values, inputGradient) { values in
      try loss(stage, Sequences(values: values, starts: input.starts, width: input.width)).0
    }
  }

  @Test func `scores at both ends give a finite loss`() {
    for size: Float in [1e4, -1e4, 1e30] {
      // The likeliest first tag by far is one that cannot begin.
      let no = -Float.infinity
      let scores = TagScores(
        steps: [0, size, 0, 0, size, 0, 0, 0], transitions: [no, 0, 0, no, no, 0, 0, no, 0, no, no, 0, 0, no, no, 0],
        starts: [0, no, no, 0], ends: [no, no, 0, 0])
      var likelihood = PathLikelihood(scores)
      let (sum, gradient) = likelihood.value(starts: [0, 2], gold: [3, 3], total: 1)
      #expect(sum.isFinite && sum >= 0)
      #expect(gradient.steps.allSatisfy { $0.isFinite && abs($0) <= 1 } && gradient.transitions.allSatisfy(\.isFinite))
    }
  }

  @Test(arguments: [["a", "b", "c", "d"], ["a", "b", "c"]])
  func `a long record is decoded as exactly at its end as at its beginning`(_ names: [String]) throws {
    // Without transitions each step's best tag is the answer; sums of 2·10⁷ have no digit left for 1/16.
    let (k, count) = (names.count, 100_000)
    var stage = try crf(names, seed: 1)
    for i in 0..<5 { stage.state.tensors[i].values = stage.state.tensors[i].values.map { _ in 0 } }
    for tag in 0..<k { stage.state.tensors[0].values[tag * 4 + tag] = 1 }
    var generator = SeededGenerator(seed: 8)
    let best = (0..<count).map { _ in Int32.random(in: 0..<Int32(k), using: &generator) }
    let values = best.flatMap { tag in (0..<4).map { other -> Float in other == tag ? 200.0625 : 200 } }
    let tags = try stage.process(Sequences(values: values, starts: [0, count], width: 4))
    #expect(zip(tags.values, best).allSatisfy { $0 == $1 })
  }

  @Test func `a tagger keeps the contracts`() throws {
    let input = sequences([3, 0, 6, 1, 3], width: 4)
    for names in Self.names {
      let stage = try crf(names, seed: 2)
      try StageContract(stage, samples: input).check()
      var settings = CRFTagger.Configuration()
      settings.tags = names
      try StateContract(stage, settings, samples: input, context: .input(ValueShape(width: 4))).check()
    }
  }

  @Test func `tags are joined and cut with their scores`() throws {
    let stage = try crf(Self.words, seed: 2)
    let input = sequences([3, 0, 6, 1], width: 4)
    let whole = try stage.process(input)
    #expect(Tags.joined([whole[0..<2], whole[2..<4]]) == whole)
    let swapped = try stage.process(input[[3, 0]])
    #expect(whole[[3, 0]].matches(swapped) && whole[[3, 0]].scores?.steps == swapped.scores?.steps)
    #expect(Tags.joined([whole, Tags(names: ["x"])]) == nil)
  }

  @Test(arguments: [
    (#"["B"]"#, #"stages[0].tags: ["B"] is not allowed; expected at least 2 tags"#),
    (#"["S", "S"]"#, #"stages[0].tags[1]: "S" is not allowed; expected a name that differs from tags[0]"#),
    (
      #"["B", "M", "E"]"#,
      #"stages[0].tags: ["B", "M", "E"] is not allowed; expected tags with "S" (or "S-type"), without which a record of one step has none"#
    ),
  ])
  func `tags that cannot be are refused`(tags: String, message: String) throws {
    var registry = StageRegistry()
    try NeuralStages.register(in: &registry)
    let spec = try PipelineSpec(parsing: Array("{\"stages\": [{\"type\": \"crf\", \"tags\": \(tags)}]}".utf8))
    let error = #expect(throws: SpecError.self) { try Blueprint(spec, registry: registry) }
    #expect(error?.description == message)
  }

  private func crf(_ names: [String], seed: UInt64, dropout: Double = 0) throws -> CRFTagger {
    var settings = CRFTagger.Configuration()
    settings.tags = names
    settings.dropout = dropout
    var generator = SeededGenerator(seed: seed)
    let shape = ValueShape(width: 4)
    var state = try CRFTagger.initialParameters(settings, input: shape, &generator)
    for i in state.tensors.indices {
      for j in state.tensors[i].values.indices { state.tensors[i].values[j] = 2 * generator.uniform() - 1 }
    }
    return try CRFTagger(settings, state: state, .input(shape))
  }
}
