import ArgumentParser
import Glibc
public import Hanpipe

/// The `hanpipe` program. Another package's executable is this one line:
///
///     Tool.main(adding: [MyPlugin.self])
public enum Tool {
  /// The version that `--version` prints and model directories record.
  public static let version = ModelDirectory.hanpipeVersion

  /// Parses the command line, runs the command, and ends the process.
  public static func main(adding plugins: [any StagePlugin.Type] = []) -> Never {
    // A closed pipe is an error of `write`, which ends us quietly, not a signal that kills us silently.
    signal(SIGPIPE, SIG_IGN)
    Terminal.occupyStandardDescriptors()
    do {
      var registry = try StageRegistry.standard
      for plugin in plugins { try plugin.register(in: &registry) }
      let environment = ToolEnvironment(registry: registry)
      try run(Array(CommandLine.arguments.dropFirst()), in: environment)
      exit(0)
    } catch {
      exit(report(error))
    }
  }

  /// Runs one command line.
  /// - Throws: what the command throws, and ArgumentParser's errors for wrong usage, `--help` and `--version`.
  static func run(_ arguments: [String], in environment: ToolEnvironment) throws {
    try refuseMistypedCommand(arguments)
    var command = try HanpipeCommand.parseAsRoot(arguments)
    if var command = command as? any ToolCommand {
      do { try command.run(in: environment) } catch let error as ValidationError {
        throw WrongUsage(message: error.message, command: type(of: command), name: name(of: arguments))
      }
    } else {
      try command.run()
    }
  }

  /// `hanpipe vocabulary show`, of a command line that was parsed.
  private static func name(of arguments: [String]) -> String {
    var command: any ParsableCommand.Type = HanpipeCommand.self
    var names = ["hanpipe"]
    for argument in arguments {
      guard let next = command.configuration.subcommands.first(where: { $0._commandName == argument }) else { break }
      command = next
      names.append(argument)
    }
    return names.joined(separator: " ")
  }

  /// Tells the error on stderr (help and version: on stdout).
  /// - Returns: the exit status: 0 success, 1 failure, 64 wrong usage.
  private static func report(_ error: any Error) -> Int32 {
    if error is OutputClosed { return 0 }
    if error is Interrupted { return 130 }
    if let code = error as? ExitCode { return code.rawValue }
    if let error = error as? WrongUsage {
      Terminal.write("\(error)")
      return ExitCode.validationFailure.rawValue
    }
    let code = HanpipeCommand.exitCode(for: error)
    if code == .success || code == .validationFailure {
      let message = HanpipeCommand.fullMessage(for: error)
      if code != .success {
        Terminal.write(message)
        return code.rawValue
      }
      do { try Terminal.print(message) } catch { return report(error) }
      return 0
    }
    Terminal.write(error)
    return 1
  }

  /// ArgumentParser only says that an argument is unexpected: say which command was probably meant.
  private static func refuseMistypedCommand(_ arguments: [String]) throws {
    var command: any ParsableCommand.Type = HanpipeCommand.self
    var path = ""
    // Of "help NAME", it is the name that may be mistyped.
    for name in arguments.first == "help" ? arguments.dropFirst() : arguments[...] {
      let subcommands = command.configuration.subcommands
      let known = subcommands.map { $0._commandName } + (path.isEmpty ? ["help"] : [])
      guard !subcommands.isEmpty, !name.hasPrefix("-"), name != "help" else { return }
      guard let found = subcommands.first(where: { $0._commandName == name }) else {
        let hint = nearest(to: name, in: known).map { " Did you mean \"\(path)\($0)\"?" } ?? ""
        throw ValidationError(
          "there is no command \"\(path)\(name)\".\(hint) Commands: \(known.map { path + $0 }.joined(separator: ", "))")
      }
      command = found
      path += name + " "
    }
  }
}

/// What only the running command found to be wrong in how it was called; said as ArgumentParser says what it finds itself.
private struct WrongUsage: Error, CustomStringConvertible {
  let message: String
  let command: any ParsableCommand.Type
  let name: String
  var description: String {
    "Error: \(message)\nUsage: \(HanpipeCommand.usageString(for: command))\n  See '\(name) --help' for more information."
  }
}

/// The user asked to stop.
struct Interrupted: Error {}

/// A command that receives its world, so that it can be run inside a test.
protocol ToolCommand: ParsableCommand {
  mutating func run(in environment: ToolEnvironment) throws
}

/// What a command may know of the world.
struct ToolEnvironment: Sendable {
  let registry: StageRegistry
}

struct HanpipeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hanpipe",
    abstract: "Segments, classifies and learns from Chinese text.",
    discussion: """
      Examples:
        echo 我不喜欢吃苹果 | hanpipe segment
        cut -f2 reviews.tsv | hanpipe classify > answers.jsonl
        hanpipe train pipelines/sentiment.json --data reviews.tsv --model models/mine
        hanpipe evaluate --model models/mine held-out.tsv

      Text comes from files or stdin, a record a line; results go to stdout, one for each record, in order. Progress and \
      warnings go to stderr.

      Exit status: 0 success; 1 failure, or at least one record that failed; 64 wrong usage; 130 interrupted.
      Environment: HANPIPE_HOME is where the shipped pipelines/, vocab/ and models/ are looked for first; HANPIPE_MODEL and \
      HANPIPE_PIPELINE name what is used instead of them, HANPIPE_ROOT the folder that holds all files which a spec may name; TERM=dumb \
      turns the progress line off.
      """,
    version: Tool.version,
    subcommands: [
      RunCommand.self, SegmentCommand.self, ClassifyCommand.self, ExplainCommand.self, TrainCommand.self, EvaluateCommand.self,
      CompareCommand.self, VocabularyCommand.self, VectorsCommand.self, ExportCommand.self, ValidateCommand.self, StagesCommand.self,
      SchemaCommand.self, BenchmarkCommand.self, CurvesCommand.self,
    ])
}
