import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where results go, as bytes.
public protocol ByteSink: Sendable {
  /// - Throws: `OutputClosed` if nobody reads any more, `OutputError` for anything else.
  func write(_ bytes: [UInt8]) throws
  /// Hands on what `write` may have kept.
  func flush() throws
  /// The descriptor behind it, which a waiting reader watches; nil if there is none.
  var descriptor: Int32? { get }
}

/// Nobody reads the output any more, as after `| head -1`: the program ends quietly.
public struct OutputClosed: Error, Equatable, CustomStringConvertible {
  public init() {}
  public var description: String { "the output was closed" }
}

/// Output that could not be written.
public struct OutputError: Error, Equatable, CustomStringConvertible {
  /// A path, or "standard output".
  public let file: String
  public let cause: SystemError
  public var description: String { "\(file): cannot be written: \(cause.reason)" }
}

/// A buffered writer on a file descriptor. Writes of several threads do not mix.
///
/// The program must ignore SIGPIPE (`ignoreBrokenPipes`), or a closed pipe ends it before it can be told.
public final class ByteWriter: ByteSink {
  private let number: Int32
  private let name: String
  private let buffer: Mutex<[UInt8]>
  private let capacity: Int

  /// - Parameters:
  ///   - descriptor: stays the caller's.
  ///   - name: as messages shall call it.
  ///   - capacity: bytes kept before they are handed on; more in one go are written at once.
  public init(descriptor: Int32, name: String, capacity: Int = 1 << 16) {
    number = descriptor
    self.name = name
    self.capacity = capacity
    buffer = Mutex([])
  }

  public static func standardOutput() -> ByteWriter { ByteWriter(descriptor: STDOUT_FILENO, name: "standard output") }

  public var descriptor: Int32? { number }

  public func write(_ bytes: [UInt8]) throws {
    try buffer.withLock { kept in
      if kept.count + bytes.count <= capacity {
        kept.append(contentsOf: bytes)
        return
      }
      try send(&kept)
      if bytes.count < capacity { kept = bytes } else { try bytes.withUnsafeBytes(send) }
    }
  }

  public func flush() throws { try buffer.withLock { try send(&$0) } }

  private func send(_ kept: inout [UInt8]) throws {
    defer { kept.removeAll(keepingCapacity: true) }
    try kept.withUnsafeBytes(send)
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws {
    do { try writeAll(number, bytes, "write \(name)") } catch {
      if error.code == EPIPE { throw OutputClosed() }
      throw OutputError(file: name, cause: error)
    }
  }

  /// Makes a closed pipe an error of `write` instead of the program's end.
  public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}

/// Keeps what is written, for tests and for commands run inside another program.
public final class MemorySink: ByteSink {
  private let storage = Mutex<[UInt8]>([])
  public init() {}
  public func write(_ bytes: [UInt8]) { storage.withLock { $0.append(contentsOf: bytes) } }
  public func flush() {}
  public var descriptor: Int32? { nil }
  public var bytes: [UInt8] { storage.withLock { $0 } }
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}
