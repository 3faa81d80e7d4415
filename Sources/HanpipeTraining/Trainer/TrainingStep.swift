import HanpipeCore
import HanpipeNeural

/// Sums over the records of one or more steps.
struct StepSums: Sendable, Equatable {
  /// Of the records' losses, each times its weight.
  var loss = 0.0
  var weight = 0.0
  var right = 0
  var records = 0

  mutating func add(_ other: StepSums) {
    loss += other.loss
    weight += other.weight
    right += other.right
    records += other.records
  }
  var meanLoss: Double { weight > 0 ? loss / weight : 0 }
  var accuracy: Double { records > 0 ? Double(right) / Double(records) : 0 }
}

extension Trainer {
  /// Shards of a batch: at most 8 of at least 16 records. Depends on the batch's size alone, never on threads.
  static func shards(of count: Int) -> [Range<Int>] {
    let size = max(16, (count + 7) / 8)
    return stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }

  /// What one shard gives: gradients of each stage from `first`, and its sums.
  private struct Shard: Sendable {
    var gradients: [Gradients]
    var sums: StepSums
  }

  /// Forward, backward and update for one batch of records.
  mutating func step(_ records: [Int]) throws {
    var shard = try gradients(records)
    addSums(shard.sums)
    let scale = try gradientScale(&shard)
    let rate = learningRate
    for (i, gradients) in shard.gradients.enumerated() where !gradients.tensors.isEmpty {
      update(first + i) { parameters, optimizer in
        optimizer.update(&parameters, gradients, rate: rate, scale: scale)
      }
    }
  }

  /// The sums over the batch's shards, in their order.
  private func gradients(_ records: [Int]) throws -> Shard {
    let ranges = Self.shards(of: records.count)
    let totalWeight = training.weights(records).reduce(0, +)
    let seed = SeededGenerator(seed: UInt64(configuration.seed), 0x5041_5353, UInt64(position.total)).state
    let stages = pipeline.stages[first...].map { $0 }
    let shards = try concurrentMap(ranges.count, threads: threads) { i in
      try shard(
        Array(records[ranges[i]]), stages, TrainingPass(seed: seed, firstRecord: ranges[i].lowerBound), totalWeight)
    }
    var total = shards[0]
    for shard in shards.dropFirst() {
      for i in total.gradients.indices { total.gradients[i].add(shard.gradients[i]) }
      total.sums.add(shard.sums)
    }
    return total
  }

  private func shard(
    _ records: [Int], _ stages: [AnyStage], _ pass: TrainingPass, _ totalWeight: Float
  ) throws -> Shard {
    var value = training.gatheredInputs(records)
    var pullbacks: [AnyStage.Pullback] = []
    for (i, stage) in stages.enumerated() {
      do {
        // A seed for each stage: two of one kind would otherwise drop the same units.
        let seed = SeededGenerator(seed: pass.seed, UInt64(first + i)).state
        let (output, pullback) = try stage.forward(value, TrainingPass(seed: seed, firstRecord: pass.firstRecord))
        value = output
        pullbacks.append(pullback)
      } catch {
        throw StageFailure(stage: pipeline.link(first + i).label, records: 0..<records.count, underlying: error)
      }
    }
    guard let predictions = value as? Predictions else {
      throw TrainingError.notTrainable("its last stage does not give predictions")
    }
    let (sums, logitGradient) = measure(predictions, records, totalWeight)
    var gradients = stages.map { Gradients(zerosLike: $0.parameters) }
    var gradient: any Sendable = logitGradient
    for i in stages.indices.reversed() { gradient = try pullbacks[i](gradient, &gradients[i]) }
    return Shard(gradients: gradients, sums: sums)
  }

  private func measure(_ predictions: Predictions, _ records: [Int], _ totalWeight: Float) -> (StepSums, [Float]) {
    let weights = training.weights(records)
    let (mean, gradient) = loss.value(
      logits: predictions.logits, targets: training.targets(records), width: training.width, weights: weights,
      totalWeight: Double(totalWeight))
    var sums = StepSums(loss: mean * Double(totalWeight), weight: Double(weights.reduce(0, +)), right: 0, records: records.count)
    sums.right = records.indices.count { predictions.decision(of: $0) == training.labels[records[$0]].sorted() }
    return (sums, gradient)
  }

  /// Clips the gradients as the configuration says.
  /// - Returns: what the optimiser is to multiply them by.
  /// - Throws: `TrainingError.diverged` if the loss or a gradient is not finite.
  private func gradientScale(_ shard: inout Shard) throws -> Float {
    let place = (epoch: position.epoch + 1, step: position.step + 1)
    guard shard.sums.loss.isFinite else {
      throw TrainingError.diverged(epoch: place.epoch, step: place.step, what: "the loss")
    }
    let (norm, scale) = (configuration.clipping ?? GradientClipping()).apply(to: &shard.gradients)
    guard norm.isFinite else {
      throw TrainingError.diverged(epoch: place.epoch, step: place.step, what: "a gradient")
    }
    return scale
  }

  /// Mean loss and accuracy of records that are not trained on.
  func evaluate(_ set: TrainingSet) throws -> (loss: Double, accuracy: Double) {
    let batch = TrainingPreparation.batch
    let ranges = stride(from: 0, to: set.count, by: batch).map { $0..<min(set.count, $0 + batch) }
    let parts = try concurrentMap(ranges.count, threads: threads) { i in
      let records = Array(ranges[i])
      var value = set.gatheredInputs(records)
      for stage in pipeline.stages[first...] { value = try stage.process(value) }
      guard let predictions = value as? Predictions else { return StepSums() }
      let weights = set.weights(records)
      let (sum, _) = loss.value(
        logits: predictions.logits, targets: set.targets(records), width: set.width, weights: weights, totalWeight: 1)
      return StepSums(
        loss: sum, weight: Double(weights.reduce(0, +)),
        right: records.indices.count { predictions.decision(of: $0) == set.labels[records[$0]].sorted() },
        records: records.count)
    }
    var sums = StepSums()
    for part in parts { sums.add(part) }
    return (sums.meanLoss, sums.accuracy)
  }
}
