/// Why one record has the words that it has.
public struct ExplainedWords: Sendable {
  /// For each token of the record.
  public let reasons: [WordReason]
  /// By where they begin; what became a word after all is not among them.
  public let missed: [MissedWord]
}

extension Pipeline {
  /// For each record, which rule of which stage made each of its words.
  ///
  /// A stage that is no `ReasoningStage`, such as a plug-in, is named without a rule.
  /// - Parameter trace: what `trace(_:)` gave, of a pipeline whose last stage gives tokens.
  /// - Throws: `StageFailure`.
  public func reasons(along trace: [any StageValue]) throws -> [ExplainedWords] {
    guard let tokens = trace.last as? Tokens else {
      throw ContractViolation.valueType(expected: "\(Tokens.self)", found: trace.last.map { "\(type(of: $0))" } ?? "nothing")
    }
    let values = trace.count == stages.count + 1 ? trace : try separately(trace[0])
    var trails = Array(repeating: ReasonTrail(), count: tokens.count)
    for i in stages.indices {
      guard let output = values[i + 1] as? Tokens else { continue }
      do { try follow(&trails, stages[i], link(i).type, from: values[i], to: output) } catch {
        throw StageFailure(stage: link(i).label, records: 0..<output.count, underlying: error)
      }
    }
    return trails.enumerated().map { record, trail in trail.explained(tokens.spans(of: record).map(\.range)) }
  }

  /// All values on the way, those too that `trace` leaves out.
  private func separately(_ input: any StageValue) throws -> [any StageValue] {
    var values = [input]
    for stage in stages { values.append(try stage.process(values[values.count - 1])) }
    return values
  }

  private func follow(
    _ trails: inout [ReasonTrail], _ stage: AnyStage, _ type: StageType, from input: any StageValue, to output: Tokens
  ) throws {
    func ask<S: ReasoningStage>(_ stage: S) throws -> WordReasons {
      guard let input = input as? S.Input else {
        throw ContractViolation.valueType(expected: "\(S.Input.self)", found: "\(Swift.type(of: input))")
      }
      return try stage.reasons(for: output, from: input)
    }
    let said = try (stage.base as? any ReasoningStage).map { try ask($0) }
    let before = input as? Tokens
    for record in 0..<output.count {
      trails[record].pass(
        type, said?.words[record], said?.missed[record] ?? [], before: before?.spans(of: record).map(\.range) ?? [],
        after: output.spans(of: record).map(\.range))
    }
  }
}

/// The reasons of one record's words, from stage to stage.
private struct ReasonTrail {
  private var reasons: [Range<Int>: WordReason] = [:]
  private var missed: [MissedWord] = []

  mutating func pass(
    _ stage: StageType, _ said: [WordReason?]?, _ missed: [MissedWord], before: [Range<Int>], after: [Range<Int>]
  ) {
    func own(_ reason: WordReason) -> WordReason {
      var reason = reason
      reason.stage = stage
      return reason
    }
    var next: [Range<Int>: WordReason] = [:]
    for (i, word) in after.enumerated() {
      let own = (said?[i]).map(own)
      next[word] = own ?? reasons[word] ?? Self.unexplained(stage)
    }
    reasons = next
    self.missed += missed.map { MissedWord($0.range, own($0.reason)) }
    let named = Set(missed.map(\.range))
    var covered = 0
    var place = 0
    for word in before {
      // Words may overlap, but they rise by where they begin: how far those reach that begin before this one's end.
      while place < after.count, after[place].lowerBound < word.upperBound {
        covered = max(covered, after[place].upperBound)
        place += 1
      }
      if covered <= word.lowerBound, !named.contains(word) {
        self.missed.append(MissedWord(word, own(WordReason(stage.rawValue, "dropped by the stage \"\(stage)\""))))
      }
    }
  }

  private static func unexplained(_ stage: StageType) -> WordReason {
    var reason = WordReason(stage.rawValue, "by the stage \"\(stage)\"")
    reason.stage = stage
    return reason
  }

  func explained(_ words: [Range<Int>]) -> ExplainedWords {
    func place(_ word: MissedWord) -> (Int, Int) { (word.range.lowerBound, word.range.upperBound) }
    return ExplainedWords(
      reasons: words.compactMap { reasons[$0] }, missed: missed.filter { reasons[$0.range] == nil }.sorted { place($0) < place($1) })
  }
}
