import ArgumentParser
import Glibc

/// How a command goes about its work.
struct WorkOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Threads to work with; the result is the same with any number.", valueName: "count"))
  var threads: Int?
  @Flag(name: .shortAndLong, help: "No progress and no warnings; errors only.")
  var quiet = false
  @Flag(name: .shortAndLong, help: "Say what is done.")
  var verbose = false

  mutating func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads: \(threads) is not allowed; expected a number from 1 to 1024")
    }
    if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  /// As asked, or as many as there are processors.
  var threadCount: Int { threads ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  func warn(_ message: @autoclosure () -> String) {
    if !quiet { Terminal.write("hanpipe: warning: \(message())") }
  }
  func say(_ message: @autoclosure () -> String) {
    if verbose { Terminal.write("hanpipe: \(message())") }
  }
}
