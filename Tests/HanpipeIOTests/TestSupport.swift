import Glibc
import HanpipeCore
import Testing

@testable import HanpipeIO

/// A directory that is removed with everything in it when the test ends.
final class TemporaryDirectory: Sendable {
  let path: String
  init() throws {
    var template = Array("/tmp/hanpipe-io-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError("make a directory in /tmp", code: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
  deinit { removeTree(path) }

  /// Writes a file and gives its path.
  @discardableResult
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try write(bytes, to: file)
    return file
  }
  @discardableResult
  func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }
}

/// Writes a file and does not wait for the disk, as `writeNewFile` does: thousands of them are read at once and removed.
private func write(_ bytes: [UInt8], to path: String) throws {
  guard let file = fopen(path, "wxe") else { throw SystemError("write a file", code: errno) }
  let count = fwrite(bytes, 1, bytes.count, file)
  guard fclose(file) == 0, count == bytes.count else { throw SystemError("write a file", code: errno) }
}
func read(_ path: String) throws -> [UInt8] { try readFile(path, limit: 1 << 30) }
func readText(_ path: String) throws -> String { String(decoding: try read(path), as: UTF8.self) }
func replace(_ path: String, _ bytes: [UInt8]) throws {
  unlink(path)
  try write(bytes, to: path)
}

/// A pipe whose ends are closed when the test ends, if it has not closed them.
final class TestPipe {
  let reading: Int32
  let writing: Int32
  private var isReadingOpen = true, isWritingOpen = true
  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SystemError("make a pipe", code: errno) }
    (reading, writing) = (ends[0], ends[1])
  }
  deinit {
    closeReading()
    closeWriting()
  }
  func write(_ text: String) { _ = Array(text.utf8).withUnsafeBytes { Glibc.write(writing, $0.baseAddress, $0.count) } }
  func closeReading() {
    if isReadingOpen { close(reading) }
    isReadingOpen = false
  }
  func closeWriting() {
    if isWritingOpen { close(writing) }
    isWritingOpen = false
  }
  /// What comes within `milliseconds`, up to `count` bytes.
  func receive(_ count: Int, milliseconds: Int32 = 5000) -> String {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var polled = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, milliseconds) > 0 else { break }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let got = Glibc.read(reading, &buffer, buffer.count)
      if got <= 0 { break }
      bytes += buffer[..<got]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The message of the error that `body` throws.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch { return "\(error)" }
}

/// Every record of a text in some format.
func records(_ text: some Sequence<UInt8>, _ format: RecordFormat, maximumLine: Int = LineReader.maximumLine) throws -> [Record] {
  let directory = try TemporaryDirectory()
  let path = try directory.file("in", Array(text))
  var result: [Record] = []
  try RecordReader([path], format, maximumLine: maximumLine).forEachRecord { record in
    var record = record
    record.position.file = "in"
    result.append(record)
  }
  return result
}
func records(_ text: String, _ format: RecordFormat) throws -> [Record] { try records(text.utf8, format) }

extension Record {
  /// The error's message, the directory dropped.
  var problem: String? { error.map { String($0.description.drop { $0 != ":" }.dropFirst()) } }
}
