import Hanpipe
import HanpipeBenchmarks

/// The texts that a benchmark works on: enough of them to fill batches, few enough for many runs in a second.
struct BenchmarkTexts {
  /// Records and bytes that are taken at most; a shorter input is repeated up to the lower numbers.
  static let most = (records: 4096, bytes: 1 << 20)
  static let least = (records: 1024, bytes: 1 << 17)

  private(set) var texts = Texts()
  /// What was read, as it is told: `reviews.txt`, `the bundled examples`.
  let source: String
  /// Records that were read; the rest repeats them.
  let read: Int

  /// - Throws: `NoText`, `InputError`, and the first `RecordError`.
  init(_ reader: RecordReader, source: String, files: [String]) throws {
    self.source = source
    while texts.count < Self.most.records, texts.bytes.count < Self.most.bytes,
      let batch = try reader.nextBatch(maximumRecords: Self.most.records - texts.count, maximumBytes: Self.most.bytes)
    {
      if let error = batch.errors.min(by: { $0.key < $1.key })?.value { throw error }
      for record in 0..<batch.count where !batch.texts.utf8(of: record).isEmpty {
        texts.append(validated: batch.texts.utf8(of: record))
      }
    }
    read = texts.count
    guard read > 0 else { throw NoText(files: files) }
    // Two at least: training wants records of two labels.
    while texts.count < 2 || (texts.count < Self.least.records && texts.bytes.count < Self.least.bytes) {
      texts.append(validated: texts.utf8(of: texts.count % read))
    }
  }
}

/// An input in which every record is empty.
struct NoText: Error, CustomStringConvertible {
  let files: [String]
  var description: String { "\(spoken(files)): no text to measure with; expected a record a line (--input for other forms)" }
}

/// The pieces of a pipeline that can be measured each on its own.
struct BenchmarkPlan {
  let checked: CheckedBenchmark
  let segmentation: SegmentationWork?
  let texts: Texts

  /// What a benchmark knows of its spec.
  struct CheckedBenchmark {
    let blueprint: Blueprint
    let configuration: TrainingConfiguration
    let registry: StageRegistry
    let resource: ResourceReader
  }

  /// The network that peers are measured with: ICU's words, 128 floats a word, 128 units, one probability.
  static let reference = PipelineSpec(stages: [
    ["type": "icu"], ["type": "vocabulary"], ["type": "padding", "maximum": 200],
    ["type": "lstm", "units": 128, "embedding": 128], ["type": "sigmoid", "labels": ["0", "1"]],
  ])

  /// - Throws: `SpecError`, and what stages throw that cannot be made.
  init(_ checked: CheckedBenchmark, _ texts: Texts) throws {
    self.checked = checked
    self.texts = texts
    if let index = checked.blueprint.links.lastIndex(where: { $0.factory.outputKind == Tokens.kind }) {
      let blueprint = try Blueprint(checked.blueprint.spec, registry: checked.registry, only: index + 1)
      segmentation = SegmentationWork(try Pipeline(blueprint, resource: checked.resource), texts)
    } else {
      segmentation = nil
    }
  }

  /// Training, and the first stage that takes padded ids; nil for a pipeline that is no classifier of ids.
  func network(batch: Int, threads: Int) throws -> (training: TrainingWork, first: Int)? {
    let blueprint = checked.blueprint
    guard blueprint.outputKind == Predictions.kind,
      let first = blueprint.links.firstIndex(where: { $0.factory.inputKind == PaddedIDs.kind })
    else { return nil }
    var configuration = checked.configuration
    configuration.batchSize = batch
    let labels = max(2, try classifierLabels(blueprint).labels.count)
    // What is learned costs the same whatever the labels say.
    let data = LabelledTexts(texts: texts, labels: (0..<texts.count).map { [$0 % labels] })
    let work = try TrainingWork(
      blueprint, configuration: configuration, data: data, threads: threads, resource: checked.resource)
    return (work, first)
  }

  /// The ids that the stages before the network give.
  func ids(_ pipeline: Pipeline, before first: Int) throws -> [[Int32]] {
    var result: [[Int32]] = []
    for start in stride(from: 0, to: texts.count, by: 512) {
      let part = texts[start..<min(texts.count, start + 512)]
      guard let ids = try pipeline.trace(part, through: 0..<first).last as? PaddedIDs else { continue }
      result += (0..<ids.count).map { Array(ids.ids(of: $0)) }
    }
    return result
  }
}
