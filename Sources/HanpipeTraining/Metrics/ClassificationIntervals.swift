import HanpipeCore

/// How far the figures of a `ClassificationReport` may be off, with a confidence of 95 %.
///
/// Shares (accuracy, precision, recall) have Wilson's interval; the others the middle 95 % of bootstrap samples. The expected
/// calibration error has none: drawn records make every bin a little wronger than it is, so the samples lie above the figure.
public struct ClassificationIntervals: Sendable, Equatable {
  public struct Label: Sendable, Equatable {
    public let precision: ClosedRange<Double>?
    public let recall: ClosedRange<Double>?
    public let f1: ClosedRange<Double>?
    public let rocAUC: ClosedRange<Double>?
  }
  public static let confidence = Bootstrap.confidence

  public let seed: UInt64
  public let samples: Int
  public let accuracy: ClosedRange<Double>?
  public let logLoss: ClosedRange<Double>?
  public let rocAUC: ClosedRange<Double>?
  public let macroF1: ClosedRange<Double>?
  public let weightedF1: ClosedRange<Double>?
  public let labels: [Label]

  /// - Complexity: O(records · labels) for each of up to 1,000 samples.
  public init(_ counter: ClassificationCounter, seed: UInt64, threads: Int) throws {
    let columns = CountedColumns(counter)
    let bootstrap = Bootstrap(records: counter.count, seed: seed, work: counter.names.count, threads: threads)
    let drawn = try counter.count > 1 ? bootstrap.map(columns.figures) : []
    self.seed = seed
    samples = drawn.count
    accuracy = wilsonInterval((0..<counter.count).count(where: counter.isRight), of: counter.count)
    func interval(_ figure: (DrawnFigures) -> Double?) -> ClosedRange<Double>? { Bootstrap.interval(of: drawn.compactMap(figure)) }
    logLoss = interval(\.logLoss)
    rocAUC = interval { $0.rocAUC(counter.task) }
    macroF1 = interval(\.macroF1)
    weightedF1 = interval(\.weightedF1)
    let all = columns.counts([UInt8](repeating: 1, count: counter.count))
    labels = counter.names.indices.map { c in
      Label(
        precision: wilsonInterval(all.both[c], of: all.given[c]), recall: wilsonInterval(all.both[c], of: all.has[c]),
        f1: interval { $0.f1[c] }, rocAUC: interval { $0.rocAUC[c] })
    }
  }
}

/// The figures of one sample.
private struct DrawnFigures: Sendable {
  var logLoss = 0.0
  var f1: [Double] = []
  var support: [Int] = []
  var rocAUC: [Double?] = []

  var macroF1: Double { f1.reduce(0, +) / Double(max(1, f1.count)) }
  var weightedF1: Double {
    zip(f1, support).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(max(1, support.reduce(0, +)))
  }
  func rocAUC(_ task: Predictions.Task) -> Double? {
    if task == .binary { return rocAUC[1] }
    let known = rocAUC.compactMap { $0 }
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }
}

/// What was counted, laid out so that a sample's figures take one pass.
private struct CountedColumns: Sendable {
  /// A ragged list of labels for each record.
  struct Lists: Sendable {
    var starts: [Int] = [0]
    var labels: [Int] = []
    init(_ lists: some Sequence<[Int]>) {
      for list in lists {
        labels += list
        starts.append(labels.count)
      }
    }
    func add(to counts: inout [Int], _ weights: [UInt8]) {
      for record in weights.indices where weights[record] > 0 {
        for i in starts[record]..<starts[record + 1] { counts[labels[i]] += Int(weights[record]) }
      }
    }
  }
  let classes: Int
  let has: Lists
  let given: Lists
  let both: Lists
  let losses: [Double]
  /// For each label the records by rising probability.
  let ranks: [RankedRecords]

  init(_ counter: ClassificationCounter) {
    classes = counter.names.count
    has = Lists(counter.truths)
    given = Lists(counter.answers)
    both = Lists(zip(counter.truths, counter.answers).map { truth, answer in truth.filter(answer.contains) })
    losses = (0..<counter.count).map(counter.logLoss(of:))
    ranks = counter.names.indices.map { c in
      RankedRecords(scores: counter.scores(of: c), isPositive: counter.truths.map { $0.contains(c) })
    }
  }

  func counts(_ weights: [UInt8]) -> (has: [Int], given: [Int], both: [Int]) {
    func count(_ lists: Lists) -> [Int] {
      var counts = [Int](repeating: 0, count: classes)
      lists.add(to: &counts, weights)
      return counts
    }
    return (count(has), count(given), count(both))
  }

  func figures(_ weights: [UInt8]) -> DrawnFigures {
    let (has, given, both) = counts(weights)
    var (loss, total) = (0.0, 0)
    for record in weights.indices {
      loss += losses[record] * Double(weights[record])
      total += Int(weights[record])
    }
    return DrawnFigures(
      logLoss: loss / Double(max(1, total)),
      f1: has.indices.map { c in has[c] + given[c] == 0 ? 0 : 2 * Double(both[c]) / Double(has[c] + given[c]) },
      support: has, rocAUC: ranks.map { $0.area(weights) })
  }
}
