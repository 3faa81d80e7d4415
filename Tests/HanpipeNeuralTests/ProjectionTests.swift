import HanpipeCore
import HanpipeNeural
import Testing

/// Stages between which rows are never written, as all that is read of them are their products with a few weights.
@Suite struct ProjectionTests {
  static let configurations = [
    configuration(units: 5, bidirectional: true, output: .sequence), configuration(units: 33, layers: 2, output: .sequence),
    configuration(units: 16, layers: 2, bidirectional: true, output: .sequence),
  ]
  /// More than a chunk, so that records of several chunks find their places, and empty ones.
  private let records: [[Int32]] = ragged + (0..<270).map { [Int32](repeating: Int32($0 % 9), count: $0 % 7) } + [[]]

  /// x·Wᵀ in double precision.
  private func products(_ rows: Sequences, _ weight: [Float]) -> [Double] {
    let (d, k) = (rows.width, weight.count / rows.width)
    var products: [Double] = []
    for row in 0..<(rows.starts.last ?? 0) {
      for output in 0..<k {
        var sum = 0.0
        for i in 0..<d { sum += Double(rows.values[row * d + i]) * Double(weight[output * d + i]) }
        products.append(sum)
      }
    }
    return products
  }

  private func encoder<Cell: RecurrentCell>(
    _: Cell.Type, _ settings: RecurrentConfiguration, _ kernels: Kernels
  ) throws -> RecurrentEncoder<Cell, PaddedIDs, Sequences> {
    let shape = ValueShape(vocabularySize: 9)
    var generator = SeededGenerator(seed: 5)
    let state = try RecurrentEncoder<Cell, PaddedIDs, Sequences>.initialParameters(settings, input: shape, &generator)
    var stage = try RecurrentEncoder<Cell, PaddedIDs, Sequences>(settings, state: state, .input(shape))
    stage.kernels = kernels
    return stage
  }

  @Test(arguments: configurations, Kernels.available)
  func `an encoder gives the products of its states`(_ settings: RecurrentConfiguration, kernels: Kernels) throws {
    for precision in [RecurrentConfiguration.Precision.float32, .int8] {
      var settings = settings
      settings.precision = precision
      try check(encoder(LSTM.self, settings, kernels))
      try check(encoder(GRU.self, settings, kernels))
      try check(encoder(SimpleRNN.self, settings, kernels))
    }
  }

  private func check(_ stage: some ProjectableStage<PaddedIDs>) throws {
    var generator = SeededGenerator(seed: 11)
    for records in [records, [], [[]]] {
      let rows = try stage.process(ids(records))
      let weight = (0..<3 * rows.width).map { _ in 2 * generator.uniform() - 1 }
      let projected = try stage.projected(ids(records), by: Projection(weight, outputs: 3))
      #expect(projected.starts == rows.starts && projected.width == 3)
      #expect(difference(projected.values, products(rows, weight)) < 1e-5)
    }
  }

  @Test(arguments: [1, 3, 4, 5]) func `rows are multiplied by weights`(outputs: Int) {
    let rows = sequences([2, 0, 3], width: 6)
    let weight = sequences([outputs], width: 6, seed: 9).values
    let projected = rows.projected(by: Projection(weight, outputs: outputs))
    #expect(projected.starts == rows.starts && difference(projected.values, products(rows, weight)) < 1e-6)
    let part = Projection(weight, outputs: outputs).columns(2..<5)
    #expect(part.inputs == 3 && part.weight == (0..<outputs).flatMap { weight[$0 * 6 + 2..<$0 * 6 + 5] })
  }

  @Test func `a tagger answers by products as by rows`() throws {
    var settings = CRFTagger.Configuration()
    for (tags, isRead) in [(["a", "b", "c"], true), (["B", "M", "E", "S"], true), ((0..<9).map { "t\($0)" }, false)] {
      settings.tags = tags
      let shape = ValueShape(width: 6)
      var generator = SeededGenerator(seed: 2)
      var state = try CRFTagger.initialParameters(settings, input: shape, &generator)
      for i in state.tensors.indices {
        for j in state.tensors[i].values.indices { state.tensors[i].values[j] = 2 * generator.uniform() - 1 }
      }
      let tagger = try CRFTagger(settings, state: state, .input(shape))
      #expect((tagger.projection != nil) == isRead)
      guard let projection = tagger.projection else { continue }
      let rows = sequences([3, 0, 7, 1], width: 6)
      let (tags, expected) = (try tagger.process(products: rows.projected(by: projection)), try tagger.process(rows))
      #expect(tags.values == expected.values && tags.starts == expected.starts)
      #expect(difference(tags.scores?.steps ?? [], (expected.scores?.steps ?? []).map(Double.init)) < 1e-5)
    }
  }
}
