import ArgumentParser
import Hanpipe

struct StagesCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "stages", abstract: "Lists the stages that a spec can name, with their settings.",
    discussion: "Example: hanpipe stages lstm")

  @Argument(help: ArgumentHelp("The stages to show in full; all in short without.", valueName: "type"))
  var types: [String] = []
  @Flag(help: "Print JSON.")
  var json = false

  mutating func run(in environment: ToolEnvironment) throws {
    let entries = environment.registry.entries
    let all = entries.keys.sorted()
    let chosen =
      try types.isEmpty
      ? all
      : types.map { name in
        guard entries[StageType(rawValue: name)] != nil else {
          let hint = nearest(to: name, in: all.map(\.rawValue)).map { "; did you mean \"\($0)\"?" } ?? ""
          throw ValidationError("no stage of type \"\(name)\"\(hint)")
        }
        return StageType(rawValue: name)
      }
    let lines = chosen.compactMap { entries[$0] }.map { entry in
      if json { return Self.json(entry).description }
      return types.isEmpty
        ? "\(padded(entry.type.rawValue, 20)) \(padded(Self.kinds(entry), 44)) \(entry.summary)" : Self.long(entry)
    }
    try Terminal.print(lines.joined(separator: "\n"))
  }

  private static func kinds(_ entry: StageRegistry.Entry) -> String {
    func unique(_ kinds: [ValueKind]) -> String {
      kinds.reduce(into: [String]()) { if !$0.contains($1.rawValue) { $0.append($1.rawValue) } }.joined(separator: " or ")
    }
    // Of a stage that is made of stages, those inside decide.
    if entry.factories.isEmpty { return "as its branches" }
    return "\(unique(entry.factories.map(\.inputKind))) → \(unique(entry.factories.map(\.outputKind)))"
  }

  private static func long(_ entry: StageRegistry.Entry) -> String {
    var lines = ["\(entry.type): \(entry.summary)", "  \(kinds(entry)); from \(entry.module)"]
    for setting in entry.settings {
      lines.append("  \(padded(setting.key, 18)) \(setting.help)")
      lines.append("  \(padded("", 18)) \(setting.allowed); default \(setting.standard)")
    }
    return lines.joined(separator: "\n")
  }

  private static func json(_ entry: StageRegistry.Entry) -> JSON {
    [
      "type": .string(entry.type.rawValue), "summary": .string(entry.summary), "module": .string(entry.module),
      "kinds": .array(
        entry.factories.map { ["input": .string($0.inputKind.rawValue), "output": .string($0.outputKind.rawValue)] }),
      "settings": .array(
        entry.settings.map {
          ["key": .string($0.key), "allowed": .string($0.allowed), "default": $0.standard, "help": .string($0.help)]
        }),
    ]
  }
}
