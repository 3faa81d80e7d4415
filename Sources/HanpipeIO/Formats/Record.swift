public import HanpipeCore

/// One record, as it was read.
public struct Record: Sendable, Equatable {
  /// Valid UTF-8.
  public var text: [UInt8]
  public var labels: [String]
  /// What else the record held, to be handed through; an id among it.
  public var members: RawMembers
  public var position: LinePosition
  /// What is wrong with the record; its text is empty then.
  public var error: RecordError?

  public var string: String { String(decoding: text, as: UTF8.self) }
}

/// Members of a JSON object exactly as they stood in the input, in their order.
public struct RawMembers: Sendable, Equatable {
  /// All keys and values, one after the other.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var idIndex: Int?

  public init() {}
  public var count: Int { ends.count / 2 }
  public var isEmpty: Bool { ends.isEmpty }

  /// - Parameters:
  ///   - key: between the quotes, escapes as they were.
  ///   - value: JSON.
  mutating func append(key: some Sequence<UInt8>, value: some Sequence<UInt8>, isID: Bool) {
    if isID { idIndex = count }
    bytes.append(contentsOf: key)
    ends.append(bytes.count)
    bytes.append(contentsOf: value)
    ends.append(bytes.count)
  }

  /// Between the quotes, escapes as they were.
  public func key(_ index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : ends[2 * index - 1])..<ends[2 * index]] }
  /// JSON.
  public func value(_ index: Int) -> ArraySlice<UInt8> { bytes[ends[2 * index]..<ends[2 * index + 1]] }
  /// The record's id, as JSON.
  public var id: ArraySlice<UInt8>? { idIndex.map(value) }
}

/// What is wrong with one record. It stands in the record's place, and the records around it are as they would be without it.
public struct RecordError: Error, Equatable, CustomStringConvertible, Sendable {
  public let position: LinePosition
  public let reason: Reason
  /// The first bytes of the line, at most 40 characters.
  public let shown: String

  public enum Reason: Error, Equatable, Sendable {
    /// The line is longer than so many bytes.
    case tooLong(maximum: Int)
    /// No TAB between label and text.
    case noTab
    case noLabel
    /// The line has fewer fields than the options count on.
    case missingField(String, fields: Int)
    /// A quoted field is followed by something else than a comma or the line's end.
    case afterQuote
    /// A quoted field has no end, or one too far away.
    case openQuote
    /// - column: in bytes, from 1.
    case json(String, column: Int)
    case missingMember(String)
    case duplicateMember(String)
    case memberType(String, expected: String, found: String)
  }

  init(_ position: LinePosition, _ reason: Reason, line: some Collection<UInt8>) {
    self.position = position
    self.reason = reason
    // Four bytes a character at most. A character that the cut goes through is repaired, and then dropped.
    let text = String(decoding: line.prefix(164), as: UTF8.self)
    shown = text.count > 40 ? text.prefix(40) + "…" : text
  }

  public var description: String {
    let place = shown.isEmpty ? "an empty line" : "\"\(shown)\""
    return switch reason {
    case .tooLong(let maximum): "\(position): the line has more than \(maximum) bytes; it begins \(place)"
    case .noTab: "\(position): expected a label, a TAB and a text; found no TAB in \(place)"
    case .noLabel: "\(position): expected a label; found none in \(place)"
    case .missingField(let field, let fields):
      "\(position): expected a field \(field); found \(fields) field\(fields == 1 ? "" : "s") in \(place)"
    case .afterQuote:
      "\(position): expected a comma or the line's end after a closing quote (a quote inside is doubled) in \(place)"
    case .openQuote: "\(position): a quoted field begins here and never ends: \(place)"
    case .json(let message, let column): "\(position): not a JSON object: column \(column): \(message) in \(place)"
    case .missingMember(let name): "\(position): \"\(name)\" is missing in \(place)"
    case .duplicateMember(let name): "\(position): \"\(name)\" stands twice in \(place)"
    case .memberType(let name, let expected, let found):
      "\(position): \"\(name)\" is \(found); expected \(expected) in \(place)"
    }
  }
}

/// Records that were read, in order, stored by column.
public struct RecordBatch: Sendable {
  /// One for each record; empty for a record with an error.
  public private(set) var texts = Texts()
  /// The number of the first record among all that were read, from 0.
  public let firstRecord: Int
  /// The line on which each record begins, from 1.
  public private(set) var lines: [Int] = []
  /// What is wrong with some of the records, by their number in the batch.
  public private(set) var errors: [Int: RecordError] = [:]

  // Empty as long as no record of the batch has any, as with plain lines.
  private var labelColumn: [[String]] = []
  private var memberColumn: [RawMembers] = []
  /// From which record on the records come from which file.
  private var files: [(from: Int, name: String)] = []

  public init(firstRecord: Int = 0) { self.firstRecord = firstRecord }

  public var count: Int { texts.count }
  public var isEmpty: Bool { texts.count == 0 }
  /// Bytes of text.
  public var byteCount: Int { texts.bytes.count }

  public func labels(of record: Int) -> [String] { record < labelColumn.count ? labelColumn[record] : [] }
  public func members(of record: Int) -> RawMembers { record < memberColumn.count ? memberColumn[record] : RawMembers() }
  public func position(of record: Int) -> LinePosition {
    LinePosition(file: files.last { $0.from <= record }?.name ?? "", line: lines[record])
  }
  public subscript(record: Int) -> Record {
    Record(
      text: Array(texts.utf8(of: record)), labels: labels(of: record), members: members(of: record),
      position: position(of: record), error: errors[record])
  }

  // MARK: Reading

  mutating func beginFile(_ name: String) {
    if files.last?.name != name { files.append((count, name)) }
  }
  mutating func append(text: ArraySlice<UInt8>, line: Int) {
    texts.append(validated: text)
    lines.append(line)
  }
  mutating func append(_ parsed: ParsedRecord, line: Int) {
    if !parsed.labels.isEmpty {
      while labelColumn.count < count { labelColumn.append([]) }
      labelColumn.append(parsed.labels)
    }
    if !parsed.members.isEmpty {
      while memberColumn.count < count { memberColumn.append(RawMembers()) }
      memberColumn.append(parsed.members)
    }
    append(text: parsed.text, line: line)
  }
  mutating func append(_ error: RecordError) {
    errors[count] = error
    append(text: [], line: error.position.line)
  }
}

/// What a format found in a record.
struct ParsedRecord {
  var text: ArraySlice<UInt8>
  var labels: [String] = []
  var members = RawMembers()
}
