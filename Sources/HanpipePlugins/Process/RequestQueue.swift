import CPlugins
import HanpipeIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A batch of which a process is asked in several requests.
protocol PluginJob: AnyObject, Sendable {
  /// The line of a request, with its line feed.
  func line(_ records: Range<Int>, id: Int) -> [UInt8]
  /// Takes the answers to `records` from a reply.
  /// - Returns: why the plug-in refused all of them together; nil if it did not.
  /// - Throws: `PluginError.reply` for what is no reply.
  func accept(_ reply: [UInt8], _ records: Range<Int>, id: Int, _ hello: Hello) throws(PluginError) -> AnswerError?
  /// Gives up on records.
  func fail(_ records: Range<Int>, _ error: any Error)
}

/// Some records of a job, to be asked for in one line.
struct PluginRequest: Sendable {
  var job: any PluginJob
  var records: Range<Int>
  /// How often a plug-in was lost while it had these records to answer first.
  var losses = 0

  /// The same records one by one.
  func singles(losses: Int) -> [PluginRequest] {
    records.map { PluginRequest(job: job, records: $0..<$0 + 1, losses: losses) }
  }
}

/// What the callers of a stage want of its processes, and what its processes' threads know of each other.
final class RequestQueue: Sendable {
  /// As many losses in a row, without one good answer, and the plug-in is given up; sooner if it does not even start.
  static let mostLosses = 32, mostFalseStarts = 3

  struct State {
    var waiting: [PluginRequest] = []
    var threads: [WorkerThread] = []
    /// Threads that have nothing to do.
    var idle = 0
    var isClosed = false
    /// Of the first process that began.
    var hello: Hello?
    /// Why no process is started any more.
    var failure: (any Error)?
    var losses = 0
  }

  let state = Monitor(State())
  /// Readable while there is something to take, or to end for.
  let signal: Int32

  init() throws(PluginError) {
    signal = hp_make_event()
    guard signal >= 0 else { throw .start("the plug-in", reason: SystemError("make an eventfd", code: errno).reason) }
  }
  deinit { close(signal) }

  /// Hands in requests.
  /// - Parameter start: called where another thread would have work to do at once.
  func submit(_ requests: [PluginRequest], most: Int, start: (_ number: Int) -> WorkerThread?) {
    let failure = state.withLock { state -> (any Error)? in
      if let failure = state.failure { return failure }
      state.waiting += requests
      raise()
      while state.threads.count < most, state.waiting.count > state.idle, let thread = start(state.threads.count + 1) {
        state.threads.append(thread)
        state.idle += 1
      }
      return nil
    }
    if let failure { for request in requests { request.job.fail(request.records, failure) } }
  }

  /// Takes the next request, if there is one.
  func take() -> PluginRequest? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return nil }
      let request = state.waiting.removeFirst()
      if state.waiting.isEmpty, !state.isClosed { lower() }
      return request
    }
  }

  /// Starts no process any more, and fails what waits.
  func fail(_ error: any Error) {
    let waiting = state.withLock { state in
      if state.failure == nil { state.failure = error }
      if !state.waiting.isEmpty, !state.isClosed { lower() }
      defer { state.waiting = [] }
      return state.waiting
    }
    state.announce()
    for request in waiting { request.job.fail(request.records, error) }
  }

  /// Asks all threads to end when what they have is done, and waits for them.
  func end() {
    let threads = state.withLock { state in
      state.isClosed = true
      raise()
      return state.threads
    }
    for thread in threads { thread.join() }
  }

  /// Notes whether a thread has something to do.
  func note(idle: Bool) { state.withLock { $0.idle += idle ? 1 : -1 } }

  /// Notes a good answer.
  func noteAnswer() { state.withLock { $0.losses = 0 } }

  /// Notes that a process was lost.
  /// - Returns: whether it is worth to start another one.
  func noteLoss(_ error: PluginError, most: Int = mostLosses) -> Bool {
    let losses = state.withLock { state in
      state.losses += 1
      return state.losses
    }
    if losses >= most { fail(PluginError.givenUp(losses: losses, last: "\(error)")) }
    return failure == nil
  }

  /// Notes what a process began with. All of them must begin alike.
  func note(_ hello: Hello) throws(PluginError) {
    let first = state.withLock { state in
      if state.hello == nil { state.hello = hello }
      return state.hello
    }
    state.announce()
    if let first, first != hello { throw .hello(found: "another line than before", expected: "the same from each process") }
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }
  var failure: (any Error)? { state.withLock { $0.failure } }

  private func raise() {
    var one: UInt64 = 1
    _ = retrying { write(signal, &one, 8) }
  }
  private func lower() {
    var count: UInt64 = 0
    _ = retrying { read(signal, &count, 8) }
  }
}
