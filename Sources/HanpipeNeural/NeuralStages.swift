public import HanpipeCore

/// Encoders, pooling, heads and taggers.
public enum NeuralStages: StagePlugin {
  public static func register(in registry: inout StageRegistry) throws(StageRegistry.Failure) {
    try register(LSTM.self, in: &registry)
    try register(GRU.self, in: &registry)
    try register(SimpleRNN.self, in: &registry)
    try registry.register(
      "embedding", EmbeddingConfiguration.self, summary: EmbeddingStage<PaddedIDs, Sequences>.summary, module: "HanpipeNeural",
      [
        StageFactory(EmbeddingStage<PaddedIDs, Sequences>.self), StageFactory(EmbeddingStage<PaddedIDs, Vectors>.self),
        StageFactory(EmbeddingStage<FeatureIDs, Sequences>.self), StageFactory(EmbeddingStage<FeatureIDs, Vectors>.self),
      ]
    ) { $1.outputKind == ($0.output == .sequence ? Sequences.kind : Vectors.kind) }
    try registry.register(MaxPooling.self)
    try registry.register(MeanPooling.self)
    try registry.register(AttentionPooling.self)
    try registry.register(
      "dense", DenseConfiguration.self, summary: Dense<Vectors>.summary, module: "HanpipeNeural",
      [StageFactory(Dense<Vectors>.self), StageFactory(Dense<Sequences>.self)]
    ) { _, _ in true }
    try registry.register(SigmoidHead.self)
    try registry.register(SoftmaxHead.self)
    try registry.register(CRFTagger.self)
  }

  /// An encoder's four types: from ids or steps, to a vector or steps.
  private static func register<Cell: RecurrentCell>(
    _: Cell.Type, in registry: inout StageRegistry
  ) throws(StageRegistry.Failure) {
    try registry.register(
      Cell.type, RecurrentConfiguration.self, summary: Cell.summary, module: "HanpipeNeural",
      [
        StageFactory(RecurrentEncoder<Cell, PaddedIDs, Vectors>.self),
        StageFactory(RecurrentEncoder<Cell, PaddedIDs, Sequences>.self),
        StageFactory(RecurrentEncoder<Cell, Sequences, Vectors>.self),
        StageFactory(RecurrentEncoder<Cell, Sequences, Sequences>.self),
      ]
    ) { configuration, factory in
      factory.outputKind == (configuration.output == .sequence ? Sequences.kind : Vectors.kind)
    }
  }
}
