import Hanpipe

/// A spec or model directory, checked and ready to run.
struct LoadedPipeline {
  private(set) var pipeline: Pipeline
  /// The model, if it is one.
  let model: ModelDirectory.Model?

  /// Loads what `path` names. A model must still answer its recorded texts as it did when it was saved, unless other libraries
  /// are allowed; what the command line changes in it is changed afterwards.
  /// - Parameter precision: instead of the spec's, for each stage that has the setting.
  /// - Throws: `FileError`, `ModelError`, `NoPrecision`.
  init(
    _ path: String, _ environment: ToolEnvironment, choices: SpecChoices = SpecChoices(), allowIdentityMismatch: Bool = false,
    precision: RecurrentConfiguration.Precision? = nil
  ) throws {
    var (spec, root) = try loadSpec(path, environment, choices, isModel: true)
    if spec.model != nil {
      if choices.list != nil { throw NoList(path: path, isModel: true) }
      let folder = path.hasSuffix("/pipeline.json") ? String(path.dropLast("/pipeline.json".count)) : path
      func load() throws -> ModelDirectory.Model {
        try ModelDirectory.load(
          folder, spec: spec, registry: environment.registry, allowIdentityMismatch: allowIdentityMismatch)
      }
      // What the command line changes may change answers: the recorded ones are those of the model as it was saved.
      let saved = spec
      if !choices.assignments.isEmpty { try Self.verify(load(), savedAs: saved) }
      try choices.change(&spec, path, environment)
      try Self.set(precision, in: &spec, path, environment)
      let model: ModelDirectory.Model
      do { model = try load() } catch  where !choices.assignments.isEmpty {
        let error = (error as? FileError)?.underlying ?? error
        throw FileError(choices.blamed(error, path), error)
      }
      if choices.assignments.isEmpty { try Self.verify(model, savedAs: saved) }
      self.model = model
      pipeline = model.pipeline
      return
    }
    try choices.change(&spec, path, environment)
    try Self.set(precision, in: &spec, path, environment)
    model = nil
    do {
      pipeline = try Pipeline(Blueprint(spec, registry: environment.registry), resource: choices.files(root.reader))
    } catch {
      throw FileError(choices.blamed(error, path), error)
    }
  }

  /// Lets words of the user's correct those that the pipeline gives.
  /// - Parameters:
  ///   - path: of a file that may lie anywhere, unlike those that a spec names.
  ///   - skipsMalformed: wrong lines are left out; without it the first is an error.
  ///   - warn: called with what is wrong with lines.
  /// - Throws: `FileError` with the file's name.
  mutating func correct(byWordsOf path: String, skipsMalformed: Bool, warn: (String) -> Void) throws {
    let bytes = try FileContent.read(path)
    let lexicon: Lexicon
    do { lexicon = try Lexicon(bytes, skipsMalformed: skipsMalformed) } catch { throw FileError(path, error) }
    if lexicon.skipped.count > 0 { warn("\(path): \(lexicon.skipped); words read: \(grouped(lexicon.count))") }
    if let found = JiebaColumns(in: bytes) { warn("\(path): \(found)") }
    var configuration = LexiconOverlay.Configuration()
    configuration.lexicon = ResourcePath("user-words")
    try pipeline.append(LexiconOverlay(lexicon, file: path), configuration)
  }

  private static func verify(_ model: ModelDirectory.Model, savedAs saved: PipelineSpec) throws {
    if model.mismatches.isEmpty { try model.verifyGolden(savedAs: saved) }
  }

  private static func set(
    _ precision: RecurrentConfiguration.Precision?, in spec: inout PipelineSpec, _ path: String, _ environment: ToolEnvironment
  ) throws(NoPrecision) {
    guard let precision else { return }
    if spec.set("precision", to: precision.json, environment.registry) == 0 { throw NoPrecision(path: path) }
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

/// - Throws: as `SpecFile.load`; `ElsewhereError`.
private func loadSpec(
  _ path: String, _ environment: ToolEnvironment, _ choices: SpecChoices, isModel: Bool
) throws -> (spec: PipelineSpec, root: ResourceRoot) {
  if let meant = Installation.meant(by: path, isModel: isModel) { throw ElsewhereError(path: path, meant: meant) }
  return try SpecFile.load(path, root: choices.root, registry: environment.registry)
}

/// A pipeline that does something else than the command needs.
struct WrongPipeline: Error, CustomStringConvertible {
  let path: String
  /// "gives" or "takes".
  let verb: String
  let kind: ValueKind?
  let expected: ValueKind
  var description: String {
    let wordsOfClassifier = kind == Predictions.kind && expected == Tokens.kind
    return "\(path): \(verb) \(kind?.rawValue ?? "nothing"), but this command needs \(expected)"
      + (wordsOfClassifier ? "; hanpipe run --tokens writes both" : "")
  }
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
  private let choices: SpecChoices
  private(set) var blueprint: Blueprint

  /// - Throws: `FileError`, `ModelError`.
  init(_ path: String, _ environment: ToolEnvironment, choices: SpecChoices = SpecChoices()) throws {
    (spec, root) = try loadSpec(path, environment, choices, isModel: false)
    self.path = path
    self.choices = choices
    try choices.change(&spec, path, environment)
    do { blueprint = try Blueprint(spec, registry: environment.registry) } catch {
      throw FileError(choices.blamed(error, path), error)
    }
  }

  /// Replaces the `training` object, as options of the command line do.
  mutating func setTraining(_ configuration: TrainingConfiguration, _ environment: ToolEnvironment) throws {
    spec.training = configuration.json
    blueprint = try Blueprint(spec, registry: environment.registry)
  }

  /// The `training` object, with defaults.
  func training() throws -> TrainingConfiguration {
    do { return try TrainingConfiguration(spec) } catch { throw FileError(choices.blamed(error, path), error) }
  }

  /// What `train` would refuse in the `training` object before it looks at a record.
  func checkTraining() throws {
    let configuration = try training()
    do {
      switch blueprint.outputKind {
      case Tags.kind: try configuration.checkTagging()
      case Predictions.kind:
        let (labels, allowsMany) = try classifierLabels(blueprint)
        try configuration.checkClassifying(allowsMany ? .multiLabel : blueprint.links.last?.type == "softmax" ? .multiClass : .binary)
        _ = try configuration.classWeights.weights(labels: labels, counts: labels.map { _ in 1 })
      default: break
      }
      try configuration.vectors?.check(root.reader)
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(choices.blamed(error, path), error)
    }
  }
}
