import Glibc
import HanpipeCore

/// A directory of a test's own, gone when the test ends.
final class Workspace {
  let path: String

  init() {
    var template = Array("/tmp/hanpipe-test-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!).map { String(cString: $0) } ?? "" }
    precondition(!path.isEmpty, "no temporary directory could be made")
  }
  deinit {
    chmodAll(0o700)
    Files.remove(path)
  }

  /// The path of something inside.
  subscript(name: String) -> String { path + "/" + name }

  @discardableResult
  func write(_ bytes: some Collection<UInt8>, to name: String) throws -> String {
    try Files.write(Array(bytes), to: self[name])
    return self[name]
  }
  @discardableResult
  func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

  /// Runs the tool here: relative paths in messages are as a user would see them.
  func run(
    _ arguments: [String], input: String = "", environment: [String: String] = Tool.environment,
    timeout: Duration = .seconds(60)
  ) throws -> Outcome {
    try Tool.run(arguments, input: input.utf8, in: path, environment: environment, timeout: timeout)
  }

  private func chmodAll(_ mode: mode_t) {
    for name in Files.names(path) { chmod(self[name], mode | 0o600) }
  }
}

/// Plain file work.
enum Files {
  struct Failure: Error { let path: String, code: Int32 }

  static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "re") else { throw Failure(path: path, code: errno) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { return bytes }
      bytes += block[..<count]
    }
  }
  static func text(_ path: String) throws -> String { String(decoding: try read(path), as: UTF8.self) }

  static func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "we") else { throw Failure(path: path, code: errno) }
    let written = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, written == bytes.count else { throw Failure(path: path, code: errno) }
  }
  static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

  static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func makeDirectory(_ path: String) throws {
    guard mkdir(path, 0o755) == 0 else { throw Failure(path: path, code: errno) }
  }

  /// Names in a directory, hidden ones too, sorted; none for what is no directory.
  static func names(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  static func remove(_ path: String) {
    if isDirectory(path) {
      for name in names(path) { remove(path + "/" + name) }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  static func copy(_ from: String, to: String) throws {
    guard isDirectory(from) else { return try write(try read(from), to: to) }
    try makeDirectory(to)
    for name in names(from) { try copy(from + "/" + name, to: to + "/" + name) }
  }

  /// Every file below a directory, by its name there.
  static func contents(_ path: String) throws -> [String: [UInt8]] {
    var all: [String: [UInt8]] = [:]
    for name in names(path) {
      if isDirectory(path + "/" + name) {
        for (inner, bytes) in try contents(path + "/" + name) { all[name + "/" + inner] = bytes }
      } else {
        all[name] = try read(path + "/" + name)
      }
    }
    return all
  }

  static func replace(_ old: String, by new: String, in path: String) throws {
    let text = try text(path)
    let parts = text.split(separator: old, omittingEmptySubsequences: false)
    precondition(parts.count > 1, "\(path) does not hold \(old)")
    try write(parts.joined(separator: new), to: path)
  }
}

extension Outcome {
  /// Each line of stdout as JSON.
  func json() throws -> [JSON] { try lines.map { try JSON(parsing: Array($0.utf8)) } }
}
