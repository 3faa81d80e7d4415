public import ArgumentParser
import Glibc
public import Hanpipe

struct ExplainCommand: StreamingCommand {
  enum Method: String, CaseIterable, ExpressibleByArgument {
    case integratedGradients = "integrated-gradients"
    case occlusion, gates
  }
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, jsonl, html }

  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Shows which words gave each record its label.",
    discussion: """
      Examples: echo 房间很干净，但是太吵了 | hanpipe explain
                cut -f2 reviews.tsv | hanpipe explain --output jsonl > why.jsonl
                cut -f2 reviews.tsv | hanpipe explain --output html > why.html

      A word's number says how much it adds to the label's log-odds, ln p/(1-p); above 0 it speaks for the label, below 0 against it. \
      With integrated-gradients the numbers add up to the score less that of a text whose words' vectors are all zero; "gap" is what \
      is missing. occlusion reads each text again without one word after the other; gates shows how much each step of the first \
      recurrent stage changed its state (jsonl: what all gates of all of them did).

      text: label, probability and words between TABs, in colour on a terminal: blue for the label, orange against it.
      """)

  @OptionGroup var inputs: FileArguments
  @OptionGroup var format: FormatOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var spec: SpecOptions
  @OptionGroup var handling: HandlingOptions
  @OptionGroup var work: WorkOptions
  @OptionGroup var precision: PrecisionOption
  @Option(help: "A model directory; the shipped models/sentiment without.", completion: .file()) var model: String?
  @Option(help: "integrated-gradients, occlusion or gates.") var method = Method.integratedGradients
  @Option(help: ArgumentHelp("Points of the path of integrated-gradients, at most (default: 128).", valueName: "count")) var steps:
    Int?
  @Option(help: ArgumentHelp("Explain this label, instead of the one that each record gets.", valueName: "name")) var label: String?
  @Option(help: "What a number is of: word, or character.") var unit = ExplainedUnit.word
  @Option(help: "text, jsonl or html (one page, for a browser).") var output = Format.text
  @Option(help: "Colours in text: auto (on a terminal, without NO_COLOR), always or never.") var color = ColorChoice.auto

  mutating func validate() throws {
    if let steps, !(1...100_000).contains(steps) {
      throw ValidationError("--steps: \(steps) is not allowed; expected a number from 1 to 100000")
    }
    if steps != nil, method != .integratedGradients { throw ValidationError("--steps needs --method integrated-gradients") }
    if method == .gates {
      if label != nil {
        throw ValidationError("--label does not go with --method gates, which shows how a text is read for all labels")
      }
      if unit != .word {
        throw ValidationError("--unit does not go with --method gates, which shows what the model reads step by step")
      }
    }
    if color != .auto, output != .text { throw ValidationError("--color needs --output text") }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let reader = try stream.input.reader("echo 房间很干净 | hanpipe explain")
    let named = try Installation.Named(model, variable: "HANPIPE_MODEL", standard: "models/sentiment")
    let loaded = try stream.load(named, in: environment, expecting: Predictions.kind, precision: precision.precision)
    stream.work.warn(of: loaded.pipeline)
    let style: any ExplanationStyle
    switch output {
    case .text: style = TextExplanation(colors: color.colors(for: STDOUT_FILENO))
    case .jsonl: style = JSONExplanation(method: method.rawValue)
    case .html: style = HTMLExplanation(title: "\(loaded.pipeline.blueprint.spec.name ?? "model"): \(method.rawValue)")
    }
    let renderer: ExplanationRenderer
    do {
      renderer = ExplanationRenderer(source: try source(loaded.pipeline), style: style)
    } catch let error as AttributionError { throw FileError(named.path, error) }
    var job = StreamJob(
      pipeline: loaded.pipeline, renderer: renderer, failsFast: stream.handling.failFast, isLineBuffered: stream.handling.lineBuffered,
      expectedBytes: stream.input.expectedBytes, work: stream.work)
    // A text costs a hundred times what its label costs: smaller batches, so that all threads have some.
    (job.batchRecords, job.batchBytes) = (32, 1 << 13)
    let sink = ByteWriter.standardOutput()
    try sink.write(style.head)
    // Where some records failed, the page is whole all the same.
    let failure: ExitCode?
    do {
      try job.run(reader, to: sink)
      failure = nil
    } catch let error as ExitCode { failure = error }
    try sink.write(style.tail)
    try sink.flush()
    if renderer.rough.count > 0 {
      stream.work.warn(
        "of \(grouped(renderer.rough.count)) records the numbers miss more than a tenth of the score's difference (\"gap\" in jsonl); "
          + "more --steps may find it")
    }
    if let failure { throw failure }
  }

  private func source(_ pipeline: Pipeline) throws -> ExplanationSource {
    switch method {
    case .gates: return .gates(try GateReader(pipeline))
    case .occlusion: return .explainer(try Explainer(pipeline, method: .occlusion, unit: unit), label: try number(pipeline))
    case .integratedGradients:
      let method = steps.map(ExplanationMethod.integratedGradients) ?? .standard
      return .explainer(try Explainer(pipeline, method: method, unit: unit), label: try number(pipeline))
    }
  }

  /// The number of the label to explain; nil for the one that each record gets.
  private func number(_ pipeline: Pipeline) throws -> Int? {
    guard let label else { return nil }
    let labels = (try pipeline.trace(Texts()).last as? Predictions)?.labels ?? []
    if let number = labels.firstIndex(of: label) { return number }
    let hint = nearest(to: label, in: labels).map { " Did you mean \"\($0)\"?" } ?? ""
    throw ValidationError("--label: the model has no label \"\(label)\".\(hint) Labels: \(labels.joined(separator: ", "))")
  }
}

extension ExplainedUnit: ExpressibleByArgument {}
