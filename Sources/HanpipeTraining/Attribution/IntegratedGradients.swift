internal import HanpipeCore

/// Integrated gradients of the scores of some records over the vectors of their ids.
///
/// Along the way from zero vectors to a text's own, a recurrent network's score may jump within a ten-thousandth of the path, where its
/// gradient is as large as the jump is steep: points at fixed places miss it, or hit it and find far too much (of hotel reviews of 150
/// words, 32 points left a gap of up to 85 where the scores differed by 4). So the path is halved where it has to be: on each stretch
/// the contributions must add up to the difference of the scores at its ends, which shows whether its points were enough.
///
/// The points of a stretch include its ends and its middle, so that its halves go on with what is known: each costs one point more, or
/// two (`Lobatto`).
struct IntegratedGradients: Sendable {
  private let chain: AttributedChain
  /// Points of the path of a record at most, beside its two ends.
  private let budget: Int

  /// Steps of text that are computed at once: the states that the way back needs of them are then kept, not computed again (32 MB at
  /// 128 units, both directions; `RecurrentNetwork.keptBytes`).
  private static let batchSteps = 4096
  private static let batchRecords = 1024
  /// The gaps of all stretches together, without their signs, that are good enough: log-odds, and as a share of the scores' difference.
  private static let tolerance = (absolute: 0.01, relative: 0.01)
  /// A stretch that is narrower has three points: the score jumps there, and it will be halved again anyway.
  private static let narrow = 1.0 / 16
  /// Below it a factor, which is a float32, has too few digits.
  private static let shortest = 0x1p-18

  /// - Parameter steps: points of the path of a record at most, beside its two ends.
  init(_ chain: AttributedChain, steps: Int) {
    self.chain = chain
    budget = steps
  }

  /// A point of the path of a record.
  private struct Point {
    let factor: Double
    var score = 0.0
    /// The score's derivative: the sum of all products.
    var slope = 0.0
    /// By array of products, then by id of the record.
    var products: [[Float]] = []
  }

  /// A stretch of a path: its points, by their numbers, from the lower end to the upper one.
  private struct Stretch {
    let points: [Int]
    var rule: Lobatto { Lobatto.rule(of: points.count) }
  }

  /// The path of a record, as far as it is known.
  private struct Path {
    var points: [Point] = []
    var stretches: [Stretch] = []

    func width(_ stretch: Stretch) -> Double {
      points[stretch.points[stretch.points.count - 1]].factor - points[stretch.points[0]].factor
    }
    func difference(_ stretch: Stretch) -> Double {
      points[stretch.points[stretch.points.count - 1]].score - points[stretch.points[0]].score
    }
    /// What the stretch's points do not explain of it.
    func gap(_ stretch: Stretch) -> Double {
      let sum = zip(stretch.points, stretch.rule.weights).reduce(0) { $0 + $1.1 * points[$1.0].slope }
      return difference(stretch) - width(stretch) * sum
    }
    /// The gaps of all stretches together that are good enough.
    var allowedGap: Double {
      let tolerance = IntegratedGradients.tolerance
      return max(tolerance.absolute, tolerance.relative * abs(points[1].score - points[0].score))
    }

    /// Adds a stretch between two points; the new points inside of it come after the others.
    mutating func add(from lower: Int, to upper: Int, _ rule: Lobatto) {
      let (start, width) = (points[lower].factor, points[upper].factor - points[lower].factor)
      let inner = rule.places.dropFirst().dropLast()
      stretches.append(Stretch(points: [lower] + (points.count..<points.count + inner.count) + [upper]))
      points += inner.map { Point(factor: start + $0 * width) }
    }

    /// Halves a stretch that was taken out.
    mutating func halve(_ stretch: Stretch) {
      let rule = IntegratedGradients.rule(width: width(stretch) / 2)
      let (lower, middle, upper) = (stretch.points[0], stretch.points[stretch.points.count / 2], stretch.points[stretch.points.count - 1])
      add(from: lower, to: middle, rule)
      add(from: middle, to: upper, rule)
    }
  }

  private static func rule(width: Double) -> Lobatto { width < narrow ? .three : .five }

  /// For each record its scores at both ends of the path, and for each array of products what the record's ids contribute.
  struct Contributions {
    let score: Double
    let baseline: Double
    let values: [[Double]]
  }

  /// - Parameter labels: which to explain, by record.
  func contributions(_ input: AttributedChain.Input, labels: [Int]) throws -> [Contributions] {
    var paths = labels.map { _ in firstPath() }
    var known = [Int](repeating: 0, count: paths.count)
    while try measure(&paths, from: known, input, labels) {
      for i in paths.indices {
        known[i] = paths[i].points.count
        for stretch in takeRough(&paths[i]) { paths[i].halve(stretch) }
      }
    }
    return paths.map { path in
      Contributions(score: path.points[1].score, baseline: path.points[0].score, values: Self.values(path))
    }
  }

