import Hanpipe

/// What a classifier answered to labelled records, and what else is known of them.
struct Measurement: Sendable {
  var counter: ClassificationCounter
  /// How long each record is, in words, or in characters where the pipeline cuts none.
  var lengths: [Double] = []
  var lengthUnit = "characters"
  /// The share of words that the vocabulary does not know; empty where the pipeline does not tell.
  var unknownShares: [Double] = []

  /// - Throws: what stages throw; `TrainingError.noRecords`.
  init(_ data: LabelledTexts, _ pipeline: Pipeline, _ rule: AnswerRule = AnswerRule(), threads: Int) throws {
    // Bytes are bounded too: the states of 1,024 records of 5,000 words would take gigabytes.
    let parts = data.texts.batches(records: 1024, length: 1 << 18)
    let answers = try concurrentMap(parts.count, threads: threads) { i in
      let trace = try pipeline.trace(data.texts[parts[i]])
      return (predictions: (trace.last as? Predictions).map(rule.apply), facts: RecordFacts(trace, parts[i].count))
    }
    guard let first = answers.first?.predictions else { throw TrainingError.noRecords }
    counter = ClassificationCounter(task: first.task, labels: first.labels)
    for (part, answer) in zip(parts, answers) {
      guard let predictions = answer.predictions else { continue }
      counter.add(predictions, truths: data.labels[part])
      lengths += answer.facts.lengths
      unknownShares += answer.facts.unknownShares
      if answer.facts.hasWords { lengthUnit = "words" }
    }
  }

  var right: [Bool] { (0..<counter.count).map(counter.isRight) }
}

/// What the values on the way through a pipeline tell of a batch's records.
private struct RecordFacts: Sendable {
  var lengths: [Double]
  var hasWords = false
  var unknownShares: [Double] = []

  init(_ trace: [any StageValue], _ count: Int) {
    if let tokens = trace.last(where: { $0 is Tokens }) as? Tokens {
      lengths = (0..<count).map { Double(tokens.length(of: $0)) }
      hasWords = true
    } else {
      let texts = trace.first as? Texts
      lengths = (0..<count).map { Double(texts?.text(of: $0).unicodeScalars.count ?? 0) }
    }
    guard let ids = trace.last(where: { $0 is TokenIDs }) as? TokenIDs else { return }
    unknownShares = (0..<count).map { record in
      let words = ids.ids(of: record)
      return Double(words.count { $0 == TokenIDs.unknown }) / Double(max(1, words.count))
    }
  }
}

/// How much a model answers, and how well, where it gives no label if it is not sure enough.
struct Abstention {
  let below: Double
  let answered: Int
  let right: Int
  let count: Int

  init(_ counter: ClassificationCounter, below: Float) {
    let answered = (0..<counter.count).filter { counter.certainties[$0] >= below }
    self.below = Double("\(below)") ?? Double(below)
    self.answered = answered.count
    right = answered.count(where: counter.isRight)
    count = counter.count
  }

  /// The share of records that are answered.
  var coverage: Double { Double(answered) / Double(max(1, count)) }
  /// Of those that are; nil if none is.
  var accuracy: Double? { answered > 0 ? Double(right) / Double(answered) : nil }
  var interval: ClosedRange<Double>? { wilsonInterval(right, of: answered) }
}

/// All that `evaluate` says of a classifier.
struct Evaluation {
  let measurement: Measurement
  let report: ClassificationReport
  let intervals: ClassificationIntervals
  let reliability: Reliability
  /// What `--abstain-below` asks for.
  let abstention: Abstention?

  init(_ measurement: Measurement, seed: UInt64, abstainBelow: Float?, threads: Int) throws {
    self.measurement = measurement
    report = measurement.counter.report()
    intervals = try ClassificationIntervals(measurement.counter, seed: seed, threads: threads)
    reliability = measurement.counter.reliability()
    abstention = abstainBelow.map { Abstention(measurement.counter, below: $0) }
  }
}
