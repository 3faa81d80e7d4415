import HanpipeCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Lines of one input, as bytes that are valid UTF-8.
///
///     var lines = try LineReader(path: "-")
///     while try lines.next() == .line { use(lines.bytes) }
///
/// - A line ends at LF; a CR before it belongs to the end. A last line without LF counts; nothing after the last LF is none.
/// - A byte order mark at the very start is dropped. NUL is a character. A blank line is a line.
/// - What is not UTF-8 becomes U+FFFD and is counted, or is an error in strict reading.
/// - A line longer than `maximum` bytes is skipped and reported (`isTooLong`); its neighbours are not touched.
///
/// Blocks are validated whole, lines only where a block has an error. Memory: a block, or twice the longest line.
public struct LineReader: ~Copyable {
  public enum Step: Equatable, Sendable {
    /// There is a line in `bytes`.
    case line
    /// Nothing yet, and the caller did not want to wait. What came of the next line is kept.
    case wouldWait
    case end
  }

  /// 1 GiB.
  public static let maximumLine = 1 << 30
  /// Bytes a read, 256 KiB: four of Linux's pipes; larger blocks gain nothing and leave the cache.
  static let blockSize = 1 << 18

  private var source: InputSource
  private let isStrict: Bool
  private let maximum: Int

  private var buffer = [UInt8](repeating: 0, count: LineReader.blockSize)
  /// The unread bytes are `buffer[start..<end]`; before `scanned` stands no LF.
  private var start = 0
  private var scanned = 0
  private var end = 0
  private var isAtEnd = false
  /// Up to here the buffer was looked at as a whole: valid, or containing an error somewhere.
  private var validUpTo = 0
  private var doubtfulUpTo = 0
  /// Inside of a line that is too long: its bytes are dropped as they come.
  private var isDiscarding = false

  private var current = 0..<0
  private var repaired: [UInt8]?
  /// The number of the present line, from 1.
  public private(set) var number = 0
  /// Whether the present line was longer than the maximum; `bytes` then holds its beginning, at most 200 bytes.
  public private(set) var isTooLong = false
  /// What ended the present line: "\r\n", "\n" or, at the end of the input, nothing.
  public private(set) var terminator: Terminator = .none
  /// What was repaired so far. An encoding is named only while a third of all lines had to be.
  public var repairs: Repairs {
    var repairs = counted
    if repairs.lines * 3 < number { repairs.encoding = nil }
    return repairs
  }
  private var counted = Repairs()

  public enum Terminator: Sendable { case none, lf, crlf }

  /// - Parameters:
  ///   - path: a file, or `-` for standard input.
  ///   - maximum: how many bytes a line may have.
  /// - Throws: `InputError`.
  public init(path: String, strict: Bool = false, maximum: Int = LineReader.maximumLine) throws(InputError) {
    self.init(try InputSource(path: path), strict: strict, maximum: maximum)
  }

  /// Reads a descriptor that stays the caller's.
  /// - Parameter name: as messages shall call it.
  public init(descriptor: Int32, name: String, strict: Bool = false, maximum: Int = LineReader.maximumLine) {
    self.init(InputSource(descriptor: descriptor, name: name), strict: strict, maximum: maximum)
  }

  private init(_ source: consuming InputSource, strict: Bool, maximum: Int) {
    self.source = source
    isStrict = strict
    self.maximum = maximum
  }

  public var name: String { source.name }
  var interrupts: Interrupts {
    get { source.interrupts }
    set { source.interrupts = newValue }
  }

  /// The present line, without its end. Do not keep the slice: a copy of the whole block would follow.
  public var bytes: ArraySlice<UInt8> { repaired.map { $0[...] } ?? buffer[current] }

  /// Goes to the next line.
  /// - Parameter mayWait: whether to wait for input; if not, `.wouldWait` says that a read would block.
  /// - Throws: `InputError`, and `OutputClosed` where a runner said what to watch.
  public mutating func next(mayWait: Bool = true) throws -> Step {
    repaired = nil
    isTooLong = false
    while true {
      if let lineFeed = findLineFeed() {
        scanned = lineFeed + 1
        try finishLine(at: lineFeed, isTerminated: true)
        start = lineFeed + 1
        return .line
      }
      scanned = end
      if isDiscarding || end - start > maximum { discard() }
      if isAtEnd {
        guard start < end || isDiscarding else { return .end }
        try finishLine(at: end, isTerminated: false)
        start = end
        return .line
      }
      guard try fill(mayWait: mayWait) else { return .wouldWait }
    }
  }

  private func findLineFeed() -> Int? {
    buffer.withUnsafeBytes { raw in
      guard scanned < end, let base = raw.baseAddress, let found = memchr(base + scanned, 0x0A, end - scanned) else {
        return nil
      }
      return UnsafeRawPointer(found) - base
    }
  }

