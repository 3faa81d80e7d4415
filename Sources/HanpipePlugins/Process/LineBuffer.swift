#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Bytes that came through a pipe, cut into lines. Each byte is looked at once.
struct LineBuffer {
  enum Step { case some, nothing, end }

  private var bytes: [UInt8] = []
  /// Where the first line that was not taken starts.
  private var start = 0
  /// Before here there is no line feed that was not taken.
  private var searched = 0

  /// Bytes of lines that were not taken.
  var count: Int { bytes.count - start }

  /// Reads what there is, 256 KiB at most.
  mutating func fill(from descriptor: Int32) -> Step {
    let most = 1 << 18
    if start > 0 {
      bytes.removeFirst(start)
      searched -= start
      start = 0
    }
    // Uninitialised: to make room of zeros takes longer than to read the few bytes that come.
    return withUnsafeTemporaryAllocation(byteCount: most, alignment: 16) { room in
      var got = 0
      repeat { got = read(descriptor, room.baseAddress, most) } while got < 0 && errno == EINTR
      let isBlocked = got < 0 && errno == EAGAIN
      bytes.append(contentsOf: room[..<max(0, got)])
      return got > 0 ? .some : isBlocked ? .nothing : .end
    }
  }

  /// The next line, without its line feed; nil as long as it has none.
  mutating func next() -> [UInt8]? {
    guard let end = bytes[searched...].firstIndex(of: 0x0A) else {
      searched = bytes.count
      return nil
    }
    defer { (start, searched) = (end + 1, end + 1) }
    return Array(bytes[start..<end])
  }

  /// Everything that is left.
  mutating func rest() -> [UInt8] {
    defer { self = LineBuffer() }
    return Array(bytes[start...])
  }
}
