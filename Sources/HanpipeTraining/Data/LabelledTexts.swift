public import HanpipeCore

/// Texts with the labels that people gave them.
public struct LabelledTexts: Sendable {
  public var texts: Texts
  /// For each record its labels, as numbers into the classifier's list: exactly one, or for multi-label any number.
  public var labels: [[Int]]

  public init(texts: Texts = Texts(), labels: [[Int]] = []) {
    self.texts = texts
    self.labels = labels
  }
  public var count: Int { labels.count }

  public subscript(records: [Int]) -> LabelledTexts {
    var part = LabelledTexts()
    for record in records {
      part.texts.append(texts.utf8(of: record))
      part.labels.append(labels[record])
    }
    return part
  }

  /// How many records have each of `count` labels.
  public func counts(labels count: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    for label in labels.joined() { counts[label] += 1 }
    return counts
  }

  /// Cuts off a validation part: a share of each label's records, drawn by `seed`.
  ///
  /// - Parameter share: from 0 to below 1 of the records; at least one record stays on each side if there are two.
  public func split(share: Double, seed: UInt64) -> (training: LabelledTexts, validation: LabelledTexts) {
    guard share > 0, count > 1 else { return (self, LabelledTexts()) }
    var generator = SeededGenerator(seed: seed, 0x5350_4C49)
    var groups: [[Int]: [Int]] = [:]
    for record in 0..<count { groups[labels[record], default: []].append(record) }
    var held: Set<Int> = []
    let isExclusive = labels.allSatisfy { $0.count == 1 }
    // Of labels that do not exclude each other, many sets of them are rare: what rounding leaves of one is carried on to the next.
    var carried = 0.0
    for key in groups.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let group = (groups[key] ?? []).shuffled(using: &generator)
      let due = Double(group.count) * share + carried
      let taken = min(group.count, max(0, Int(due.rounded())))
      if !isExclusive { carried = due - Double(taken) }
      held.formUnion(group.prefix(taken))
    }
    if held.isEmpty { held.insert(Int.random(in: 0..<count, using: &generator)) }
    let training = (0..<count).filter { !held.contains($0) }
    guard !training.isEmpty else { return (self, LabelledTexts()) }
    return (self[training], self[held.sorted()])
  }
}
