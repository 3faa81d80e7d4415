import Hanpipe
import HanpipeBenchmarks
import HanpipeCore
import HanpipeNeural
import Testing

@Suite struct BenchmarkWorkTests {

  /// A classifier of four records, trained for no step yet.
  private func work(_ encoder: JSONObject) throws -> TrainingWork {
    let spec = PipelineSpec(stages: [
      ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"], encoder,
      ["type": "sigmoid", "labels": ["0", "1"]],
    ])
    let data = LabelledTexts(texts: Texts(["a b c", "a", "b c", "c c c c"]), labels: [[0], [1], [0], [1]])
    return try TrainingWork(
      Blueprint(spec, registry: .standard), configuration: TrainingConfiguration(), data: data, threads: 1,
      resource: .none)
  }

  // By hand. LSTM, one layer: 2·H·4H = 8·128². Two layers both ways at H = 8: the first 2·(8·8²); the second also reads
  // 16 floats, 2·(2·32·16) + 2·(8·8²). GRU: 2·H·3H.
  static let encoders: [(JSONObject, Double)] = [
    (["type": "lstm", "units": 128, "embedding": 4], 131_072),
    (["type": "lstm", "units": 8, "embedding": 4, "layers": 2, "bidirectional": true], 1024 + 2048 + 1024),
    (["type": "gru", "units": 8, "embedding": 4], 384),
  ]

  @Test(arguments: encoders)
  func `the recurrent products of a token are counted`(_ encoder: JSONObject, _ operations: Double) throws {
    #expect(try work(encoder).pipeline.recurrentOperationsPerToken == operations)
  }

  @Test func `an epoch of the training work changes the weights, each time`() throws {
    var work = try work(["type": "lstm", "units": 8, "embedding": 4])
    let before = work.pipeline.stages.last?.parameters.tensors.first?.values
    try work.run()
    let after = work.pipeline.stages.last?.parameters.tensors.first?.values
    try work.run()
    #expect(before != after)
    #expect(after != work.pipeline.stages.last?.parameters.tensors.first?.values)
    #expect(work.records == 4)
  }

  @Test func `inference counts its tokens and loses no record`() throws {
    let pipeline = try work(["type": "lstm", "units": 8, "embedding": 4]).pipeline
    let inference = InferenceWork(pipeline, from: 3, ids: [[2, 3, 4], [2], [3, 4], []], batch: 3)
    #expect(inference.records == 4)
    #expect(inference.tokens == 6)
    // Two batches: 8 passes give a thread 16 of them.
    #expect(inference.passes(threads: 3) == 24)
    try inference.run(threads: 2, passes: 5)
  }

  @Test func `segmentation counts the words of each pass`() throws {
    let spec = PipelineSpec(stages: [["type": "whitespace"]])
    let pipeline = try Pipeline(Blueprint(spec, registry: .standard), resource: .none)
    let segmentation = SegmentationWork(pipeline, Texts(["我 喜欢", "吃", "苹果 吃 了"]), batch: 2)
    #expect(segmentation.bytes == 10 + 3 + 14 + 3)
    #expect(try segmentation.run(threads: 2, passes: 3) == 18)
  }

  @Test func `the first run is not counted, and as many as asked for follow`() throws {
    var runs = 0
    #expect(secondsOfRuns(.runs(3)) { runs += 1 }.count == 3)
    #expect(runs == 4)
    #expect(secondsOfRuns(.seconds(0)) { runs += 1 }.count == 1)
  }

  @Test func `the peak of memory holds what was in use, and is not given back`() throws {
    var memory: [UInt8]? = [UInt8](repeating: 1, count: 200 << 20)
    #expect(memory?.last == 1)
    // The kernel counts pages by thread and adds up now and then: some hundred kilobytes may be missing.
    #expect(try #require(peakResidentMegabytes()) >= 198)
    memory = nil
    #expect(try #require(peakResidentMegabytes()) >= 198)
  }

  @Test func `the peak rate is that of a processor`() throws {
    // A core does more than 0.1 and less than 10,000 GFLOP/s, however busy it is.
    let rate = try PeakRate.measure(threads: 1, .runs(2))
    #expect(1e8...1e13 ~= rate)
    #expect(PeakRate.instructionSet == "\(Kernels.best)")
  }
}
