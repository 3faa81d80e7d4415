import Hanpipe
import Synchronization

/// Where explanations come from.
enum ExplanationSource: Sendable {
  /// - label: the number of the label to explain; nil for the one that each record gets.
  case explainer(Explainer, label: Int?)
  case gates(GateReader)
}

/// One record and why it got its label.
struct ExplainedRecord {
  let text: ArraySlice<UInt8>
  let members: RawMembers
  /// Of this record alone.
  let answer: Predictions
  /// What is explained, and by how much each word contributes. Of gates: how much the first recurrent stage changed its state.
  let explanation: Explanation
  /// Of gates: what each layer and direction did.
  let traces: [GateTrace]?

  var label: String { answer.labels[explanation.label] }
  var probability: Float { answer.probabilities[explanation.label] }
  /// The largest contribution, by which colours are scaled.
  var largest: Double { explanation.parts.reduce(0) { max($0, abs($1.score)) } }

  /// The text in pieces, in order: words with what they contribute, and what stands between them.
  var pieces: [(text: ArraySlice<UInt8>, score: Double?)] {
    var pieces: [(ArraySlice<UInt8>, Double?)] = []
    var end = 0
    for part in explanation.parts {
      if end < part.range.lowerBound { pieces.append((slice(end..<part.range.lowerBound), nil)) }
      pieces.append((slice(part.range), part.score))
      end = part.range.upperBound
    }
    if end < text.count { pieces.append((slice(end..<text.count), nil)) }
    return pieces
  }

  func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
    text[text.startIndex + range.lowerBound..<text.startIndex + range.upperBound]
  }
}

/// How explanations are written.
protocol ExplanationStyle: Sendable {
  /// Before the first record, and after the last.
  var head: [UInt8] { get }
  var tail: [UInt8] { get }
  func write(_ record: ExplainedRecord, into output: inout [UInt8])
  /// What stands in a failed record's place.
  func write(error: any Error, _ members: RawMembers, into output: inout [UInt8])
}
extension ExplanationStyle {
  var head: [UInt8] { [] }
  var tail: [UInt8] { [] }
}

/// Explains what a pipeline answered for each record, and writes it.
struct ExplanationRenderer: RecordRenderer {
  let source: ExplanationSource
  let style: any ExplanationStyle
  /// Records whose numbers do not add up.
  let rough = Counter()

  /// A number that several threads count.
  final class Counter: Sendable {
    private let value = Atomic(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.wrappingAdd(1, ordering: .relaxed) }
  }

  func render(_ trace: [any StageValue], _ batch: RecordBatch, _ records: Range<Int>, into output: inout [UInt8]) throws {
    guard let answers = trace.last as? Predictions else { return }
    let texts = batch.texts[records]
    let explained: [(Explanation, [GateTrace]?)]
    switch source {
    case .explainer(let explainer, let label):
      explained = try explainer.explain(texts, label: label, answers: answers).map { ($0, nil) }
    case .gates(let reader):
      explained = try reader.traces(of: texts).enumerated().map { i, traces in
        (Self.changes(traces, label: answers.explainedLabel(of: i)), traces)
      }
    }
    for (i, (explanation, traces)) in explained.enumerated() {
      if explanation.isRough { rough.add() }
      style.write(
        ExplainedRecord(
          text: texts.utf8(of: i), members: batch.members(of: records.lowerBound + i), answer: answers[i..<i + 1],
          explanation: explanation, traces: traces),
        into: &output)
    }
  }

  func render(error: any Error, _ batch: RecordBatch, _ record: Int, into output: inout [UInt8]) {
    style.write(error: error, batch.members(of: record), into: &output)
  }

  /// How much the first layer that reads forward changed its state with each word.
  private static func changes(_ traces: [GateTrace], label: Int) -> Explanation {
    var parts: [Explanation.Part] = []
    if let first = traces.first, let column = first.names.firstIndex(of: "change") {
      for step in first.steps where !step.range.isEmpty && step.range.lowerBound >= parts.last?.range.upperBound ?? 0 {
        parts.append(Explanation.Part(range: step.range, score: Double(step.values[column])))
      }
    }
    return Explanation(label: label, score: 0, baseline: nil, parts: parts, elsewhere: 0)
  }
}
