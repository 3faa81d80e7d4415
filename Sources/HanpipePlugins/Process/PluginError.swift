import HanpipeIO

/// What went wrong with a plug-in process, as opposed to one of its answers.
enum PluginError: Error, CustomStringConvertible {
  case noProgram(String)
  case start(String, reason: String)
  /// The first line is not what it must be.
  case hello(found: String, expected: String)
  /// No first line came for so many seconds: a plug-in that waits for a request does not know that it has to begin.
  case noHello(seconds: Double, expected: String, lastWords: String?)
  /// The child is gone.
  /// - Parameter lastWords: the last line that it wrote to stderr.
  case ended(ExitStatus, lastWords: String?)
  /// Nothing came for so many seconds.
  case silent(seconds: Double, lastWords: String?)
  /// A line that is no reply to the request that is due one.
  case reply(found: String, expected: String)
  /// A record that the plug-in has been lost over twice.
  case twice(reason: String)
  /// It was lost so often, without one good answer between, that it is not started again.
  case givenUp(losses: Int, last: String)

  var description: String {
    switch self {
    case .noProgram(let name): "there is no program \"\(name)\" on the PATH; name one, or give an absolute path"
    case .start(let path, let reason): "cannot start \(path): \(reason)"
    case .hello(let found, let expected): "the plug-in began with \(found); expected \(expected) (docs/process-protocol.md)"
    case .noHello(let seconds, let expected, let words):
      "the plug-in did not begin for \(Self.text(seconds)) s (\"timeout\"); expected \(expected) before any request "
        + "(docs/process-protocol.md)\(Self.said(words))"
    case .ended(let status, let words): "the plug-in \(status)\(Self.said(words))"
    case .silent(let seconds, let words): "the plug-in did not answer for \(Self.text(seconds)) s (\"timeout\")\(Self.said(words))"
    case .reply(let found, let expected): "the plug-in replied \(found); expected \(expected)"
    case .twice(let reason): "\(reason); it was so twice over this record"
    case .givenUp(let losses, let last): "given up after \(losses) failures in a row; the last: \(last)"
    }
  }

  private static func said(_ words: String?) -> String { words.map { "; it last said: \($0)" } ?? "" }
  private static func text(_ seconds: Double) -> String { Int(exactly: seconds).map(String.init) ?? "\(seconds)" }
}

/// How a child ended.
enum ExitStatus: Sendable, Equatable, CustomStringConvertible {
  case exit(Int32)
  case signal(Int32)
  /// Somebody else has asked first.
  case unknown

  var description: String {
    switch self {
    case .exit(let code): "ended with exit status \(code)"
    case .signal(let number): "was ended by signal \(number)"
    case .unknown: "ended"
    }
  }
}
