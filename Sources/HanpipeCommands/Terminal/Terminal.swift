import Glibc
import HanpipeCore
import HanpipeIO

/// What stderr and stdout are connected to, and how to speak there.
enum Terminal {
  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Whether progress may be drawn: stderr is a terminal that can move its cursor.
  static var canAnimate: Bool { isTerminal(STDERR_FILENO) && variable("TERM") != "dumb" }

  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Opens what we were started without, so that no file of ours gets its number: messages would be written into a model, and input
  /// be read, for ever, from a pipe of our own. Whoever reads or writes there is told that it is closed, as before.
  static func occupyStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Columns of the terminal on stderr; 80 if it does not say.
  static var width: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Writes a line to stdout.
  /// - Throws: `OutputClosed`, `OutputError`; the standard library's `print` would lose the line without a word.
  static func print(_ text: String) throws {
    let output = ByteWriter.standardOutput()
    try output.write(Array((text + "\n").utf8))
    try output.flush()
  }

  /// Writes a line to stderr.
  static func write(_ message: String) { writeRaw(message + "\n") }

  /// Tells an error on one line of stderr. What a stranger's file makes longer than anybody reads is left out in the middle.
  static func write(_ error: any Error) {
    let text = "\(error)"
    let limit = 3000
    guard text.utf8.count > limit, text.count > limit else { return write("hanpipe: \(text)") }
    write("hanpipe: \(text.prefix(limit / 2))… (\(grouped(text.count - limit)) characters left out) …\(text.suffix(limit / 2))")
  }

  static func writeRaw(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
}
