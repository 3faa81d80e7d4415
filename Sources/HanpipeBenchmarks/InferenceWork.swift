public import HanpipeCore

/// Answering records whose ids are known: encoder, pooling and classifier, on batches sorted by length.
public struct InferenceWork: Sendable {
  public let records: Int
  public let tokens: Int
  private let pipeline: Pipeline
  private let first: Int
  private let batches: [PaddedIDs]

  /// - Parameters:
  ///   - pipeline: complete; gives predictions.
  ///   - first: the stage that takes the ids.
  public init(_ pipeline: Pipeline, from first: Int = 0, ids: [[Int32]], batch: Int) {
    self.pipeline = pipeline
    self.first = first
    records = ids.count
    tokens = ids.reduce(0) { $0 + $1.count }
    let sorted = ids.sorted { $0.count < $1.count }
    batches = stride(from: 0, to: sorted.count, by: batch).map {
      PaddedIDs(TokenIDs(sorted[$0..<min(sorted.count, $0 + batch)]))
    }
  }

  /// How many passes give each thread at least 16 batches, so that none waits long for the last.
  public func passes(threads: Int) -> Int { evenPasses(batches: batches.count, threads: threads) }

  /// Answers every record `passes` times.
  /// - Throws: `LostWork` if an answer is missing.
  public func run(threads: Int, passes: Int = 1) throws {
    let answered = try concurrentMap(batches.count * passes, threads: threads) { i in
      try pipeline.trace(batches[i % batches.count], through: first..<pipeline.stages.count).last?.count ?? 0
    }.reduce(0, +)
    guard answered == records * passes else {
      throw LostWork(expected: Double(records * passes), found: Double(answered), what: "number of answers")
    }
  }
}
