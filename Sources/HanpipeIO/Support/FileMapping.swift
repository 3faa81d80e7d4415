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
    let number = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard number >= 0 else { throw .system(SystemError("open \(path)")) }
    let file = OwnedDescriptor(number)
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw .system(SystemError("look at \(path)")) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
    let size = Int(status.st_size)
    // An empty mapping is an error of mmap, but an empty file is none.
    let mapped = size == 0 ? nil : mmap(nil, size, PROT_READ, MAP_PRIVATE, file.number, 0)
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
