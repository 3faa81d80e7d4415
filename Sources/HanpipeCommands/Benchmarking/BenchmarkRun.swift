import Hanpipe
import HanpipeBenchmarks

/// Measures a plan, figure by figure.
struct BenchmarkRun {
  let plan: BenchmarkPlan
  /// One, then all.
  let threads: [Int]
  let seconds: Double
  let progress: ProgressLine

  /// What the recurrent stages need; known once the network was made.
  private(set) var operationsPerToken: Double?
  /// The pipeline does not end in predictions from ids.
  private(set) var hasNoNetwork = false
  /// Floating-point operations a second, for each number of threads.
  private var peaks: [Double] = []

  init(plan: BenchmarkPlan, threads: [Int], seconds: Double, progress: ProgressLine) {
    self.plan = plan
    self.threads = threads
    self.seconds = seconds
    self.progress = progress
  }

  /// Everything that the pipeline has to measure, the bound first.
  mutating func figures() throws -> [BenchmarkFigure] {
    var figures = [try peak()]
    if let segmentation = plan.segmentation { figures.append(try self.segmentation(segmentation)) }
    guard let network = try plan.network(batch: 32, threads: 1) else {
      hasNoNetwork = true
      return figures
    }
    let pipeline = network.training.pipeline
    operationsPerToken = pipeline.recurrentOperationsPerToken
    let ids = try plan.ids(pipeline, before: network.first)
    for batch in [1, 256] {
      let work = InferenceWork(pipeline, from: network.first, ids: ids, batch: batch)
      figures.append(try inference(work, batch: batch))
    }
    figures.append(try training(batch: 32, tokens: ids.reduce(0) { $0 + $1.count }))
    return figures
  }

  private mutating func peak() throws -> BenchmarkFigure {
    var figure = BenchmarkFigure(work: "multiply-adds", batch: nil, unit: "GFLOP/s")
    for count in threads {
      tell(figure, count)
      // Each run takes some milliseconds, and the best is taken: more time finds nothing more.
      let rate = try PeakRate.measure(threads: count, .seconds(min(seconds, 0.5)))
      peaks.append(rate)
      figure.results.append(.init(threads: count, value: rate / 1e9, share: nil))
    }
    return figure
  }

  private func segmentation(_ work: SegmentationWork) throws -> BenchmarkFigure {
    var figure = BenchmarkFigure(work: "segmentation", batch: nil, unit: "MB/s")
    for count in threads {
      tell(figure, count)
      let passes = work.passes(threads: count)
      let time = try medianSeconds(.seconds(seconds)) { _ = try work.run(threads: count, passes: passes) }
      figure.results.append(.init(threads: count, value: Double(work.bytes * passes) / 1e6 / time, share: nil))
    }
    return figure
  }

  private func inference(_ work: InferenceWork, batch: Int) throws -> BenchmarkFigure {
    var figure = BenchmarkFigure(work: "inference", batch: batch, unit: "tokens/s")
    for (count, peak) in zip(threads, peaks) {
      tell(figure, count)
      let passes = work.passes(threads: count)
      let time = try medianSeconds(.seconds(seconds)) { try work.run(threads: count, passes: passes) }
      let rate = Double(work.tokens * passes) / time
      figure.results.append(.init(threads: count, value: rate, share: operationsPerToken.map { rate * $0 / peak }))
    }
    return figure
  }

  private func training(batch: Int, tokens: Int) throws -> BenchmarkFigure {
    var figure = BenchmarkFigure(work: "training", batch: batch, unit: "tokens/s")
    for count in threads {
      tell(figure, count)
      guard var work = try plan.network(batch: batch, threads: count)?.training else { continue }
      let time = try medianSeconds(.seconds(seconds)) { try work.run() }
      figure.results.append(.init(threads: count, value: Double(tokens) / time, share: nil))
    }
    return figure
  }

  private func tell(_ figure: BenchmarkFigure, _ threads: Int) {
    progress.draw("measuring \(figure.name), \(counted(threads, "thread"))")
  }
}
