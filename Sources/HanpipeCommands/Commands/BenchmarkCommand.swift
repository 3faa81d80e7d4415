import ArgumentParser
import Glibc
import Hanpipe
import HanpipeBenchmarks

struct BenchmarkCommand: ToolCommand {
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, jsonl }

  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Measures how fast this machine segments, answers and learns.",
    discussion: """
      Example: hanpipe benchmark reviews.txt

      Takes the first records of the files (at most 4,096, or 1 MiB), repeated if they are few; the bundled examples without a \
      file. Measures ICU's words into an LSTM of 128 units over 128 floats a word and a sigmoid, or the stages of --pipeline, \
      whose vocabulary and weights are made anew from the text. Each figure is the median of the runs that fit in --seconds, \
      on one thread and on all.

      The bound is the rate of float32 multiply-adds in registers, measured first. An LSTM cannot do without 2·H·4H operations \
      a token and direction: "of bound" is the share of the rate that these take.
      """)

  @Argument(
    help: ArgumentHelp("Files to take the text from; - means stdin.", valueName: "file"), completion: .file()) var files: [String] = []
  @Option(help: ArgumentHelp("A spec (JSON) or a model directory to measure.", valueName: "pipeline"), completion: .file())
  var pipeline: String?
  @Option(help: ArgumentHelp("How long each figure is measured; there are ten.", valueName: "seconds")) var seconds = 1.0
  @Option(help: "text (a table) or jsonl.") var output = Format.text
  @OptionGroup var spec: SpecOptions
  @OptionGroup var format: FormatOptions
  @OptionGroup var plugins: PluginOptions
  @OptionGroup var work: WorkOptions

  mutating func validate() throws {
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds: \(seconds) is not allowed; expected a number above 0, 3600 at most")
    }
  }

  mutating func run(in environment: ToolEnvironment) throws {
    let texts = try readTexts()
    let plan: BenchmarkPlan
    do { plan = try BenchmarkPlan(checked(plugins.permit(in: environment)), texts.texts) } catch let error as SpecError {
      throw FileError(pipeline ?? "the reference network", error)
    }
    let progress = ProgressLine(quiet: work.quiet)
    var run = BenchmarkRun(
      plan: plan, threads: work.threadCount > 1 ? [1, work.threadCount] : [1], seconds: seconds, progress: progress)
    let figures = try run.figures()
    progress.clear()
    if run.hasNoNetwork { work.warn("\(pipeline ?? "the pipeline") is no classifier of padded ids: only its words are measured") }
    let machine = BenchmarkMachine(
      processor: Self.processorName(), processors: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
      instructionSet: PeakRate.instructionSet)
    try Terminal.print(
      output == .text
        ? benchmarkTable(figures, machine: machine, work: describe(texts, run))
        : lines(figures, machine, texts).joined(separator: "\n"))
  }

  // MARK: What is measured

  private func readTexts() throws -> BenchmarkTexts {
    let bundled = files.isEmpty
    let names = bundled ? [try Installation.find("pipelines/examples.txt")] : files
    let recordFormat = try format.recordFormat(requiresLabel: false, standard: .lines)
    let reader = RecordReader(names, bundled ? RecordFormat(.lines) : recordFormat, strict: format.strict)
    return try BenchmarkTexts(
      reader, source: bundled ? "the bundled examples" : files.joined(separator: ", "), files: names)
  }

  private func checked(_ environment: ToolEnvironment) throws -> BenchmarkPlan.CheckedBenchmark {
    guard let pipeline else {
      return BenchmarkPlan.CheckedBenchmark(
        blueprint: try Blueprint(BenchmarkPlan.reference, registry: environment.registry),
        configuration: TrainingConfiguration(), registry: environment.registry,
        resource: .none)
    }
    let checked = try CheckedSpec(pipeline, environment, choices: spec.choices)
    guard checked.blueprint.inputKind == Texts.kind else {
      throw WrongPipeline(path: pipeline, verb: "takes", kind: checked.blueprint.inputKind, expected: Texts.kind)
    }
    return BenchmarkPlan.CheckedBenchmark(
      blueprint: checked.blueprint, configuration: try checked.training(), registry: environment.registry,
      resource: checked.root.reader)
  }

  // MARK: What is told

  private func describe(_ texts: BenchmarkTexts, _ run: BenchmarkRun) -> [String] {
    let repeated = texts.read < texts.texts.count ? ", repeated" : ""
    var lines = [
      "\(counted(texts.texts.count, "record")), \(grouped(texts.texts.bytes.count)) bytes of \(texts.source)\(repeated)"
    ]
    if let operations = run.operationsPerToken {
      lines.append("\(pipeline ?? "LSTM of 128 units over 128 floats a word"): \(grouped(Int(operations))) operations a token")
    }
    return lines
  }

  private func lines(_ figures: [BenchmarkFigure], _ machine: BenchmarkMachine, _ texts: BenchmarkTexts) -> [String] {
    figures.flatMap(\.jsonLines).map { line in
      var object = line.objectValue ?? JSONObject()
      object["source"] = .string(texts.source)
      for member in machine.json.members { object[member.key] = member.value }
      return JSON.object(object).description
    }
  }

  /// `model name` of /proc/cpuinfo, or what the machine calls itself.
  private static func processorName() -> String {
    guard let file = fopen("/proc/cpuinfo", "r") else { return "unknown processor" }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 1024)
    while fgets(&buffer, Int32(buffer.count), file) != nil {
      let line = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard line.hasPrefix("model name"), let colon = line.firstIndex(of: ":") else { continue }
      return String(line[line.index(after: colon)...].drop { $0 == " " }.prefix { $0 != "\n" })
    }
    return "unknown processor"
  }
}
