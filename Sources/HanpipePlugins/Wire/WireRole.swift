import HanpipeCore

/// A value whose records can be written into a request.
protocol WireInput: StageValue {
  /// The key of a request that holds the records.
  static var wireKey: String { get }
  func write(record: Int, to line: inout [UInt8])
}

extension Texts: WireInput {
  static let wireKey = "texts"
  func write(record: Int, to line: inout [UInt8]) { JSON.write(string: utf8(of: record), to: &line) }
}

extension Tokens: WireInput {
  static let wireKey = "words"
  func write(record: Int, to line: inout [UInt8]) {
    line.append(UInt8(ascii: "["))
    for (i, span) in spans(of: record).enumerated() {
      if i > 0 { line.append(contentsOf: ", ".utf8) }
      JSON.write(string: utf8(of: span, record: record), to: &line)
    }
    line.append(UInt8(ascii: "]"))
  }
}

extension Vectors: WireInput {
  static let wireKey = "vectors"
  func write(record: Int, to line: inout [UInt8]) {
    JSON.array(values[record * width..<(record + 1) * width].map { .number(Double($0)) }).write(to: &line)
  }
}

/// A role that a process can have.
protocol WireRole: PluginRole where Input: WireInput {
  /// The keys of a reply that may hold the answers; a reply has one of them.
  static var replyKeys: [String] { get }
  static var needsWidth: Bool { get }
  /// The answer to one record, not yet checked.
  static func answer(
    _ json: JSON, key: String, to input: Input, record: Int, _ offsets: OffsetUnit
  ) throws(AnswerError) -> Answer
}
extension WireRole {
  static var needsWidth: Bool { false }
}

extension SegmenterRole: WireRole {
  static let replyKeys = ["words", "tokens"]
  static func answer(
    _ json: JSON, key: String, to input: Texts, record: Int, _ offsets: OffsetUnit
  ) throws(AnswerError) -> [PluginSpan] {
    if key == "words" {
      guard let words = json.strings else { throw .form(expected: "an array of words", found: json.excerpt) }
      return try WordAlignment.spans(of: words, in: input.utf8(of: record))
    }
    let table = OffsetTable(offsets, input.utf8(of: record))
    return try table.items(json, .word, expected: "an array of words, each [start, end]") { span, rest in
      rest.isEmpty ? span : nil
    }
  }
}

extension NormalizerRole: WireRole {
  static let replyKeys = ["texts", "edits"]
  static func answer(
    _ json: JSON, key: String, to input: Texts, record: Int, _ offsets: OffsetUnit
  ) throws(AnswerError) -> [PluginEdit] {
    let old = input.utf8(of: record)
    if key == "texts" {
      guard let text = json.stringValue else { throw .form(expected: "a text", found: json.excerpt) }
      return WordAlignment.edits(from: old, to: Array(text.utf8))
    }
    let table = OffsetTable(offsets, old)
    return try table.items(json, .edit, expected: "an array of edits, each [start, end, \"replacement\"]") { span, rest in
      rest.count == 1 ? rest.first?.stringValue.map { PluginEdit(span: span, replacement: Array($0.utf8)) } : nil
    }
  }
}

extension TokenFilterRole: WireRole {
  static let replyKeys = ["keep"]
  static func answer(
    _ json: JSON, key: String, to input: Tokens, record: Int, _ offsets: OffsetUnit
  ) throws(AnswerError) -> [Bool] {
    let keeps = json.arrayValue?.compactMap(\.boolValue)
    guard let keeps, keeps.count == json.arrayValue?.count else {
      throw .form(expected: "an array of true and false", found: json.excerpt)
    }
    return keeps
  }
}

extension ClassifierRole: WireRole where Input: WireInput {
  static var replyKeys: [String] { ["probabilities"] }
  static func answer(
    _ json: JSON, key: String, to input: Input, record: Int, _ offsets: OffsetUnit
  ) throws(AnswerError) -> [Float] { try floats(json) }
}

extension EncoderRole: WireRole where Input: WireInput {
  static var replyKeys: [String] { ["vectors"] }
  static var needsWidth: Bool { true }
  static func answer(
    _ json: JSON, key: String, to input: Input, record: Int, _ offsets: OffsetUnit
  ) throws(AnswerError) -> [Float] { try floats(json) }
}

private func floats(_ json: JSON) throws(AnswerError) -> [Float] {
  let numbers = json.arrayValue?.compactMap(\.doubleValue)
  guard let numbers, numbers.count == json.arrayValue?.count else {
    throw .form(expected: "an array of numbers", found: json.excerpt)
  }
  return numbers.map(Float.init)
}

extension JSON {
  fileprivate var strings: [String]? {
    guard let values = arrayValue else { return nil }
    let strings = values.compactMap(\.stringValue)
    return strings.count == values.count ? strings : nil
  }
}
