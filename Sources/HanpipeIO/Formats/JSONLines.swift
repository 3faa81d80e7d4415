import HanpipeCore

extension RecordFormat {
  /// One line with a JSON object: text and labels by the names of their members, everything else handed through as it is.
  func json(_ line: ArraySlice<UInt8>) throws(RecordError.Reason) -> ParsedRecord {
    let textKey = text?.name ?? "text"
    let labelKey = label?.name ?? "label"
    let idKey = id?.name ?? "id"
    var record = ParsedRecord(text: [])
    var hasText = false
    var hasLabel = false
    let base = line.startIndex
    // Typed throws do not pass through the standard library's closure.
    let outcome = line.withUnsafeBytes { raw in
      Result { () throws(RecordError.Reason) in
        var scanner = JSONScanner(raw)
        try scanner.members { (key, value) throws(RecordError.Reason) in
          let keyBytes = line[base + key.lowerBound..<base + key.upperBound]
          let valueBytes = line[base + value.lowerBound..<base + value.upperBound]
          if equals(keyBytes, textKey) {
            if hasText { throw .duplicateMember(textKey) }
            hasText = true
            guard let text = unquoted(valueBytes) else {
              throw .memberType(textKey, expected: "a string", found: typeName(valueBytes))
            }
            record.text = text
          } else if equals(keyBytes, labelKey) {
            if hasLabel { throw .duplicateMember(labelKey) }
            hasLabel = true
            record.labels = try labels(json: valueBytes, labelKey)
          } else {
            record.members.append(key: keyBytes, value: valueBytes, isID: equals(keyBytes, idKey))
          }
        }
      }
    }
    try outcome.get()
    guard hasText else { throw .missingMember(textKey) }
    if requiresLabel, !hasLabel { throw .missingMember(labelKey) }
    if lacksLabel(record.labels) { throw .noLabel }
    return record
  }

  /// A string, number, true or false, an array of these, or null for none.
  private func labels(json value: ArraySlice<UInt8>, _ key: String) throws(RecordError.Reason) -> [String] {
    if let string = unquoted(value) { return labels(in: string) }
    switch value.first {
    case UInt8(ascii: "n"): return []
    case UInt8(ascii: "["), UInt8(ascii: "{"): break
    default: return [String(decoding: value, as: UTF8.self)]
    }
    guard let array = try? JSON(parsing: value), let elements = array.arrayValue else {
      throw .memberType(key, expected: "a string, a number, or an array of these", found: typeName(value))
    }
    var labels: [String] = []
    for element in elements {
      switch element {
      case .string(let label): labels.append(label)
      case .integer, .number, .bool: labels.append(element.description)
      default:
        throw .memberType(key, expected: "an array of strings", found: "an array with \(typeName(element.description.utf8[...]))")
      }
    }
    return labels
  }
}

/// Whether a key, as it stands between its quotes, means this name.
private func equals(_ key: ArraySlice<UInt8>, _ name: String) -> Bool {
  guard key.contains(UInt8(ascii: "\\")) else { return key.elementsEqual(name.utf8) }
  return unescaped(key).map { $0.elementsEqual(name.utf8) } ?? false
}

/// The content of a JSON string; nil for any other value.
private func unquoted(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
  guard value.first == UInt8(ascii: "\"") else { return nil }
  let content = value.dropFirst().dropLast()
  return content.contains(UInt8(ascii: "\\")) ? unescaped(content) : content
}

/// Escapes are rare: the parser of specs knows them, surrogates and all.
private func unescaped(_ content: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
  let quoted = [UInt8(ascii: "\"")] + content + [UInt8(ascii: "\"")]
  return (try? JSON(parsing: quoted))?.stringValue.map { Array($0.utf8)[...] }
}

private func typeName(_ value: some Collection<UInt8>) -> String {
  switch value.first {
  case UInt8(ascii: "\""): "a string"
  case UInt8(ascii: "{"): "an object"
  case UInt8(ascii: "["): "an array"
  case UInt8(ascii: "t"): "true"
  case UInt8(ascii: "f"): "false"
  case UInt8(ascii: "n"): "null"
  default: "a number"
  }
}
