import Hanpipe

/// Writes for each record its words, and for each word which rule made it one; then the user's words that stand there and are none.
struct WordReasonRenderer: RecordRenderer {
  let pipeline: Pipeline
  let format: ResultFormat
  /// Of text; nil for none.
  let colors: ColorDepth?
  /// The files with words of the user's, whose words are told of when they are none; nil: every file that the pipeline names.
  let files: Set<String>?

  /// Columns of the longest word that others are aligned with.
  private static let widest = 24
  /// What this writes beside `segment`'s members; fields of these names in the input give way.
  private static let ownMembers: [StaticString] = ResultRenderer.ownMembers + ["missed"]

  func render(_ trace: [any StageValue], _ batch: RecordBatch, _ records: Range<Int>, into output: inout [UInt8]) throws {
    guard let tokens = trace.last as? Tokens else { return }
    for (i, explained) in try pipeline.reasons(along: trace).enumerated() {
      let record = ReasonedRecord(tokens, i, explained, isOwn: isOwn)
      if format == .jsonl { json(record, batch, records.lowerBound + i, into: &output) } else { text(record, into: &output) }
    }
  }

  func render(error: any Error, _ batch: RecordBatch, _ record: Int, into output: inout [UInt8]) {
    guard format == .jsonl else {
      output.append(0x0A)
      return
    }
    output.append(contentsOf: JSONLineWriter.failure(error, batch.members(of: record), except: Self.ownMembers))
  }

  /// Whether the user gave the line that a reason names.
  private func isOwn(_ place: WordReason.Place) -> Bool { files?.contains(place.file) ?? true }

  // MARK: Text

  /// A line a word, and an empty one behind each record.
  private func text(_ record: ReasonedRecord, into output: inout [UInt8]) {
    let width = min(Self.widest, record.entries.map { columns($0.shown) }.max() ?? 0)
    for entry in record.entries {
      let space = String(repeating: " ", count: max(0, width - columns(entry.shown)))
      // The user's own words stand out, those that were passed over in another colour.
      let share = entry.isMissed ? -0.5 : entry.isOwn ? 0.5 : 0
      if let colors, let shade = Shade(share: share) {
        output.append(contentsOf: "\(shade.escape(colors))\(entry.shown)\u{1B}[0m\(space)".utf8)
      } else {
        output.append(contentsOf: "\(entry.shown)\(space)".utf8)
      }
      output.append(contentsOf: "  \(entry.isMissed ? "no word: " : "")".utf8)
      output.append(contentsOf: TextExplanation.safe(entry.reason.text.utf8))
      output.append(0x0A)
    }
    output.append(0x0A)
  }

  // MARK: JSON

  private func json(_ record: ReasonedRecord, _ batch: RecordBatch, _ number: Int, into output: inout [UInt8]) {
    var line = JSONLineWriter()
    line.begin()
    line.members(batch.members(of: number), except: Self.ownMembers)
    line.string("text", batch.texts.utf8(of: number))
    line.member("tokens") { Self.write(record.entries.filter { !$0.isMissed }, record.utf8, into: &$0) }
    line.member("missed") { Self.write(record.entries.filter(\.isMissed), record.utf8, into: &$0) }
    if record.entries.allSatisfy(\.isMissed) { line.bool("empty", true) }
    line.end()
    output.append(contentsOf: line.bytes)
  }

  private static func write(_ entries: [ReasonedRecord.Entry], _ utf8: ArraySlice<UInt8>, into output: inout [UInt8]) {
    utf8.withUnsafeBufferPointer { utf8 in
      var characters = CharacterCounter(utf8)
      output.append(UInt8(ascii: "["))
      for (i, entry) in entries.enumerated() {
        output.append(contentsOf: (i > 0 ? ", {" : "{").utf8)
        TokenRenderer.place(entry.range, in: utf8, &characters, into: &output)
        output.append(contentsOf: ", \"why\": ".utf8)
        JSON.object(entry.reason.json).write(to: &output)
        output.append(UInt8(ascii: "}"))
      }
      output.append(UInt8(ascii: "]"))
    }
  }
}

/// A record's words and the words that it passes over, in the text that was read.
private struct ReasonedRecord {
  struct Entry {
    let range: Range<Int>
    let reason: WordReason
    let isMissed: Bool
    /// Whether a line of the user's made it what it is.
    let isOwn: Bool
    /// On one line.
    let shown: String
  }
  let utf8: ArraySlice<UInt8>
  /// The words, then what was passed over.
  let entries: [Entry]

  /// - Parameter isOwn: whether the user gave a line.
  init(_ tokens: Tokens, _ record: Int, _ explained: ExplainedWords, isOwn: (WordReason.Place) -> Bool) {
    let utf8 = tokens.texts.originalUTF8(of: record)
    func entry(_ range: Range<Int>, _ reason: WordReason, isMissed: Bool) -> Entry {
      let place = utf8.startIndex + range.lowerBound..<utf8.startIndex + range.upperBound
      return Entry(
        range: range, reason: reason, isMissed: isMissed, isOwn: reason.place.map(isOwn) ?? false,
        shown: String(decoding: TextExplanation.safe(utf8[place]), as: UTF8.self))
    }
    self.utf8 = utf8
    // A line that the user did not give is told of where it does something, not where it does nothing.
    let missed = explained.missed.filter { $0.reason.place.map(isOwn) ?? true }
    entries =
      zip(tokens.originalRanges(of: record), explained.reasons).map { entry($0, $1, isMissed: false) }
      + missed.map { entry(tokens.texts.originalRange(of: $0.range, record: record), $0.reason, isMissed: true) }
  }
}

extension WordReason {
  /// For programs.
  fileprivate var json: JSONObject {
    var json: JSONObject = ["stage": .string(stage.rawValue), "rule": .string(rule), "text": .string(text)]
    if let place {
      json["file"] = .string(place.file)
      json["line"] = .integer(place.line)
    }
    if let count { json["count"] = .integer(count) }
    return json
  }
}
