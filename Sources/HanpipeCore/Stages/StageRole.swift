/// What a stage does in a pipeline, as `hanpipe stages` shows it.
public enum StageRole: String, Sendable, CaseIterable {
  case normalizer
  case segmenter
  case tokenFilter = "token filter"
  case vocabulary
  case padding
  case encoder
  case pooling
  case classifier
  case tagger
  /// None of these.
  case stage

  /// The role of stages that take and give these kinds, a pair for each Swift type that serves them.
  ///
  /// By kinds, as the protocols of the roles say them, so that a stage of a library or process has its role too. What reads ids is
  /// an encoder, though from a sequence it also makes vectors.
  public init(_ kinds: [(input: ValueKind, output: ValueKind)]) {
    let roles = kinds.map { Self.role($0.input, $0.output) }
    let first = roles.first ?? .stage
    self = roles.allSatisfy { $0 == first } ? first : roles.allSatisfy { $0 == .encoder || $0 == .pooling } ? .encoder : .stage
  }

  private static func role(_ input: ValueKind, _ output: ValueKind) -> StageRole {
    switch (input, output) {
    case (Texts.kind, Texts.kind): .normalizer
    case (Texts.kind, Tokens.kind): .segmenter
    case (Tokens.kind, Tokens.kind): .tokenFilter
    case (Tokens.kind, TokenIDs.kind): .vocabulary
    case (TokenIDs.kind, PaddedIDs.kind): .padding
    case (Sequences.kind, Vectors.kind): .pooling
    case (_, Sequences.kind), (_, Vectors.kind): .encoder
    case (_, Predictions.kind): .classifier
    case (_, Tags.kind): .tagger
    default: .stage
    }
  }
}
