#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Other descriptors to look at while a reader waits for input, so that it does not wait in vain.
public struct Interrupts: Sendable {
  /// Readable when reading shall end: the reading side of a pipe.
  var wake: Int32?
  /// Where results go: when nobody reads there any more, reading ends.
  var output: Int32?
  public init() {}
}

/// An open descriptor to read from.
struct InputSource: ~Copyable {
  /// As messages call it: a path, or "standard input".
  let name: String
  private let descriptor: Int32
  private let ownsDescriptor: Bool
  /// A regular file always has its next byte ready: no need to ask.
  private let canBlock: Bool
  var interrupts = Interrupts()

  static let standardInputName = "standard input"

  /// - Parameter path: `-` is standard input.
  init(path: String) throws(InputError) {
    let isStandardInput = path == "-"
    let number = isStandardInput ? STDIN_FILENO : retrying { open(path, O_RDONLY | O_CLOEXEC) }
    if number < 0 { throw .open(file: path, SystemError("open \(path)")) }
    self.init(
      descriptor: number, name: isStandardInput ? Self.standardInputName : path, ownsDescriptor: !isStandardInput)
  }

  init(descriptor: Int32, name: String, ownsDescriptor: Bool = false) {
    var status = stat()
    canBlock = fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG
    self.descriptor = descriptor
    self.name = name
    self.ownsDescriptor = ownsDescriptor
  }

  deinit {
    if ownsDescriptor { close(descriptor) }
  }

  enum Outcome: Equatable {
    /// So many bytes, at least one.
    case bytes(Int)
    case wouldWait
    case end
  }

  /// Reads some bytes.
  /// - Parameter mayWait: whether to wait until there are any.
  func read(into buffer: UnsafeMutableRawBufferPointer, mayWait: Bool) throws -> Outcome {
    while true {
      if canBlock, try !isReady(mayWait: mayWait) { return .wouldWait }
      #if canImport(Glibc)
        let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      #elseif canImport(Musl)
        let got = Musl.read(descriptor, buffer.baseAddress, buffer.count)
      #else
        let got = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
      #endif
      if got > 0 { return .bytes(got) }
      if got == 0 { return .end }
      switch errno {
      // Somebody else took the bytes, or a signal came: ask again.
      case EINTR, EAGAIN: continue
      case EISDIR: throw InputError.isDirectory(file: name)
      default: throw InputError.read(file: name, SystemError("read \(name)"))
      }
    }
  }

  /// Whether a read would give something at once, be it the end or an error.
  private func isReady(mayWait: Bool) throws -> Bool {
    // A negative descriptor is passed over by poll.
    var polled = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: interrupts.wake ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: interrupts.output ?? -1, events: 0, revents: 0),
    ]
    while true {
      let ready = retrying { poll(&polled, nfds_t(polled.count), mayWait ? -1 : 0) }
      if ready < 0 { throw InputError.read(file: name, SystemError("wait for \(name)")) }
      if polled[1].revents != 0 { throw InputError.cancelled }
      if polled[2].revents & Int16(POLLERR) != 0 { throw OutputClosed() }
      if polled[0].revents != 0 { return true }
      // Anything else that the output reports is for the writer to find: do not look there again.
      if polled[2].revents != 0 { polled[2].fd = -1 }
      if !mayWait { return false }
    }
  }
}
