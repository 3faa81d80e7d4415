import ArgumentParser
import Hanpipe

struct ExportCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a model's network for programs that know nothing of hanpipe.",
    discussion: """
      Example: hanpipe export models/sentiment --onnx sentiment.onnx

      The file holds what comes behind the ids: embeddings, recurrent layers, pooling and classifier, as ONNX operators. Inputs are \
      ids (int64, a row a record, 0 behind its last one) and lengths (int32, its ids); those of the branches of a concatenate begin \
      with branch0_, branch1_ and so on. Outputs are logits and probabilities, or of a segmenter emissions and transitions.

      Its metadata tells the rest: labels, the vocabulary in the order of ids, the stages that make the ids, and examples of texts \
      with their ids and answers, to check another program by. docs/onnx.md has names and meanings.
      """)

  @Argument(help: "A model directory.", completion: .file()) var model: String
  @Option(help: ArgumentHelp("The file to write; one that is there is replaced.", valueName: "file"), completion: .file()) var onnx: String
  @Option(
    help: ArgumentHelp("Texts of the examples, one a line, instead of the model's recorded ones.", valueName: "file"),
    completion: .file()) var examples: String?
  @Flag(name: .shortAndLong, help: "Say nothing; errors only.") var quiet = false
  @Flag(help: "Export the model although it was trained with other libraries or data than are here.") var allowIdentityMismatch = false
  @OptionGroup var spec: SpecOptions
  @OptionGroup var plugins: PluginOptions

  mutating func run(in environment: ToolEnvironment) throws {
    let environment = plugins.permit(in: environment)
    try FileContent.checkReplaceable(onnx, as: .onnx)
    let loaded = try LoadedPipeline(
      model, environment, choices: spec.choices, allowIdentityMismatch: allowIdentityMismatch)
    guard let found = try loaded.model?.inFloat32(environment.registry) else { throw FileError(model, ExportError.noNetwork) }
    let texts = try examples.map(lines) ?? found.golden().map(\.text)
    let file: ONNXFile
    do { file = try ONNXFile(found, examples: texts) } catch let error as ExportError { throw FileError(model, error) }
    try file.write(to: onnx)
    if quiet { return }
    let size = grouped(file.size)
    Terminal.write("\(onnx): \(size) bytes; \(file.inputs.joined(separator: ", ")) → \(file.outputs.joined(separator: ", "))")
  }

  /// Lines, as every command reads them.
  private func lines(of path: String) throws -> [String] {
    let reader = RecordReader([path])
    var texts: [String] = []
    try reader.forEachRecord { record in
      if let error = record.error { throw error }
      texts.append(record.string)
    }
    if !quiet { for warning in reader.repairs.warnings { Terminal.write("hanpipe: warning: \(warning)") } }
    return texts
  }
}

extension ModelDirectory.Model {
  /// The same model with all products in float32, as an exported network computes them.
  fileprivate func inFloat32(_ registry: StageRegistry) throws -> ModelDirectory.Model {
    var changed = spec
    guard changed.set("precision", to: RecurrentConfiguration.Precision.float32.json, registry) > 0, changed.stages != spec.stages else {
      return self
    }
    return try ModelDirectory.load(path, spec: changed, registry: registry, allowIdentityMismatch: !mismatches.isEmpty)
  }
}
