public import HanpipeCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whole files, by name.
public enum FileContent {
  /// - Throws: `FileError` with the file's name.
  public static func read(_ path: String, limit: Int = 1 << 30) throws -> [UInt8] {
    do { return try readFile(path, limit: limit) } catch { throw FileError(path, error) }
  }

  /// A file where it lies, to be read only: whoever replaces it does so by renaming.
  /// - Throws: `FileError` with the file's name.
  public static func map(_ path: String, limit: Int = 1 << 30) throws -> any ByteStorage {
    do { return try FileMapping(path: path, limit: limit) } catch { throw FileError(path, error) }
  }

  /// Whether `replace` has a chance: to be asked before the work of which the file is to hold the result.
  /// - Parameter output: what is to be written; a file that holds something else is not to be replaced.
  /// - Throws: `FileError` with the file's name.
  public static func checkReplaceable(_ path: String, as output: OutputKind) throws {
    if path == "-" { throw FileError(path, OutputFileError.standardOutput(output)) }
    try checkReplaceable(path)
    guard fileKind(path) == .regular else { return }
    let start = try map(path).withBytes { Array($0.prefix(64)) }
    guard start.isEmpty || output.begins(start) else { throw FileError(path, OutputFileError.another(output)) }
  }

  /// - Throws: `FileError` with the file's name.
  private static func checkReplaceable(_ path: String) throws {
    let kind = fileKind(path)
    guard kind == .missing || kind == .regular else { throw FileError(path, FileReadError.notRegular) }
    let folder = splitPath(path).directory
    guard access(folder, W_OK | X_OK) == 0 else { throw FileError(path, SystemError("write to \(folder)")) }
  }

  /// Writes a file beside `path`, synced, and puts it in its place: whoever reads finds the old one or the new one, whole.
  /// - Throws: `FileError` with the file's name. What is no regular file, such as `/dev/stdout`, is left as it is.
  public static func replace(_ path: String, _ bytes: [UInt8]) throws {
    try replace(path) { sink in try bytes.withUnsafeBytes(sink) }
  }

  /// The same piece by piece.
  /// - Parameter body: gives the pieces to `sink`, in their order.
  static func replace(_ path: String, _ body: (_ sink: (UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
    try checkReplaceable(path)
    let new = "\(path).\(getpid()).new"
    do {
      try writeNewFile(new) { descriptor in try body { try writeAll(descriptor, $0, "write \(new)") } }
      guard rename(new, path) == 0 else { throw SystemError("rename \(new)") }
      try syncDirectory(splitPath(path).directory)
    } catch {
      unlink(new)
      throw FileError(path, error)
    }
  }
}
