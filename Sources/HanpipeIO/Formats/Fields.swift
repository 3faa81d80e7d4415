import HanpipeCore

/// Which fields of a line hold what: the options, with names found in the header.
struct Columns {
  /// From 0. nil: the format's own rule.
  var text: Int?
  var label: Int?
  var id: Int?

  /// Of a format without columns.
  init() {}

  /// Columns that a header calls "text" and "label" are these, as of JSON Lines, where nobody names others.
  /// - Parameter header: the fields of line 1, if it is a header.
  init(_ format: RecordFormat, header: [String]?, file: String) throws(InputError) {
    func index(_ field: RecordFormat.Field?) throws(InputError) -> Int? {
      switch field {
      case nil: return nil
      case .number(let number): return number - 1
      case .name(let name):
        // By bytes: Swift's own comparison takes characters for equal that Unicode does, such as 豈 U+F900 and U+8C48.
        guard let found = header?.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
          throw .noColumn(file: file, name: name, header: header ?? [])
        }
        return found
      }
    }
    func standard(_ name: String) -> Int? { header?.firstIndex(of: name) }
    text = try index(format.text) ?? standard("text")
    label = try index(format.label) ?? (format.requiresLabel ? standard("label") : nil)
    id = try index(format.id)
    // TAB-separated values in their own order: TABs after the second field are text.
    if format.kind == .tsv, header?.count == 2, text == 1, label ?? 0 == 0, id == nil { (text, label) = (nil, nil) }
  }
}

extension RecordFormat {
  /// A record from a line's fields.
  func record(_ fields: [ArraySlice<UInt8>], _ columns: Columns) throws(RecordError.Reason) -> ParsedRecord {
    func field(_ index: Int, _ option: Field?) throws(RecordError.Reason) -> ArraySlice<UInt8> {
      guard index < fields.count else {
        throw .missingField((option ?? .number(index + 1)).description, fields: fields.count)
      }
      return fields[index]
    }
    let labelIndex = columns.label ?? (requiresLabel ? (columns.text == 0 ? 1 : 0) : nil)
    let textIndex = columns.text ?? (labelIndex == 0 ? 1 : 0)
    var record = ParsedRecord(text: try field(textIndex, text))
    if let labelIndex { record.labels = labels(in: try field(labelIndex, label)) }
    if lacksLabel(record.labels) { throw .noLabel }
    if let idIndex = columns.id {
      var value: [UInt8] = []
      JSON.write(string: try field(idIndex, id), to: &value)
      record.members.append(key: "id".utf8, value: value, isID: true)
    }
    return record
  }

  /// One line of TAB-separated values.
  func tsv(_ line: ArraySlice<UInt8>, _ columns: Columns) throws(RecordError.Reason) -> ParsedRecord {
    guard columns.text == nil, columns.label == nil, columns.id == nil else {
      return try record(line.split(separator: 0x09, omittingEmptySubsequences: false), columns)
    }
    guard let tab = line.firstIndex(of: 0x09) else {
      if requiresLabel { throw .noTab }
      return ParsedRecord(text: line)
    }
    let labels = labels(in: line[..<tab])
    if lacksLabel(labels) { throw .noLabel }
    return ParsedRecord(text: line[(tab + 1)...], labels: labels)
  }

  /// fastText's form: words that begin with `__label__` at the line's start, then the text.
  func fastText(_ line: ArraySlice<UInt8>) throws(RecordError.Reason) -> ParsedRecord {
    let mark = Array("__label__".utf8)
    var rest = line
    var labels: [String] = []
    while rest.starts(with: mark) {
      let end = rest.firstIndex { $0 == 0x20 || $0 == 0x09 } ?? rest.endIndex
      let label = rest[(rest.startIndex + mark.count)..<end]
      if label.isEmpty { throw .noLabel }
      labels.append(String(decoding: label, as: UTF8.self))
      rest = rest[(end == rest.endIndex ? end : end + 1)...]
    }
    if lacksLabel(labels) { throw .noLabel }
    return ParsedRecord(text: rest, labels: labels)
  }
}
