internal import HanpipeCore

/// Integrated gradients of the scores of some records over the vectors of their ids.
///
/// Along the way from zero vectors to a text's own, a recurrent network's score may jump within a ten-thousandth of the path, where its
/// gradient is as large as the jump is steep: points at fixed places miss it, or hit it and find far too much (of hotel reviews of 150
/// words, 32 points left a gap of up to 85 where the scores differed by 4). So the path is halved where it has to be: on each stretch
/// the contributions must add up to the difference of the scores at its ends, which shows whether its points were enough.
struct IntegratedGradients: Sendable {
  private let chain: AttributedChain
  /// Points of the path of a record, at most.
  private let budget: Int
  /// Of a stretch, and of one that is narrow because the score jumps there: what it finds is halved again anyway.
  private let quadratures: (wide: Quadrature, narrow: Quadrature)
  private let firstStretches: Int

  /// Steps of text that are computed at once: the states that the way back needs of them are then kept, not computed again (32 MB at
  /// 128 units, both directions; `RecurrentNetwork.keptBytes`).
  private static let batchSteps = 4096
  private static let batchRecords = 1024
  /// The gaps of all stretches together, without their signs, that are good enough: log-odds, and as a share of the scores' difference.
  private static let tolerance = (absolute: 0.01, relative: 0.01)
  private static let narrow = 1.0 / 16
  /// Below it a factor, which is a float32, has too few digits.
  private static let shortest = 0x1p-18

  /// - Parameter steps: points of the path of a record, at most.
  init(_ chain: AttributedChain, steps: Int) {
    self.chain = chain
    budget = steps
    quadratures = (Quadrature(min(4, steps)), Quadrature(min(2, steps)))
    firstStretches = max(1, min(4, steps / 4))
  }

  /// A point on the path of a record.
  private struct Point {
    let record: Int
    let factor: Double
  }

  /// A stretch of the path of a record.
  private struct Stretch {
    let range: ClosedRange<Double>
    /// The scores at its ends.
    let scores: (lower: Double, upper: Double)
    /// By array of products, then by id of the record; empty before they are known.
    var contributions: [[Double]] = []
    var gap: Double { scores.upper - scores.lower - contributions.joined().reduce(0, +) }
    var width: Double { range.upperBound - range.lowerBound }
    var middle: Double { (range.lowerBound + range.upperBound) / 2 }
  }

  /// For each record its scores at both ends of the path, and for each array of products what the record's ids contribute.
  struct Contributions {
    let score: Double
    let baseline: Double
    let values: [[Double]]
  }

  /// - Parameter labels: which to explain, by record.
  func contributions(_ input: AttributedChain.Input, labels: [Int]) throws -> [Contributions] {
    let ends = (0...firstStretches).map { Double($0) / Double(firstStretches) }
    let records = Array(labels.indices)
    let scores = try self.scores(
      input, records.flatMap { record in ends.map { Point(record: record, factor: $0) } }, labels)
    var paths = [[Stretch]](repeating: [], count: records.count)
    var new: [(record: Int, stretch: Stretch)] = records.flatMap { record in
      (0..<firstStretches).map { i in
        let first = record * ends.count + i
        return (record, Stretch(range: ends[i]...ends[i + 1], scores: (scores[first], scores[first + 1])))
      }
    }
    while !new.isEmpty {
      try measure(&new, input, labels)
      for (record, stretch) in new { paths[record].append(stretch) }
      let halved = records.flatMap { record in takeRough(&paths[record]).map { (record, $0) } }
      let middles = try self.scores(input, halved.map { Point(record: $0, factor: $1.middle) }, labels)
      new = zip(halved, middles).flatMap { pair, middle in
        let (record, stretch) = pair
        return [
          (record, Stretch(range: stretch.range.lowerBound...stretch.middle, scores: (stretch.scores.lower, middle))),
          (record, Stretch(range: stretch.middle...stretch.range.upperBound, scores: (middle, stretch.scores.upper))),
        ]
      }
    }
    return records.map { record in
      let first = record * ends.count
      let values = input.places.indices.map { part in
        var sum = [Double](repeating: 0, count: input.places[part].idCount(of: record))
        for stretch in reliable(paths[record]) { for i in sum.indices { sum[i] += stretch.contributions[part][i] } }
        return sum
      }
      return Contributions(score: scores[first + firstStretches], baseline: scores[first], values: values)
    }
  }

