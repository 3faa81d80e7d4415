public import HanpipeCore
import HanpipeNeural
public import HanpipeText

/// The right tag of each step of each record, for a tagger that marks words by B, M, E and S.
///
/// The loss is −ln of the right path's probability, the mean over steps, so that a long record counts as much as its text in short
/// ones.
struct TaggingObjective: Objective {
  /// For each step whether a word ends there; record i has the steps starts[i]..<starts[i + 1].
  private var ends: [Bool] = []
  private var gold: [Int32] = []
  private var starts = [0]
  /// By tag.
  private let endsWord: [Bool]
  /// Steps at either end of a record that are marks, not text.
  private let marks: Int

  var count: Int { starts.count - 1 }

  /// - Parameters:
  ///   - ends: a record each.
  ///   - names: B, M, E and S, in any order.
  ///   - marks: how many steps at either end of each record are marks of its convention: words of their own, learned but not counted.
  init(_ ends: [[Bool]], names: [String], marks: Int = 0) {
    self.marks = marks
    endsWord = names.map { $0 == "E" || $0 == "S" }
    func tag(_ name: String) -> Int32 { Int32(names.firstIndex(of: name) ?? 0) }
    let (inside, edges) = ((first: tag("B"), later: tag("M")), (single: tag("S"), last: tag("E")))
    for record in ends {
      var isFirst = true
      for end in record {
        gold.append(end ? (isFirst ? edges.single : edges.last) : (isFirst ? inside.first : inside.later))
        isFirst = end
      }
      self.ends += record
      starts.append(gold.count)
    }
  }

  /// The number of steps of each record.
  var lengths: [Int] { (0..<count).map { starts[$0 + 1] - starts[$0] } }
  func weight(of records: [Int]) -> Double { Double(records.reduce(0) { $0 + starts[$1 + 1] - starts[$1] }) }

  func measure(
    _ output: any StageValue, _ records: [Int], totalWeight: Double
  ) throws -> (sums: StepSums, gradient: any Sendable) {
    guard let tags = output as? Tags, let scores = tags.scores else {
      throw TrainingError.notTrainable("its last stage does not give tags with scores")
    }
    let truth = records.flatMap { gold[starts[$0]..<starts[$0 + 1]] }
    guard tags.values.count == truth.count else {
      throw TrainingError.notTrainable(
        "its tagger gave \(tags.values.count) tags for \(truth.count) characters; leave out what cuts records off, such as "
          + "\"maximum\" of \"padding\"")
    }
    var likelihood = PathLikelihood(scores)
    let total = max(1, totalWeight)
    let (sum, gradient) = likelihood.value(starts: tags.starts, gold: truth, total: total)
    var sums = StepSums(loss: sum * total, weight: weight(of: records), records: records.count)
    for (i, record) in records.enumerated() {
      let steps = (starts[record]..<starts[record + 1]).dropFirst(marks).dropLast(marks)
      let answer = tags.tags(of: i).dropFirst(marks).dropLast(marks)
      sums.answers += answer.count
      sums.right += zip(gold[steps], answer).count { $0 == $1 }
      sums.words.count(gold: ends[steps], answer: answer.lazy.map { endsWord[Int($0)] })
    }
    return (sums, gradient)
  }
}

extension Trainer {
  /// Fits what learns by counting and draws the first parameters, to learn where words end.
  ///
  /// - Parameters:
  ///   - blueprint: a chain from text over tokens (characters) to tags B, M, E, S.
  ///   - validation: records to validate on; nil to keep the configuration's share of `data` aside.
  ///   - resource: the files that the spec names.
  ///   - threads: how many threads to use.
  ///   - learned: for a checkpoint, what each stage knows.
  ///   - start: the model to begin from, where nothing is known yet.
  /// - Throws: `TrainingError`, `SpecError`, and what stages throw.
  public init(
    _ blueprint: Blueprint, configuration: TrainingConfiguration, data: SegmentedTexts, validation: SegmentedTexts?,
    threads: Int, learned: [StateReader?]? = nil, from start: StartingModel? = nil, resource: ResourceReader
  ) throws {
    guard data.count > 0 else { throw TrainingError.noSegmentedRecords }
    try configuration.checkTagging()
    let parts =
      validation.map { (training: data, validation: $0) }
      ?? data.split(share: configuration.validationSplit, seed: configuration.splittingSeed)
    let preparation = TrainingPreparation(blueprint: blueprint, resource: resource, threads: threads)
    try self.init(
      preparation, configuration, texts: (parts.training.texts, parts.validation.texts), learned: learned, from: start
    ) { pipeline in
      let names = try Self.tagNames(of: pipeline)
      return (
        .tagger(tags: names), try preparation.objective(parts.training, pipeline, names),
        try preparation.objective(parts.validation, pipeline, names)
      )
    }
  }

  /// What the last stage answers: asked by giving it no record.
  private static func tagNames(of pipeline: Pipeline) throws -> [String] {
    guard let answer = try pipeline.trace(Texts()).last as? Tags else {
      throw TrainingError.notTrainable(
        "its last stage gives \(pipeline.blueprint.outputKind?.rawValue ?? "nothing"), not tags, which segmented text teaches")
    }
    guard answer.names.sorted() == ["B", "E", "M", "S"] else {
      throw TrainingError.notTrainable(
        "segmented text teaches the tags B, M, E, S, but its last stage gives \(answer.names.joined(separator: ", "))")
    }
    return answer.names
  }
}

extension Blueprint {
  /// The conventions by which words are told, if the chain marks them (`CriterionMark`).
  public var criteria: CriterionMark.Conventions? {
    guard let node = links.first(where: { $0.type == CriterionMark.type })?.node else { return nil }
    func strings(_ key: String) -> [String] { node[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    return CriterionMark.Conventions(names: strings("names"), lists: strings("lists"))
  }
}

extension TrainingPreparation {
  /// What is true of segmented records.
  /// - Parameter names: of the tags.
  func objective(_ data: SegmentedTexts, _ pipeline: Pipeline, _ names: [String]) throws -> TaggingObjective {
    TaggingObjective(try wordEnds(data, pipeline), names: names, marks: blueprint.criteria == nil ? 0 : 1)
  }

  /// For each record, for each token that the tagger will see, whether a word ends there.
  func wordEnds(_ data: SegmentedTexts, _ pipeline: Pipeline) throws -> [[Bool]] {
    guard let last = blueprint.links.lastIndex(where: { $0.factory.outputKind == Tokens.kind }) else {
      throw TrainingError.notTrainable("no stage cuts texts into characters; put \"characters\" in front")
    }
    var result: [[Bool]] = []
    result.reserveCapacity(data.count)
    for part in try run(pipeline, data.texts, through: 0..<last + 1) {
      guard let tokens = part as? Tokens else { continue }
      for i in 0..<tokens.count { result.append(data.wordEnds(at: tokens, record: result.count, tokenRecord: i)) }
    }
    return result
  }
}
