import Hanpipe

/// What this package brings.
public enum ConvolutionPlugin: StagePlugin {
  public static func register(in registry: inout StageRegistry) throws(StageRegistry.Failure) {
    try registry.register(Chunks.self)
    try registry.register(WordConvolution.self)
    try registry.register(PrototypeClassifier.self)
  }
}
