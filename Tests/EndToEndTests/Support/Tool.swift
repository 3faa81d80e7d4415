import Glibc
import Synchronization

/// The built `hanpipe`, run as a process of its own.
///
///     let result = try Tool.run(["segment"], input: "我喜欢吃苹果\n")
///     #expect(result == .success("我 喜欢 吃 苹果\n"))
enum Tool {
  /// HANPIPE_EXECUTABLE, or `hanpipe` beside the test program.
  static let executable: String = {
    if let path = getenv("HANPIPE_EXECUTABLE").map({ String(cString: $0) }), !path.isEmpty { return path }
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.bindMemory(to: CChar.self).baseAddress.map { readlink("/proc/self/exe", $0, bytes.count) } ?? -1
    }
    let program = count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : CommandLine.arguments[0]
    return program[..<(program.lastIndex(of: "/") ?? program.startIndex)] + "/hanpipe"
  }()

  /// So many epochs of `Tiny` that a training is still at it a moment later: some tenths of a second, whoever compiled the tool.
  static let manyEpochs: Int = {
    #if DEBUG
      return getenv("HANPIPE_EXECUTABLE") == nil ? 150 : 600
    #else
      return 600
    #endif
  }()

  /// The checkout.
  static let packageRoot: String = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }

  /// All that the tool sees of the environment, unless a test says otherwise.
  static let environment = ["HANPIPE_HOME": packageRoot, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "xterm"]

  /// Runs the tool to its end.
  ///
  /// - Parameters:
  ///   - input: all of stdin; it is closed afterwards.
  ///   - directory: the working directory.
  static func run(
    _ arguments: [String], input: some Sequence<UInt8>, in directory: String? = nil,
    environment: [String: String] = environment, timeout: Duration = .seconds(60)
  ) throws -> Outcome {
    let child = try Child(executable, arguments, directory: directory, environment: environment)
    child.write(input)
    child.closeInput()
    return child.finish(timeout: timeout)
  }
  static func run(
    _ arguments: [String], input: String = "", in directory: String? = nil,
    environment: [String: String] = environment, timeout: Duration = .seconds(60)
  ) throws -> Outcome {
    try run(arguments, input: input.utf8, in: directory, environment: environment, timeout: timeout)
  }

  /// Starts the tool, and leaves its stdin open.
  static func start(
    _ arguments: [String], in directory: String? = nil, environment: [String: String] = environment,
    terminals: Set<Child.Stream> = []
  ) throws -> Child {
    try Child(executable, arguments, directory: directory, environment: environment, terminals: terminals)
  }
}

/// Whether what takes long is asked for.
let isSlow = getenv("HANPIPE_SLOW_TESTS") != nil

/// How a process ended, and what it said.
struct Outcome: Equatable, CustomStringConvertible {
  enum Status: Equatable {
    case exit(Int32)
    case signal(Int32)
    /// It had to be killed.
    case timeout
  }
  var status: Status
  var output: [UInt8]
  var errors: String

  var text: String { String(decoding: output, as: UTF8.self) }
  /// Without the last line feed.
  var lines: [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(text.hasSuffix("\n") ? 1 : 0).map(String.init)
  }
  var description: String { "\(status)\nstdout: \(text.prefix(2000))\nstderr: \(errors.prefix(2000))" }

  static func success(_ output: String, errors: String = "") -> Outcome {
    Outcome(status: .exit(0), output: Array(output.utf8), errors: errors)
  }
  static func failure(_ errors: String, output: String = "", status: Int32 = 1) -> Outcome {
    Outcome(status: .exit(status), output: Array(output.utf8), errors: errors)
  }
}
