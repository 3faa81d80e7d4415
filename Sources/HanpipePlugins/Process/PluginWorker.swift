import HanpipeIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How a plug-in process is started, and what it must be.
struct PluginCommand: Sendable {
  /// The program and its arguments.
  var words: [String]
  /// What messages and its stderr are marked with.
  var name: String
  var role: String
  var labels: [String]
  var needsWidth: Bool
  var timeout: Duration
}

/// One process of a plug-in, and the thread that talks with it.
///
/// The thread writes requests while it reads replies and stderr, so a full pipe never blocks both sides. Two requests are with the
/// process at once, so that it has the next one when it has answered. A process that is lost (it ended, fell silent, or replied
/// nonsense) is started anew, and what it had not answered is asked for again: the request that was due one record at a time. A record
/// that is then the first to be answered when the process is lost again has failed.
///
/// Everything is touched by its own thread only, which `run` is called on.
final class PluginWorker {
  /// What an orderly end may take, after stdin was closed.
  private static let patience = Duration.seconds(2)
  /// Requests that the process has at once.
  private static let depth = 2

  private let command: PluginCommand
  private let queue: RequestQueue
  private var child: ChildProcess?
  private var hello: Hello?
  private var errors: ErrorStream
  private var replies = LineBuffer()
  /// Of a request that is being written.
  private var unwritten: ArraySlice<UInt8> = []
  /// What the process has to answer, in this order.
  private var due: [(request: PluginRequest, id: Int, bytes: Int)] = []
  /// What must be asked for again before anything new.
  private var again: [PluginRequest] = []
  private var lastID = 0
  private var deadline = ContinuousClock.now
  private var isIdle = true

  init(_ command: PluginCommand, _ queue: RequestQueue, number: Int) {
    self.command = command
    self.queue = queue
    errors = ErrorStream(name: number == 1 ? command.name : "\(command.name)[\(number)]")
  }

  /// Works until the queue is closed.
  /// - Parameter startsAtOnce: whether the process starts before there is a request.
  func run(startsAtOnce: Bool) {
    // A write to a process that is gone is an error here, not a signal; and no handler of the program runs on this thread.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    if startsAtOnce { start() }
    while true {
      takeWork()
      if due.isEmpty, again.isEmpty, queue.isClosed { break }
      exchange()
    }
    end()
  }

  // MARK: Requests

  private func takeWork() {
    while let request = nextRequest() {
      if isIdle {
        isIdle = false
        queue.note(idle: false)
      }
      if let failure = queue.failure {
        giveUp([request], failure)
      } else if child != nil || start() {
        send(request)
      } else {
        again.insert(request, at: 0)
      }
    }
    if due.isEmpty, again.isEmpty, !isIdle {
      isIdle = true
      queue.note(idle: true)
    }
  }

  private func nextRequest() -> PluginRequest? {
    // Alone: when the process is lost, the culprit is known.
    if !again.isEmpty { return due.isEmpty ? again.removeFirst() : nil }
    return due.count < Self.depth && unwritten.isEmpty ? queue.take() : nil
  }

  private func giveUp(_ requests: [PluginRequest], _ error: any Error) {
    for request in requests { request.job.fail(request.records, error) }
  }

  private func send(_ request: PluginRequest) {
    lastID += 1
    let line = request.job.line(request.records, id: lastID)
    if due.isEmpty { deadline = .now + command.timeout }
    due.append((request, lastID, line.count))
    unwritten = line[...]
    writeSome()
  }

  // MARK: Talking

  /// Waits until something can be written or read, and does it.
  private func exchange() {
    var watched = [pollfd(fd: queue.signal, events: Int16(POLLIN), revents: 0)]
    // Level-triggered: what nobody can take now would keep us from waiting.
    if !(again.isEmpty && due.count < Self.depth && unwritten.isEmpty) || (queue.isClosed && !due.isEmpty) { watched[0].fd = -1 }
    if let child {
      watched.append(pollfd(fd: child.output, events: Int16(POLLIN), revents: 0))
      watched.append(pollfd(fd: child.errors, events: Int16(POLLIN), revents: 0))
      if !unwritten.isEmpty { watched.append(pollfd(fd: child.input, events: Int16(POLLOUT), revents: 0)) }
    }
    let left = due.isEmpty ? -1 : milliseconds(until: deadline)
    let count = poll(&watched, nfds_t(watched.count), left)
    guard child != nil, count > 0 else {
      if count == 0, !due.isEmpty, ContinuousClock.now >= deadline {
        lose(.silent(seconds: command.timeout / .seconds(1), lastWords: errors.lastLine))
      }
      return
    }
    if watched[2].revents != 0 { forwardErrors() }
    if watched.count > 3, watched[3].revents != 0 { writeSome() }
    if watched[1].revents != 0 { readSome() }
  }

  private func writeSome() {
    guard let child, child.input >= 0 else { return }
    while !unwritten.isEmpty {
      let written = retrying { unwritten.withUnsafeBytes { write(child.input, $0.baseAddress, $0.count) } }
      if written < 0, errno == EAGAIN { return }
      guard written > 0 else {
        // Nobody reads any more. What it says last is still to be read; then comes its end.
        unwritten = []
        child.closeInput()
        return
      }
      unwritten = unwritten.dropFirst(written)
    }
  }

