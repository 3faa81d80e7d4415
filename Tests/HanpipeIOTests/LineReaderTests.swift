import Glibc
import HanpipeCore
import Testing

@testable import HanpipeIO

@Suite struct LineReaderTests {
  /// The lines of some bytes, and what was repaired.
  private func lines(
    _ bytes: [UInt8], strict: Bool = false, maximum: Int = LineReader.maximumLine
  ) throws -> (lines: [String], tooLong: [Int], repairs: Repairs) {
    let directory = try TemporaryDirectory()
    var reader = try LineReader(path: try directory.file("in", bytes), strict: strict, maximum: maximum)
    var lines: [String] = []
    var tooLong: [Int] = []
    while try reader.next() == .line {
      if reader.isTooLong { tooLong.append(reader.number) }
      lines.append(String(decoding: reader.bytes, as: UTF8.self))
    }
    return (lines, tooLong, reader.repairs)
  }

  @Test(arguments: [
    ("", []), ("a", ["a"]), ("a\n", ["a"]), ("\n", [""]), ("a\n\nb", ["a", "", "b"]), ("a\r\nb\r\n", ["a", "b"]),
    ("a\rb\n", ["a\rb"]), ("a\r", ["a\r"]), ("\u{FEFF}我\n\u{FEFF}b\n", ["我", "\u{FEFF}b"]), ("\u{FEFF}", [""]),
    ("a\0b\n", ["a\0b"]), ("a\u{2028}b\u{85}c\n", ["a\u{2028}b\u{85}c"]), ("\r\n\r\n", ["", ""]),
  ])
  func `lines end at LF or CR LF, a last one without it counts, a byte order mark goes`(text: String, expected: [String]) throws {
    // Compared by bytes: "\r\n" is one Character.
    let found = try lines(Array(text.utf8))
    #expect(found.lines.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
    #expect(found.repairs == Repairs())
  }

  @Test func `what is not UTF-8 is repaired and counted, and the lines beside it are untouched`() throws {
    let found = try lines([0x61, 0x0A, 0xE6, 0x88, 0x0A, 0xE6, 0x88, 0x91, 0x0A, 0xFF, 0x62, 0x0A, 0x63])
    #expect(found.lines == ["a", "\u{FFFD}", "我", "\u{FFFD}b", "c"])
    #expect(found.repairs.lines == 2)
    #expect(found.repairs.first?.line == 2)
  }

  @Test func `strict reading gives the lines before an error, then says where it is`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("in", [0x61, 0x0A, 0xE6, 0x88, 0x91, 0x62, 0xC0, 0x80, 0x0A, 0x63, 0x0A])
    var reader = try LineReader(path: path, strict: true)
    #expect(try reader.next() == .line)
    let error =
      "\(path):2: not UTF-8: byte 0xC0 in column 5; convert the file to UTF-8, or read without strictness, which puts"
      + " U+FFFD there"
    var found = ""
    do { _ = try reader.next() } catch { found = "\(error)" }
    #expect(found == error)
  }

  @Test func `a line that is too long is one error, and its neighbours stay`() throws {
    let long = [UInt8](repeating: 0x78, count: 3 * LineReader.blockSize)
    let found = try lines(Array("a\n".utf8) + long + Array("\nb\n12345678901\n1234567890\r\n".utf8) + long, maximum: 10)
    #expect(found.lines.map { $0.prefix(12) } == ["a", "xxxxxxxxxxxx", "b", "12345678901", "1234567890", "xxxxxxxxxxxx"])
    #expect(found.tooLong == [2, 4, 6])
  }

  @Test func `a line of many blocks is one line, and the memory is given back`() throws {
    let long = (0..<300_000).flatMap { _ in [0xE6, 0x88, 0x91] as [UInt8] }
    let directory = try TemporaryDirectory()
    var reader = try LineReader(path: try directory.file("in", Array("a\n".utf8) + long + Array("\nb\n".utf8)))
    var counts: [Int] = []
    while try reader.next() == .line { counts.append(reader.bytes.count) }
    #expect(counts == [1, 900_000, 1])
    #expect(reader.repairs.lines == 0)
  }

  /// The plain definition, in a few lines.
  private func reference(_ bytes: [UInt8]) -> [[UInt8]] {
    var rest = bytes[...]
    var lines: [[UInt8]] = []
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A)
      var line = rest[..<(end ?? rest.endIndex)]
      if end != nil, line.last == 0x0D { line.removeLast() }
      if lines.isEmpty, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
      lines.append(Array(String(decoding: line, as: UTF8.self).utf8))
      rest = rest[(end.map { $0 + 1 } ?? rest.endIndex)...]
    }
    return lines
  }

  @Test func `any bytes give the lines of the plain definition`() throws {
    let alphabet: [[UInt8]] = [
      [0x61], [0x0A], [0x0A], [0x0D], [0x0D, 0x0A], [0], [0xE6, 0x88, 0x91], [0xE6, 0x88], [0xFF], [0xF0, 0x9F, 0x98, 0x80],
      [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xEF, 0xBB, 0xBF], [0xE0, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ]
    for seed in 0..<400 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let bytes = (0..<Int.random(in: 0...60, using: &generator)).flatMap { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
      }
      let found = try lines(bytes)
      #expect(found.lines.map { Array($0.utf8) } == reference(bytes), "seed \(seed)")
    }
  }

  @Test func `lines that go over the edges of blocks are whole`() throws {
    var bytes: [UInt8] = []
    var expected: [Int] = []
    var generator = SeededGenerator(seed: 1)
    while bytes.count < 3 * LineReader.blockSize {
      let count = Int.random(in: 0...200, using: &generator)
      for _ in 0..<count { bytes += [0xE6, 0x88, 0x91] }
      bytes += [0x0D, 0x0A]
      expected.append(count * 3)
    }
    let found = try lines(bytes)
    #expect(found.lines.map(\.utf8.count) == expected)
    #expect(found.repairs.lines == 0)
  }

  @Test func `a pipe that pauses in the middle of a line is told from one that has a line`() throws {
    let pipe = try TestPipe()
    var reader = LineReader(descriptor: pipe.reading, name: "pipe")
    #expect(try reader.next(mayWait: false) == .wouldWait)
    pipe.write("ab")
    #expect(try reader.next(mayWait: false) == .wouldWait)
    pipe.write("c\nd")
    #expect(try reader.next(mayWait: false) == .line)
    #expect(Array(reader.bytes) == Array("abc".utf8))
    #expect(try reader.next(mayWait: false) == .wouldWait)
    pipe.closeWriting()
    #expect(try reader.next(mayWait: false) == .line)
    #expect(Array(reader.bytes) == Array("d".utf8))
    #expect(try reader.next(mayWait: false) == .end)
    #expect(try reader.next() == .end)
  }

  @Test func `a file that is missing or a directory is named`() {
    #expect(message { _ = try LineReader(path: "/nowhere/x") } == "/nowhere/x: cannot be opened: no such file or directory")
    #expect(
      message {
        var reader = try LineReader(path: "/tmp")
        _ = try reader.next()
      } == "/tmp: is a directory; name a file, or - for standard input")
  }
}
