public import HanpipeCore

/// What the last stage of a trainable spec answers.
public enum TrainingHead: Sendable, Equatable {
  case classifier(Predictions.Task, labels: [String])
  case tagger(tags: [String])

  /// Labels or tags.
  public var names: [String] {
    switch self {
    case .classifier(_, let labels): labels
    case .tagger(let tags): tags
    }
  }
}