  // MARK: A line

  private mutating func finishLine(at lineEnd: Int, isTerminated: Bool) throws {
    number += 1
    var upper = lineEnd
    terminator = isTerminated ? .lf : .none
    if isTerminated, upper > start, buffer[upper - 1] == 0x0D {
      upper -= 1
      terminator = .crlf
    }
    if number == 1, upper - start >= 3, buffer[start] == 0xEF, buffer[start + 1] == 0xBB, buffer[start + 2] == 0xBF {
      start += 3
    }
    if isDiscarding || upper - start > maximum {
      // `discard` has kept the line's beginning in front of the buffer.
      let kept = isDiscarding ? discardedHead : Array(buffer[start..<min(upper, start + Self.headSize)])
      repaired = Array(String(decoding: kept, as: UTF8.self).utf8)
      isDiscarding = false
      isTooLong = true
      return
    }
    current = start..<upper
    if lineEnd > validUpTo { try validate(lineEnd) }
  }

  /// Looks at all whole lines of the buffer at once; only if that fails, at the present one.
  private mutating func validate(_ lineEnd: Int) throws {
    if lineEnd > doubtfulUpTo {
      let blockEnd = lastLineFeed(from: lineEnd) ?? lineEnd
      // A character cannot hold an LF, so the block is valid if and only if each of its lines is.
      if isValidUTF8(buffer[start..<blockEnd]) {
        validUpTo = blockEnd
        return
      }
      doubtfulUpTo = blockEnd
    }
    if isValidUTF8(buffer[current]) { return }
    if isStrict { throw firstError() }
    repaired = Array(String(decoding: buffer[current], as: UTF8.self).utf8)
    if counted.first == nil {
      counted.first = LinePosition(file: name, line: number)
      // With the lines before it that are still there: one that is broken among many is no other encoding.
      counted.encoding = ForeignEncoding.guess(buffer[..<max(lineEnd, doubtfulUpTo)])
    }
    counted.lines += 1
  }

  private func lastLineFeed(from lineEnd: Int) -> Int? {
    var at = end - 1
    while at >= lineEnd {
      if buffer[at] == 0x0A { return at }
      at -= 1
    }
    return nil
  }

  private func firstError() -> InputError {
    // The valid characters of the line, and then the byte that begins none.
    let line = buffer[current]
    var position = line.startIndex
    while position < line.endIndex {
      let length = (1...4).first { position + $0 <= line.endIndex && isValidUTF8(line[position..<position + $0]) }
      guard let length else { break }
      position += length
    }
    return .invalidUTF8(
      file: name, line: number, column: position - line.startIndex + 1, byte: position < line.endIndex ? line[position] : 0)
  }

  // MARK: Lines that are too long

  /// How much of a line that is too long is kept, to show it.
  private static let headSize = 200
  private var discardedHead: [UInt8] = []

  private mutating func discard() {
    if !isDiscarding {
      discardedHead = Array(buffer[start..<min(end, start + Self.headSize)])
      isDiscarding = true
    }
    (start, scanned, end, validUpTo, doubtfulUpTo) = (0, 0, 0, 0, 0)
  }

  // MARK: The buffer

  /// Reads a block behind the unread bytes. False: a read would wait, and the caller did not want that.
  private mutating func fill(mayWait: Bool) throws -> Bool {
    makeRoom()
    let free = end..<buffer.count
    let outcome = try buffer.withUnsafeMutableBytes {
      try source.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[free]), mayWait: mayWait)
    }
    switch outcome {
    case .bytes(let count): end += count
    case .end: isAtEnd = true
    case .wouldWait: return false
    }
    return true
  }

  /// Moves the unread bytes to the front; doubles the buffer for a long line, and gives the memory back after it.
  private mutating func makeRoom() {
    let unread = end - start
    if unread == 0, buffer.count > 16 * Self.blockSize {
      buffer = [UInt8](repeating: 0, count: Self.blockSize)
    } else if unread > buffer.count / 2 {
      var larger = [UInt8](repeating: 0, count: buffer.count * 2)
      larger.replaceSubrange(0..<unread, with: buffer[start..<end])
      buffer = larger
    } else if start > 0 {
      buffer.withUnsafeMutableBytes { raw in
        if unread > 0, let base = raw.baseAddress { memmove(base, base + start, unread) }
      }
    } else {
      return
    }
    scanned -= start
    validUpTo = max(0, validUpTo - start)
    doubtfulUpTo = max(0, doubtfulUpTo - start)
    end = unread
    start = 0
    current = 0..<0
  }
}
