/// How often each of several labels was given, was true, and both: what F1 is computed from.
struct LabelCounts: Sendable, Equatable {
  /// By label; empty where nothing is counted.
  private(set) var right: [Int] = []
  private(set) var gold: [Int] = []
  private(set) var answered: [Int] = []

  /// Nothing counted.
  init() {}

  /// - Parameter counts: as `counts` gives them.
  init?(_ counts: [[Int]]) {
    guard counts.count == 3, counts.allSatisfy({ $0.count == counts[0].count && $0.allSatisfy { $0 >= 0 } }) else { return nil }
    (right, gold, answered) = (counts[0], counts[1], counts[2])
  }
  var counts: [[Int]] { [right, gold, answered] }
  var isEmpty: Bool { right.isEmpty }

  /// Counts one record of `labels` labels.
  mutating func count(gold: [Int], answer: [Int], labels: Int) {
    if isEmpty { self = LabelCounts(zeros: labels) }
    for label in gold { self.gold[label] += 1 }
    for label in answer {
      answered[label] += 1
      if gold.contains(label) { right[label] += 1 }
    }
  }
  private init(zeros count: Int) {
    right = [Int](repeating: 0, count: count)
    (gold, answered) = (right, right)
  }

  mutating func add(_ other: LabelCounts) {
    if other.isEmpty { return }
    if isEmpty {
      self = other
      return
    }
    for label in right.indices {
      right[label] += other.right[label]
      gold[label] += other.gold[label]
      answered[label] += other.answered[label]
    }
  }

  /// F1 of all labels together.
  var microF1: Double { Self.f1(right.reduce(0, +), gold.reduce(0, +), answered.reduce(0, +)) }
  /// The mean of the labels' F1.
  var macroF1: Double {
    right.indices.reduce(0) { $0 + Self.f1(right[$1], gold[$1], answered[$1]) } / Double(max(1, right.count))
  }
  private static func f1(_ right: Int, _ gold: Int, _ answered: Int) -> Double {
    gold + answered == 0 ? 0 : 2 * Double(right) / Double(gold + answered)
  }
}
