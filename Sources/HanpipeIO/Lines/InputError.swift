/// Why reading stops. What is wrong with one record only is a `RecordError`.
public enum InputError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened.
  case open(file: String, SystemError)
  case read(file: String, SystemError)
  case isDirectory(file: String)
  /// In strict reading: the first byte that is not UTF-8.
  /// - column: in bytes, from 1.
  case invalidUTF8(file: String, line: Int, column: Int, byte: UInt8)
  /// A column that the options name and the header has not.
  case noColumn(file: String, name: String, header: [String])
  /// An empty file, where a header was expected.
  case noHeader(file: String)
  /// Whoever waits for the records wants no more.
  case cancelled

  public var description: String {
    switch self {
    case .open(let file, let error): return "\(file): cannot be opened: \(error.reason)"
    case .read(let file, let error): return "\(file): cannot be read: \(error.reason)"
    case .isDirectory(let file): return "\(file): is a directory; name a file, or - for standard input"
    case .invalidUTF8(let file, let line, let column, let byte):
      let digits = String(byte, radix: 16, uppercase: true)
      return "\(file):\(line): not UTF-8: byte 0x\(digits.count < 2 ? "0" : "")\(digits) in column \(column);"
        + " convert the file to UTF-8, or read without strictness, which puts U+FFFD there"
    case .noColumn(let file, let name, let header):
      return "\(file):1: the header has no column \"\(name)\"; it has " + header.map { "\"\($0)\"" }.joined(separator: ", ")
    case .noHeader(let file): return "\(file): is empty; expected a header in line 1"
    case .cancelled: return "reading was cancelled"
    }
  }
}

/// Lines that were not UTF-8 and were repaired with U+FFFD.
public struct Repairs: Sendable, Equatable {
  /// How many lines.
  public internal(set) var lines = 0
  /// Where the first one stood.
  public internal(set) var first: LinePosition?
  /// What the input with the first one is probably written in, if most of it is not UTF-8.
  public internal(set) var encoding: ForeignEncoding?
  public init() {}
}

/// A file and a line in it, from 1.
public struct LinePosition: Sendable, Equatable, CustomStringConvertible {
  public var file: String
  public var line: Int
  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }
  public var description: String { "\(file):\(line)" }
}
