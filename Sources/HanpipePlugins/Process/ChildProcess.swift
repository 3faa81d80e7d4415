import CPlugins
import HanpipeIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A child, with the three pipes to it. It does not outlive the thread that started it, nor this value. For one thread.
final class ChildProcess {
  let pid: pid_t
  /// Our ends; none of them blocks.
  private(set) var input: Int32
  private(set) var output: Int32
  private(set) var errors: Int32
  private var status: ExitStatus?

  /// - Parameters:
  ///   - words: the program, by its absolute path or as it is found on the PATH, and its arguments.
  ///   - variables: added to the environment.
  init(_ words: [String], variables: [(String, String)]) throws(PluginError) {
    let program = words.first ?? ""
    guard let path = Self.find(program) else { throw .noProgram(program) }
    var pipes: [PipeEnds] = []
    for _ in 0..<3 {
      do { pipes.append(try PipeEnds()) } catch {
        for pipe in pipes { [pipe.reading, pipe.writing].forEach { close($0) } }
        throw .start(path, reason: error.reason)
      }
    }
    var pid: pid_t = 0
    let code = Self.start(path, words, variables, pipes[0].reading, pipes[1].writing, pipes[2].writing, &pid)
    for end in [pipes[0].reading, pipes[1].writing, pipes[2].writing] { close(end) }
    (input, output, errors) = (pipes[0].writing, pipes[1].reading, pipes[2].reading)
    self.pid = pid
    for end in [input, output, errors] { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) }
    guard code == 0 else {
      status = .unknown
      throw .start(path, reason: SystemError("start", code: code).reason)
    }
  }

  deinit {
    end()
    for end in [input, output, errors] where end >= 0 { close(end) }
  }

  private static func start(
    _ path: String, _ words: [String], _ variables: [(String, String)], _ input: Int32, _ output: Int32, _ errors: Int32,
    _ pid: inout pid_t
  ) -> Int32 {
    let mine = words.map { strdup($0) } + [nil]
    let added = variables.map { strdup("\($0.0)=\($0.1)") }
    defer { for text in mine + added { free(text) } }
    var environment: [UnsafeMutablePointer<CChar>?] = added
    if let inherited = hp_environment() {
      var i = 0
      while let entry = inherited[i] {
        let isReplaced = variables.contains { String(cString: entry).hasPrefix($0.0 + "=") }
        if !isReplaced { environment.append(entry) }
        i += 1
      }
    }
    environment.append(nil)
    return hp_start(path, mine, environment, input, output, errors, &pid)
  }

  /// The path of a program: its own, if it has a slash, else that of the first file of this name in the PATH's folders.
  static func find(_ program: String) -> String? {
    if program.utf8.contains(UInt8(ascii: "/")) { return program }
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    return folders.split(separator: ":").lazy.map { "\($0)/\(program)" }.first { path in
      var file = stat()
      return stat(path, &file) == 0 && file.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
  }

  /// Says that nothing more will come.
  func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Hears no more of its stderr.
  func closeErrors() {
    if errors >= 0 { close(errors) }
    errors = -1
  }

  /// How it ended; nil while it runs.
  func poll() -> ExitStatus? {
    if status == nil, hp_has_ended(pid) != 0 { end() }
    return status
  }

  /// Waits for its end for a while.
  func wait(_ time: Duration) -> ExitStatus? {
    let deadline = ContinuousClock.now + time
    while true {
      if let status = poll() { return status }
      guard ContinuousClock.now < deadline else { return nil }
      usleep(1000)
    }
  }

  /// Ends it now if it has not ended, and all that it started and left behind.
  func end() {
    guard status == nil else { return }
    // Before it is waited for, as long as nobody else can have its number.
    kill(-pid, SIGKILL)
    var code: Int32 = 0
    let result = retrying { waitpid(pid, &code, 0) }
    status = result != pid ? .unknown : code & 0x7F == 0 ? .exit((code >> 8) & 0xFF) : .signal(code & 0x7F)
  }
}

/// Both ends of a pipe.
private struct PipeEnds {
  let reading: Int32
  let writing: Int32

  init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    let code = hp_pipe(&ends)
    guard code == 0 else { throw SystemError("make a pipe", code: code) }
    (reading, writing) = (ends[0], ends[1])
  }
}
