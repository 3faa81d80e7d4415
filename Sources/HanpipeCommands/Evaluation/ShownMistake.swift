import Hanpipe

/// A record that was answered wrongly, ready to be shown.
struct ShownMistake {
  /// Counted from 1, among the records that were measured.
  let record: Int
  let truth: [String]
  let answer: [String]
  /// Of the wrong decision.
  let probability: Float
  /// As it was read.
  let text: [UInt8]
  /// What each word did for the answer: byte ranges of `text`, rising and disjoint; above 0 it spoke for the answer, below against it.
  let words: [(range: Range<Int>, score: Double)]

  /// The mistakes that the model was surest of.
  /// - Parameter limit: how many at most.
  static func surest(
    _ limit: Int, of counter: ClassificationCounter, _ texts: Texts, _ pipeline: Pipeline, threads: Int
  ) throws -> [ShownMistake] {
    let wrong = (0..<counter.count).filter { !counter.isRight($0) }.map { (record: $0, probability: counter.wrongness(of: $0)) }
    let chosen = wrong.sorted { ($1.probability, $0.record) < ($0.probability, $1.record) }.prefix(limit)
    var shown = Texts()
    for (record, _) in chosen { shown.append(texts.utf8(of: record)) }
    let words = try Self.words(of: shown, pipeline)
    return chosen.enumerated().map { place, mistake in
      ShownMistake(
        record: mistake.record + 1, truth: counter.truths[mistake.record].map { counter.names[$0] },
        answer: counter.answers[mistake.record].map { counter.names[$0] }, probability: mistake.probability,
        text: Array(shown.utf8(of: place)), words: words[place])
    }
  }

  /// The words of each text.
  private static func words(of texts: Texts, _ pipeline: Pipeline) throws -> [[(range: Range<Int>, score: Double)]] {
    let tokens = try pipeline.trace(texts).last { $0 is Tokens } as? Tokens
    return (0..<texts.count).map { record in tokens?.originalRanges(of: record).map { ($0, 0) } ?? [] }
  }
}

extension ClassificationCounter {
  /// The probability that the model gave to what it got wrong: of its answer or, where several labels may hold, of its surest wrong
  /// decision about one.
  fileprivate func wrongness(of record: Int) -> Float {
    let row = probabilities(of: record)
    guard task == .multiLabel else { return answers[record].first.map { row[row.startIndex + $0] } ?? 0 }
    return names.indices.compactMap { label in
      let (isGiven, holds) = (answers[record].contains(label), truths[record].contains(label))
      guard isGiven != holds else { return nil }
      return isGiven ? row[row.startIndex + label] : 1 - row[row.startIndex + label]
    }.max() ?? 0
  }
}

extension EvaluationPage {
  var mistakeSection: String {
    let wrong = (0..<counter.count).count { !counter.isRight($0) }
    guard wrong > 0 else { return section("Mistakes", ["<p>None.</p>"]) }
    let shown = mistakes.isEmpty ? "" : " The \(mistakes.count) that the model was surest of:"
    return section(
      "Mistakes",
      [
        "<p>\(grouped(wrong)) of \(grouped(counter.count)) records are answered wrongly.\(shown)</p>",
        mistakes.contains { $0.words.contains { $0.score != 0 } } ? Self.legend : nil,
        mistakes.isEmpty ? nil : "<ol class=\"mistakes\">\n\(mistakes.map(\.html).joined(separator: "\n"))\n</ol>",
      ])
  }

  private static let legend = """
    <p class="note"><span class="word" style="--for: 0.8">Words like this</span> spoke for the wrong answer, \
    <span class="word" style="--against: 0.8">words like this</span> against it.</p>
    """
}

extension ShownMistake {
  /// Bytes of a record that are shown at most.
  private static let limit = 1200

  var html: String {
    func names(_ labels: [String]) -> String {
      labels.isEmpty ? "no label" : escaped(labels.map { shortened($0, columns: 30) }.joined(separator: ", "))
    }
    return """
      <li value="\(record)"><p class="verdict"><span>record \(grouped(record))</span> <span>truth <strong>\(names(truth))</strong></span> \
      <span>answer <strong>\(names(answer))</strong></span> <span>probability \(decimal(Double(probability), 4))</span></p>
      <p class="record" lang="zh">\(colouredText)</p></li>
      """
  }

  /// The text, its words coloured by what they did.
  private var colouredText: String {
    let strongest = words.map { abs($0.score) }.max() ?? 0
    var end = min(text.count, Self.limit)
    while !isBoundary(end, in: text[...]) { end -= 1 }
    func part(_ range: Range<Int>) -> String { escaped(String(decoding: text[range], as: UTF8.self)) }
    var (html, at) = ("", 0)
    for (range, score) in words where range.lowerBound >= at && range.upperBound <= end {
      html += part(at..<range.lowerBound)
      at = range.upperBound
      let share = strongest > 0 ? score / strongest : 0
      if abs(share) < 0.05 {
        html += part(range)
      } else {
        let side = share > 0 ? "--for" : "--against"
        html += "<span class=\"word\" style=\"\(side): \(decimal(abs(share), 2))\" title=\"\(decimal(score, 4))\">\(part(range))</span>"
      }
    }
    html += part(at..<max(at, end))
    return text.count > end ? html + " <span class=\"note\">… \(grouped(text.count - end)) more bytes</span>" : html
  }
}
