import ArgumentParser
import Hanpipe

struct StagesCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "stages", abstract: "Lists the stages that a spec can name, with their settings.",
    discussion: """
      Examples: hanpipe stages
                hanpipe stages lstm
                hanpipe stages lstm --schema

      Without a name: each stage's type, role, what it takes and gives, and where it comes from: built in, a package that this \
      program was built with, a library or a process that a spec names. With names: also each setting, with what is allowed and \
      its default.
      """)

  @Argument(help: ArgumentHelp("The stages to show in full; all in short without.", valueName: "type"))
  var types: [String] = []
  @Flag(help: "Print JSON, an object a line.")
  var json = false
  @Flag(help: "Print JSON Schema (draft 2020-12) of one stage's object in a spec.")
  var schema = false

  mutating func validate() throws {
    if schema, json { throw ValidationError("--schema and --json exclude each other") }
    if schema, types.count != 1 {
      throw ValidationError("--schema needs the name of one stage; `hanpipe schema` prints the schema of whole specs")
    }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let registry = environment.registry
    let all = registry.entries.keys.sorted()
    let chosen = try types.isEmpty ? all : types.map { try Self.type($0, all) }
    if schema {
      for schema in chosen.compactMap(registry.schema) { try Terminal.print(schema.pretty()) }
      return
    }
    let entries = chosen.compactMap { registry.entries[$0] }
    let lines = json ? entries.map { Self.json($0).description } : types.isEmpty ? Self.table(entries) : entries.map(Self.long)
    try Terminal.print(lines.joined(separator: "\n"))
  }

  private static func type(_ name: String, _ all: [StageType]) throws -> StageType {
    if let type = all.first(where: { $0.rawValue == name }) { return type }
    let hint = nearest(to: name, in: all.map(\.rawValue)).map { "; did you mean \"\($0)\"?" } ?? ""
    throw ValidationError("no stage of type \"\(name)\"\(hint.isEmpty ? "; `hanpipe stages` lists them" : hint)")
  }

  /// A line a stage, in columns as wide as what stands in them.
  private static func table(_ entries: [StageRegistry.Entry]) -> [String] {
    let rows = entries.map { [$0.type.rawValue, $0.role.rawValue, kinds($0), origin($0), $0.summary] }
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in zip(row, widths).map { padded($0, $1) + "  " }.joined() + row[4] }
  }

  private static func kinds(_ entry: StageRegistry.Entry) -> String {
    func unique(_ kinds: [ValueKind]) -> String {
      kinds.reduce(into: [String]()) { if !$0.contains($1.rawValue) { $0.append($1.rawValue) } }.joined(separator: " or ")
    }
    // Of a stage that is made of stages, those inside decide.
    if entry.factories.isEmpty { return "as its branches" }
    return "\(unique(entry.factories.map(\.inputKind))) → \(unique(entry.factories.map(\.outputKind)))"
  }

  /// Of a package, with its name: that is what one looks for in one's own program.
  private static func origin(_ entry: StageRegistry.Entry) -> String {
    entry.origin == .package ? "package \(entry.module)" : entry.origin.rawValue
  }

  private static func long(_ entry: StageRegistry.Entry) -> String {
    var lines = ["\(entry.type): \(entry.summary)", "  \(entry.role.rawValue); \(kinds(entry)); \(origin(entry))"]
    for setting in entry.settings {
      lines.append("  \(padded(setting.key, 18)) \(setting.help)")
      lines.append(
        "  \(padded("", 18)) \(setting.allowed); " + (setting.isRequired ? "required" : "default \(setting.standard)"))
    }
    return lines.joined(separator: "\n")
  }

  private static func json(_ entry: StageRegistry.Entry) -> JSON {
    let settings = entry.settings.map { setting -> JSON in
      var object: JSONObject = ["key": .string(setting.key), "allowed": .string(setting.allowed)]
      if setting.isRequired { object["required"] = true } else { object["default"] = setting.standard }
      object["help"] = .string(setting.help)
      object["schema"] = setting.schema
      return .object(object)
    }
    return [
      "type": .string(entry.type.rawValue), "summary": .string(entry.summary), "role": .string(entry.role.rawValue),
      "origin": .string(entry.origin.rawValue), "module": .string(entry.module),
      "kinds": .array(
        entry.factories.map { ["input": .string($0.inputKind.rawValue), "output": .string($0.outputKind.rawValue)] }),
      "settings": .array(settings),
    ]
  }
}
