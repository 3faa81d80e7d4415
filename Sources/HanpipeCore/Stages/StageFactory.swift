/// How to make stages of one Swift type from a spec: everything about the type, erased.
public struct StageFactory: Sendable {
  public let inputKind: ValueKind
  public let outputKind: ValueKind
  let inputType: any StageValue.Type
  let outputType: any StageValue.Type
  /// How the type learns, if it does.
  public let learning: Learning
  let configurationType: any StageConfiguration.Type
  let make: @Sendable (_ node: JSONObject, SpecPath, StateReader?, StageContext) throws -> AnyStage
  let plan: @Sendable (_ node: JSONObject, SpecPath, ValueShape) throws -> ValueShape

  public enum Learning: Sendable {
    case none
    /// It needs a state that neither counting nor gradients find here.
    case given
    case counting(@Sendable (_ node: JSONObject, SpecPath) throws -> AnyFitter)
    case gradients(
      @Sendable (_ node: JSONObject, SpecPath, _ input: ValueShape, inout SeededGenerator) throws -> Parameters)
    /// It is made of chains of stages, each of which learns in its own way.
    case branches([[Blueprint.Link]])
  }

  public init<S: ConfiguredStage>(_: S.Type) {
    self.init(S.self, .none) { node, path, _, context in
      AnyStage(try S(Self.configuration(node, path), context))
    }
  }
  public init<S: LearnedStage>(_: S.Type) { self.init(learned: S.self, .given) }
  public init<S: FittableStage>(_: S.Type) {
    self.init(learned: S.self, .counting { node, path in AnyFitter(S.fitter(try Self.configuration(node, path))) })
  }
  public init<S: TrainableStage>(_: S.Type) {
    self.init(
      learned: S.self,
      .gradients { node, path, input, generator in
        try S.initialParameters(Self.configuration(node, path), input: input, &generator)
      })
  }

  private init<S: LearnedStage>(learned: S.Type, _ learning: Learning) {
    self.init(S.self, learning) { node, path, reader, context in
      let configuration: S.Configuration = try Self.configuration(node, path)
      guard let reader else { throw SpecError.notLearned(path, S.type) }
      let stage = try S(configuration, state: S.State(from: reader), context)
      // A spec that was edited to fewer layers would silently leave weights unused.
      if let used = stage.state as? Parameters,
        let extra = reader.tensorNames.first(where: { used.index(of: $0) == nil })
      {
        throw StateError.unexpected(extra)
      }
      return AnyStage(stage)
    }
  }

  private init<S: NamedStage>(
    _: S.Type, _ learning: Learning,
    make: @escaping @Sendable (JSONObject, SpecPath, StateReader?, StageContext) throws -> AnyStage
  ) {
    inputKind = S.Input.kind
    outputKind = S.Output.kind
    inputType = S.Input.self
    outputType = S.Output.self
    self.learning = learning
    self.make = make
    configurationType = S.Configuration.self
    plan = { node, path, input in S.outputShape(try Self.configuration(node, path), for: input) }
  }

  /// For a stage that is made of `branches`.
  init<S: CompositeStage, C: StageConfiguration>(
    _: S.Type, _: C.Type, branches: [[Blueprint.Link]],
    make: @escaping @Sendable (StateReader?, StageContext) throws -> S
  ) {
    inputKind = S.Input.kind
    outputKind = S.Output.kind
    inputType = S.Input.self
    outputType = S.Output.self
    learning = .branches(branches)
    self.make = { _, _, reader, context in AnyStage(try make(reader, context)) }
    configurationType = C.self
    plan = { _, _, input in
      let widths = try branches.map { try $0.reduce(input) { try $1.factory.plan($1.node, $1.path, $0) }.width }
      return ValueShape(width: widths.contains(nil) ? nil : widths.compactMap { $0 }.reduce(0, +))
    }
  }

  private static func configuration<C: StageConfiguration>(_ node: JSONObject, _ path: SpecPath) throws -> C {
    let configuration = try C(node, at: path, ignoring: ["type"])
    try configuration.validate(at: path)
    return configuration
  }
}

/// A fitter whose types are known only while the program runs.
public struct AnyFitter: Sendable {
  private var base: any StageFitter
  init(_ fitter: some StageFitter) { base = fitter }

  public mutating func observe(_ input: any StageValue) throws {
    func run<F: StageFitter>(_ fitter: inout F) throws {
      guard let input = input as? F.Input else {
        throw ContractViolation.valueType(expected: "\(F.Input.self)", found: "\(type(of: input))")
      }
      try fitter.observe(input)
    }
    try run(&base)
  }
  public consuming func finish() throws -> StateWriter {
    func run<F: StageFitter>(_ fitter: F) throws -> StateWriter {
      var writer = StateWriter()
      try fitter.finish().write(to: &writer)
      return writer
    }
    return try run(base)
  }
}
