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
    let wrong = (0..<counter.count).filter { !counter.isRight($0) }.map { (record: $0, decision: counter.wrongDecision(of: $0)) }
    let chosen = wrong.sorted { ($1.decision.probability, $0.record) < ($0.decision.probability, $1.record) }.prefix(limit)
    let words = try Self.words(chosen.map { (Array(texts.utf8(of: $0.record)), $0.decision) }, pipeline, threads: threads)
    return zip(chosen, words).map { mistake, words in
      ShownMistake(
        record: mistake.record + 1, truth: counter.truths[mistake.record].map { counter.names[$0] },
        answer: counter.answers[mistake.record].map { counter.names[$0] }, probability: mistake.decision.probability,
        text: Array(texts.utf8(of: mistake.record)), words: words)
    }
  }

  /// Of longer records the words are not weighed: each costs as much as answering some hundred records of that length.
  private static let longest = 1 << 14

  /// What the words of each text did for the decision about it: by integrated gradients or, where a stage does not let gradients
  /// through, by leaving out one word after the other.
  private static func words(
    _ mistakes: [(text: [UInt8], decision: WrongDecision)], _ pipeline: Pipeline, threads: Int
  ) throws -> [[(range: Range<Int>, score: Double)]] {
    var words = mistakes.map { _ in [(range: Range<Int>, score: Double)]() }
    let weighed = mistakes.indices.filter { mistakes[$0].text.count <= longest }
    guard !weighed.isEmpty else { return words }
    let explainer = try (try? Explainer(pipeline)) ?? Explainer(pipeline, method: .occlusion)
    for (label, places) in Dictionary(grouping: weighed, by: { mistakes[$0].decision.label }) {
      var texts = Texts()
      for place in places { texts.append(mistakes[place].text) }
      for (place, explanation) in zip(places, try explainer.explain(texts, label: label, threads: threads)) {
        // What speaks for a label speaks against not giving it.
        let sign = mistakes[place].decision.isGiven ? 1.0 : -1.0
        words[place] = explanation.parts.map { ($0.range, sign * $0.score) }
      }
    }
    return words
  }
}

/// What the model got wrong about a record: a label that it gave or, where several may hold, one that it did not give.
private struct WrongDecision {
  let label: Int
  let isGiven: Bool
  let probability: Float
}

extension ClassificationCounter {
  /// The answer or, where several labels may hold, the surest wrong decision about one.
  fileprivate func wrongDecision(of record: Int) -> WrongDecision {
    let row = probabilities(of: record)
    let labels = task == .multiLabel ? Array(names.indices) : answers[record]
    let decisions = labels.compactMap { label -> WrongDecision? in
      let isGiven = answers[record].contains(label)
      guard isGiven != truths[record].contains(label) else { return nil }
      let p = row[row.startIndex + label]
      return WrongDecision(label: label, isGiven: isGiven, probability: isGiven ? p : 1 - p)
    }
    return decisions.max { $0.probability < $1.probability } ?? WrongDecision(label: 0, isGiven: true, probability: 0)
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
      // What did little is left as it is: the page stays small.
      html +=
        abs(score) <= strongest / 10
        ? part(range) : PageStyle.word(String(decoding: text[range], as: UTF8.self), score: score, strongest: strongest)
    }
    html += part(at..<max(at, end))
    return text.count > end ? html + " <span class=\"note\">… \(grouped(text.count - end)) more bytes</span>" : html
  }
}
