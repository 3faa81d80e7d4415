import ArgumentParser
import Hanpipe

/// Records that could not be read, while those around them were.
struct UnreadRecords {
  private var count = 0
  private var first: RecordError?

  mutating func add(_ batch: RecordBatch) {
    count += batch.errors.count
    first = first ?? batch.errors.min { $0.key < $1.key }?.value
  }

  /// Says how many there were, if there were any, and makes the exit status 1.
  func fail() throws { try failIfLeftOut(count, first) }
}

/// Says how many records were left out, if any were, and makes the exit status 1.
func failIfLeftOut(_ count: Int, _ first: (any Error)?) throws {
  guard let first else { return }
  Terminal.write(
    count == 1 ? "hanpipe: 1 record was left out: \(first)" : "hanpipe: \(grouped(count)) records were left out; the first: \(first)")
  throw ExitCode.failure
}

extension RecordReader {
  /// Runs all texts through a pipeline, several batches at once, and hands on what its last stage gives, in the order of the input:
  /// what is counted does not depend on threads.
  func forEachOutput(
    of pipeline: Pipeline, threads: Int, _ body: (any StageValue) throws -> Void
  ) throws -> UnreadRecords {
    var unread = UnreadRecords()
    while true {
      var batches: [RecordBatch] = []
      while batches.count < threads, let batch = try nextBatch() { batches.append(batch) }
      if batches.isEmpty { return unread }
      for batch in batches { unread.add(batch) }
      let texts = batches.map(\.texts)
      for trace in try concurrentMap(texts.count, threads: threads, { try pipeline.trace(texts[$0]) }) {
        try body(trace[trace.count - 1])
      }
    }
  }
}
