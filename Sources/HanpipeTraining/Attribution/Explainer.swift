public import HanpipeCore

/// Says why a classifier gives the labels that it gives.
///
///     let explainer = try Explainer(pipeline)
///     for part in try explainer.explain(Texts(["这家酒店很干净"]))[0].parts { print(part.range, part.score) }
///
/// What a text's words contribute depends on the text alone, not on those beside it.
public struct Explainer: Sendable {
  private let pipeline: Pipeline
  private let unit: ExplainedUnit
  /// Nil for occlusion.
  private let gradients: IntegratedGradients?
  private let chain: AttributedChain?

  /// - Parameter pipeline: from texts to predictions, with all its stages.
  /// - Throws: `AttributionError` if nothing can be explained by this method.
  public init(
    _ pipeline: Pipeline, method: ExplanationMethod = .standard, unit: ExplainedUnit = .word
  ) throws(AttributionError) {
    guard pipeline.blueprint.outputKind == Predictions.kind else { throw .noPrediction(pipeline.blueprint.outputKind) }
    self.pipeline = pipeline
    self.unit = unit
    switch method {
    case .integratedGradients(let steps):
      let chain = try AttributedChain(pipeline)
      self.chain = chain
      gradients = IntegratedGradients(chain, steps: steps)
    case .occlusion:
      chain = try? AttributedChain(pipeline)
      gradients = nil
    }
  }

  /// Explains each text's label, on several threads.
  /// - Parameters:
  ///   - label: the number of the label to explain; nil for the one that each text gets (of several the likeliest, and without any
  ///     the likeliest all the same).
  ///   - answers: what the pipeline gives for the texts, if that is known.
  /// - Returns: one for each text, in order.
  /// - Throws: `AttributionError`, `StageFailure`.
  public func explain(_ texts: Texts, label: Int? = nil, answers: Predictions? = nil, threads: Int) throws -> [Explanation] {
    let parts = texts.batches(records: 32, length: 1 << 14)
    return try concurrentMap(parts.count, threads: threads) { i in
      try explain(texts[parts[i]], label: label, answers: answers?[parts[i]])
    }.flatMap { $0 }
  }

  /// Explains each text's label.
  public func explain(_ texts: Texts, label: Int? = nil, answers: Predictions? = nil) throws -> [Explanation] {
    let answers = try answers ?? predictions(texts)
    if let label, !answers.labels.indices.contains(label) {
      throw AttributionError.unknownLabel(label, count: answers.labels.count)
    }
    let labels = (0..<texts.count).map { label ?? answers.explainedLabel(of: $0) }
    guard texts.count > 0 else { return [] }
    guard let gradients, let chain else { return try occlude(texts, answers, labels) }
    let input = try chain.input(texts)
    return try gradients.contributions(input, labels: labels).enumerated().map { record, result in
      var map = ContributionMap(texts.originalUTF8(of: record))
      for (values, places) in zip(result.values, input.places) { map.add(values, places, record: record) }
      return map.explanation(
        words(input.places.first?.tokens, record), label: labels[record], score: result.score, baseline: result.baseline)
    }
  }

  private func predictions(_ texts: Texts) throws -> Predictions {
    guard let answer = try pipeline.trace(texts).last as? Predictions else {
      throw AttributionError.noPrediction(pipeline.blueprint.outputKind)
    }
    return answer
  }

  /// The places of a record's units; nil for characters.
  private func words(_ tokens: Tokens?, _ record: Int) -> [Range<Int>]? { unit == .word ? tokens?.originalRanges(of: record) : nil }

  // MARK: Occlusion

  private func occlude(_ texts: Texts, _ answers: Predictions, _ labels: [Int]) throws -> [Explanation] {
    let tokens = try words(of: texts)
    let units = (0..<texts.count).map { record in
      ContributionMap.disjoint(words(tokens, record) ?? ContributionMap(texts.originalUTF8(of: record)).characters())
    }
    // A text without each of its words in turn takes as often its bytes: they are made and classified a few at a time.
    var scores = [[Double]](repeating: [], count: texts.count)
    var shortened = Texts()
    var owners: [Int] = []
    func classify() throws {
      let predictions = try predictions(shortened)
      for (i, record) in owners.enumerated() {
        scores[record].append(LogOdds.score(predictions, record: i, label: labels[record]))
      }
      (shortened, owners) = (Texts(), [])
    }
    for record in units.indices {
      let utf8 = texts.originalUTF8(of: record)
      for range in units[record] {
        shortened.append(validated: utf8.prefix(range.lowerBound) + utf8.dropFirst(range.upperBound))
        owners.append(record)
        if owners.count == 1024 || shortened.bytes.count > 1 << 18 { try classify() }
      }
    }
    if !owners.isEmpty { try classify() }
    return units.indices.map { record in
      let score = LogOdds.score(answers, record: record, label: labels[record])
      let parts = zip(units[record], scores[record]).map { Explanation.Part(range: $0, score: score - $1) }
      return Explanation(label: labels[record], score: score, baseline: nil, parts: parts, elsewhere: 0)
    }
  }

  /// The words that the pipeline cuts texts into; nil if it cuts none.
  private func words(of texts: Texts) throws -> Tokens? {
    guard unit == .word else { return nil }
    if let tokens = try? chain?.input(texts).places.first?.tokens { return tokens }
    return try pipeline.trace(texts).last { $0 is Tokens } as? Tokens
  }
}

extension Predictions {
  /// The label that a record gets; of several the likeliest, and without any the likeliest all the same.
  public func explainedLabel(of record: Int) -> Int {
    if task != .multiLabel, let label = decision(of: record).first { return label }
    let row = Array(probabilities(of: record))
    return row.indices.max { (row[$0], -$0) < (row[$1], -$1) } ?? 0
  }
}
