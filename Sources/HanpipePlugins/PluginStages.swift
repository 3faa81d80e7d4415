public import HanpipeCore

/// Stages that other programs and shared libraries bring.
public enum PluginStages: StagePlugin {
  public static func register(in registry: inout StageRegistry) throws(StageRegistry.Failure) {
    try registry.register(
      "process", ProcessConfiguration.self, summary: "Another program, over JSON Lines (docs/process-protocol.md).",
      module: "HanpipePlugins", origin: .process,
      [
        StageFactory(ProcessStage<SegmenterRole>.self), StageFactory(ProcessStage<NormalizerRole>.self),
        StageFactory(ProcessStage<TokenFilterRole>.self), StageFactory(ProcessStage<ClassifierRole<Texts>>.self),
        StageFactory(ProcessStage<ClassifierRole<Tokens>>.self), StageFactory(ProcessStage<ClassifierRole<Vectors>>.self),
        StageFactory(ProcessStage<EncoderRole<Texts>>.self), StageFactory(ProcessStage<EncoderRole<Tokens>>.self),
      ]
    ) { configuration, factory in
      serves(configuration.role.rawValue, factory)
    }
    try registry.register(
      "library", LibraryConfiguration.self, summary: "A shared library with a C ABI (hanpipe_plugin.h).",
      module: "HanpipePlugins", origin: .library,
      [
        StageFactory(LibraryStage<SegmenterRole>.self), StageFactory(LibraryStage<NormalizerRole>.self),
        StageFactory(LibraryStage<TokenFilterRole>.self), StageFactory(LibraryStage<ClassifierRole<Texts>>.self),
        StageFactory(LibraryStage<ClassifierRole<Tokens>>.self),
      ]
    ) { configuration, factory in
      serves(configuration.role.rawValue, factory)
    }
  }

  /// Whether a factory's stages do what the role says: their kinds tell.
  private static func serves(_ role: String, _ factory: StageFactory) -> Bool {
    switch (factory.inputKind, factory.outputKind) {
    case (Texts.kind, Tokens.kind): role == SegmenterRole.name
    case (Texts.kind, Texts.kind): role == NormalizerRole.name
    case (Tokens.kind, Tokens.kind): role == TokenFilterRole.name
    case (_, Predictions.kind): role == ClassifierRole<Texts>.name
    default: role == EncoderRole<Texts>.name
    }
  }
}
