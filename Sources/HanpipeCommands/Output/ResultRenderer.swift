import Glibc
import Hanpipe

/// Writes what a pipeline found for each record: one line a record.
struct ResultRenderer: RecordRenderer {
  let format: ResultFormat
  /// Whether the text stands in the answer, where the input did not bring it as a field.
  let includesText: Bool
  /// Whether words and their places stand in it.
  let includesTokens: Bool
  /// How words are written.
  var tokens = TokenRenderer()
  /// How a classifier's probabilities become an answer.
  var rule = AnswerRule()

  /// The members that this program writes; fields of the same names in the input give way.
  static let ownMembers: [StaticString] = [
    "text", "tokens", "ids", "length", "vector", "sequence", "tags", "label", "labels", "probability", "probabilities", "empty",
    "truncated", "error",
  ]

  /// Appends the lines of the batch's `records`, whose values on the way are `trace` (the last is the result).
  func render(_ trace: [any StageValue], _ batch: RecordBatch, _ records: Range<Int>, into output: inout [UInt8]) {
    guard let last = trace.last else { return }
    let result = (last as? Predictions).map(rule.apply) ?? last
    switch format {
    case .text: text(result, records.count, into: &output)
    case .tsv:
      guard let predictions = result as? Predictions else { return text(result, records.count, into: &output) }
      for (i, record) in records.enumerated() { tsv(predictions, i, batch, record, into: &output) }
    case .jsonl: json(trace, result, batch, records, into: &output)
    }
  }

  private func json(
    _ trace: [any StageValue], _ result: any StageValue, _ batch: RecordBatch, _ records: Range<Int>,
    into output: inout [UInt8]
  ) {
    // What kind of values there are is asked once a batch: asked for each record, it took a quarter of the writing.
    let shown = includesTokens || result is Tokens ? trace.last { $0 is Tokens } as? Tokens : nil
    let writeResult = writer(of: result)
    let writeFlags = flags(trace)
    var line = JSONLineWriter()
    for (i, record) in records.enumerated() {
      line.removeAll()
      line.begin()
      line.members(batch.members(of: record), except: Self.ownMembers)
      if includesText { line.string("text", batch.texts.utf8(of: record)) }
      if let shown { line.member("tokens") { tokens.json(shown, i, into: &$0) } }
      writeResult(i, &line)
      writeFlags(i, &line)
      line.end()
      output.append(contentsOf: line.bytes)
    }
  }

  /// Appends the line that stands in a failed record's place.
  func render(error: any Error, _ batch: RecordBatch, _ record: Int, into output: inout [UInt8]) {
    guard format == .jsonl else {
      output.append(0x0A)
      return
    }
    output.append(contentsOf: JSONLineWriter.failure(error, batch.members(of: record), except: Self.ownMembers))
  }

  // MARK: JSON

  /// Writes members of the record's line; the record's number counts in the values on the way.
  private typealias Write = (_ record: Int, _ line: inout JSONLineWriter) -> Void

  private func writer(of result: any StageValue) -> Write {
    switch result {
    case let texts as Texts:
      // What the pipeline made of the text; the one that was read would be the same again.
      let key: StaticString = includesText ? "result" : "text"
      return { i, line in line.string(key, texts.utf8(of: i)) }
    case let ids as TokenIDs: return { i, line in line.json("ids", .array(ids.ids(of: i).map { .integer(Int($0)) })) }
    case let padded as PaddedIDs:
      return { i, line in
        line.json("ids", .array(padded[i..<i + 1].rectangle().map { .integer(Int($0)) }))
        line.integer("length", padded.ids(of: i).count)
      }
    case let vectors as Vectors:
      return { i, line in
        line.member("vector") { write(vectors.values[i * vectors.width..<(i + 1) * vectors.width], to: &$0) }
      }
    case let sequence as Sequences: return { i, line in write(sequence, i, to: &line) }
    case let tags as Tags: return { i, line in line.strings("tags", tags[i..<i + 1].values.map { tags.names[Int($0)] }) }
    case let predictions as Predictions: return { i, line in line.prediction(predictions, i, rule) }
    default: return { _, _ in }
    }
  }

