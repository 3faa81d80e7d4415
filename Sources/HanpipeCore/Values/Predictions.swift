/// What a classifier says: for each record the probability of each of C labels.
///
/// Two batches match if labels and decisions' kind are the same and probabilities agree to 1e-4.
public struct Predictions: DifferentiableValue {
  /// With respect to `logits`.
  public typealias Gradient = [Float]
  public static let kind: ValueKind = "prediction"

  /// How probabilities become an answer.
  public enum Task: String, Sendable, CaseIterable, SettingValue {
    /// One logit; the second label from `threshold` up, else the first.
    case binary
    /// C logits; the likeliest label.
    case multiClass = "multi-class"
    /// C logits; every label from `threshold` up, none perhaps.
    case multiLabel = "multi-label"
  }

  public let task: Task
  public let labels: [String]
  /// B×K, row by row; K is 1 for `binary`, else C.
  public let logits: [Float]
  /// B×C, row by row.
  public let probabilities: [Float]
  /// From which probability a label is given; not used by `multi-class`.
  public let threshold: Float
  public let count: Int

  /// - Parameter probabilities: B×K; for `binary` those of the second label.
  /// - Precondition: there are labels, two for `binary`, and B×K of both logits and probabilities.
  public init(task: Task, labels: [String], logits: [Float], probabilities: [Float], threshold: Float = 0.5) {
    precondition(task == .binary ? labels.count == 2 : !labels.isEmpty, "\(labels.count) labels for \(task)")
    precondition(
      logits.count == probabilities.count && (task == .binary || logits.count.isMultiple(of: labels.count)),
      "\(logits.count) logits and \(probabilities.count) probabilities of \(labels.count) labels")
    self.task = task
    self.labels = labels
    self.logits = logits
    self.threshold = threshold
    count = logits.count / (task == .binary ? 1 : labels.count)
    self.probabilities = task == .binary ? probabilities.flatMap { [1 - $0, $0] } : probabilities
  }

  private init(_ whole: Predictions, _ records: some Collection<Int>) {
    task = whole.task
    labels = whole.labels
    threshold = whole.threshold
    count = records.count
    let k = whole.logitWidth
    let c = labels.count
    logits = records.flatMap { whole.logits[$0 * k..<($0 + 1) * k] }
    probabilities = records.flatMap { whole.probabilities[$0 * c..<($0 + 1) * c] }
  }

  /// K.
  public var logitWidth: Int { task == .binary ? 1 : labels.count }
  public subscript(records: Range<Int>) -> Predictions { Predictions(self, records) }
  public subscript(records: [Int]) -> Predictions { Predictions(self, records) }
  public static func joined(_ parts: [Predictions]) -> Predictions? {
    guard let first = parts.first,
      parts.allSatisfy({ $0.task == first.task && $0.labels == first.labels && $0.threshold == first.threshold })
    else { return nil }
    return Predictions(joining: parts, like: first)
  }
  private init(joining parts: [Predictions], like first: Predictions) {
    task = first.task
    labels = first.labels
    threshold = first.threshold
    count = parts.map(\.count).reduce(0, +)
    logits = Array(parts.map(\.logits).joined())
    probabilities = Array(parts.map(\.probabilities).joined())
  }
  public func probabilities(of record: Int) -> ArraySlice<Float> {
    probabilities[record * labels.count..<(record + 1) * labels.count]
  }

  /// The labels given to a record, by number: one, or for `multi-label` any number. Of equal probabilities the first wins.
  public func decision(of record: Int) -> [Int] {
    let row = Array(probabilities(of: record))
    switch task {
    case .binary: return [row[1] >= threshold ? 1 : 0]
    case .multiLabel: return row.indices.filter { row[$0] >= threshold }
    case .multiClass: return row.indices.max { (row[$0], -$0) < (row[$1], -$1) }.map { [$0] } ?? []
    }
  }

  public func matches(_ other: Predictions) -> Bool {
    task == other.task && labels == other.labels && count == other.count
      && approximatelyEqual(probabilities, other.probabilities)
  }
}
