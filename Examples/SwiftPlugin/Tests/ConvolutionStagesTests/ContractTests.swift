import ConvolutionStages
import Hanpipe
import HanpipeTesting
import Testing

/// What every stage promises, checked by the library that ships with hanpipe.
@Suite struct ContractTests {
  private let texts = Texts(["我喜欢", "", "a😀b c", "我喜欢", "  ", "不 好"])
  private let ids: PaddedIDs = {
    var ids = TokenIDs()
    for record in [[2, 3, 4, 5, 2], [], [5], [3, 3], [2, 3, 4, 5, 2], [4, 2, 3, 5, 5, 2, 4]] as [[Int32]] { ids.append(record) }
    return PaddedIDs(ids)
  }()
  private let vectors = Vectors(values: [0.5, -1, 2, 0, 0.25, 1, 0.5, -1, 2], width: 3, count: 3)

  private func convolution() throws -> (WordConvolution, WordConvolution.Configuration, StageContext) {
    var configuration = WordConvolution.Configuration()
    (configuration.embedding, configuration.filters, configuration.window) = (4, 5, 3)
    let shape = ValueShape(vocabularySize: 6)
    var generator = SeededGenerator(seed: 3)
    var parameters = try WordConvolution.initialParameters(configuration, input: shape, &generator)
    // Larger than a beginning, so that every filter sees something.
    for index in 0..<2 { parameters.tensors[index].values = parameters.tensors[index].values.map { _ in 2 * generator.uniform() - 1 } }
    return (try WordConvolution(configuration, state: parameters, .input(shape)), configuration, .input(shape))
  }

  private func classifier() throws -> (PrototypeClassifier, PrototypeClassifier.Configuration, StageContext) {
    var configuration = PrototypeClassifier.Configuration()
    configuration.labels = ["bad", "good"]
    let shape = ValueShape(width: 3)
    var generator = SeededGenerator(seed: 5)
    let parameters = try PrototypeClassifier.initialParameters(configuration, input: shape, &generator)
    return (try PrototypeClassifier(configuration, state: parameters, .input(shape)), configuration, .input(shape))
  }

  @Test func `chunks are a segmenter`() throws {
    let chunks = Chunks(.init(), .none)
    try StageContract(chunks, samples: texts).check()
    #expect(try (0..<texts.count).map { try chunks.process(texts).words(of: $0) } == [["我喜", "欢"], [], ["a😀", "b", "c"], ["我喜", "欢"], [], ["不", "好"]])
  }

  @Test func `the convolution is an encoder`() throws {
    let (stage, configuration, context) = try convolution()
    try StageContract(stage, samples: ids).check()
    // A step small enough not to move the place of a largest value.
    try GradientCheck(stage, ids, step: 1 / 512).check()
    try StateContract(stage, configuration, samples: ids, context: context).check()
  }

  @Test func `the convolution computes what it says`() throws {
    let (stage, _, _) = try convolution()
    let (embedding, weight, bias) = (stage.state.tensors[0].values, stage.state.tensors[1].values, stage.state.tensors[2].values)
    // One word: one place, the first third of each filter.
    let expected = (0..<5).map { f in max(0, bias[f] + (0..<4).reduce(Float(0)) { $0 + weight[f * 12 + $1] * embedding[5 * 4 + $1] }) }
    let found = stage.process(ids).values[2 * 5..<3 * 5]
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func `the prototypes are a classifier`() throws {
    let (stage, configuration, context) = try classifier()
    try StageContract(stage, samples: vectors).check()
    try GradientCheck(stage, vectors).check()
    try StateContract(stage, configuration, samples: vectors, context: context).check()
  }
}
