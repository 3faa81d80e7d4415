import ArgumentParser
import CAllocator
import Glibc
import Hanpipe
import Synchronization

/// Writes something for each record of a stream.
protocol RecordRenderer: Sendable {
  /// Appends what is to be said of the batch's `records`, whose values on the way are `trace` (the last is the result).
  func render(_ trace: [any StageValue], _ batch: RecordBatch, _ records: Range<Int>, into output: inout [UInt8]) throws
  /// Appends what stands in a failed record's place.
  func render(error: any Error, _ batch: RecordBatch, _ record: Int, into output: inout [UInt8])
}

/// Records in, answers out: what `run`, `segment`, `classify` and `explain` have in common.
struct StreamJob {
  let pipeline: Pipeline
  let renderer: any RecordRenderer
  /// Stop at the first record that fails, instead of writing an error in its place.
  let failsFast: Bool
  /// Hand over every record at once, whatever that costs.
  let isLineBuffered: Bool
  /// Bytes of input that will come; nil if nobody knows.
  let expectedBytes: Int?
  let work: WorkOptions
  // Two of an encoder's chunks, sorted by length together, at most 15,000 words: 8 MB of states at 128 units. With 512 records
  // and 256 KiB the answers took as long and 45 MB more on two threads; with 128 and 32 KiB they took 5 % longer.
  var batchRecords = 256
  var batchBytes = 1 << 16

  /// Failures so far: how many, and what the first one was.
  private struct Failures {
    var count = 0
    var first: (record: Int, message: String)?
  }

  /// - Throws: what ends the stream; `ExitCode.failure` after the last record if some failed.
  func run(_ reader: RecordReader, to sink: any ByteSink = ByteWriter.standardOutput()) throws {
    // A batch's buffers are what the next one needs: given back and asked for again, they cost 85,000 page faults in 17 MB of
    // reviews, and 23,000 when kept.
    hp_keep_freed_memory(32 << 20)
    // Where answers scroll by on the same terminal, they are the progress.
    let failures = Mutex(Failures())
    let progress = ProgressLine(quiet: work.quiet || Terminal.isTerminal(STDOUT_FILENO))
    let start = ContinuousClock.now
    var runner = StreamRunner(threads: work.threadCount, maximumRecords: batchRecords, maximumBytes: batchBytes)
    if isLineBuffered { runner.maximumRecords = 1 }
    let done: StreamProgress
    do {
      done = try runner.run(
        reader, to: sink, progress: { now in progress.draw(status(now, since: start)) },
        { batch in
          try answer(batch) { record, message in
            failures.withLock { failures in
              failures.count += 1
              let number = batch.firstRecord + record
              if failures.first.map({ number < $0.record }) ?? true { failures.first = (number, message) }
            }
          }
        })
    } catch {
      progress.clear()
      throw error
    }
    progress.clear()
    let elapsed = ContinuousClock.now - start
    work.say("\(grouped(done.records)) records in \(spoken(elapsed)), \(rate(done, elapsed)) a second")
    try tell(failures.withLock { $0 }, reader.repairs, of: done.records)
  }

  private func status(_ progress: StreamProgress, since start: ContinuousClock.Instant) -> String {
    let elapsed = ContinuousClock.now - start
    let seconds = max(0.001, elapsed.seconds)
    var text = "\(grouped(progress.records)) records, \(rate(progress, elapsed)) a second"
    if let expectedBytes, expectedBytes > 0 {
      // A line has its end too.
      let share = min(1, Double(progress.bytes + progress.records) / Double(expectedBytes))
      let left = Duration.seconds(seconds / max(share, 1e-9) * (1 - share))
      text += ", \(decimal(share * 100, 0)) %, \(spoken(left)) left"
    }
    return text
  }

  private func rate(_ progress: StreamProgress, _ elapsed: Duration) -> String {
    grouped(Int(Double(progress.records) / max(0.001, elapsed.seconds)))
  }

  /// The output lines of one batch.
  private func answer(_ batch: RecordBatch, failed: (Int, String) -> Void) throws -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(batch.byteCount * 2 + batch.count * 64)
    for (records, outcome) in pipeline.outcomes(of: batch.texts) {
      switch outcome {
      case .failure(let failure):
        if failsFast { throw RecordFailure(position: batch.position(of: records.lowerBound), underlying: failure) }
        failed(records.lowerBound, "\(batch.position(of: records.lowerBound)): \(failure)")
        renderer.render(error: failure, batch, records.lowerBound, into: &output)
      case .success(let trace):
        try render(trace, records, batch, into: &output, failed: failed)
      }
    }
    return output
  }

  /// Records that could not be read stand between the others: their text was empty, their answer is the error.
  private func render(
    _ trace: [any StageValue], _ records: Range<Int>, _ batch: RecordBatch, into output: inout [UInt8],
    failed: (Int, String) -> Void
  ) throws {
    var start = records.lowerBound
    func part(_ end: Int) throws {
      guard start < end else { return }
      let part = start..<end == records ? trace : trace.map { slice($0, start - records.lowerBound..<end - records.lowerBound) }
      try write(part, start..<end, batch, into: &output, failed: failed)
    }
    if batch.errors.isEmpty { return try part(records.upperBound) }
    for record in records {
      guard let error = batch.errors[record] else { continue }
      if failsFast { throw error }
      try part(record)
      failed(record, "\(error)")
      renderer.render(error: error, batch, record, into: &output)
      start = record + 1
    }
    try part(records.upperBound)
  }

  /// What the renderer writes; a record of which it can say nothing takes no other with it: the batch is halved until it is alone.
  private func write(
    _ trace: [any StageValue], _ records: Range<Int>, _ batch: RecordBatch, into output: inout [UInt8],
    failed: (Int, String) -> Void
  ) throws {
    let before = output.count
    do { try renderer.render(trace, batch, records, into: &output) } catch {
      output.removeSubrange(before...)
      guard records.count > 1 else {
        let position = batch.position(of: records.lowerBound)
        if failsFast { throw RecordFailure(position: position, underlying: error) }
        failed(records.lowerBound, "\(position): \(error)")
        return renderer.render(error: error, batch, records.lowerBound, into: &output)
      }
      let half = records.count / 2
      for part in [0..<half, half..<records.count] {
        let own = records.lowerBound + part.lowerBound..<records.lowerBound + part.upperBound
        try write(trace.map { slice($0, part) }, own, batch, into: &output, failed: failed)
      }
    }
  }

  private func tell(_ failures: Failures, _ repairs: Repairs, of count: Int) throws {
    work.warn(of: repairs)
    guard let first = failures.first else { return }
    Terminal.write("hanpipe: \(grouped(failures.count)) of \(grouped(count)) records failed; the first: \(first.message)")
    throw ExitCode.failure
  }
}

private func slice(_ value: any StageValue, _ records: Range<Int>) -> any StageValue {
  func cut(_ value: some StageValue) -> any StageValue { value[records] }
  return cut(value)
}

/// A record that failed, with its place.
struct RecordFailure: Error, CustomStringConvertible {
  let position: LinePosition
  let underlying: any Error
  var description: String { "\(position): \(underlying)" }
}
