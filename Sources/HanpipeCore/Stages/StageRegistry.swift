/// The stages that a spec can name. A value: made by whoever starts the program, and passed down.
public struct StageRegistry: Sendable {
  public struct Entry: Sendable {
    public let type: StageType
    public let summary: String
    public internal(set) var origin: StageOrigin
    /// The Swift module that brought it.
    public var module: String { makeModule() }
    public var role: StageRole { StageRole(factories.map { ($0.inputKind, $0.outputKind) }) }
    /// JSON Schema of the stage's object in a spec.
    public var schema: JSONObject { makeSchema() }
    /// The Swift types it can mean; more than one where the settings or the input decide.
    public var factories: [StageFactory] { makeFactories() }
    public var settings: [SettingDescription] { makeSettings() }
    // Made when asked for: a program that starts registers every type and uses a few, and what the runtime has to look up for the
    // others was a tenth of the time to the first answer.
    let makeModule: @Sendable () -> String
    let makeFactories: @Sendable () -> [StageFactory]
    let makeSettings: @Sendable () -> [SettingDescription]
    let makeSchema: @Sendable () -> JSONObject
    /// The settings, checked and completed by defaults.
    let resolve: @Sendable (_ node: JSONObject, SpecPath) throws(SpecError) -> JSONObject
    /// Which of the factories serve these settings in this place.
    let candidates: @Sendable (_ node: JSONObject, SpecPath, StagePlace) throws(SpecError) -> [StageFactory]
    let resourceKeys: @Sendable () -> [String]
    let modelKeys: @Sendable () -> [String]
  }

  /// A setting as `hanpipe stages` and the schema show it.
  public struct SettingDescription: Sendable {
    public let key: String
    public let allowed: String
    public let standard: JSON
    /// Whether a spec must set it; the default is then none.
    public let isRequired: Bool
    public let help: String
    public let schema: JSON
  }

  public enum Failure: Error, Equatable, CustomStringConvertible {
    case duplicate(StageType, String, String)
    public var description: String {
      switch self {
      case .duplicate(let type, let old, let new): "\(new) brings a stage of type \"\(type)\", but \(old) already has one"
      }
    }
  }

  public private(set) var entries: [StageType: Entry] = [:]
  /// Which code that is no part of the program may run where a spec names it: nothing, as long as nobody says otherwise.
  public var permission = CodePermission.none
  public init() {}

  public mutating func register<S: ConfiguredStage>(_: S.Type) throws(Failure) { try add(S.self) { StageFactory(S.self) } }
  public mutating func register<S: LearnedStage>(_: S.Type) throws(Failure) { try add(S.self) { StageFactory(S.self) } }
  public mutating func register<S: FittableStage>(_: S.Type) throws(Failure) { try add(S.self) { StageFactory(S.self) } }
  public mutating func register<S: TrainableStage>(_: S.Type) throws(Failure) { try add(S.self) { StageFactory(S.self) } }

  private mutating func add<S: NamedStage>(_: S.Type, _ factory: @escaping @Sendable () -> StageFactory) throws(Failure) {
    try register(
      S.type, S.Configuration.self, summary: S.summary, module: HanpipeCore.module(of: S.self), [factory()]
    ) { _, _ in true }
  }

  /// For a type of which several Swift types exist: `serves` says which factories fit a configuration; of those the one that
  /// takes what the stage before gives is taken.
  /// - Parameter origin: who brings what runs; the module that registers, unless it only opens the door to somebody else's.
  public mutating func register<C: StageConfiguration>(
    _ type: StageType, _: C.Type, summary: String, module: @autoclosure @escaping @Sendable () -> String,
    origin: StageOrigin = .package,
    _ factories: @autoclosure @escaping @Sendable () -> [StageFactory],
    serves: @escaping @Sendable (C, StageFactory) -> Bool
  ) throws(Failure) {
    try register(type, C.self, summary: summary, module: module, origin: origin, factories: factories) { configuration, _, _ in
      factories().filter { serves(configuration, $0) }
    }
  }

  /// For a type whose Swift type depends on what a spec says inside of it.
  /// - Parameters:
  ///   - factories: those that can be told without a spec.
  ///   - candidates: those that serve a configuration in a place.
  mutating func register<C: StageConfiguration>(
    _ type: StageType, _: C.Type, summary: String, module: @escaping @Sendable () -> String, origin: StageOrigin = .package,
    factories: @escaping @Sendable () -> [StageFactory],
    candidates: @escaping @Sendable (C, SpecPath, StagePlace) throws(SpecError) -> [StageFactory]
  ) throws(Failure) {
    if let old = entries[type] { throw .duplicate(type, old.module, module()) }
    @Sendable func configuration(_ node: JSONObject, _ path: SpecPath) throws(SpecError) -> C {
      let configuration = try C(node, at: path, ignoring: ["type"])
      try configuration.validate(at: path)
      return configuration
    }
    entries[type] = Entry(
      type: type, summary: summary, origin: origin, makeModule: module, makeFactories: factories,
      makeSettings: {
        let defaults = C()
        return C.settings.map { setting in
          let isRequired = C.requiredKeys.contains(setting.key)
          // An absent value is null; one that must be there is not.
          let suffix = ", or null"
          let allowed =
            isRequired && setting.allowed.hasSuffix(suffix) ? String(setting.allowed.dropLast(suffix.count)) : setting.allowed
          return SettingDescription(
            key: setting.key, allowed: allowed, standard: setting.render(defaults), isRequired: isRequired, help: setting.help,
            schema: setting.schema)
        }
      },
      makeSchema: {
        var schema: JSONObject = ["title": .string(type.rawValue), "description": .string(summary)]
        for (key, value) in C.objectSchema(type: type.rawValue).members { schema[key] = value }
        return schema
      },
      resolve: { node, path throws(SpecError) in
        var resolved: JSONObject = ["type": .string(type.rawValue)]
        for (key, value) in try configuration(node, path).json.members { resolved[key] = value }
        return resolved
      },
      candidates: { node, path, place throws(SpecError) in try candidates(configuration(node, path), path, place) },
      resourceKeys: { C.settings.filter(\.isResource).map(\.key) },
      modelKeys: { C.settings.filter(\.isModel).map(\.key) })
  }

  /// A stage's object with all defaults written out; nil if it is not in order.
  public func resolved(_ node: JSONObject) -> JSONObject? {
    guard let type = node["type"]?.stringValue, let entry = entries[StageType(rawValue: type)] else { return nil }
    return try? entry.resolve(node, SpecPath())
  }

  /// Says of all packages' stages so far that they come with the tool.
  package mutating func markBuiltIn() {
    for (type, entry) in entries where entry.origin == .package { entries[type]?.origin = .builtIn }
  }

  /// The types that turn `input` into `output` in one step.
  func bridges(from input: ValueKind, to outputs: [ValueKind]) -> [StageType] {
    entries.values.filter { entry in
      entry.factories.contains { $0.inputKind == input && outputs.contains($0.outputKind) }
    }.map(\.type).sorted()
  }
}

private func module(of type: Any.Type) -> String { String(String(reflecting: type).prefix { $0 != "." }) }

/// Where in a chain a stage is to stand.
struct StagePlace {
  let registry: StageRegistry
  /// The stage before; nil if the stage is the first.
  let previous: Blueprint.Link?
}

/// What another package brings. Its executable calls `Tool.main(adding: [TheirPlugin.self])`.
public protocol StagePlugin {
  static func register(in registry: inout StageRegistry) throws(StageRegistry.Failure)
}
