internal import HanpipeCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A regular file's bytes, mapped for reading as long as the value lives.
///
/// Nothing is read before it is looked at, so a file of any size can be judged by its header. A file that is replaced or removed
/// stays readable; one that somebody cuts short in place ends the process when the missing part is touched.
// Safety: the memory is mapped for reading only, and unmapped when nobody has the value any more.
final class FileMapping: ByteStorage, @unchecked Sendable {
  private let base: UnsafeMutableRawPointer?
  let count: Int

  convenience init(path: String, limit: Int = .max) throws(FileReadError) { try self.init(RegularFile(path), limit: limit) }

  /// - Parameter limit: how many bytes the file may have.
  init(_ file: consuming RegularFile, limit: Int = .max) throws(FileReadError) {
    let size = file.size
    guard size <= limit else { throw .tooLarge(bytes: size, allowed: limit) }
    // An empty mapping is an error of mmap, but an empty file is none.
    let mapped = size == 0 ? nil : mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor.number, 0)
    if mapped == MAP_FAILED { throw .system(SystemError("map the file")) }
    base = mapped
    count = size
  }

  deinit {
    if let base { munmap(base, count) }
  }

  /// Lends the bytes.
  func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }
}
