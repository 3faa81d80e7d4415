import Hanpipe

/// A spec or model directory, checked and ready to run.
struct LoadedPipeline {
  private(set) var pipeline: Pipeline
  /// The model, if it is one.
  let model: ModelDirectory.Model?

  /// Loads what `path` names. A model must still answer its recorded texts as it did when it was saved, unless other libraries
  /// are allowed.
  /// - Parameter precision: instead of the spec's, for each stage that has the setting.
  /// - Throws: `FileError`, `ModelError`, `NoPrecision`.
  init(
    _ path: String, _ environment: ToolEnvironment, allowIdentityMismatch: Bool = false,
    precision: RecurrentConfiguration.Precision? = nil
  ) throws {
    var (spec, root) = try SpecFile.load(path)
    if let precision, spec.set("precision", to: precision.json, environment.registry) == 0 { throw NoPrecision(path: path) }
    if spec.model != nil {
      let folder = path.hasSuffix("/pipeline.json") ? String(path.dropLast("/pipeline.json".count)) : path
      let model = try ModelDirectory.load(
        folder, spec: spec, registry: environment.registry, allowIdentityMismatch: allowIdentityMismatch)
      if model.mismatches.isEmpty { try model.verifyGolden() }
      self.model = model
      pipeline = model.pipeline
      return
    }
    model = nil
    do {
      pipeline = try Pipeline(Blueprint(spec, registry: environment.registry), resource: root.reader)
    } catch {
      throw FileError(path, error)
    }
  }

  /// Lets words of the user's correct those that the pipeline gives.
  /// - Parameters:
  ///   - path: of a file that may lie anywhere, unlike those that a spec names.
  ///   - skipped: called with what is wrong with lines, which are then left out; without it the first wrong one is an error.
  /// - Throws: `FileError` with the file's name.
  mutating func correct(byWordsOf path: String, skipped: ((String) -> Void)?) throws {
    let bytes = try FileContent.read(path)
    let lexicon: Lexicon
    do { lexicon = try Lexicon(bytes, skipsMalformed: skipped != nil) } catch { throw FileError(path, error) }
    if lexicon.skipped.count > 0 { skipped?("\(path): \(lexicon.skipped)") }
    var configuration = LexiconOverlay.Configuration()
    configuration.lexicon = ResourcePath("user-words")
    try pipeline.append(LexiconOverlay(lexicon), configuration)
  }

  /// Refuses a pipeline that does something else than the command needs.
  /// - Parameter output: nil: anything.
  /// - Throws: `WrongPipeline`.
  func require(_ input: ValueKind, _ output: ValueKind?, path: String) throws(WrongPipeline) {
    if let output, pipeline.blueprint.outputKind != output {
      throw WrongPipeline(path: path, verb: "gives", kind: pipeline.blueprint.outputKind, expected: output)
    }
    guard pipeline.blueprint.inputKind == input else {
      throw WrongPipeline(path: path, verb: "takes", kind: pipeline.blueprint.inputKind, expected: input)
    }
  }
}

/// A pipeline that does something else than the command needs.
struct WrongPipeline: Error, CustomStringConvertible {
  let path: String
  /// "gives" or "takes".
  let verb: String
  let kind: ValueKind?
  let expected: ValueKind
  var description: String { "\(path): \(verb) \(kind?.rawValue ?? "nothing"), but this command needs \(expected)" }
}

/// A pipeline that has nothing to compute in another precision.
struct NoPrecision: Error, CustomStringConvertible {
  let path: String
  var description: String { "\(path): no stage has a \"precision\" to choose; leave out --precision" }
}

/// A spec whose stages, settings and joints have been checked.
struct CheckedSpec {
  let path: String
  private(set) var spec: PipelineSpec
  let root: ResourceRoot
  private(set) var blueprint: Blueprint

  /// - Throws: `FileError`, `ModelError`.
  init(_ path: String, _ environment: ToolEnvironment) throws {
    (spec, root) = try SpecFile.load(path)
    self.path = path
    do { blueprint = try Blueprint(spec, registry: environment.registry) } catch { throw FileError(path, error) }
  }

  /// Replaces the `training` object, as options of the command line do.
  mutating func setTraining(_ configuration: TrainingConfiguration, _ environment: ToolEnvironment) throws {
    spec.training = configuration.json
    blueprint = try Blueprint(spec, registry: environment.registry)
  }

  /// The `training` object, with defaults.
  func training() throws -> TrainingConfiguration {
    do { return try TrainingConfiguration(spec) } catch { throw FileError(path, error) }
  }
}
