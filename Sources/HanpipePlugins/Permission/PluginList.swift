public import HanpipeCore
import HanpipeIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The code from outside that a user allows for good, in a file of his own:
///
///     {
///       "libraries": ["/home/me/plugins/libwords.so"],
///       "commands": [["python3", "/home/me/plugins/words.py"]]
///     }
///
/// A command is allowed word for word. A library, and a script in a command, may also be a copy of an allowed file, as models hold
/// them: then the file that the list names runs, not the copy.
public struct PluginList: Sendable, Equatable {
  /// Absolute paths.
  public private(set) var libraries: [String] = []
  public private(set) var commands: [[String]] = []

  /// $XDG_CONFIG_HOME/hanpipe/plugins.json, or ~/.config/hanpipe/plugins.json; nil where neither variable is set.
  public static func standardPath(_ variable: (String) -> String?) -> String? {
    // A relative path there is invalid, says the XDG base directory specification.
    if let folder = variable("XDG_CONFIG_HOME"), folder.hasPrefix("/") { return folder + "/hanpipe/plugins.json" }
    return variable("HOME").flatMap { $0.hasPrefix("/") ? $0 + "/.config/hanpipe/plugins.json" : nil }
  }

  public init() {}

  /// Reads a list; an absent file is an empty one.
  /// - Throws: `FileError` with what is wrong with it.
  public init(path: String) throws {
    guard access(path, F_OK) == 0 else {
      self.init()
      return
    }
    let bytes = try FileContent.read(path, limit: 1 << 20)
    do { try self.init(parsing: bytes) } catch { throw FileError(path, error) }
  }

  /// - Throws: `SpecError`.
  public init(parsing bytes: [UInt8]) throws(SpecError) {
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch { throw .syntax(error) }
    let known = ["libraries", "commands"]
    guard let object = json.objectValue else {
      throw .badValue(SpecPath("the list"), found: json.description, allowed: "an object with \"libraries\" and \"commands\"")
    }
    if let unknown = object.keys.first(where: { !known.contains($0) }) { throw .unknownKey(SpecPath(), key: unknown, known: known) }
    if let list = object["libraries"] { libraries = try [String].decode(list, at: SpecPath("libraries")) }
    if let list = object["commands"] { commands = try [[String]].decode(list, at: SpecPath("commands")) }
    for (i, path) in libraries.enumerated() where !path.hasPrefix("/") {
      throw .badValue(SpecPath("libraries")[i], found: path.json.description, allowed: "an absolute path")
    }
    if let i = commands.firstIndex(where: \.isEmpty) {
      throw .badValue(SpecPath("commands")[i], found: "[]", allowed: "a program and its arguments")
    }
  }

  /// What may run in the place of `code`; nil if nothing may.
  public func allowed(_ code: OutsideCode) -> OutsideCode? {
    switch code {
    case .library(let path):
      libraries.first { Self.isSame($0, path) }.map { .library($0) }
    case .program(let words, let script):
      commands.first { command in
        command.count == words.count
          && zip(command, words).enumerated().allSatisfy { i, pair in
            pair.0 == pair.1 || (i == script && pair.0.hasPrefix("/") && Self.isSame(pair.0, pair.1))
          }
      }.map { .program($0, script: script) }
    }
  }

  /// Whether two paths name the same file, or files of the same content.
  private static func isSame(_ allowed: String, _ path: String) -> Bool {
    if allowed == path { return true }
    guard let content = try? FileContent.read(allowed), let other = try? FileContent.read(path) else { return false }
    return content == other
  }
}
