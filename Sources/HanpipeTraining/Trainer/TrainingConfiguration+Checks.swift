public import HanpipeCore

/// What can be said against settings before there is a record.
extension TrainingConfiguration {
  /// - Parameter task: of the classifier that is to be trained.
  /// - Throws: `SpecError` for a loss of another task, and for what only segmented text has.
  public func checkClassifying(_ task: Predictions.Task) throws(SpecError) {
    let path = SpecPath("training")
    let natural = LossKind.natural(task)
    guard loss == .automatic || loss == natural else {
      throw .badValue(path["loss"], found: loss.json.description, allowed: "\"\(natural.rawValue)\" for this classifier")
    }
    if earlyStopping?.monitor == .f1 {
      throw .badValue(
        path["earlyStopping"]["monitor"], found: "\"f1\"", allowed: "\"loss\" or \"accuracy\" for a classifier; \"f1\" is of words")
    }
  }

  /// - Throws: `SpecError` for settings that mean something for labels only.
  public func checkTagging() throws(SpecError) {
    let path = SpecPath("training")
    if loss != .automatic {
      throw .badValue(path["loss"], found: loss.json.description, allowed: "\"auto\" for a tagger")
    }
    if classWeights != .none {
      throw .badValue(path["classWeights"], found: classWeights.json.description, allowed: "null for a tagger")
    }
    if labelSmoothing != 0 {
      throw .badValue(path["labelSmoothing"], found: labelSmoothing.json.description, allowed: "0 for a tagger")
    }
  }
}

extension LossKind {
  static func natural(_ task: Predictions.Task) -> LossKind {
    task == .multiClass ? .categoricalCrossEntropy : .binaryCrossEntropy
  }
}
