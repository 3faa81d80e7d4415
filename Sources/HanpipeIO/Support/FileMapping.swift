#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A regular file's bytes, mapped for reading as long as the value lives.
///
/// Nothing is read before it is looked at, so a file of any size can be judged by its header. Do not keep it for long: a
/// file that somebody cuts short meanwhile ends the process when the missing part is touched.
struct FileMapping: ~Copyable {
  private let base: UnsafeMutableRawPointer?
  let count: Int

  init(path: String) throws(FileReadError) {
    let file = try RegularFile(path)
    let size = file.size
    // An empty mapping is an error of mmap, but an empty file is none.
    let mapped = size == 0 ? nil : mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor.number, 0)
    if mapped == MAP_FAILED { throw .system(SystemError("map \(path)")) }
    base = mapped
    count = size
  }

  deinit {
    if let base { munmap(base, count) }
  }

  /// Lends the bytes.
  borrowing func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }
}
