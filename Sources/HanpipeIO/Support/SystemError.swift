#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A call of the operating system that failed.
public struct SystemError: Error, Equatable, CustomStringConvertible {
  /// What was tried, with its object: `open /data/a.txt`.
  public let operation: String
  /// As `errno` gave it.
  public let code: Int32

  public init(_ operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }
  /// With the present `errno`: call it first thing after the failure.
  init(_ operation: String) { self.init(operation, code: errno) }

  /// The system's words, with its capital lowered: "no space left on device".
  public var reason: String {
    let text = String(cString: strerror(code))
    return text.prefix(1).lowercased() + text.dropFirst()
  }
  public var description: String { "cannot \(operation): \(reason)" }
  public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
}

/// Calls `body` again as long as a signal interrupts it.
package func retrying<I: SignedInteger>(_ body: () -> I) -> I {
  while true {
    let result = body()
    if result != -1 || errno != EINTR { return result }
  }
}

/// Writes all of `bytes`. Waits where a descriptor that does not block is full.
func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ operation: String) throws(SystemError) {
  var rest = bytes
  while let base = rest.baseAddress, !rest.isEmpty {
    let written = retrying { write(descriptor, base, rest.count) }
    if written < 0 {
      guard errno == EAGAIN || errno == EWOULDBLOCK else { throw SystemError(operation) }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = retrying { poll(&waiting, 1, -1) }
      continue
    }
    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
  }
}

/// A descriptor that is closed when nobody holds it any more.
struct OwnedDescriptor: ~Copyable {
  let number: Int32
  init(_ number: Int32) { self.number = number }
  deinit { close(number) }
}
