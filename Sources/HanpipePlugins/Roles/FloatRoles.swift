import HanpipeCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Gives probabilities for labels.
enum ClassifierRole<Input: StageValue>: PluginRole {
  typealias Output = Predictions
  /// A probability for each label.
  typealias Answer = [Float]
  static var name: String { "classifier" }

  static func check(_ answer: [Float], to input: Input, record: Int, _ terms: PluginTerms) throws(AnswerError) {
    guard answer.count == terms.labels.count else {
      throw .count(found: answer.count, of: "probabilities", expected: terms.labels.count, per: "labels")
    }
    // NaN is in no range.
    if let i = answer.firstIndex(where: { !(0...1).contains($0) }) { throw .probability(number: i + 1, answer[i]) }
    let sum = answer.reduce(0) { $0 + Double($1) }
    if terms.task == .multiClass, abs(sum - 1) > 1e-3 { throw .probabilitySum(sum) }
  }

  static func output(_ answers: [[Float]], to input: Input, _ terms: PluginTerms) -> Predictions {
    let probabilities = Array(answers.joined())
    return switch terms.task {
    case .multiClass:
      Predictions(
        task: .multiClass, labels: terms.labels, logits: probabilities.map { log(max($0, .leastNormalMagnitude)) },
        probabilities: probabilities)
    case .multiLabel:
      Predictions(
        task: .multiLabel, labels: terms.labels,
        logits: probabilities.map { log(max($0, .leastNormalMagnitude)) - log(max(1 - $0, .leastNormalMagnitude)) },
        probabilities: probabilities)
    }
  }
}

/// Makes a vector of each record.
enum EncoderRole<Input: StageValue>: PluginRole {
  typealias Output = Vectors
  typealias Answer = [Float]
  static var name: String { "encoder" }

  static func check(_ answer: [Float], to input: Input, record: Int, _ terms: PluginTerms) throws(AnswerError) {
    guard answer.count == terms.width else {
      throw .count(found: answer.count, of: "numbers", expected: terms.width ?? 0, per: "of the vector's width")
    }
    if let i = answer.firstIndex(where: { !$0.isFinite }) { throw .notFinite(number: i + 1) }
  }

  static func output(_ answers: [[Float]], to input: Input, _ terms: PluginTerms) -> Vectors {
    Vectors(values: Array(answers.joined()), width: terms.width ?? 0, count: input.count)
  }
}
