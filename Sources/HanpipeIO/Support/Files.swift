#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What stands at a path.
enum FileKind: Equatable { case missing, regular, directory, other }

/// - Parameter followingLinks: whether a link counts as what it leads to.
func fileKind(_ path: String, followingLinks: Bool = true) -> FileKind {
  var status = stat()
  guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return .missing }
  switch status.st_mode & S_IFMT {
  case S_IFREG: return .regular
  case S_IFDIR: return .directory
  default: return .other
  }
}

/// Why a file cannot be read whole.
public enum FileReadError: Error, Equatable, CustomStringConvertible {
  case system(SystemError)
  case notRegular
  case tooLarge(bytes: Int, allowed: Int)

  public var description: String {
    switch self {
    case .system(let error): error.reason
    case .notRegular: "not a regular file"
    case .tooLarge(let bytes, let allowed): "it has \(bytes) bytes; at most \(allowed) are allowed here"
    }
  }
}

/// A regular file, open for reading.
struct RegularFile: ~Copyable {
  let descriptor: OwnedDescriptor
  /// In bytes.
  let size: Int

  init(_ path: String) throws(FileReadError) {
    try self.init(opened: retrying { open(path, Self.flags) }, path)
  }

  /// The file at the end of `names`, each but the last a directory in the one before, the first in `root`.
  ///
  /// None of them may be a link: whoever has looked where links lead opens the very path that was looked at, however fast somebody
  /// exchanges a part of it in between.
  init(_ names: [Substring], beneath root: String) throws(FileReadError) {
    let shown = root + "/" + names.joined(separator: "/")
    var folder = retrying { open(root, Self.folderFlags) }
    for name in names.dropLast() {
      guard folder >= 0 else { break }
      let above = OwnedDescriptor(folder)
      folder = retrying { openat(above.number, String(name), Self.folderFlags | O_NOFOLLOW) }
    }
    guard folder >= 0 else { throw .system(SystemError("open \(shown)")) }
    let last = OwnedDescriptor(folder)
    try self.init(opened: retrying { openat(last.number, String(names.last ?? "."), Self.flags | O_NOFOLLOW) }, shown)
  }

  /// Not blocking, so that a FIFO in a file's place is refused, not waited for.
  private static let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK
  #if os(Linux)
    /// With O_PATH, which Swift's importer does not see: a folder that may be passed through but not listed is good enough.
    private static let folderFlags: Int32 = O_DIRECTORY | O_CLOEXEC | 0o10_000_000
  #else
    private static let folderFlags: Int32 = O_RDONLY | O_DIRECTORY | O_CLOEXEC
  #endif

  private init(opened number: Int32, _ path: String) throws(FileReadError) {
    guard number >= 0 else { throw .system(SystemError("open \(path)")) }
    let file = OwnedDescriptor(number)
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw .system(SystemError("look at \(path)")) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
    size = Int(status.st_size)
    descriptor = file
  }
}

/// The bytes of a regular file.
/// - Parameter limit: how many bytes it may have; checked before anything is allocated.
func readFile(_ path: String, limit: Int) throws(FileReadError) -> [UInt8] { try readAll(RegularFile(path), limit: limit) }

/// The bytes of a regular file that is open.
func readAll(_ file: consuming RegularFile, limit: Int) throws(FileReadError) -> [UInt8] {
  let size = file.size
  guard size <= limit else { throw .tooLarge(bytes: size, allowed: limit) }
  let number = file.descriptor.number
  var failure: SystemError?
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    while count < size, let base = buffer.baseAddress {
      let got = retrying { read(number, base + count, size - count) }
      if got < 0 { failure = SystemError("read the file") }
      if got <= 0 { return }
      count += got
    }
  }
  if let failure { throw .system(failure) }
  return bytes
}

/// Lends the bytes of a regular file that is open, a megabyte at most at a time.
func readInPieces(_ file: consuming RegularFile, _ body: (UnsafeRawBufferPointer) -> Void) throws(FileReadError) {
  let number = file.descriptor.number
  var failure: SystemError?
  withUnsafeTemporaryAllocation(byteCount: min(file.size, 1 << 20), alignment: 1) { buffer in
    while let base = buffer.baseAddress, buffer.count > 0 {
      let got = retrying { read(number, base, buffer.count) }
      if got < 0 { failure = SystemError("read the file") }
      if got <= 0 { return }
      body(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
    }
  }
  if let failure { throw .system(failure) }
}

/// Makes a new file durable: written, synced, closed. A file that stands there is an error.
func writeNewFile(_ path: String, _ body: (_ descriptor: Int32) throws -> Void) throws {
  let number = retrying { open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
  guard number >= 0 else { throw SystemError("create \(path)") }
  let file = OwnedDescriptor(number)
  try body(file.number)
  guard retrying({ fsync(file.number) }) == 0 else { throw SystemError("sync \(path)") }
}

func writeNewFile(_ path: String, _ bytes: [UInt8]) throws {
  try writeNewFile(path) { descriptor in
    try bytes.withUnsafeBytes { try writeAll(descriptor, $0, "write \(path)") }
  }
}

/// Makes the names in a directory durable.
func syncDirectory(_ path: String) throws(SystemError) {
  let number = retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
  guard number >= 0 else { throw SystemError("open \(path)") }
  let directory = OwnedDescriptor(number)
  // Some file systems do not sync directories and say EINVAL; there is nothing to do about that.
  if retrying({ fsync(directory.number) }) != 0, errno != EINVAL { throw SystemError("sync \(path)") }
}

/// Names in a directory, sorted, without `.` and `..`.
func directoryEntries(_ path: String) throws(SystemError) -> [String] {
  guard let stream = opendir(path) else { throw SystemError("list \(path)") }
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

/// Removes a file, or a directory with everything in it. Follows no link. Goes on past what it cannot remove.
func removeTree(_ path: String) {
  if fileKind(path, followingLinks: false) == .directory {
    for name in (try? directoryEntries(path)) ?? [] { removeTree(path + "/" + name) }
    rmdir(path)
  } else {
    unlink(path)
  }
}

/// The path without links, `.` and `..`; nil if it does not exist.
func canonicalPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// The directory that a path stands in, and its last part. `a/b/` gives `a` and `b`; `b` gives `.` and `b`.
func splitPath(_ path: String) -> (directory: String, name: String) {
  var parts = path.split(separator: "/", omittingEmptySubsequences: true)
  let name = parts.popLast().map(String.init) ?? ""
  let directory = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  return (directory.isEmpty ? "." : directory, name)
}
