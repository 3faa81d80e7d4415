public import HanpipeCore

/// The stages that turn text into ids.
public enum TextStages: StagePlugin {
  public static func register(in registry: inout StageRegistry) throws(StageRegistry.Failure) {
    try registry.register(TextNormalizer.self)
    try registry.register(SimplifiedCharacters.self)
    try registry.register(CriterionMark.self)
    try registry.register(ICUSegmenter.self)
    try registry.register(LexiconSegmenter.self)
    try registry.register(CharacterSegmenter.self)
    try registry.register(WhitespaceSegmenter.self)
    try registry.register(LexiconOverlay.self)
    try registry.register(StopWords.self)
    try registry.register(
      VocabularyStage.type, VocabularyStage.Configuration.self, summary: VocabularyStage.summary, module: "HanpipeText",
      [StageFactory(VocabularyStage.self), StageFactory(VocabularyLookup.self)]
    ) { configuration, factory in
      if case .none = factory.learning { configuration.file != nil } else { configuration.file == nil }
    }
    try registry.register(PaddingStage.self)
    try registry.register(
      NGramFeatures.type, NGramConfiguration.self, summary: NGramFeatures.summary, module: "HanpipeText",
      [StageFactory(NGramFeatures.self), StageFactory(FrequentNGramFeatures.self)]
    ) { configuration, factory in
      if case .none = factory.learning { configuration.minimumCount == 1 } else { configuration.minimumCount > 1 }
    }
    try registry.register(DictionaryFeatures.self)
  }
}
