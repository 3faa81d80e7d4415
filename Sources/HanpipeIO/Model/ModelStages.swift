public import HanpipeCore

/// Stages that are models themselves.
public enum ModelStages: StagePlugin {
  public static func register(in registry: inout StageRegistry) throws(StageRegistry.Failure) {
    try registry.register(NeuralSegmenter.self)
  }
}