  private func forwardErrors() {
    guard let child else { return }
    // A stderr that was closed stays readable for ever.
    if errors.forward(child.errors) == .end { child.closeErrors() }
  }

  private func readSome() {
    guard let child else { return }
    let step = replies.fill(from: child.output)
    while self.child != nil, let line = replies.next() { take(line) }
    if self.child == nil { return }
    if let first = due.first, replies.count > 1 << 26 + 64 * first.bytes {
      lose(.reply(found: "a line of more than \(replies.count) bytes", expected: "the answers to \(first.request.records.count) records"))
    } else if step == .end {
      loseEnded()
    }
  }

  /// Takes the reply to the request that is due first.
  private func take(_ line: [UInt8]) {
    guard let (request, id, _) = due.first, let hello else {
      return lose(.reply(found: excerpt(line), expected: "nothing, because nothing was asked (what is not a reply belongs to stderr)"))
    }
    do {
      let refusal = try request.job.accept(line, request.records, id: id, hello)
      due.removeFirst()
      deadline = .now + command.timeout
      queue.noteAnswer()
      guard let refusal else { return }
      if request.records.count == 1 {
        request.job.fail(request.records, refusal)
      } else {
        again = request.singles(losses: 0) + again
      }
    } catch {
      lose(error)
    }
  }

  // MARK: Losing

  /// Its stdout has ended, and so will it.
  private func loseEnded() {
    guard let child else { return }
    let status = child.wait(Self.patience)
    while case .some = errors.forward(child.errors) {}
    errors.flush()
    if let status { lose(.ended(status, lastWords: errors.lastLine)) } else {
      lose(.reply(found: "nothing more: it closed its stdout", expected: "a reply to each request"))
    }
  }

  /// Ends the process, and sees to what it has not answered.
  private func lose(_ error: PluginError) {
    stop()
    let owed = due.map(\.request)
    due = []
    guard let first = owed.first else { return }
    guard queue.noteLoss(error) else {
      giveUp(owed + again, queue.failure ?? error)
      again = []
      return
    }
    var requests: [PluginRequest] = []
    if first.records.count > 1 {
      requests = first.singles(losses: 1)
    } else if first.losses == 0 {
      requests = [PluginRequest(job: first.job, records: first.records, losses: 1)]
    } else {
      first.job.fail(first.records, PluginError.twice(reason: "\(error)"))
    }
    again = requests + owed.dropFirst() + again
  }

  private func stop() {
    child?.end()
    child = nil
    errors.flush()
    replies = LineBuffer()
    unwritten = []
  }

  // MARK: Beginning and end

  /// Starts the process and waits until it has said what it is.
  /// - Returns: whether it is ready.
  @discardableResult
  private func start() -> Bool {
    do {
      child = try ChildProcess(
        command.words, variables: [("HANPIPE_PROTOCOL", "\(Hello.version)"), ("HANPIPE_ROLE", command.role)])
      let hello = try Hello(try awaitHello())
      try hello.check(role: command.role, labels: command.labels, needsWidth: command.needsWidth)
      try queue.note(hello)
      self.hello = hello
      return true
    } catch {
      stop()
      // One that began before may begin again; one that never did will not.
      let isFirst = queue.state.withLock { $0.hello == nil }
      if isFirst { queue.fail(error) } else { _ = queue.noteLoss(error, most: RequestQueue.mostFalseStarts) }
      return false
    }
  }

  private static let helloForm = "{\"protocol\": 1, \"role\": …}"

  private func awaitHello() throws(PluginError) -> [UInt8] {
    let deadline = ContinuousClock.now + command.timeout
    while let child {
      var watched = [child.output, child.errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      if poll(&watched, 2, milliseconds(until: deadline)) == 0 {
        throw .noHello(seconds: command.timeout / .seconds(1), expected: Self.helloForm, lastWords: errors.lastLine)
      }
      if watched[1].revents != 0 { forwardErrors() }
      guard watched[0].revents != 0 else { continue }
      let step = replies.fill(from: child.output)
      if let line = replies.next() { return line }
      if step == .end {
        let status = child.wait(Self.patience)
        while case .some = errors.forward(child.errors) {}
        errors.flush()
        throw .ended(status ?? .unknown, lastWords: errors.lastLine)
      }
      if replies.count > 1 << 20 { throw .hello(found: "a line of more than 1 MiB", expected: Self.helloForm) }
    }
    throw .ended(.unknown, lastWords: nil)
  }

  /// Closes stdin, and lets the process finish what it does then; ends it if it takes too long.
  private func end() {
    guard let child else { return }
    child.closeInput()
    let deadline = ContinuousClock.now + Self.patience
    while child.poll() == nil, ContinuousClock.now < deadline {
      var watched = [child.output, child.errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      // Short, because stdout may be closed long before the end.
      if poll(&watched, 2, 20) <= 0 { continue }
      if watched[1].revents != 0 { forwardErrors() }
      if watched[0].revents != 0, case .end = replies.fill(from: child.output) { usleep(1000) }
      replies = LineBuffer()
    }
    while case .some = errors.forward(child.errors) {}
    stop()
  }

  private func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
    let left = (deadline - .now) / .milliseconds(1)
    return Int32(max(0, min(left.rounded(.up), 1e9)))
  }
}
