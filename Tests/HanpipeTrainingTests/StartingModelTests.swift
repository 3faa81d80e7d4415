import Hanpipe
import Testing

@testable import HanpipeTraining

/// Trainings that begin from a model.
@Suite struct StartingModelTests {
  private static let rate: JSONObject = ["optimizer": ["type": "adam", "learningRate": 0.02], "epochs": 4, "batchSize": 8]

  private func settings(_ changes: JSONObject = JSONObject()) throws -> TrainingConfiguration {
    var object = Self.rate
    for (key, value) in changes.members { object[key] = value }
    return try configuration(object)
  }

  /// A model of 120 records.
  private func model(_ stages: [JSONObject] = smallSpec) throws -> StartingModel {
    var trainer = try Trainer(blueprint(stages), settings(), .madeUp(120, seed: 1))
    _ = try trainer.run { _ in .proceed }
    return StartingModel(name: "m", pipeline: trainer.pipeline)
  }

  private func trainer(
    _ stages: [JSONObject] = smallSpec, _ changes: JSONObject = JSONObject(), _ data: LabelledTexts = .madeUp(30, seed: 2),
    from model: StartingModel?, learned: [StateReader?]? = nil, resource: ResourceReader = .none
  ) throws -> Trainer {
    try Trainer(
      blueprint(stages), configuration: settings(changes), data: data, validation: nil, threads: 1, learned: learned, from: model,
      resource: resource)
  }

  private func states(_ pipeline: Pipeline) throws -> [StateWriter?] { try pipeline.state() }

  private func expectEqual(_ a: StateWriter?, _ b: StateWriter?, _ comment: Comment) {
    #expect(a?.tensors.map(\.name) == b?.tensors.map(\.name), comment)
    #expect(zip(a?.tensors ?? [], b?.tensors ?? []).allSatisfy { $0.tensor == $1.tensor }, comment)
    #expect(zip(a?.files ?? [], b?.files ?? []).allSatisfy { $0.name == $1.name && $0.bytes == $1.bytes }, comment)
  }

  /// The tensors of one stage inside of stages[1].
  private func expectEqual(_ trainer: Trainer, _ model: StartingModel, _ prefix: String) throws {
    func tensors(_ pipeline: Pipeline) throws -> [Parameters.Tensor] {
      (try states(pipeline)[1]?.tensors ?? []).filter { $0.name.hasPrefix(prefix) }.map(\.tensor)
    }
    let own = try tensors(trainer.pipeline)
    #expect(try !own.isEmpty && own == tensors(model.pipeline))
  }

  @Test func `before the first step all is the model's, and a learning rate of 0 keeps its answers`() throws {
    let model = try model()
    let new = LabelledTexts([("unseen bad w1", 0), ("unseen good w2", 1), ("w3 bad", 0), ("good other", 1)])
    var trainer = try trainer(smallSpec, ["optimizer": ["type": "adam", "learningRate": 0]], new, from: model)
    for (i, pair) in zip(try states(trainer.pipeline), try states(model.pipeline)).enumerated() {
      expectEqual(pair.0, pair.1, "stage \(i)")
    }
    _ = try trainer.run { _ in .proceed }
    let texts = LabelledTexts.madeUp(40, seed: 3).texts
    let (a, b) = (try trainer.pipeline.trace(texts).last as? Predictions, try model.pipeline.trace(texts).last as? Predictions)
    #expect(try #require(a).probabilities == #require(b).probabilities)
    // By hand: unseen, other are unknown; bad, good, w1, w2, w3 are not.
    let beginnings = try #require(trainer.beginnings)
    #expect(beginnings.map(\.reasonForAnew) == [nil, nil, nil])
    #expect(beginnings.map(\.stage) == ["stages[1] (vocabulary)", "stages[3] (lstm)", "stages[5] (sigmoid)"])
    #expect(beginnings[0].words == StageBeginning.KnownShare(known: 5, all: 7))
    // Of ten words, "unseen" twice and "other" once.
    #expect(trainer.unknownShares.training == 3.0 / 10)
  }

