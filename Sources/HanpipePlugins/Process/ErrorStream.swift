#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A plug-in's stderr, passed on line by line under its name.
struct ErrorStream {
  /// Bytes that a line may have; a longer one is passed on in pieces.
  private static let longest = 1 << 13

  let name: String
  private var buffer = LineBuffer()
  /// The last line that was not empty.
  private(set) var lastLine: String?

  init(name: String) { self.name = name }

  /// Passes on what there is.
  mutating func forward(_ descriptor: Int32) -> LineBuffer.Step {
    let step = buffer.fill(from: descriptor)
    while let line = buffer.next() { pass(line[...]) }
    if step == .end || buffer.count > Self.longest { flush() }
    return step
  }

  /// Passes on a line that has not ended.
  mutating func flush() {
    let rest = buffer.rest()
    if !rest.isEmpty { pass(rest[...]) }
  }

  private mutating func pass(_ line: ArraySlice<UInt8>) {
    var rest = line
    repeat {
      let piece = rest.prefix(Self.longest)
      rest = rest.dropFirst(piece.count)
      let text = String(decoding: piece, as: UTF8.self)
      if !text.allSatisfy(\.isWhitespace) { lastLine = String(text.prefix(400)) }
      // A terminal may show progress on this line: it goes, and will be drawn anew.
      let erase = isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : ""
      let bytes = Array("\(erase)\(name): \(text)\n".utf8)
      // At once, so that lines of several threads do not mix.
      _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    } while !rest.isEmpty
  }
}
