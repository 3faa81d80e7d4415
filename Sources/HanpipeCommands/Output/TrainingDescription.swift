import Hanpipe

/// Says on stderr what a training is about to learn from, and warns of what is wrong with it.
struct TrainingDescription {
  let job: TrainingJob
  let trainer: Trainer
  /// All records, before some were kept aside.
  let data: TrainingData
  let work: WorkOptions

  func tell() throws {
    // Nothing of it would be seen, and some of it takes a while.
    if work.quiet { return }
    tellRecords()
    if case .labelled(let data) = data { tellBalance(data) }
    tellRepeats()
    warnOfLongRecords()
    warnOfNegators()
    try tellUnknownWords()
    if let beginnings = trainer.beginnings, let start = job.start { Self.lines(of: beginnings, from: start.name).forEach(write) }
  }

  private func tellRecords() {
    let parts: String
    switch data {
    case .labelled(let data):
      let counts = data.counts(labels: trainer.head.names.count)
      let none = data.labels.count(where: \.isEmpty)
      parts =
        zip(trainer.head.names, counts).map { "\($0) \(grouped($1))" }.joined(separator: ", ")
        + (none > 0 ? "; without a label \(grouped(none))" : "")
    case .segmented(let data): parts = "\(grouped(data.wordCount)) words"
    }
    write("\(grouped(data.count)) records (\(parts))")
    let words = trainer.pipeline.shapes.compactMap(\.vocabularySize).first.map { ", \(grouped($0)) words" } ?? ""
    let test = job.test.map { ", \(grouped($0.count)) to test on" } ?? ""
    write(
      "\(grouped(trainer.trainingCount)) to train on, \(grouped(trainer.validationCount)) to validate on\(test)\(words), "
        + "\(grouped(trainer.pipeline.parameterCount)) parameters")
    if trainer.validationCount == 0, job.configuration.validationSplit > 0 {
      work.warn("\"validationSplit\" \(job.configuration.validationSplit) of \(grouped(data.count)) records leaves none to validate on")
    }
    if trainer.validationCount == 0, job.configuration.earlyStopping != nil {
      work.warn("\"earlyStopping\" has no records to validate on, and goes by those trained on, which are learned by heart; name "
        + "--validation, or say --set training.validationSplit=0.1")
    }
  }

  /// Bytes of text from which on a record needs a gigabyte or more to be trained on whole.
  private static let long = 1 << 19

  private func warnOfLongRecords() {
    let texts = data.texts
    let isCut = job.blueprint.links.contains { $0.node["maximum"]?.intValue != nil }
    guard !isCut, let longest = (0..<texts.count).max(by: { texts.utf8(of: $0).count < texts.utf8(of: $1).count }) else { return }
    let size = texts.utf8(of: longest).count
    guard size >= Self.long else { return }
    work.warn(
      "record \(grouped(longest + 1)) has \(grouped(size)) bytes, and learning from it takes gigabytes of memory; take it out, cut it "
        + "into parts\(data.labels == nil ? "" : ", or let \"padding\" cut it with \"maximum\"")")
  }

  private func warnOfNegators() {
    var negators = NegatorWarning()
    negators.look(at: trainer.pipeline)
    for line in negators.lines { work.warn(line) }
  }

  // MARK: Labels

  /// From which ratio of records on labels are called uneven.
  private static let uneven = 3.0

  private func tellBalance(_ data: LabelledTexts) {
    let names = trainer.head.names
    let counts = job.parts.training.labelled?.counts(labels: names.count) ?? []
    for (name, count) in zip(names, counts) where count == 0 {
      work.warn("no record to train on is labelled \"\(name)\": the model will hardly ever answer it")
    }
    let present = zip(names, counts).filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }
    if let most = present.first, let least = present.last, Double(most.1) >= Self.uneven * Double(least.1) {
      let share = decimal(100 * Double(most.1) / Double(job.parts.training.count), 1)
      let remedy =
        job.configuration.classWeights == .none ? "; --set training.classWeights=balanced lets both count the same" : ""
      work.warn(
        "labels are uneven: \"\(most.0)\" has \(decimal(Double(most.1) / Double(least.1), 1)) times as many records as "
          + "\"\(least.0)\", and who always answers it is right for \(share) %\(remedy)")
    }
    guard job.configuration.classWeights != .none,
      let weights = try? job.configuration.classWeights.weights(labels: names, counts: counts)
    else { return }
    write("weights of labels: " + zip(names, weights).map { "\($0) \(decimal(Double($1), 3))" }.joined(separator: ", "))
  }

  // MARK: Repeated texts

  private func tellRepeats() {
    let repeats = TextIndex(data).repeats
    if repeats.count > 0 { work.warn("\(grouped(repeats.count)) records repeat an earlier one\(Self.contradicting(repeats))") }
    let training = TextIndex(job.parts.training)
    warn(of: job.parts.validation, in: training, "validation", "training")
    if let test = job.test {
      warn(of: test, in: training, "test", "training")
      warn(of: test, in: TextIndex(job.parts.validation), "test", "validation")
    }
  }

  private func warn(of held: TrainingData, in other: TextIndex, _ name: String, _ otherName: String) {
    let repeats = other.repeats(in: held)
    guard repeats.count > 0 else { return }
    work.warn(
      "\(grouped(repeats.count)) of \(grouped(held.count)) \(name) records stand in the \(otherName) data too"
        + Self.contradicting(repeats))
  }

  private static func contradicting(_ repeats: RepeatedTexts) -> String {
    repeats.contradicting > 0 ? ", \(grouped(repeats.contradicting)) of them with another label" : ""
  }

  // MARK: Unknown words

  private func tellUnknownWords() throws {
    let unknown = trainer.unknownShares
    guard let training = unknown.training else { return }
    var parts = ["\(decimal(training * 100, 1)) % of those to train on"]
    if let share = unknown.validation { parts.append("\(decimal(share * 100, 1)) % of those to validate on") }
    if let test = job.test, let share = try trainer.unknownShare(of: test) {
      parts.append("\(decimal(share * 100, 1)) % of those to test on")
    }
    write("unknown words: " + parts.joined(separator: ", "))
    if let vectors = trainer.vectorCoverage {
      write("\(vectors.file): vectors of \(grouped(vectors.found)) of \(grouped(vectors.words)) words")
    } else if let file = job.configuration.vectors?.file, trainer.beginnings != nil {
      write("\(file.path): not needed, the embeddings begin from the model")
    }
  }

  private func write(_ line: String) { Terminal.write(line) }
}
