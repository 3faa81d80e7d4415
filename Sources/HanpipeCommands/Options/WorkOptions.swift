public import ArgumentParser
import Glibc
public import Hanpipe

/// In which precision a model computes.
struct PrecisionOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "In what recurrent products are computed, instead of the spec's; less is faster, and moves probabilities a little."
    ))
  var precision: RecurrentConfiguration.Precision?
}

extension RecurrentConfiguration.Precision: ExpressibleByArgument {}

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
  /// Says once how many lines had to be repaired.
  func warn(of repairs: Repairs) {
    for warning in repairs.warnings { warn(warning) }
  }
  /// Says what was wrong with the files of a pipeline that was loaded all the same. Lines that are no words, for example.
  func warn(of pipeline: Pipeline) {
    for warning in pipeline.warnings { warn(warning) }
  }
  func say(_ message: @autoclosure () -> String) {
    if verbose { Terminal.write("hanpipe: \(message())") }
  }
}

extension Repairs {
  /// What to tell of them.
  var warnings: [String] {
    guard lines > 0, let first else { return [] }
    let told =
      lines == 1
      ? "1 line was not UTF-8 and was repaired with U+FFFD: \(first)"
      : "\(grouped(lines)) lines were not UTF-8 and were repaired with U+FFFD, the first at \(first)"
    return [told] + (encoding.map { ["\(WrongEncoding(file: first.file, encoding: $0))"] } ?? [])
  }
}
