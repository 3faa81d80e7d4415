import Hanpipe
import HanpipeBenchmarks

/// The `icu` stage alone, offsets and all, against peers/icu_words.c.
func measureICU(_ arguments: Arguments) throws {
  let spec = PipelineSpec(stages: [["type": "icu", "keepWhitespace": true]])
  try measureWords(arguments, Pipeline(Blueprint(spec, registry: .standard), resource: .none))
}

/// Any spec that gives words, offsets and all, against peers/segment_jieba.py.
func measureSegmenter(_ arguments: Arguments) throws {
  let (spec, root) = try SpecFile.load(arguments.text("--pipeline", "pipelines/lexicon.json"), registry: .standard)
  let clock = ContinuousClock()
  let start = clock.now
  let pipeline = try Pipeline(Blueprint(spec, registry: .standard), resource: root.reader)
  let load = clock.now - start
  report("hanpipe-segment", "load_ms", Double(load.components.attoseconds) / 1e15 + Double(load.components.seconds) * 1e3)
  try measureWords(arguments, pipeline)
}

private func measureWords(_ arguments: Arguments, _ pipeline: Pipeline) throws {
  let records = try lines(of: arguments.file)
  let threads = try arguments.number("--threads", 1)
  var texts = Texts()
  for record in records { texts.append(record) }
  let work = SegmentationWork(pipeline, texts)
  var words = 0
  let seconds = try medianSeconds(.runs(arguments.number("--runs", 5))) { words = try work.run(threads: threads) }
  report("hanpipe-\(arguments.mode) t\(threads)", "MB/s", Double(work.bytes) / 1e6 / seconds)
  report("hanpipe-\(arguments.mode) t\(threads)", "words", Double(words))
}

/// Ids of a segmented file as the peers number them: the commonest words (19,998) from 2, all others 1, at most 200 a record.
private func read(_ arguments: Arguments, labelled: Bool) throws -> (ids: [[Int32]], labels: [Int]) {
  let limit = try arguments.number("--limit", 20000)
  let longest = try arguments.number("--maximum", 200)
  let known = max(0, try vocabulary(arguments) - 2)
  var labels: [Int] = []
  var words: [[ArraySlice<UInt8>]] = []
  for line in try lines(of: arguments.file).prefix(limit) {
    var text = line
    if labelled, let tab = line.firstIndex(of: 0x09) {
      labels.append(line[..<tab].elementsEqual("1".utf8) ? 1 : 0)
      text = line[(tab + 1)...]
    }
    words.append(Array(text.split(separator: 0x20).prefix(longest)))
  }
  var counts: [ArraySlice<UInt8>: Int] = [:]
  for word in words.joined() { counts[word, default: 0] += 1 }
  let ranked = counts.sorted { a, b in
    a.value != b.value ? a.value > b.value : a.key.lexicographicallyPrecedes(b.key)
  }
  let numbers = Dictionary(uniqueKeysWithValues: zip(ranked.prefix(known).map(\.key), Int32(2)...))
  return (words.map { $0.isEmpty ? [1] : $0.map { numbers[$0] ?? 1 } }, labels)
}

/// V, the padding's and the unknown id included.
private func vocabulary(_ arguments: Arguments) throws -> Int { try arguments.number("--vocabulary", 20000) }

private func encoder(_ arguments: Arguments) throws -> JSONObject {
  [
    "type": .string(arguments.text("--cell", "lstm")), "units": .integer(try arguments.number("--units", 128)),
    "embedding": .integer(try arguments.number("--dim", 128)), "layers": .integer(try arguments.number("--layers", 1)),
    "bidirectional": .bool(arguments.has("--bidirectional")), "precision": .string(arguments.text("--precision", "float32")),
    "recompute": .string(arguments.text("--recompute", "automatic")),
    "output": .string(arguments.has("--pooling") ? "sequence" : "last"),
    "gradientWindow": arguments.has("--window") ? .integer(try arguments.number("--window", 1)) : .null,
  ]
}

private func name(_ arguments: Arguments, _ batch: Int, _ threads: Int) throws -> String {
  "hanpipe \(arguments.mode) b\(batch) t\(threads) d\(try arguments.number("--dim", 128)) h\(try arguments.number("--units", 128))"
    + (arguments.has("--bidirectional") ? " bi" : "")
    + (arguments.has("--precision") ? " " + arguments.text("--precision", "") : "")
}

/// Embedding → LSTM → sigmoid on batches sorted by length, against peers/lstm_torch.py and lstm_onnxruntime.py.
func measureInference(_ arguments: Arguments) throws {
  let batch = try arguments.number("--batch", 256)
  let threads = try arguments.number("--threads", 1)
  let ids = try read(arguments, labelled: false).ids
  let spec = PipelineSpec(stages: [try encoder(arguments), ["type": "sigmoid", "labels": ["0", "1"]]])
  let blueprint = try Blueprint(spec, registry: .standard)
  let input = ValueShape(vocabularySize: try vocabulary(arguments))
  var pipeline = Pipeline(blueprint)
  var generator = SeededGenerator(seed: 1)
  for link in blueprint.links {
    guard case .gradients(let initial) = link.factory.learning else { continue }
    var writer = StateWriter()
    let shape = pipeline.shapes.last ?? input
    try initial(link.node, link.path, shape, &generator).write(to: &writer)
    try pipeline.append(state: writer.reader, resource: .none, input: shape)
  }
  let work = InferenceWork(pipeline, ids: ids, batch: batch)
  let seconds = try medianSeconds(.runs(arguments.number("--runs", 5))) { try work.run(threads: threads) }
  let name = try name(arguments, batch, threads)
  report(name, "sentences/s", Double(work.records) / seconds)
  report(name, "tokens/s", Double(work.tokens) / seconds)
  if let memory = peakResidentMegabytes() { report(name, "peak_rss_mb", memory) }
}

/// Epochs of training, batches sorted by length as the peers have them, against peers/lstm_torch.py train.
func measureTraining(_ arguments: Arguments) throws {
  let batch = try arguments.number("--batch", 32)
  let threads = try arguments.number("--threads", 1)
  let runs = try arguments.number("--runs", 5)
  let (ids, labels) = try read(arguments, labelled: true)
  let order = ids.indices.sorted { ids[$0].count < ids[$1].count }
  // The trainer takes text: each id is its own word, and the vocabulary gives them numbers by count again.
  var data = LabelledTexts()
  for i in order {
    data.texts.append(ids[i].map { "w\($0)" }.joined(separator: " ").utf8)
    data.labels.append([labels[i]])
  }
  var stages: [JSONObject] = [
    ["type": "whitespace"], ["type": "vocabulary"],
    ["type": "padding", "maximum": .integer(try arguments.number("--maximum", 200))], try encoder(arguments),
  ]
  if arguments.has("--pooling") { stages.append(["type": .string(arguments.text("--pooling", ""))]) }
  let spec = PipelineSpec(stages: stages + [["type": "sigmoid", "labels": ["0", "1"]]])
  let configuration = try TrainingConfiguration(
    ["batchSize": .integer(batch), "shuffle": false], at: SpecPath("training"))
  var work = try TrainingWork(
    Blueprint(spec, registry: .standard), configuration: configuration, data: data, threads: threads, resource: .none)
  let seconds = try medianSeconds(.runs(runs)) { try work.run() }
  let name = try name(arguments, batch, threads)
  report(name, "sentences/s", Double(ids.count) / seconds)
  report(name, "tokens/s", Double(ids.reduce(0) { $0 + $1.count }) / seconds)
  if let memory = peakResidentMegabytes() { report(name, "peak_rss_mb", memory) }
}