  @Test func `on few records it is better than a training from scratch`() throws {
    let (few, once) = (LabelledTexts.madeUp(6, seed: 5), ["epochs": 1] as JSONObject)
    let fresh = TrainingData.labelled(.madeUp(200, seed: 6))
    var scratch = try trainer(smallSpec, once, few, from: nil)
    var tuned = try trainer(smallSpec, once, few, from: model())
    _ = try scratch.run { _ in .proceed }
    _ = try tuned.run { _ in .proceed }
    let (old, new) = (try scratch.measure(fresh).accuracy, try tuned.measure(fresh).accuracy)
    #expect(new > 0.95 && new > old + 0.1, "\(old) from scratch, \(new) from a model")
  }

  private func changed(_ place: Int, _ key: String, _ value: JSON) -> [JSONObject] {
    var stages = smallSpec
    stages[place][key] = value
    return stages
  }

  @Test func `a head of other labels begins anew, and all before it does not`() throws {
    let model = try model()
    for labels: JSON in [["worse", "better"], ["good", "bad"]] {
      let own = try trainer(changed(5, "labels", labels), from: model)
      let alone = try trainer(changed(5, "labels", labels), from: nil)
      #expect(own.beginnings?.map { $0.reasonForAnew == nil } == [true, true, false])
      #expect(own.beginnings?.last?.reasonForAnew == "the \"labels\" \(labels), the model's has [\"bad\", \"good\"]")
      let (mine, theirs, fresh) = (try states(own.pipeline), try states(model.pipeline), try states(alone.pipeline))
      expectEqual(mine[1], theirs[1], "vocabulary")
      expectEqual(mine[3], theirs[3], "lstm")
      expectEqual(mine[5], fresh[5], "as without a model")
    }
  }

  @Test func `what stands behind a stage of another shape begins anew too`() throws {
    let own = try trainer(changed(3, "units", 8), from: model())
    let reasons = own.beginnings?.map(\.reasonForAnew) ?? []
    #expect(reasons[0] == nil && reasons[1]?.hasSuffix(", the model's [48, 10]") == true)
    #expect(reasons[2] == "stages[3] (lstm) before it begins anew")
    // Dropout and the length at which records are cut change no weight's meaning.
    var stages = changed(3, "dropout", 0.5)
    stages[2]["maximum"] = 9
    #expect(try trainer(stages, from: model()).beginnings?.allSatisfy { $0.reasonForAnew == nil } == true)
  }

  @Test func `ids that mean something else are no beginning`() throws {
    let model = try model()
    let error = #expect(throws: TrainingError.self) { try trainer(changed(0, "type", "characters"), from: model) }
    #expect(error?.description.hasPrefix("no stage can begin from m; make the spec agree with it, or leave out --from\n") == true)
    #expect(error?.description.contains("stages[1] (vocabulary): stages[0] (characters) is \"whitespace\" in the model\n") == true)
    #expect(throws: TrainingError.self) { try trainer(changed(1, "minimumCount", 2), from: model) }
  }

  // MARK: Branches

  private static func wide(_ orders: JSON = [1, 2], extra: [JSON] = []) -> [JSONObject] {
    let words: JSON = [
      ["type": "vocabulary"], ["type": "padding"], ["type": "lstm", "units": 6, "embedding": 5, "output": "sequence"],
      ["type": "max-pooling"],
    ]
    let grams: JSON = [
      ["type": "ngrams", "orders": orders, "bag": true, "buckets": 64, "minimumCount": 2],
      ["type": "embedding", "width": 3, "output": "mean"],
    ]
    // A stage of branches inside of a branch.
    let inner: JSON = [["type": "concatenate", "branches": [grams]]]
    return [
      ["type": "whitespace"], ["type": "concatenate", "branches": .array([words, inner] + extra)],
      ["type": "sigmoid", "labels": ["bad", "good"]],
    ]
  }

