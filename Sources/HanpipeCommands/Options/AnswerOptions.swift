import ArgumentParser
import Hanpipe

/// How probabilities become answers, instead of how the model says.
struct AnswerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "From which probability the second of two labels is given, or each of several that may hold together; instead of the model's.",
      valueName: "probability"))
  var threshold: Float?
  @Option(
    help: ArgumentHelp("Give no label where the answer's probability is below this.", valueName: "probability"))
  var abstainBelow: Float?

  mutating func validate() throws {
    for (name, value) in [("--threshold", threshold), ("--abstain-below", abstainBelow)] {
      if let value, !(0...1).contains(value) {
        throw ValidationError("\(name): \(value) is not allowed; expected a number from 0 to 1")
      }
    }
  }

  var isGiven: Bool { threshold != nil || abstainBelow != nil }

  /// What was asked for, if it means something for the pipeline's classifier.
  /// - Throws: `ValidationError` for a threshold where more than two labels exclude each other, and for a label that could be taken
  ///   for the mark of no answer.
  func rule(for pipeline: Pipeline) throws -> AnswerRule {
    let rule = AnswerRule(threshold: threshold, abstainBelow: abstainBelow)
    guard isGiven else { return rule }
    // What the last stage answers to no record says what kind of classifier it is.
    guard let answer = try pipeline.trace(Texts()).last as? Predictions else { return rule }
    if let threshold, answer.answering(from: threshold) == nil {
      throw ValidationError(
        "--threshold is for two labels, or for several that may hold together, and this model chooses one of \(answer.labels.count); "
          + "--abstain-below says how sure it must be")
    }
    if abstainBelow != nil, answer.labels.contains(AnswerRule.mark) {
      throw ValidationError(
        "--abstain-below: a label of this model is called \"\(AnswerRule.mark)\", which marks that no label is given")
    }
    return rule
  }
}

/// How probabilities become answers.
struct AnswerRule: Sendable {
  var threshold: Float?
  var abstainBelow: Float?
  /// Stands in the place of a label that is not given, where text has no null.
  static let mark = "?"

  /// The predictions with the threshold that was asked for.
  func apply(_ predictions: Predictions) -> Predictions { threshold.flatMap(predictions.answering) ?? predictions }

  /// Whether an answer, as `decision` gives it, is too unsure to be given.
  func withholds(_ answer: [Int], _ predictions: Predictions, _ record: Int) -> Bool {
    guard let abstainBelow else { return false }
    return !(predictions.certainty(of: answer, record: record) >= abstainBelow)
  }
}
