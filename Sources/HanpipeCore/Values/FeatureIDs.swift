/// K ids a step: what is known of each token beside its own id, such as the n-grams around it; ragged, in one array.
///
/// How many different ids there are is in the shape (`ValueShape.vocabularySize`).
public struct FeatureIDs: DifferentiableValue, Equatable {
  public typealias Gradient = NoGradient
  public static let kind: ValueKind = "features"
  /// Stands where a step has no id in a slot.
  public static let none: Int32 = -1

  /// The ids of step `s`, counted over all records, are `ids[s·slots..<(s + 1)·slots]`.
  public private(set) var ids: [Int32]
  /// In steps: record `i` has the steps `starts[i]..<starts[i + 1]`.
  public private(set) var starts: [Int]
  /// K.
  public let slots: Int

  public init(slots: Int) {
    self.slots = slots
    ids = []
    starts = [0]
  }

  /// - Precondition: `ids` has K for each of the steps that `starts` counts.
  public init(_ ids: [Int32], starts: [Int], slots: Int) {
    precondition(ids.count == (starts.last ?? -1) * slots, "\(ids.count) ids for \(starts.last ?? -1) steps of \(slots)")
    (self.ids, self.starts, self.slots) = (ids, starts, slots)
  }

  /// Appends the next record.
  /// - Precondition: `ids` has K for each of its steps.
  public mutating func append(_ ids: some Collection<Int32>) {
    precondition(ids.count % max(1, slots) == 0, "\(ids.count) ids for steps of \(slots)")
    self.ids.append(contentsOf: ids)
    starts.append(self.ids.count / max(1, slots))
  }

  public var count: Int { starts.count - 1 }
  public func length(of record: Int) -> Int { starts[record + 1] - starts[record] }
  /// A record's ids, step by step.
  public func ids(of record: Int) -> ArraySlice<Int32> { ids[starts[record] * slots..<starts[record + 1] * slots] }

  public subscript(records: Range<Int>) -> FeatureIDs { self[Array(records)] }
  public subscript(records: [Int]) -> FeatureIDs {
    var part = FeatureIDs(slots: slots)
    for record in records { part.append(ids(of: record)) }
    return part
  }
  public static func joined(_ parts: [FeatureIDs]) -> FeatureIDs? {
    guard let slots = parts.first?.slots, parts.allSatisfy({ $0.slots == slots }) else { return nil }
    var result = FeatureIDs(slots: slots)
    for part in parts { for record in 0..<part.count { result.append(part.ids(of: record)) } }
    return result
  }
}