  @Test func `stages inside of branches begin each from its own`() throws {
    let model = try model(Self.wide())
    let same = try trainer(Self.wide(), from: model)
    #expect(same.beginnings?.count == 5 && same.beginnings?.allSatisfy { $0.reasonForAnew == nil } == true)
    for (a, b) in zip(try states(same.pipeline), try states(model.pipeline)) { expectEqual(a, b, "same") }
    // Other n-grams: their branch is anew, the other one's stages are not; behind both, the head is anew.
    let other = try trainer(Self.wide([1, 3]), from: model)
    #expect(other.beginnings?.map { $0.reasonForAnew == nil } == [true, true, false, false, false])
    try expectEqual(other, model, "branches.0.2.lstm.")
    // One more branch: the head is wider.
    let more: JSON = [["type": "vocabulary"], ["type": "padding"], ["type": "embedding", "width": 2], ["type": "mean-pooling"]]
    let wider = try trainer(Self.wide(extra: [more]), from: model)
    #expect(wider.beginnings?.map { $0.reasonForAnew == nil } == [true, true, true, true, false, false, false])
  }

  // MARK: Vectors

  @Test func `vectors are for embeddings that begin anew`() throws {
    let resource = ResourceReader { _ in Array("bad 1 0 0 0 0\ngood 0 1 0 0 0\n".utf8) }
    let vectors: JSONObject = ["vectors": ["file": "v.txt"]]
    let model = try model(Self.wide())
    let kept = try trainer(Self.wide(), vectors, from: model, resource: resource)
    #expect(kept.vectorCoverage == nil && kept.beginnings?.allSatisfy { $0.reasonForAnew == nil } == true)
    for (a, b) in zip(try states(kept.pipeline), try states(model.pipeline)) { expectEqual(a, b, "the model's") }
    let more: JSON = [["type": "vocabulary"], ["type": "padding"], ["type": "embedding", "width": 5], ["type": "mean-pooling"]]
    let wider = try trainer(Self.wide(extra: [more]), vectors, from: model, resource: resource)
    #expect(wider.vectorCoverage?.found == 2)
    try expectEqual(wider, model, "branches.0.2.lstm.")
    // Its third branch has the file's directions, scaled.
    let tensors = try states(wider.pipeline)[1]?.tensors ?? []
    let embedding = try #require(tensors.first { $0.name.hasPrefix("branches.2.2.embedding.") }?.tensor)
    let rows = (0..<embedding.shape[0]).map { Array(embedding.values[$0 * 5..<$0 * 5 + 5]) }
    #expect(rows.contains { $0[0] > 0.3 && $0[1...] == [0, 0, 0, 0] } && rows.contains { $0[1] > 0.3 && $0[0] == 0 && $0[2] == 0 })
  }

  // MARK: Going on

  @Test func `a training from a model that was paused goes on to the same bits`() throws {
    let model = try model()
    var whole = try trainer(from: model)
    _ = try whole.run { _ in .proceed }
    var paused = try trainer(from: model)
    _ = try paused.run { event in
      if case .step(epoch: 2, step: 2, _, _, _, _) = event { return .pause }
      return .proceed
    }
    var resumed = try trainer(from: nil, learned: paused.states)
    try resumed.resume(paused.checkpoint())
    _ = try resumed.run { _ in .proceed }
    #expect(resumed.weights == whole.weights && resumed.history == whole.history)
  }

  @Test func `each seed and each fold begins from the model`() throws {
    let model = try model()
    let configuration = try settings(["optimizer": ["type": "adam", "learningRate": 0], "validationSplit": 0.2])
    let data = TrainingData.labelled(.madeUp(40, seed: 9))
    func job(_ parts: TrainingParts) throws -> TrainingJob {
      TrainingJob(try blueprint(smallSpec, training: configuration.json), configuration: configuration, parts: parts, from: model)
    }
    let seeds = try SeedRuns(job(data.split(configuration)), seeds: [1, 2]).run { _ in .proceed }
    #expect(seeds.trainer?.weights == model.pipeline.stages.flatMap { $0.parameters.tensors.map(\.values) })
    let folds = try CrossValidation(job(TrainingParts(training: data, validation: data[[]])), folds: 2).run { _ in .proceed }
    // By hand: the model's own answers to all 40 records.
    let right = try #require(try model.pipeline.trace(data.texts).last as? Predictions)
    let count = (0..<40).count { right.decision(of: $0) == data.labels?[$0] }
    #expect(folds.runs.map { Int(($0.test!.accuracy * Double($0.test!.records)).rounded()) }.reduce(0, +) == count)
  }
}
