import ArgumentParser
import Hanpipe

struct VocabularyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vocabulary", abstract: "Counts words, and shows what was counted.",
    subcommands: [Build.self, Show.self])

  struct Build: ToolCommand {
    static let configuration = CommandConfiguration(
      abstract: "Counts the words of a text as a spec's stages cut them.",
      discussion: """
        Example: hanpipe vocabulary build --pipeline pipelines/sentiment.json reviews.txt > vocabulary.tsv

        Runs the spec's stages up to its "vocabulary" over the input, in one pass and bounded memory, and prints word TAB count, \
        in the order of the ids. "minimumCount" and "maximumSize" come from the spec.
        """)

    @OptionGroup var input: InputOptions
    @Option(help: "The spec that says how to cut and what to keep.") var pipeline: String
    @OptionGroup var work: WorkOptions

    mutating func run(in environment: ToolEnvironment) throws {
      let reader = try input.reader("hanpipe vocabulary build --pipeline pipelines/sentiment.json reviews.txt")
      let file = try CheckedSpec(pipeline, environment)
      let checked = file.blueprint
      guard let index = checked.links.firstIndex(where: { if case .counting = $0.factory.learning { true } else { false } }),
        case .counting(let make) = checked.links[index].factory.learning
      else { throw WrongPipeline(path: pipeline, gives: checked.outputKind, expected: TokenIDs.kind) }
      var before = Pipeline(checked)
      for _ in 0..<index { try before.append(state: nil, resource: file.root.reader) }
      var fitter = try make(checked.links[index].node, checked.links[index].path)
      let window = before
      var failed = 0
      while let batch = try reader.nextBatch() {
        failed += batch.errors.count
        if let tokens = try window.trace(batch.texts).last { try fitter.observe(tokens) }
      }
      let output = ByteWriter.standardOutput()
      for file in try fitter.finish().files { try output.write(file.bytes) }
      try output.flush()
      if failed > 0 {
        Terminal.write("hanpipe: \(failed) records could not be read")
        throw ExitCode.failure
      }
    }
  }

  struct Show: ToolCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the words of a model's vocabulary: id TAB word TAB count.",
      discussion: "Example: hanpipe vocabulary show models/sentiment --top 20")

    @Argument(help: "A model directory; the shipped models/sentiment without.") var model: String?
    @Option(help: ArgumentHelp("Only the first ids.", valueName: "count")) var top: Int?

    mutating func validate() throws {
      if let top, top < 1 { throw ValidationError("--top: \(top) is not allowed; expected a number from 1") }
    }

    mutating func run(in environment: ToolEnvironment) throws {
      let loaded = try LoadedPipeline(
        try model ?? Installation.find("models/sentiment"), environment, allowIdentityMismatch: true)
      guard let stage = loaded.pipeline.stages.lazy.compactMap({ $0.base as? VocabularyStage }).first else {
        throw WrongPipeline(
          path: model ?? "", gives: loaded.pipeline.blueprint.outputKind, expected: TokenIDs.kind)
      }
      let output = ByteWriter.standardOutput()
      var bytes: [UInt8] = []
      let vocabulary = stage.state
      for id in 0..<Int32(min(vocabulary.size, top ?? .max)) {
        bytes.append(contentsOf: "\(id)\t\(vocabulary.word(of: id) ?? "")\t\(vocabulary.count(of: id))\n".utf8)
      }
      try output.write(bytes)
      try output.flush()
    }
  }
}