  /// Takes those stretches out of a path that are to be halved: the worst, until the others are good enough, or the points are used up.
  private func takeRough(_ path: inout [Stretch]) -> [Stretch] {
    let allowed = Self.allowedGap(path)
    let gaps = path.map { abs($0.gap) }
    var left = gaps.reduce(0, +)
    var points = path.reduce(0) { $0 + quadrature(of: $1.width).points.count }
    var taken: Set<Int> = []
    for i in path.indices.sorted(by: { (gaps[$1], $0) < (gaps[$0], $1) }) {
      // What is not a number does not get better either.
      let more = 2 * quadrature(of: path[i].width / 2).points.count - quadrature(of: path[i].width).points.count
      guard left > allowed, points + more <= budget else { break }
      guard path[i].width > Self.shortest else { continue }
      taken.insert(i)
      left -= gaps[i]
      points += more
    }
    defer { path = path.indices.filter { !taken.contains($0) }.map { path[$0] } }
    return taken.sorted().map { path[$0] }
  }

  private static func allowedGap(_ path: [Stretch]) -> Double {
    max(tolerance.absolute, tolerance.relative * abs(path.reduce(0) { $0 + $1.scores.upper - $1.scores.lower }))
  }

  /// The stretches in order, without those whose points hit a jump and found more than there is: for them nothing is the better guess.
  private func reliable(_ path: [Stretch]) -> [Stretch] {
    let allowed = Self.allowedGap(path)
    return path.filter { abs($0.gap) <= max(allowed, abs($0.scores.upper - $0.scores.lower)) }
      .sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  private func quadrature(of width: Double) -> Quadrature { width < Self.narrow ? quadratures.narrow : quadratures.wide }

  // MARK: Points

  /// Finds what the ids contribute on new stretches.
  private func measure(_ stretches: inout [(record: Int, stretch: Stretch)], _ input: AttributedChain.Input, _ labels: [Int]) throws
  {
    for i in stretches.indices {
      stretches[i].stretch.contributions = input.places.map { [Double](repeating: 0, count: $0.idCount(of: stretches[i].record)) }
    }
    var points: [Point] = []
    // Of each point the stretch, and how much it counts.
    var owners: [(stretch: Int, weight: Double)] = []
    for (i, (record, stretch)) in stretches.enumerated() {
      let quadrature = quadrature(of: stretch.width)
      for (point, weight) in zip(quadrature.points, quadrature.weights) {
        points.append(Point(record: record, factor: stretch.range.lowerBound + point * stretch.width))
        owners.append((i, weight * stretch.width))
      }
    }
    for batch in batches(points, input.value) {
      let products = try products(input, Array(points[batch]), labels)
      for (part, (values, places)) in zip(products, input.places).enumerated() {
        var next = 0
        for i in batch {
          let (owner, weight) = owners[i]
          let ids = places.idCount(of: points[i].record)
          for id in 0..<ids { stretches[owner].stretch.contributions[part][id] += weight * Double(values[next + id]) }
          next += ids
        }
      }
    }
  }

  /// The scores at some points.
  private func scores(_ input: AttributedChain.Input, _ points: [Point], _ labels: [Int]) throws -> [Double] {
    try batches(points, input.value).flatMap { batch in
      let predictions = try evaluate(input, points[batch]).predictions
      return batch.enumerated().map { LogOdds.score(predictions, record: $0, label: labels[points[$1].record]) }
    }
  }

  /// By array, for the ids of all points, in their order.
  private func products(_ input: AttributedChain.Input, _ points: [Point], _ labels: [Int]) throws -> [[Float]] {
    let (predictions, products) = try evaluate(input, points[...])
    return try products(
      points.indices.flatMap { LogOdds.gradient(predictions, record: $0, label: labels[points[$0].record]) })
  }

  private func evaluate(
    _ input: AttributedChain.Input, _ points: ArraySlice<Point>
  ) throws -> (predictions: Predictions, products: AttributedChain.Products) {
    func gather<V: DifferentiableValue>(_ value: V) -> any StageValue { value[points.map(\.record)] as V }
    let (output, products) = try chain.scaled(gather(input.value), by: points.map { Float($0.factor) })
    guard let predictions = output as? Predictions else { throw AttributionError.noPrediction(type(of: output).kind) }
    return (predictions, products)
  }

  private func batches(_ points: [Point], _ input: any DifferentiableValue) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var (start, steps) = (0, 0)
    for (i, point) in points.enumerated() {
      let length = input.length(of: point.record)
      if i > start, i - start >= Self.batchRecords || steps + length > Self.batchSteps {
        batches.append(start..<i)
        (start, steps) = (i, 0)
      }
      steps += length
    }
    if start < points.count { batches.append(start..<points.count) }
    return batches
  }
}

extension TextPlaces {
  fileprivate func idCount(of record: Int) -> Int { starts[record + 1] - starts[record] }
}
