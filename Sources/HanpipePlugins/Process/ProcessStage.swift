import HanpipeCore

/// A stage that a program of any language carries out, over JSON Lines: docs/process-protocol.md.
struct ProcessStage<Role: WireRole>: ConfiguredStage {
  typealias Input = Role.Input
  typealias Output = Role.Output
  typealias Configuration = ProcessConfiguration
  static var type: StageType { "process" }

  let identity: [String: String]
  private let terms: PluginTerms
  private let batchSize: Int
  private let processes: PluginProcesses

  /// Starts the program, if that is allowed.
  /// - Throws: `CodeRefusal`, `PluginError`, and why the script cannot be found.
  init(_ configuration: ProcessConfiguration, _ context: StageContext) throws {
    var words = configuration.command
    if let script = configuration.script { words.append(try context.resource.locate(script)) }
    let code = OutsideCode.program(
      words + configuration.arguments, script: configuration.script == nil ? nil : words.count - 1)
    guard case .program(let allowed, _) = try context.registry.permission.permit(code) else {
      throw CodeRefusal(code, remedy: "something else was permitted in its place")
    }
    let command = PluginCommand(
      words: allowed, name: Self.name(configuration), role: Role.name, labels: configuration.labels,
      needsWidth: Role.needsWidth, timeout: .seconds(configuration.timeout))
    processes = try PluginProcesses(command, workers: configuration.workers)
    batchSize = configuration.batchSize
    terms = PluginTerms(labels: configuration.labels, task: configuration.task, width: processes.hello.width)
    identity = processes.hello.identity.map { ["plugin": $0] } ?? [:]
  }

  /// What its stderr is marked with: the script's name, or the program's.
  private static func name(_ configuration: ProcessConfiguration) -> String {
    let path = configuration.script?.path ?? configuration.command.first ?? ""
    return path.split(separator: "/").last.map(String.init) ?? path
  }

  func process(_ input: Role.Input) throws -> Role.Output {
    guard input.count > 0 else { return try Role.output([], to: input, terms) }
    let exchange = Exchange<Role>(input, terms)
    // Bytes are bounded too, so that one long record does not hold up many short ones.
    processes.submit(
      input.batches(records: batchSize, length: 1 << 16).map { PluginRequest(job: exchange, records: $0) })
    return try Role.output(try exchange.wait(), to: input, terms)
  }

  func outputShape(for input: ValueShape) -> ValueShape {
    Role.Output.self == Vectors.self ? ValueShape(width: terms.width) : input
  }
}
