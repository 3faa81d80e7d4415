public import HanpipeCore

/// Cutting texts into words, offsets and all: the part of a pipeline that gives tokens.
public struct SegmentationWork: Sendable {
  /// Of the texts, with a line's end for each.
  public let bytes: Int
  private let pipeline: Pipeline
  private let batches: [Texts]

  /// - Parameter pipeline: from texts to tokens.
  public init(_ pipeline: Pipeline, _ texts: Texts, batch: Int = 512) {
    self.pipeline = pipeline
    bytes = texts.bytes.count + texts.count
    batches = stride(from: 0, to: texts.count, by: batch).map { texts[$0..<min(texts.count, $0 + batch)] }
  }

  /// How many passes give each thread at least 16 batches, so that none waits long for the last.
  public func passes(threads: Int) -> Int { evenPasses(batches: batches.count, threads: threads) }

  /// Cuts every text `passes` times.
  /// - Returns: how many words that gave.
  public func run(threads: Int, passes: Int = 1) throws -> Int {
    try concurrentMap(batches.count * passes, threads: threads) { i in
      guard let tokens = try pipeline.trace(batches[i % batches.count]).last as? Tokens else {
        throw ContractViolation.valueType(
          expected: "\(Tokens.self)", found: "\(pipeline.blueprint.outputKind?.rawValue ?? "nothing")")
      }
      return tokens.spans.count
    }.reduce(0, +)
  }
}
