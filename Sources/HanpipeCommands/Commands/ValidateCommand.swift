import ArgumentParser
import Hanpipe

struct ValidateCommand: ToolCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, svg }

  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Checks specs and models, and says what their stages give each other.",
    discussion: """
      Examples: hanpipe validate pipelines/sentiment.json models/sentiment
                hanpipe validate pipelines/sentiment.json --explain
                hanpipe validate pipelines/sentiment.json --output svg > sentiment.svg

      Of a spec: every key, type and bound, the joints between its stages, its training settings, and the files that it names. \
      Of a model: also its weights, and that it still answers its recorded examples as it did when it was saved.

      --explain draws the chain: each stage with what it is told and how it learns, and what flows between stages, with its \
      shape; of a stage that is made of chains, these too. B is records, T steps, K ids a step, V ids in all, H floats a vector, C \
      labels; what a number stands for is known.
      """)

  @Argument(help: ArgumentHelp("Specs (JSON) and model directories.", valueName: "pipeline"), completion: .file()) var pipelines: [String]
  @OptionGroup var plugins: PluginOptions
  @Flag(help: "Draw the chain with kinds and shapes.") var explain = false
  @Option(help: "text, or svg: the drawing of one pipeline, for light and dark screens.") var output = Format.text
  @OptionGroup var spec: SpecOptions

  mutating func validate() throws {
    if output == .svg, pipelines.count != 1 {
      throw ValidationError("--output svg draws one pipeline; \(pipelines.count) are named")
    }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let environment = plugins.permit(in: environment)
    var failed = 0
    for path in pipelines {
      do { try Terminal.print(try told(path, environment)) } catch let error where !(error is OutputClosed || error is OutputError)
      {
        // `pipelines/*.json` names the schema too, which editors want to lie there.
        if output == .text, SpecFile.isSchema(path) {
          try Terminal.print("\(path): a JSON Schema, not a pipeline; skipped")
          continue
        }
        Terminal.write(error)
        failed += 1
      }
    }
    if failed > 0 { throw ExitCode.failure }
  }

  private func told(_ path: String, _ environment: ToolEnvironment) throws -> String {
    let checked = try CheckedSpec(path, environment, choices: spec.choices)
    var what = "spec"
    let facts: [ChainDiagram.Facts]
    var negators = NegatorWarning()
    defer { for line in negators.lines { Terminal.write("hanpipe: warning: \(path): \(line)") } }
    if checked.spec.model != nil {
      let pipeline = try LoadedPipeline(path, environment, choices: spec.choices).pipeline
      what = "model, \(grouped(pipeline.parameterCount)) parameters,"
      facts = ChainDiagram.Facts.all(of: pipeline)
      negators.look(at: pipeline)
    } else {
      if checked.spec.training != nil { try checked.checkTraining() }
      do {
        let isClassifier = checked.blueprint.outputKind == Predictions.kind
        facts = try makeUnlearned(checked.blueprint, for: ValueShape(), checked.root) { stage, label in
          if isClassifier { negators.look(at: stage, label: label) }
        }
      } catch {
        throw FileError(spec.choices.blamed(error, checked.path), error)
      }
    }
    let chain = ChainDiagram(checked.blueprint, facts)
    if output == .svg { return ChainDrawing(chain, name: checked.spec.name ?? path).svg }
    return "\(path): \(what) in order\n" + (explain ? chain.text : chain.list)
  }

  /// Makes every stage that needs no data, those inside of others too: they read the files that the spec names.
  /// - Parameter made: called with each of them and its label.
  private func makeUnlearned(
    _ blueprint: Blueprint, for input: ValueShape, _ root: ResourceRoot, _ made: (AnyStage, String) -> Void
  ) throws -> [ChainDiagram.Facts] {
    var shape = input
    return try blueprint.links.enumerated().map { i, link in
      let chains = try blueprint.chains(at: i).map { try makeUnlearned($0, for: shape, root, made) }
      if case .none = link.factory.learning {
        let input = ValueShape(vocabularySize: shape.vocabularySize ?? 2, width: shape.width ?? 1)
        let stage = try blueprint.stage(at: i, input: input, state: nil, resource: root.reader)
        made(stage, link.label)
        shape = stage.outputShape(for: shape)
      } else {
        shape = try blueprint.plannedShape(at: i, for: shape)
      }
      return ChainDiagram.Facts(shape: shape, chains: chains)
    }
  }
}
