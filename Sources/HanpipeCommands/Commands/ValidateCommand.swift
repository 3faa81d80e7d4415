import ArgumentParser
import Hanpipe

struct ValidateCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Checks specs and models, and says what their stages give each other.",
    discussion: """
      Example: hanpipe validate pipelines/sentiment.json models/sentiment

      Of a spec: every key, type and bound, the joints between its stages, its training settings, and the files that it names. \
      Of a model: also its weights, and that it still answers its recorded examples as it did when it was saved.
      """)

  @Argument(help: ArgumentHelp("Specs (JSON) and model directories.", valueName: "pipeline")) var pipelines: [String]

  mutating func run(in environment: ToolEnvironment) throws {
    var failed = 0
    for path in pipelines {
      do { try Terminal.print(try check(path, environment)) } catch let error where !(error is OutputClosed || error is OutputError)
      {
        Terminal.write("hanpipe: \(error)")
        failed += 1
      }
    }
    if failed > 0 { throw ExitCode.failure }
  }

  private func check(_ path: String, _ environment: ToolEnvironment) throws -> String {
    let checked = try CheckedSpec(path, environment)
    let blueprint = checked.blueprint
    var what = "spec"
    if checked.spec.model != nil {
      let loaded = try LoadedPipeline(path, environment)
      what = "model, \(grouped(loaded.pipeline.parameterCount)) parameters,"
    } else {
      if checked.spec.training != nil { _ = try checked.training() }
      try makeUnlearned(checked)
    }
    var lines = ["\(path): \(what) in order"]
    for link in blueprint.links {
      lines.append(
        "  \(padded("\(link.path)", 12)) \(padded(link.type.rawValue, 20)) \(link.factory.inputKind) → \(link.factory.outputKind)")
    }
    return lines.joined(separator: "\n")
  }

  /// Makes every stage that needs no data: those read the files that the spec names.
  private func makeUnlearned(_ checked: CheckedSpec) throws {
    for (i, link) in checked.blueprint.links.enumerated() {
      guard case .none = link.factory.learning else { continue }
      do {
        let stage = try checked.blueprint.stage(
          at: i, input: ValueShape(vocabularySize: 2, width: 1), state: nil, resource: checked.root.reader)
        for notice in stage.notices { Terminal.write("hanpipe: warning: \(notice)") }
      } catch { throw FileError(checked.path, error) }
    }
  }
}
