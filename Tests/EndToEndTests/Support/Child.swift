import Glibc
import Synchronization

// Between the making of a pipe and its close-on-exec flag no other child may be started: it would hold our ends open.
private let starting = Mutex(())

/// A running process. Its pipes are read while it runs, so it never waits for us, however much it writes.
///
/// Not for several threads at once.
final class Child {
  enum Stream: Int32 {
    case input = 0
    case output = 1
    case errors = 2
  }

  struct Failure: Error { let what: String, code: Int32 }

  let pid: pid_t
  private var input: Int32
  private var outputs: [(stream: Stream, descriptor: Int32)] = []
  private var pending: [UInt8] = []
  private var isInputEnding = false
  private var collected: [Stream: [UInt8]] = [:]
  private var exitStatus: Outcome.Status?
  private let terminal: Int32?

  /// - Parameter terminals: the streams that are to be a terminal of 80 columns, the process' own; what it writes there is `errors`
  ///   if that is one of them, else `output`.
  init(
    _ path: String, _ arguments: [String], directory: String?, environment: [String: String], terminals: Set<Stream> = []
  ) throws {
    signal(SIGPIPE, SIG_IGN)
    var ours: [Stream: Int32] = [:]
    (pid, ours, terminal) = try starting.withLock { _ in
      try Self.spawn(path, arguments, directory, environment, terminals)
    }
    input = ours[.input] ?? -1
    outputs = [Stream.output, .errors].compactMap { stream in ours[stream].map { (stream, $0) } }
    if let terminal { outputs.append((terminals.contains(.errors) ? .errors : .output, terminal)) }
    for descriptor in [input] + outputs.map(\.descriptor) where descriptor >= 0 {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
  }

  deinit {
    if exitStatus == nil {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    for descriptor in Set([input] + outputs.map(\.descriptor) + [terminal ?? -1]) where descriptor >= 0 { close(descriptor) }
  }

  // MARK: Talking

  /// Says something; it is sent while the child is listened to.
  func write(_ bytes: some Sequence<UInt8>) { pending.append(contentsOf: bytes) }
  func write(_ text: String) { write(text.utf8) }
  func closeInput() { isInputEnding = true }

  /// Types on its terminal; `"\u{03}"` is Ctrl-C.
  func type(_ text: String) {
    guard let terminal else { return }
    var bytes = Array(text.utf8)
    _ = Glibc.write(terminal, &bytes, bytes.count)
  }

  /// Reads nothing more: whoever writes there finds the pipe closed.
  func stopReading(_ stream: Stream) {
    for output in outputs where output.stream == stream { close(output.descriptor) }
    outputs.removeAll { $0.stream == stream }
  }

  func send(_ signal: Int32) { kill(pid, signal) }

  /// Listens until `stream` holds `text`. False: it did not come in time.
  func waits(for text: String, on stream: Stream, timeout: Duration = .seconds(20)) -> Bool {
    let wanted = Array(text.utf8)
    return listen(timeout) { self.collected[stream, default: []].contains(wanted) }
  }

  /// What came so far.
  func heard(_ stream: Stream) -> String { String(decoding: collected[stream, default: []], as: UTF8.self) }

  /// Listens until the process has ended; kills it when the time is over.
  func finish(timeout: Duration = .seconds(60)) -> Outcome {
    let deadline = ContinuousClock.now + timeout
    var isLate = !listen(timeout) { self.outputs.allSatisfy { $0.stream == .input } && self.isReaped() }
    while !isLate, !isReaped() {
      usleep(1000)
      isLate = ContinuousClock.now > deadline
    }
    if isLate, exitStatus == nil {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
      exitStatus = .timeout
    }
    return Outcome(
      status: exitStatus ?? .timeout, output: collected[.output, default: []], errors: heard(.errors))
  }

  // MARK: Listening

  private func isReaped() -> Bool {
    if exitStatus != nil { return true }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return false }
    exitStatus = status & 0x7F == 0 ? .exit((status >> 8) & 0xFF) : .signal(status & 0x7F)
    return true
  }

  /// Sends what is pending and reads what comes, until `condition` holds. False: it did not in time.
  private func listen(_ timeout: Duration, until condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + timeout
    while true {
      if input >= 0, pending.isEmpty, isInputEnding {
        close(input)
        input = -1
      }
      if condition() { return true }
      if ContinuousClock.now > deadline { return false }
      var watched = outputs.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
      if input >= 0, !pending.isEmpty { watched.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0)) }
      if watched.isEmpty { usleep(2000) }
      guard poll(&watched, nfds_t(watched.count), 5) > 0 else { continue }
      for entry in watched where entry.revents != 0 {
        if entry.fd == input { sendSome() } else { readSome(entry.fd) }
      }
    }
  }

  private func sendSome() {
    let sent = pending.withUnsafeBytes { Glibc.write(input, $0.baseAddress, min($0.count, 1 << 16)) }
    // Nobody listens any more: the rest is for nobody.
    if sent < 0, errno != EAGAIN { pending = [] }
    if sent > 0 { pending.removeFirst(sent) }
  }

  private func readSome(_ descriptor: Int32) {
    var block = [UInt8](repeating: 0, count: 1 << 16)
    let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    guard let index = outputs.firstIndex(where: { $0.descriptor == descriptor }) else { return }
    if count > 0 { collected[outputs[index].stream, default: []].append(contentsOf: block[..<count]) }
    // A terminal whose last user is gone gives EIO.
    if count == 0 || (count < 0 && errno != EAGAIN) {
      outputs.remove(at: index)
      if descriptor != terminal { close(descriptor) }
    }
  }

  // MARK: Starting

  private static func spawn(
    _ path: String, _ arguments: [String], _ directory: String?, _ environment: [String: String], _ terminals: Set<Stream>
  ) throws -> (pid_t, [Stream: Int32], Int32?) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // We ignore SIGPIPE; the child is to begin as a shell would start it.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGPIPE, SIGINT, SIGTERM, SIGQUIT] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    posix_spawnattr_setsigmask(&attributes, &unblocked)
    let newSession: Int32 = 0x80
    var flags = Int32(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)

    var ours: [Stream: Int32] = [:]
    var theirs: [Int32] = []
    defer { for descriptor in theirs { close(descriptor) } }
    var master: Int32?
    var terminalPath = ""
    if !terminals.isEmpty {
      (master, terminalPath) = try openTerminal()
      flags |= newSession
    }
    for stream in [Stream.input, .output, .errors] {
      if terminals.contains(stream) {
        // The first terminal that the leader of a session opens is its own: Ctrl-C there reaches it.
        posix_spawn_file_actions_addopen(&actions, stream.rawValue, terminalPath, O_RDWR, 0)
        continue
      }
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw Failure(what: "pipe", code: errno) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      ours[stream] = stream == .input ? ends[1] : ends[0]
      theirs.append(stream == .input ? ends[0] : ends[1])
      posix_spawn_file_actions_adddup2(&actions, theirs[theirs.count - 1], stream.rawValue)
    }
    posix_spawnattr_setflags(&attributes, Int16(flags))

    // The working directory by way of the shell: posix_spawn has no portable word for it.
    let full = directory.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0, path] + arguments } ?? [path] + arguments
    var argv = full.map { strdup($0) } + [nil]
    var envp = environment.sorted { $0.key < $1.key }.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, full[0], &actions, &attributes, &argv, &envp)
    guard code == 0 else { throw Failure(what: "start \(path)", code: code) }
    return (pid, ours, master)
  }

  private static func openTerminal() throws -> (Int32, String) {
    // As posix_openpt, unlockpt and ptsname do on Linux: their declarations stand behind _XOPEN_SOURCE, which Swift's importer
    // does not define.
    let unlock: UInt = 0x4004_5431
    let getNumber: UInt = 0x8004_5430
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var locked: Int32 = 0
    var number: UInt32 = 0
    guard master >= 0, ioctl(master, unlock, &locked) == 0, ioctl(master, getNumber, &number) == 0 else {
      throw Failure(what: "open a terminal", code: errno)
    }
    _ = fcntl(master, F_SETFD, FD_CLOEXEC)
    var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    return (master, "/dev/pts/\(number)")
  }
}
