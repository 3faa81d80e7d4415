import ArgumentParser
import Hanpipe

struct SchemaCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of specs, from which editors complete and check.",
    discussion: """
      Example: hanpipe schema > pipelines/pipeline.schema.json

      Draft 2020-12. A spec names it by "$schema": "pipeline.schema.json". It holds every stage that this program knows; what it \
      cannot say (which stages fit each other, which files exist) is left to `hanpipe validate`. `hanpipe stages NAME --schema` \
      prints one stage's.
      """)

  mutating func run(in environment: ToolEnvironment) throws {
    try Terminal.print(environment.registry.specSchema.pretty())
  }
}
