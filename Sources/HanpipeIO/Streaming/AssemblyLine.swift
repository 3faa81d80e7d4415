/// Workers that process batches at once, and write the results in the order in which the batches came.
///
/// There is no writing thread: whoever has finished a batch writes it, and those after it that wait, if it is its turn and nobody
/// else is writing.
final class AssemblyLine: Sendable {
  private struct Job {
    var number: Int
    var batch: RecordBatch
  }
  private struct Output {
    var bytes: Result<[UInt8], any Error>
    var progress: StreamProgress
  }
  private struct State {
    var queue: [Job] = []
    var submitted = 0
    /// Batches before this number are written.
    var written = 0
    /// Done, but not their turn yet.
    var done: [Int: Output] = [:]
    var isWriting = false
    var threads: [WorkerThread] = []
    var idle = 0
    var isFinished = false
    var failure: (any Error)?
    var progress = StreamProgress()
    /// What was handed in and is not written.
    var onTheWay: Int { submitted - written }
  }

  private let state = Monitor(State())
  private let threads: Int
  private let sink: any ByteSink
  private let process: @Sendable (RecordBatch) throws -> [UInt8]
  private let progress: @Sendable (StreamProgress) -> Void
  /// Readable when the line has failed; nil where everything runs on the caller's thread.
  let wake: WakePipe?

  init(
    threads: Int, sink: any ByteSink, process: @escaping @Sendable (RecordBatch) throws -> [UInt8],
    progress: @escaping @Sendable (StreamProgress) -> Void
  ) {
    self.threads = threads
    self.sink = sink
    self.process = process
    self.progress = progress
    wake = threads > 1 ? WakePipe() : nil
  }

  private var capacity: Int { 2 * threads + 2 }

  /// Hands in the next batch; waits while too many are on the way.
  /// - Parameter isBulk: whether more is to be expected at once; if not, and nothing else is on the way, the caller does it.
  /// - Throws: the failure of an earlier batch, or of this one where the caller did it.
  func submit(_ batch: RecordBatch, isBulk: Bool) throws {
    let (job, isCallers) = try state.wait(
      until: { [capacity] in $0.failure != nil || $0.onTheWay < capacity },
      then: { state in
        if let failure = state.failure { throw failure }
        let job = Job(number: state.submitted, batch: batch)
        state.submitted += 1
        if threads == 1 || (!isBulk && state.onTheWay == 1) { return (job, true) }
        if state.idle <= state.queue.count, state.threads.count < threads {
          if let thread = WorkerThread({ [self] in work() }) {
            state.threads.append(thread)
          } else if state.threads.isEmpty {
            // No thread to be had at all: then without.
            return (job, true)
          }
        }
        state.queue.append(job)
        return (job, false)
      })
    state.announce()
    if isCallers {
      complete(job)
      if let failure = state.withLock({ $0.failure }) { throw failure }
    }
  }

  /// Waits for everything on the way, and ends the workers.
  /// - Throws: the failure of the first batch that had one.
  func finish() throws -> StreamProgress {
    let threads = state.wait(
      until: { $0.failure != nil || $0.onTheWay == 0 },
      then: { state in
        state.isFinished = true
        defer { state.threads = [] }
        return state.threads
      })
    state.announce()
    for thread in threads { thread.join() }
    let (failure, progress) = state.withLock { ($0.failure, $0.progress) }
    if let failure { throw failure }
    try sink.flush()
    return progress
  }

  // MARK: Workers

  private func work() {
    while let job = nextJob() { complete(job) }
  }

  private func nextJob() -> Job? {
    state.withLock { $0.idle += 1 }
    return state.wait(
      until: { !$0.queue.isEmpty || $0.isFinished || $0.failure != nil },
      then: { state in
        state.idle -= 1
        return state.failure != nil || state.queue.isEmpty ? nil : state.queue.removeFirst()
      })
  }

  private func complete(_ job: Job) {
    let bytes = Result { try process(job.batch) }
    let output = Output(bytes: bytes, progress: StreamProgress(records: job.batch.count, bytes: job.batch.byteCount))
    let isWriter = state.withLock { state in
      state.done[job.number] = output
      if state.isWriting || state.failure != nil { return false }
      state.isWriting = true
      return true
    }
    if isWriter { writeWhatIsDue() }
  }

  /// Writes outputs as long as the next one in order is there. One thread at a time: it holds `isWriting`.
  private func writeWhatIsDue() {
    while true {
      let output = state.withLock { state -> Output? in
        let output = state.done.removeValue(forKey: state.written)
        // Given up under the same lock under which the next batch would be found: none is left behind.
        if output == nil { state.isWriting = false }
        return output
      }
      guard let output else { return }
      do {
        try sink.write(output.bytes.get())
        try sink.flush()
        let sum = state.withLock { state in
          state.written += 1
          state.progress.records += output.progress.records
          state.progress.bytes += output.progress.bytes
          return state.progress
        }
        progress(sum)
        state.announce()
      } catch {
        fail(error)
        return
      }
    }
  }

  private func fail(_ error: any Error) {
    state.withLock { state in
      state.failure = error
      state.queue = []
      state.done = [:]
      state.isWriting = false
    }
    state.announce()
    wake?.wake()
  }
}

extension StreamProgress {
  init(records: Int, bytes: Int) {
    self.records = records
    self.bytes = bytes
  }
}
