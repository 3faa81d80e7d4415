public import HanpipeCore
public import HanpipeIO

/// Measures a pipeline that gives words on texts that people have segmented.
///
///     let evaluator = SegmentationEvaluator(pipeline, threads: 4)
///     let result = try evaluator.evaluate(RecordReader(["gold.txt"]))
///
/// Reads batch by batch and keeps counts only. The result is the same with any number of threads.
public struct SegmentationEvaluator: Sendable {
  /// What was counted.
  public struct Outcome: Sendable {
    public var score: SegmentationScore
    /// nil if they were not asked for.
    public var mistakes: SegmentationMistakes?
    /// Records that could not be read or segmented, whose gold words count as missed.
    public var failures = 0
    /// The first of them: where it stands, and why.
    public var firstFailure: String?

    mutating func merge(_ other: Outcome) {
      score.merge(other.score)
      if let more = other.mistakes { mistakes?.merge(more) }
      failures += other.failures
      firstFailure = firstFailure ?? other.firstFailure
    }
    mutating func fail(_ message: String) {
      failures += 1
      firstFailure = firstFailure ?? message
    }
  }

  private let pipeline: Pipeline
  private let known: KnownWords?
  private let listsMistakes: Bool
  private let seed: UInt64?
  private let threads: Int

  /// - Parameters:
  ///   - pipeline: takes texts, gives tokens.
  ///   - known: the words of the training data; nil leaves OOV figures out.
  ///   - seed: for the confidence interval; nil leaves it out.
  public init(
    _ pipeline: Pipeline, known: KnownWords? = nil, listsMistakes: Bool = true, seed: UInt64? = nil, threads: Int = 1
  ) {
    self.pipeline = pipeline
    self.known = known
    self.listsMistakes = listsMistakes
    self.seed = seed
    self.threads = max(1, threads)
  }

  /// Reads to the end.
  ///
  /// - Parameters:
  ///   - gold: segmented texts, one a line; `Tokens(segmented:)`.
  ///   - progress: called with the number of records so far.
  /// - Throws: `InputError`. A record that fails takes no other with it and is counted.
  public func evaluate(_ gold: RecordReader, progress: (_ records: Int) -> Void = { _ in }) throws -> Outcome {
    var outcome = empty
    while true {
      var batches: [RecordBatch] = []
      // Several a thread, so that none waits long for the last one of a round.
      while batches.count < (threads == 1 ? 1 : 4 * threads),
        let batch = try gold.nextBatch(
          firstRecord: (batches.last?.firstRecord ?? outcome.score.records) + (batches.last?.count ?? 0),
          maximumRecords: 256, maximumBytes: 1 << 16)
      {
        batches.append(batch)
      }
      if batches.isEmpty { return outcome }
      let round = batches
      for part in try concurrentMap(round.count, threads: threads, { try measure(round[$0]) }) { outcome.merge(part) }
      progress(outcome.score.records)
    }
  }

  private var empty: Outcome {
    Outcome(
      score: SegmentationScore(bootstrap: seed.map { F1Bootstrap(seed: $0) }),
      mistakes: listsMistakes ? SegmentationMistakes() : nil)
  }

  private func measure(_ batch: RecordBatch) throws -> Outcome {
    var outcome = empty
    let gold = Tokens(segmented: batch.texts)
    for (records, result) in pipeline.outcomes(of: gold.texts) {
      let part = gold[records]
      let first = batch.firstRecord + records.lowerBound
      switch result {
      case .success(let trace):
        guard let given = trace.last as? Tokens else {
          throw ContractViolation.valueType(
            expected: "\(Tokens.self)", found: "\(trace.last.map { "\(type(of: $0))" } ?? "nothing")")
        }
        outcome.score.add(given, gold: part, known: known, firstRecord: first)
        outcome.mistakes?.add(given, gold: part, lines: batch.lines[records])
      case .failure(let failure):
        for record in records { outcome.fail("\(batch.position(of: record)): \(failure)") }
        outcome.score.add(try Self.nothing(for: part), gold: part, known: known, firstRecord: first)
      }
    }
    // Lines that are too long. Their text is empty, so no gold word of theirs is counted.
    for (_, error) in batch.errors.sorted(by: { $0.key < $1.key }) { outcome.fail("\(error)") }
    return outcome
  }

  /// A segmentation without a word.
  private static func nothing(for gold: Tokens) throws -> Tokens {
    var given = Tokens(gold.texts)
    for _ in 0..<gold.count { try given.append([]) }
    return given
  }
}
