/// What a stream has done so far.
public struct StreamProgress: Sendable, Equatable {
  /// Records whose output was written.
  public var records = 0
  /// Bytes of their text.
  public var bytes = 0
  public init() {}
}

/// Reads records, has them processed in batches, and writes the results in the order of the input.
///
///     let runner = StreamRunner(threads: 4)
///     try runner.run(RecordReader(["-"]), to: ByteWriter.standardOutput()) { batch in try render(batch) }
///
/// - A batch goes when it is full, or when the input pauses: what `tail -f` gives is answered at once, bulk input fills batches.
/// - What is written is written through: nothing waits in a buffer while the input pauses.
/// - Memory is flat: at most `2·threads + 2` batches are on the way, then reading waits.
/// - When nobody reads the output any more, reading ends, even while it waits for input.
/// - Threads are started when there is a second batch to do beside the first; an input of one batch needs none.
public struct StreamRunner: Sendable {
  public var threads: Int
  /// Records a batch, at most.
  public var maximumRecords: Int
  /// Bytes of text a batch: it ends with the record that reaches this.
  public var maximumBytes: Int

  public init(threads: Int = 1, maximumRecords: Int = 1024, maximumBytes: Int = 1 << 20) {
    self.threads = max(1, threads)
    self.maximumRecords = max(1, maximumRecords)
    self.maximumBytes = max(1, maximumBytes)
  }

  /// Runs to the end of the input.
  ///
  /// - Parameters:
  ///   - process: turns a batch into output; called from several threads at once. Records with an error are in the batch, and
  ///     want their output too.
  ///   - progress: called after each batch was written, from any thread, one call at a time.
  /// - Throws: the first error in the order of the records, after the output of everything before it was written: what `process`
  ///   threw, `InputError`, `OutputClosed`, `OutputError`.
  @discardableResult
  public func run(
    _ reader: RecordReader, to sink: any ByteSink, progress: @escaping @Sendable (StreamProgress) -> Void = { _ in },
    _ process: @escaping @Sendable (RecordBatch) throws -> [UInt8]
  ) throws -> StreamProgress {
    let line = AssemblyLine(threads: threads, sink: sink, process: process, progress: progress)
    reader.watch(Interrupts(wake: line.wake?.reading, output: sink.descriptor))
    defer { reader.watch(Interrupts()) }
    var read = 0
    do {
      while true {
        var batch = RecordBatch(firstRecord: read)
        let step = Result {
          try reader.fill(&batch, maximumRecords: maximumRecords, maximumBytes: maximumBytes)
        }
        read += batch.count
        // The records before an error are done first. A pause or an end is no reason to start a thread.
        let isBulk = if case .success(.record) = step { true } else { false }
        if !batch.isEmpty { try line.submit(batch, isBulk: isBulk) }
        if try step.get() == .end { return try line.finish() }
      }
    } catch {
      // An error of the line comes first: it is that of an earlier record, and the reader's may only be its echo.
      _ = try line.finish()
      throw error
    }
  }
}

extension Interrupts {
  init(wake: Int32?, output: Int32?) {
    self.wake = wake
    self.output = output
  }
}
