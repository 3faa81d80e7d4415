import HanpipeCore
import HanpipeNeural

/// Sums over the records of one or more steps.
struct StepSums: Sendable, Equatable {
  /// Of the records' losses, each times its weight (its steps, for a tagger).
  var loss = 0.0
  var weight = 0.0
  /// Right answers: records, or steps for a tagger.
  var right = 0
  var answers = 0
  /// Of a tagger, whose tags mark words.
  var words = WordCounts()
  /// Of a classifier whose labels do not exclude each other.
  var labels = LabelCounts()
  var records = 0

  mutating func add(_ other: StepSums) {
    loss += other.loss
    weight += other.weight
    right += other.right
    answers += other.answers
    words.add(other.words)
    labels.add(other.labels)
    records += other.records
  }
  var meanLoss: Double { weight > 0 ? loss / weight : 0 }
  var accuracy: Double { answers > 0 ? Double(right) / Double(answers) : 0 }
}

extension Trainer {
  /// Shards of a batch: at most 8 of at least 16 records. Depends on the batch's size alone, never on threads.
  package static func shards(of count: Int) -> [Range<Int>] {
    chunks(of: count, size: max(16, (count + 7) / 8))
  }

  /// The records in an order in which the shards have about the same number of steps: dealt by falling length, each to the shard
  /// that has the fewest and still has room; within a shard they keep their order. With 32 records cut where they stood, the
  /// second of two threads waited an eighth of its time.
  package static func dealt(_ records: [Int], length: (Int) -> Int) -> [Int] {
    let ranges = shards(of: records.count)
    guard ranges.count > 1 else { return records }
    let lengths = records.map(length)
    var steps = [Int](repeating: 0, count: ranges.count)
    var places = [[Int]](repeating: [], count: ranges.count)
    for place in records.indices.sorted(by: { (lengths[$1], $0) < (lengths[$0], $1) }) {
      let open = ranges.indices.filter { places[$0].count < ranges[$0].count }
      guard let shard = open.min(by: { steps[$0] < steps[$1] }) else { continue }
      steps[shard] += lengths[place]
      places[shard].append(place)
    }
    return places.flatMap { $0.sorted().map { records[$0] } }
  }

  /// What one shard gives: gradients of each stage from `first`, and its sums.
  private struct Shard: Sendable {
    var gradients: [Gradients]
    var sums: StepSums
  }

  /// Forward, backward and update for one batch of records.
  mutating func step(_ records: [Int]) throws {
    var shard = try gradients(records)
    let scale = try gradientScale(&shard)
    addSums(shard.sums)
    let (rate, threads) = (learningRate, threads)
    for (i, gradients) in shard.gradients.enumerated() where !gradients.tensors.isEmpty {
      update(first + i) { parameters, optimizer in
        optimizer.update(&parameters, gradients, rate: rate, scale: scale, threads: threads)
      }
    }
  }

  /// The sums over the batch's shards, in their order.
  private func gradients(_ batch: [Int]) throws -> Shard {
    let records = Self.dealt(batch) { training.inputs.length(of: $0) }
    let ranges = Self.shards(of: records.count)
    let totalWeight = training.objective.weight(of: records)
    let seed = SeededGenerator(seed: UInt64(configuration.seed), 0x5041_5353, UInt64(position.total)).state
    let stages = pipeline.stages[first...].map { $0 }
    var shards = try concurrentMap(ranges.count, threads: threads) { i in
      try shard(
        Array(records[ranges[i]]), stages, TrainingPass(seed: seed, firstRecord: ranges[i].lowerBound), totalWeight)
    }
    // Taken out, so that its floats have one owner and none is copied.
    var total = shards.removeFirst()
    let others = shards
    for other in others { total.sums.add(other.sums) }
    for stage in total.gradients.indices {
      concurrentUpdate(&total.gradients[stage].tensors, threads: others.isEmpty ? 1 : threads) { tensor, sum in
        for other in others { sum.add(other.gradients[stage].tensors[tensor]) }
      }
    }
    return total
  }

  private func shard(
    _ records: [Int], _ stages: [AnyStage], _ pass: TrainingPass, _ totalWeight: Double
  ) throws -> Shard {
    var value = training.gatheredInputs(records)
    var pullbacks: [AnyStage.Pullback] = []
    for (i, stage) in stages.enumerated() {
      do {
        // A seed for each stage: two of one kind would otherwise drop the same units.
        let seed = SeededGenerator(seed: pass.seed, UInt64(first + i)).state
        let (output, pullback) = try stage.forward(value, pass.seeded(seed))
        value = output
        pullbacks.append(pullback)
      } catch {
        throw StageFailure(stage: pipeline.link(first + i).label, records: 0..<records.count, underlying: error)
      }
    }
    let (sums, outputGradient) = try training.objective.measure(value, records, totalWeight: totalWeight)
    var gradients = stages.map { Gradients(zerosLike: $0.parameters) }
    var gradient = outputGradient
    for i in stages.indices.reversed() { gradient = try pullbacks[i](gradient, &gradients[i]) }
    return Shard(gradients: gradients, sums: sums)
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

  /// The sums over records that are not trained on.
  func evaluate(_ set: TrainingSet) throws -> StepSums {
    let parts = try outputs(of: set) { output, records in
      try set.objective.measure(output, records, totalWeight: 1).sums
    }
    var sums = StepSums()
    for part in parts { sums.add(part) }
    return sums
  }

  /// What `body` makes of the last stage's outputs for the records of `set`, in their order.
  func outputs<R: Sendable>(
    of set: TrainingSet, _ body: @Sendable (_ output: any StageValue, _ records: [Int]) throws -> R
  ) throws -> [R] {
    // 32,768 steps: an encoder's states for them are 32 MB at 256 units, however long the records are.
    let ranges = set.inputs.batches(records: TrainingPreparation.batch, length: 1 << 15)
    return try concurrentMap(ranges.count, threads: threads) { i in
      let records = Array(ranges[i])
      let trace = try pipeline.trace(set.gatheredInputs(records), through: first..<pipeline.stages.count)
      return try body(trace[trace.count - 1], records)
    }
  }
}
