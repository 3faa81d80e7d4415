import HanpipeCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ModelDirectory {
  /// Whether a model can be saved here, asked before hours of training rather than after.
  /// - Throws: `ModelError`: something else is in the place, or it cannot be written.
  public static func checkWritable(_ path: String) throws(ModelError) {
    let target = canonicalPath(path) ?? path
    let (parent, name) = splitPath(target)
    guard !name.isEmpty, fileKind(parent) == .directory else { throw .noParent(path: path) }
    switch fileKind(target) {
    case .missing: break
    case .directory:
      let isEmpty: Bool
      do { isEmpty = try directoryEntries(target).isEmpty } catch { throw .save(path: path, error) }
      guard isEmpty || isModel(target) else { throw .occupied(path: path) }
    case .regular, .other: throw .occupied(path: path)
    }
    guard access(parent, W_OK) == 0 else { throw .save(path: path, SystemError("write to \(parent)")) }
  }

  /// Removes a model. What is not one is left alone.
  public static func remove(_ path: String) {
    if isModel(path) { removeTree(path) }
  }

  /// A file that was saved as one of `Contents.extraFiles`.
  /// - Throws: `FileError`.
  public static func readExtraFile(_ name: String, of path: String) throws -> [UInt8] {
    do { return try readFile(path + "/" + name, limit: fileLimit) } catch { throw FileError(path + "/" + name, error) }
  }
}

/// What identifies a file's content.
public enum FileHash {
  /// SHA-256 of a file, in hexadecimal; read in blocks, so that its size does not matter.
  /// - Throws: `SystemError`.
  public static func sha256(_ path: String) throws(SystemError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open \(path)") }
    defer { close(descriptor) }
    var hash = SHA256()
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      guard count >= 0 else { throw SystemError("read \(path)") }
      if count == 0 { return hash.hex }
      block.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }
}
