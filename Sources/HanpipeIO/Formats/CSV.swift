/// Finds the fields of a record of comma-separated values (RFC 4180), line by line.
///
/// A quote opens a quoted field only at the field's start; elsewhere in an unquoted field it stands for itself (`5" disk`), as in
/// Python's csv. Each byte is looked at once, however many lines a field goes over.
struct CSVParser {
  /// More than this many bytes in one record, 256 MiB: rather a quote that was never closed.
  static let longestRecord = 1 << 28

  private enum State { case fieldStart, unquoted, quoted, quoteInQuoted }
  private var state = State.fieldStart
  private var content: [UInt8] = []
  private var ends: [Int] = []

  /// Bytes of the fields so far.
  var byteCount: Int { content.count }

  /// The fields; valid when `append` has returned true.
  var fields: [ArraySlice<UInt8>] {
    var start = 0
    return ends.map { end in
      defer { start = end }
      return content[start..<end]
    }
  }

  /// Takes a line.
  /// - Returns: whether the record ends here; if not, the line's end belongs to a quoted field.
  mutating func append(_ line: ArraySlice<UInt8>) throws(RecordError.Reason) -> Bool {
    var at = line.startIndex
    while at < line.endIndex {
      // What stands for itself goes in one piece.
      if state == .quoted || state == .unquoted {
        let stop = state == .quoted ? UInt8(ascii: "\"") : UInt8(ascii: ",")
        let end = line[at...].firstIndex(of: stop) ?? line.endIndex
        content.append(contentsOf: line[at..<end])
        at = end
        if at == line.endIndex { break }
      }
      try take(line[at])
      at += 1
    }
    if state == .quoted { return false }
    ends.append(content.count)
    return true
  }

  private mutating func take(_ byte: UInt8) throws(RecordError.Reason) {
    switch (state, byte) {
    case (.fieldStart, UInt8(ascii: "\"")): state = .quoted
    case (.quoteInQuoted, UInt8(ascii: "\"")):
      content.append(byte)
      state = .quoted
    case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
    case (.quoted, _): content.append(byte)
    case (_, UInt8(ascii: ",")):
      ends.append(content.count)
      state = .fieldStart
    case (.quoteInQuoted, _): throw .afterQuote
    default:
      content.append(byte)
      state = .unquoted
    }
  }

  /// The end of a line inside a quoted field.
  mutating func append(_ terminator: LineReader.Terminator) {
    if terminator == .crlf { content.append(0x0D) }
    content.append(0x0A)
  }
}
