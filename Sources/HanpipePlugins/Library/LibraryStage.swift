import HanpipeCore

/// A stage that a shared library carries out: hanpipe_plugin.h.
struct LibraryStage<Role: NativeRole>: ConfiguredStage {
  typealias Input = Role.Input
  typealias Output = Role.Output
  typealias Configuration = LibraryConfiguration
  static var type: StageType { "library" }

  let identity: [String: String]
  private let terms: PluginTerms
  private let instances: Pool<LibraryInstance>

  /// Loads the library, if that is allowed, and makes a first instance: what the plug-in does not like is known at once.
  /// - Throws: `CodeRefusal`, `LibraryError`, and why a file cannot be found.
  init(_ configuration: LibraryConfiguration, _ context: StageContext) throws {
    guard let path = configuration.path else {
      throw SpecError.missingKey(SpecPath(), key: "path", meaning: "the path of a shared library")
    }
    let code = OutsideCode.library(try context.resource.locate(path))
    guard case .library(let allowed) = try context.registry.permission.permit(code) else {
      throw CodeRefusal(code, remedy: "something else was permitted in its place")
    }
    let library = try PluginLibrary(allowed)
    guard library.roles.contains(Role.name) else {
      throw LibraryError.role(library.path, has: library.roles, asked: Role.name)
    }
    let data = try configuration.data.map { try context.resource($0) }
    instances = Pool {
      try LibraryInstance(library, role: Role.number, configuration.options, labels: configuration.labels, data: data)
    }
    try instances.lend { _ in }
    terms = PluginTerms(labels: configuration.labels, task: configuration.task)
    identity = ["plugin": "\(library.name) \(library.release)"]
  }

  func process(_ input: Role.Input) throws -> Role.Output {
    guard input.count > 0 else { return try Role.output([], to: input, terms) }
    let results = try instances.lend { try $0.answers(to: input, terms, as: Role.self) }
    var answers: [Role.Answer] = []
    var failures: [Int: any Error] = [:]
    for (record, result) in results.enumerated() {
      switch result {
      case .success(let answer): answers.append(answer)
      case .failure(let error): failures[record] = error
      }
    }
    guard failures.isEmpty else { throw RecordFailures(failures) }
    return try Role.output(answers, to: input, terms)
  }
}
