import Glibc
import HanpipeCore

/// Where the files that come with the tool are: `pipelines/`, `vocab/`, `models/`.
enum Installation {
  /// Looks in HANPIPE_HOME, then upwards from the executable (a checkout), then in `../share/hanpipe` beside it.
  /// - Parameter path: such as `pipelines/segment.json`.
  /// - Throws: `InstallationError`.
  static func find(_ path: String) throws -> String {
    for root in roots() {
      let candidate = root + "/" + path
      if isThere(candidate) { return candidate }
    }
    throw InstallationError(path: path)
  }

  /// Where the tool's own spec or model is that was probably meant by a name of which there is nothing here.
  /// - Parameters:
  ///   - path: such as `sentiment`, or `pipelines/sentiment.json` away from the checkout.
  ///   - isModel: whether a model is looked for rather than a spec.
  static func meant(by path: String, isModel: Bool) -> String? {
    guard !path.isEmpty, !path.hasPrefix("/"), !isThere(path) else { return nil }
    let specs = ["pipelines/\(path)", "pipelines/\(path).json"]
    let models = ["models/\(path)"]
    return ([path] + (isModel ? models + specs : specs + models)).lazy.compactMap { try? find($0) }.first
  }

  static func isThere(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// What a command works with: what its option names, without the option what an environment variable names, and without both what
  /// comes with the tool.
  struct Named {
    let path: String
    let isShipped: Bool

    init(_ path: String) {
      self.path = path
      isShipped = false
    }
    /// What comes with the tool.
    init(shipped path: String) {
      self.path = path
      isShipped = true
    }

    /// - Throws: `InstallationError`.
    init(_ option: String?, variable: String, standard: String) throws {
      let value = option ?? Terminal.variable(variable).flatMap { $0.isEmpty ? nil : $0 }
      path = try value ?? Installation.find(standard)
      isShipped = value == nil
    }
  }

  private static func roots() -> [String] {
    var roots: [String] = []
    if let home = Terminal.variable("HANPIPE_HOME"), !home.isEmpty { roots.append(home) }
    guard let executable = executablePath() else { return roots }
    var folder = executable[..<(executable.lastIndex(of: "/") ?? executable.startIndex)]
    roots.append(folder + "/../share/hanpipe")
    while !folder.isEmpty {
      roots.append(String(folder))
      folder = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]
    }
    return roots
  }

  private static func executablePath() -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// A name of which there is nothing here, but among what comes with the tool.
struct ElsewhereError: Error, CustomStringConvertible {
  let path: String
  let meant: String
  var description: String { "\(path): no such file or directory; the one that comes with the tool is \(meant)" }
}

struct InstallationError: Error, CustomStringConvertible {
  let path: String
  var description: String {
    "\(path) is not found: name a pipeline or model, or set HANPIPE_HOME to the folder that holds it"
  }
}
