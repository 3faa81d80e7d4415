// What the author of a stage or a program needs, by one import.
@_exported public import HanpipeCore
@_exported public import HanpipeIO
@_exported public import HanpipeNeural
@_exported public import HanpipePlugins
@_exported public import HanpipeText
@_exported public import HanpipeTraining

extension StageRegistry {
  /// Every stage that comes with hanpipe.
  public static var standard: StageRegistry {
    get throws(StageRegistry.Failure) {
      var registry = StageRegistry()
      try CompositeStages.register(in: &registry)
      try TextStages.register(in: &registry)
      try NeuralStages.register(in: &registry)
      try ModelStages.register(in: &registry)
      try PluginStages.register(in: &registry)
      registry.markBuiltIn()
      return registry
    }
  }
}

extension StageRegistry {
  /// JSON Schema (draft 2020-12) of a spec that names these stages.
  public var specSchema: JSON { specSchema(training: .object(TrainingConfiguration.objectSchema())) }
}