  private func write(_ sequence: Sequences, _ i: Int, to line: inout JSONLineWriter) {
    line.member("sequence") { bytes in
      bytes.append(UInt8(ascii: "["))
      for row in sequence.starts[i]..<sequence.starts[i + 1] {
        if row > sequence.starts[i] { bytes.append(contentsOf: ", ".utf8) }
        write(sequence.values[row * sequence.width..<(row + 1) * sequence.width], to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    }
  }

  private func write(_ row: ArraySlice<Float>, to bytes: inout [UInt8]) {
    JSON.array(row.map { .number(Double("\($0)") ?? .nan) }).write(to: &bytes)
  }

  /// What a user should know of how the record was read: nothing to go by, or not all of it.
  private func flags(_ trace: [any StageValue]) -> Write {
    if let ids = trace.last(where: { $0 is TokenIDs }) as? TokenIDs {
      let padded = trace.last { $0 is PaddedIDs } as? PaddedIDs
      return { i, line in
        if ids.ids(of: i).isEmpty { line.bool("empty", true) }
        if let padded, padded.ids(of: i).count < ids.ids(of: i).count { line.bool("truncated", true) }
      }
    }
    guard let tokens = trace.last as? Tokens else { return { _, _ in } }
    return { i, line in if tokens.spans(of: i).isEmpty { line.bool("empty", true) } }
  }

  // MARK: Text

  private func text(_ result: any StageValue, _ count: Int, into output: inout [UInt8]) {
    let write = textWriter(of: result)
    for i in 0..<count {
      let start = output.count
      write(i, &output)
      // A record of CSV or JSON may hold line feeds, but has one line of output.
      replaceLineFeeds(in: &output, from: start)
      output.append(0x0A)
    }
  }

  private func replaceLineFeeds(in output: inout [UInt8], from start: Int) {
    output.withUnsafeMutableBytes { bytes in
      var place = start
      while place < bytes.count, let base = bytes.baseAddress, let feed = memchr(base + place, 0x0A, bytes.count - place) {
        place = UnsafeRawPointer(base).distance(to: feed)
        bytes[place] = 0x20
      }
    }
  }

  private func textWriter(of result: any StageValue) -> (_ record: Int, _ output: inout [UInt8]) -> Void {
    switch result {
    case let texts as Texts: return { i, output in output.append(contentsOf: texts.utf8(of: i)) }
    case let words as Tokens: return { i, output in tokens.text(words, i, into: &output) }
    case let ids as TokenIDs:
      return { i, output in output.append(contentsOf: ids.ids(of: i).map(String.init).joined(separator: " ").utf8) }
    case let padded as PaddedIDs:
      return { i, output in
        output.append(contentsOf: padded[i..<i + 1].rectangle().map(String.init).joined(separator: " ").utf8)
      }
    case let vectors as Vectors:
      return { i, output in
        let row = vectors.values[i * vectors.width..<(i + 1) * vectors.width]
        output.append(contentsOf: row.map { "\($0)" }.joined(separator: " ").utf8)
      }
    case let predictions as Predictions: return { i, output in output.append(contentsOf: labels(predictions, i).utf8) }
    case let tags as Tags:
      return { i, output in
        output.append(contentsOf: tags[i..<i + 1].values.map { tags.names[Int($0)] }.joined(separator: " ").utf8)
      }
    default: return { _, _ in }
    }
  }

  private func labels(_ predictions: Predictions, _ i: Int) -> String {
    let answer = predictions.decision(of: i)
    if rule.withholds(answer, predictions, i) { return AnswerRule.mark }
    return answer.map { predictions.labels[$0] }.joined(separator: ",")
  }

  private func tsv(_ predictions: Predictions, _ i: Int, _ batch: RecordBatch, _ record: Int, into output: inout [UInt8]) {
    let row = predictions.probabilities(of: i)
    let shown = predictions.decision(of: i).map { "\(row[row.startIndex + $0])" }.joined(separator: ",")
    TSVLine.write(
      [Array(labels(predictions, i).utf8)[...], Array(shown.utf8)[...], batch.texts.utf8(of: record)], to: &output)
  }
}

extension JSONLineWriter {
  /// A record's label (of a multi-label classifier labels) and the probability of each.
  mutating func prediction(_ predictions: Predictions, _ record: Int, _ rule: AnswerRule = AnswerRule()) {
    let answer = predictions.decision(of: record)
    let row = predictions.probabilities(of: record)
    let isWithheld = rule.withholds(answer, predictions, record)
    if predictions.task == .multiLabel {
      if isWithheld { json("labels", .null) } else { strings("labels", answer.map { predictions.labels[$0] }) }
    } else if let label = answer.first {
      if isWithheld { json("label", .null) } else { string("label", predictions.labels[label]) }
      number("probability", row[row.startIndex + label])
    }
    numbers("probabilities", predictions.labels, row)
  }
}
