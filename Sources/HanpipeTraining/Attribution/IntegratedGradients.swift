internal import HanpipeCore

/// Integrated gradients of the scores of some records over the vectors of their ids.
struct IntegratedGradients: Sendable {
  private let chain: AttributedChain
  private let quadrature: Quadrature
  /// Steps of text that are computed at once: the states that the way back needs of them are then kept, not computed again (32 MB at
  /// 128 units, both directions; `RecurrentNetwork.keptBytes`).
  private static let batchSteps = 4096
  private static let batchRecords = 1024

  init(_ chain: AttributedChain, steps: Int) {
    self.chain = chain
    quadrature = Quadrature(steps)
  }

  /// A point on the path of a record.
  private struct Point {
    let record: Int
    let factor: Double
    /// Of the quadrature; nil at an end of the path, where the score alone is asked for.
    let weight: Double?
  }

  /// For each record its scores at both ends of the path, and for each array of products of the chain what its ids contribute.
  struct Result {
    var scores: [Double]
    var baselines: [Double]
    /// By array, then by id over all records.
    var contributions: [[Double]]
  }

  /// - Parameter labels: which to explain, by record.
  func contributions(_ input: AttributedChain.Input, labels: [Int]) throws -> Result {
    var result = Result(
      scores: labels.map { _ in 0 }, baselines: labels.map { _ in 0 },
      contributions: input.places.map { [Double](repeating: 0, count: $0.origins.count) })
    for points in batches(input.value) {
      let (predictions, products) = try evaluate(input.value, points, labels)
      for (i, point) in points.enumerated() where point.weight == nil {
        let score = LogOdds.score(predictions, record: i, label: labels[point.record])
        if point.factor == 0 { result.baselines[point.record] = score } else { result.scores[point.record] = score }
      }
      for (part, (values, places)) in zip(products, input.places).enumerated() {
        var next = 0
        for point in points {
          let ids = places.starts[point.record]..<places.starts[point.record + 1]
          if let weight = point.weight {
            for (id, place) in zip(ids, next...) { result.contributions[part][id] += weight * Double(values[place]) }
          }
          next += ids.count
        }
      }
    }
    return result
  }

  /// All points of all records, cut into batches; those at the ends of paths, which need no way back, apart.
  private func batches(_ input: any DifferentiableValue) -> [[Point]] {
    var batches: [[Point]] = []
    let ends = (0..<input.count).flatMap { [Point(record: $0, factor: 0, weight: nil), Point(record: $0, factor: 1, weight: nil)] }
    let inner = (0..<input.count).flatMap { record in
      zip(quadrature.points, quadrature.weights).map { Point(record: record, factor: $0, weight: $1) }
    }
    for points in [ends, inner] {
      var batch: [Point] = []
      var steps = 0
      for point in points {
        let length = input.length(of: point.record)
        if !batch.isEmpty, batch.count >= Self.batchRecords || steps + length > Self.batchSteps {
          batches.append(batch)
          (batch, steps) = ([], 0)
        }
        batch.append(point)
        steps += length
      }
      if !batch.isEmpty { batches.append(batch) }
    }
    return batches
  }

  /// The answers at some points and, unless they are ends of paths, the products.
  private func evaluate(
    _ input: any DifferentiableValue, _ points: [Point], _ labels: [Int]
  ) throws -> (predictions: Predictions, products: [[Float]]) {
    func gather<V: DifferentiableValue>(_ value: V) -> any StageValue { value[points.map(\.record)] as V }
    let (output, products) = try chain.scaled(gather(input), by: points.map { Float($0.factor) })
    guard let predictions = output as? Predictions else { throw AttributionError.noPrediction(type(of: output).kind) }
    guard points[0].weight != nil else { return (predictions, []) }
    let gradient = points.indices.flatMap { LogOdds.gradient(predictions, record: $0, label: labels[points[$0].record]) }
    return (predictions, try products(gradient))
  }
}