  /// Both ends, and between them as many stretches as the budget allows, four at most.
  private func firstPath() -> Path {
    var path = Path(points: [Point(factor: 0), Point(factor: 1)])
    guard budget >= 3 else {
      path.add(from: 0, to: 1, .three)
      return path
    }
    let count = min(4, (budget + 1) / 4)
    let inner = 1..<count
    path.points += inner.map { Point(factor: Double($0) / Double(count)) }
    let ends = [0] + inner.map { $0 + 1 } + [1]
    for i in 0..<count { path.add(from: ends[i], to: ends[i + 1], .five) }
    return path
  }

  /// Takes those stretches out of a path that are to be halved: the worst, until the others are good enough, or the points are used up.
  private func takeRough(_ path: inout Path) -> [Stretch] {
    let allowed = path.allowedGap
    let gaps = path.stretches.map { abs(path.gap($0)) }
    var left = gaps.reduce(0, +)
    var points = path.points.count - 2
    var taken: Set<Int> = []
    for i in path.stretches.indices.sorted(by: { (gaps[$1], $0) < (gaps[$0], $1) }) {
      // What is not a number does not get better either.
      let width = path.width(path.stretches[i])
      let more = 2 * (Self.rule(width: width / 2).places.count - 2)
      guard left > allowed, points + more <= budget else { break }
      guard width > Self.shortest else { continue }
      taken.insert(i)
      left -= gaps[i]
      points += more
    }
    let rough = taken.sorted().map { path.stretches[$0] }
    path.stretches = path.stretches.indices.filter { !taken.contains($0) }.map { path.stretches[$0] }
    return rough
  }

  /// What each id contributes, but for stretches whose points hit a jump and found more than there is: for them nothing is the better
  /// guess.
  private static func values(_ path: Path) -> [[Double]] {
    let allowed = path.allowedGap
    var weights = [Double](repeating: 0, count: path.points.count)
    for stretch in path.stretches where abs(path.gap(stretch)) <= max(allowed, abs(path.difference(stretch))) {
      for (point, weight) in zip(stretch.points, stretch.rule.weights) { weights[point] += weight * path.width(stretch) }
    }
    var values = path.points[0].products.map { [Double](repeating: 0, count: $0.count) }
    for (point, weight) in zip(path.points, weights) where weight != 0 {
      for (part, products) in point.products.enumerated() {
        for i in products.indices { values[part][i] += weight * Double(products[i]) }
      }
    }
    return values
  }

  // MARK: Points

  /// Computes the points that are new.
  /// - Parameter known: of each path so many points are known.
  /// - Returns: whether there were any.
  private func measure(_ paths: inout [Path], from known: [Int], _ input: AttributedChain.Input, _ labels: [Int]) throws -> Bool {
    let new = paths.indices.flatMap { record in (known[record]..<paths[record].points.count).map { (record: record, point: $0) } }
    for batch in batches(new.map(\.record), input.value) {
      let points = new[batch]
      let records = points.map(\.record)
      func gather<V: DifferentiableValue>(_ value: V) -> any StageValue { value[records] as V }
      let (output, products) = try chain.scaled(
        gather(input.value), by: points.map { Float(paths[$0.record].points[$0.point].factor) })
      guard let predictions = output as? Predictions else { throw AttributionError.noPrediction(type(of: output).kind) }
      let arrays = try products(records.enumerated().flatMap { LogOdds.gradient(predictions, record: $0, label: labels[$1]) })
      var next = arrays.map { _ in 0 }
      for (i, (record, point)) in points.enumerated() {
        paths[record].points[point].score = LogOdds.score(predictions, record: i, label: labels[record])
        for (part, places) in input.places.enumerated() {
          let own = arrays[part][next[part]..<next[part] + places.idCount(of: record)]
          next[part] = own.endIndex
          paths[record].points[point].slope += own.reduce(0) { $0 + Double($1) }
          paths[record].points[point].products.append(Array(own))
        }
      }
    }
    return !new.isEmpty
  }

  private func batches(_ records: [Int], _ input: any DifferentiableValue) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var (start, steps) = (0, 0)
    for (i, record) in records.enumerated() {
      let length = input.length(of: record)
      if i > start, i - start >= Self.batchRecords || steps + length > Self.batchSteps {
        batches.append(start..<i)
        (start, steps) = (i, 0)
      }
      steps += length
    }
    if start < records.count { batches.append(start..<records.count) }
    return batches
  }
}

extension TextPlaces {
  fileprivate func idCount(of record: Int) -> Int { starts[record + 1] - starts[record] }
}

/// Lobatto's points and weights for an integral from 0 to 1, ends included: exact for polynomials below the degree 2n − 2 (Abramowitz &
/// Stegun 1964, 25.4.32). Three are Simpson's.
struct Lobatto: Sendable {
  let places: [Double]
  let weights: [Double]

  static let three = Lobatto(places: [0, 0.5, 1], weights: [1.0 / 6, 2.0 / 3, 1.0 / 6])
  static let five: Lobatto = {
    let outer = (1 - (3.0 / 7).squareRoot()) / 2
    return Lobatto(places: [0, outer, 0.5, 1 - outer, 1], weights: [1.0 / 20, 49.0 / 180, 16.0 / 45, 49.0 / 180, 1.0 / 20])
  }()
  static func rule(of count: Int) -> Lobatto { count == 3 ? three : five }
}
