import Glibc
import HanpipeCore
import Synchronization
import Testing

@testable import HanpipeIO

@Suite(.timeLimit(.minutes(1))) struct StreamRunnerTests {
  /// One line out for each record.
  @Sendable private static func echo(_ batch: RecordBatch) -> [UInt8] {
    (0..<batch.count).flatMap { Array(batch.texts.utf8(of: $0)) + [0x0A] }
  }

  @Test(arguments: [1, 2, 4], [1, 7, 1024])
  func `outputs come in the order of the input, whatever the threads`(threads: Int, maximumRecords: Int) throws {
    let text = (0..<5_000).map { "\($0)\n" }.joined()
    let directory = try TemporaryDirectory()
    let sink = MemorySink()
    let progress = try StreamRunner(threads: threads, maximumRecords: maximumRecords).run(
      RecordReader([try directory.file("in", text)]), to: sink
    ) { batch in
      // Later batches are faster: they must wait for the earlier ones.
      if batch.firstRecord % 3 == 0 { usleep(50) }
      return Self.echo(batch)
    }
    #expect(sink.text == text)
    #expect(progress.records == 5_000)
  }

  @Test func `batches end at a number of records and of bytes`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("in", "aaaa\nbb\ncc\nd\ne\nf\ng\n")
    let sizes = Mutex<[[Int]]>([])
    try StreamRunner(threads: 1, maximumRecords: 3, maximumBytes: 6).run(RecordReader([path]), to: MemorySink()) { batch in
      sizes.withLock { $0.append((0..<batch.count).map { batch.texts.utf8(of: $0).count }) }
      return []
    }
    #expect(sizes.withLock { $0 } == [[4, 2], [2, 1, 1], [1, 1]])
  }

  @Test(arguments: [1, 3])
  func `a pause of the input sends what is there`(threads: Int) throws {
    let input = try TestPipe()
    let output = try TestPipe()
    let reading = input.reading
    let writing = output.writing
    let done = Mutex(false)
    let thread = WorkerThread {
      let sink = ByteWriter(descriptor: writing, name: "out")
      _ = try? StreamRunner(threads: threads).run(RecordReader(descriptor: reading, name: "in"), to: sink, Self.echo)
      done.withLock { $0 = true }
    }
    input.write("a\nb\n")
    #expect(output.receive(4) == "a\nb\n")
    input.write("c\nd")
    #expect(output.receive(2) == "c\n")
    #expect(output.receive(1, milliseconds: 30) == "")
    input.write("e\n")
    #expect(output.receive(3) == "de\n")
    input.closeWriting()
    thread?.join()
    #expect(done.withLock { $0 })
  }

  @Test(arguments: [1, 3])
  func `an output that is closed ends reading, even while it waits for input`(threads: Int) throws {
    ByteWriter.ignoreBrokenPipes()
    let input = try TestPipe()
    let output = try TestPipe()
    let reading = input.reading
    let writing = output.writing
    let failure = Mutex("")
    let thread = WorkerThread {
      let sink = ByteWriter(descriptor: writing, name: "out")
      let found = message {
        try StreamRunner(threads: threads).run(RecordReader(descriptor: reading, name: "in"), to: sink, Self.echo)
      }
      failure.withLock { $0 = found }
    }
    input.write("a\n")
    #expect(output.receive(2) == "a\n")
    // The reader waits now, and nothing more is coming.
    output.closeReading()
    thread?.join()
    #expect(failure.withLock { $0 } == "the output was closed")
  }

  @Test(arguments: [1, 3])
  func `an output that fails ends a reader that waits for input`(threads: Int) throws {
    struct Broken: ByteSink {
      var descriptor: Int32? { nil }
      func write(_ bytes: [UInt8]) throws { throw OutputClosed() }
      func flush() {}
    }
    let input = try TestPipe()
    let reading = input.reading
    let failure = Mutex("")
    let thread = WorkerThread {
      let found = message {
        try StreamRunner(threads: threads, maximumRecords: 1).run(
          RecordReader(descriptor: reading, name: "in"), to: Broken()
        ) { batch in
          usleep(20_000)
          return Self.echo(batch)
        }
      }
      failure.withLock { $0 = found }
    }
    // Full batches, so that workers have them while the reader waits for the next.
    input.write("a\nb\n")
    thread?.join()
    #expect(failure.withLock { $0 } == "the output was closed")
  }

  @Test(arguments: [1, 4])
  func `an error of the input comes after the outputs of the records before it`(threads: Int) throws {
    let directory = try TemporaryDirectory()
    let lines = (0..<3_000).map { "\($0)\n" }.joined()
    let path = try directory.file("in", Array(lines.utf8) + [0xFF, 0x0A] + Array("after\n".utf8))
    let sink = MemorySink()
    let found = message {
      try StreamRunner(threads: threads, maximumRecords: 100).run(RecordReader([path], strict: true), to: sink, Self.echo)
    }
    #expect(found.hasPrefix("\(path):3001: not UTF-8: byte 0xFF in column 1;"))
    #expect(sink.text == lines)
  }

  @Test(arguments: [1, 4])
  func `an error of a batch comes after the outputs of the batches before it, and nothing comes after`(threads: Int) throws {
    struct Bad: Error {}
    let directory = try TemporaryDirectory()
    let path = try directory.file("in", (0..<1_000).map { "\($0)\n" }.joined())
    let sink = MemorySink()
    #expect(throws: Bad.self) {
      try StreamRunner(threads: threads, maximumRecords: 10).run(RecordReader([path]), to: sink) { batch in
        if batch.firstRecord == 500 { throw Bad() }
        return Self.echo(batch)
      }
    }
    #expect(sink.text == (0..<500).map { "\($0)\n" }.joined())
  }

  @Test func `no more than a few batches are on the way`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("in", String(repeating: "x\n", count: 2_000))
    final class CountingSink: ByteSink {
      let writes = Atomic(0)
      var descriptor: Int32? { nil }
      func write(_ bytes: [UInt8]) { writes.wrappingAdd(1, ordering: .sequentiallyConsistent) }
      func flush() {}
    }
    let sink = CountingSink()
    let begun = Atomic(0)
    let most = Mutex(0)
    try StreamRunner(threads: 3, maximumRecords: 10).run(RecordReader([path]), to: sink) { batch in
      let now =
        begun.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
        - sink.writes.load(ordering: .sequentiallyConsistent)
      most.withLock { $0 = max($0, now) }
      return Self.echo(batch)
    }
    #expect(most.withLock { $0 } <= 2 * 3 + 2)
  }

  @Test func `nothing in, nothing out`() throws {
    let sink = MemorySink()
    #expect(try StreamRunner(threads: 2).run(RecordReader(["/dev/null"]), to: sink, Self.echo) == StreamProgress())
    #expect(sink.text == "")
  }

  @Test func `one batch needs no thread of its own`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("in", "a\nb\n")
    let caller = pthread_self()
    let same = Mutex(false)
    try StreamRunner(threads: 8).run(RecordReader([path]), to: MemorySink()) { batch in
      same.withLock { $0 = pthread_equal(caller, pthread_self()) != 0 }
      return []
    }
    #expect(same.withLock { $0 })
  }
}
