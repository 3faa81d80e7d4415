public import HanpipeCore

/// The stages that turn text into ids.
public enum TextStages: StagePlugin {
  public static func register(in registry: inout StageRegistry) throws(StageRegistry.Failure) {
    try registry.register(TextNormalizer.self)
    try registry.register(ICUSegmenter.self)
    try registry.register(CharacterSegmenter.self)
    try registry.register(WhitespaceSegmenter.self)
    try registry.register(VocabularyStage.self)
    try registry.register(PaddingStage.self)
  }
}
