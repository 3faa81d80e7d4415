public import HanpipeCore

#if canImport(Glibc)
  import Glibc
#endif

/// How good predictions are against the truth.
public struct ClassificationReport: Sendable, Equatable {
  /// The figures of one label.
  public struct Label: Sendable, Equatable {
    public let name: String
    /// Of the records given the label, the share that has it; 0 if none was given it.
    public let precision: Double
    /// Of the records that have the label, the share that was given it; 0 if none has it.
    public let recall: Double
    /// The harmonic mean of both.
    public let f1: Double
    /// The records that have the label.
    public let support: Int
    /// The records that were given the label.
    public let answered: Int
    /// Of those, the records that have it.
    public let right: Int
    /// Against all other labels; nil without records on both sides.
    public let rocAUC: Double?
  }

  public let task: Predictions.Task
  public let count: Int
  /// The share of records whose labels are all right.
  public let accuracy: Double
  /// The mean over records (multi-label: and labels) of −ln of the probability of what is true, cut at 1e-15.
  public let logLoss: Double
  public let labels: [Label]
  /// Row: the truth; column: the answer. Empty for multi-label.
  public let confusion: [[Int]]

  /// The mean of the labels' F1.
  public var macroF1: Double { labels.map(\.f1).reduce(0, +) / Double(max(1, labels.count)) }
  /// The precision of all answered labels together: Σ right / Σ answered; 0 if none was.
  public var microPrecision: Double { Double(sum(\.right)) / Double(max(1, sum(\.answered))) }
  /// The recall of all true labels together: Σ right / Σ support.
  public var microRecall: Double { Double(sum(\.right)) / Double(max(1, sum(\.support))) }
  /// The harmonic mean of both. Of labels that exclude each other, all three are the accuracy.
  public var microF1: Double { 2 * Double(sum(\.right)) / Double(max(1, sum(\.answered) + sum(\.support))) }
  /// The share of all records' labels that are wrong: given and not true, or true and not given.
  public var hammingLoss: Double {
    Double(sum(\.answered) + sum(\.support) - 2 * sum(\.right)) / Double(max(1, count * labels.count))
  }
  private func sum(_ figure: (Label) -> Int) -> Int { labels.reduce(0) { $0 + figure($1) } }
  /// The mean of the labels' F1, weighted by support.
  public var weightedF1: Double {
    let total = labels.map(\.support).reduce(0, +)
    return labels.map { $0.f1 * Double($0.support) }.reduce(0, +) / Double(max(1, total))
  }
  /// For two exclusive labels that of the second, else the mean of the labels'; nil without records on both sides.
  public var rocAUC: Double? {
    if task == .binary { return labels[1].rocAUC }
    let known = labels.compactMap(\.rocAUC)
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }
}

/// Counts predictions batch by batch: what is kept grows by a few floats a record.
public struct ClassificationCounter: Sendable {
  public let task: Predictions.Task
  public let names: [String]
  /// B×C, row by row.
  public private(set) var probabilities: [Float] = []
  public private(set) var truths: [[Int]] = []
  public private(set) var answers: [[Int]] = []
  /// How sure each answer is; see `Predictions.certainty`.
  public private(set) var certainties: [Float] = []

  public init(task: Predictions.Task, labels: [String]) {
    self.task = task
    names = labels
  }
  public var count: Int { truths.count }

  /// - Precondition: one truth for each prediction.
  public mutating func add(_ predictions: Predictions, truths: some Collection<[Int]>) {
    precondition(predictions.count == truths.count, "a truth for each prediction")
    probabilities.append(contentsOf: predictions.probabilities)
    let answers = (0..<predictions.count).map(predictions.decision)
    certainties.append(contentsOf: answers.indices.map { predictions.certainty(of: answers[$0], record: $0) })
    self.answers.append(contentsOf: answers)
    self.truths.append(contentsOf: truths)
  }

  public func report() -> ClassificationReport {
    var confusion = task == .multiLabel ? [] : names.map { _ in names.map { _ in 0 } }
    if task != .multiLabel {
      for (truth, answer) in zip(truths, answers) {
        if let t = truth.first, let a = answer.first { confusion[t][a] += 1 }
      }
    }
    let right = (0..<count).count(where: isRight)
    return ClassificationReport(
      task: task, count: count, accuracy: Double(right) / Double(max(1, count)), logLoss: logLoss(),
      labels: names.indices.map(label), confusion: confusion)
  }

  private func label(_ c: Int) -> ClassificationReport.Label {
    let has = truths.map { $0.contains(c) }
    let given = answers.map { $0.contains(c) }
    let right = zip(has, given).count { $0 && $1 }
    let support = has.count { $0 }
    let answered = given.count { $0 }
    let precision = answered == 0 ? 0 : Double(right) / Double(answered)
    let recall = support == 0 ? 0 : Double(right) / Double(support)
    let scores = scores(of: c)
    return ClassificationReport.Label(
      name: names[c], precision: precision, recall: recall,
      f1: precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall), support: support,
      answered: answered, right: right, rocAUC: HanpipeTraining.rocAUC(scores: scores, isPositive: has))
  }

  func logLoss() -> Double { (0..<count).reduce(0) { $0 + logLoss(of: $1) } / Double(max(1, count)) }

  func logLoss(of record: Int) -> Double {
    func loss(_ p: Float) -> Double { -log(min(1, max(1e-15, Double(p)))) }
    let row = probabilities(of: record)
    guard task == .multiLabel else { return truths[record].first.map { loss(row[row.startIndex + $0]) } ?? 0 }
    return names.indices.reduce(0) { sum, c in
      let p = row[row.startIndex + c]
      return sum + loss(truths[record].contains(c) ? p : 1 - p) / Double(names.count)
    }
  }

  public func probabilities(of record: Int) -> ArraySlice<Float> {
    probabilities[record * names.count..<(record + 1) * names.count]
  }
  /// The probability of one label for each record.
  public func scores(of label: Int) -> [Float] { (0..<count).map { probabilities[$0 * names.count + label] } }
  /// Whether the labels of a record are all right.
  public func isRight(_ record: Int) -> Bool { Set(truths[record]) == Set(answers[record]) }
}
