import Hanpipe

/// Stop words that a classifier would miss: without its negator 不喜欢 is 喜欢.
struct NegatorWarning {
  private(set) var lines: [String] = []

  /// Looks at a stage of a chain that ends in a classifier.
  /// - Parameter label: `stages[2] (stop-words)`.
  mutating func look(at stage: AnyStage, label: String) {
    guard let stopWords = stage.base as? StopWords else { return }
    let dropped = stopWords.droppedNegators
    guard !dropped.isEmpty else { return }
    let shown = dropped.prefix(6).map { word, line in "\(word)\(line.map { " (\($0))" } ?? "")" }
    let others = dropped.count > shown.count ? " and \(dropped.count - shown.count) more" : ""
    let keep = JSON.array(dropped.map { .string($0.word) })
    lines.append(
      "\(label) drops negators, \(shown.joined(separator: ", "))\(others): the classifier then reads 不喜欢 as 喜欢; take them out of "
        + "the list, or say \"keep\": \(keep)")
  }

  /// Looks at all stages of a pipeline, those inside of others too, if it ends in a classifier.
  mutating func look(at pipeline: Pipeline) {
    if pipeline.blueprint.outputKind == Predictions.kind { lookInside(pipeline) }
  }

  private mutating func lookInside(_ pipeline: Pipeline) {
    for (i, stage) in pipeline.stages.enumerated() {
      look(at: stage, label: pipeline.link(i).label)
      for chain in stage.chains { lookInside(chain) }
    }
  }
}
