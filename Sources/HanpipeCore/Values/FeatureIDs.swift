/// Some ids a step: what is known of each token beside its own id, such as the n-grams around it; ragged twice, in one array.
///
/// How many different ids there are is in the shape (`ValueShape.vocabularySize`).
public struct FeatureIDs: DifferentiableValue, Equatable {
  public typealias Gradient = NoGradient
  public static let kind: ValueKind = "features"

  public private(set) var ids: [Int32] = []
  /// The ids of step `s`, counted over all records, are `ids[bounds[s]..<bounds[s + 1]]`.
  public private(set) var bounds = [0]
  /// In steps: record `i` has the steps `starts[i]..<starts[i + 1]`.
  public private(set) var starts = [0]

  public init() {}

  /// Makes room for so many steps, and ids of them, in all.
  public mutating func reserveCapacity(steps: Int, ids: Int) {
    self.ids.reserveCapacity(ids)
    bounds.reserveCapacity(steps + 1)
  }

  /// Appends the next record.
  /// - Parameters:
  ///   - ids: of its steps, one step after the other.
  ///   - ends: for each step how many of the ids belong to the steps up to it.
  /// - Precondition: `ends` never falls, begins at 0 or above, and ends with the number of ids.
  ///
  /// Not generic: whoever calls is in another module, and would run through witness tables, id by id.
  public mutating func append(_ ids: ArraySlice<Int32>, ends: [Int]) {
    let base = self.ids.count
    var last = 0
    for end in ends {
      precondition(end >= last, "step ends that fall")
      bounds.append(base + end)
      last = end
    }
    precondition(last == ids.count, "\(ids.count) ids for steps that end at \(last)")
    self.ids.append(contentsOf: ids)
    starts.append(bounds.count - 1)
  }

  /// The same steps with those of their ids that are less than a number.
  package func below(_ limit: Int32) -> FeatureIDs {
    var (ids, bounds) = (ids, bounds)
    let kept = Self.keep(&ids, &bounds, below: limit)
    ids.removeSubrange(kept...)
    var result = FeatureIDs()
    (result.ids, result.bounds, result.starts) = (ids, bounds, starts)
    return result
  }

  /// - Returns: how many ids are kept, the first ones then.
  private static func keep(_ ids: inout [Int32], _ bounds: inout [Int], below limit: Int32) -> Int {
    var ids = ids.mutableSpan
    var bounds = bounds.mutableSpan
    var (kept, next) = (0, 0)
    for step in 1..<bounds.count {
      while next < bounds[step] {
        ids[kept] = ids[next]
        // Kept by arithmetic, as no branch can foresee it.
        kept += ids[next] < limit ? 1 : 0
        next += 1
      }
      bounds[step] = kept
    }
    return kept
  }

  public var count: Int { starts.count - 1 }
  public func length(of record: Int) -> Int { starts[record + 1] - starts[record] }
  /// The ids of a step, counted over all records.
  public func ids(ofStep step: Int) -> ArraySlice<Int32> { ids[bounds[step]..<bounds[step + 1]] }

  public subscript(records: Range<Int>) -> FeatureIDs { self[Array(records)] }
  public subscript(records: [Int]) -> FeatureIDs {
    var part = FeatureIDs()
    for record in records { part.append(record, of: self) }
    return part
  }
  public static func joined(_ parts: [FeatureIDs]) -> FeatureIDs? {
    var result = FeatureIDs()
    for part in parts { for record in 0..<part.count { result.append(record, of: part) } }
    return result
  }

  private mutating func append(_ record: Int, of other: FeatureIDs) {
    let steps = other.starts[record]..<other.starts[record + 1]
    let base = other.bounds[steps.lowerBound]
    append(other.ids[base..<other.bounds[steps.upperBound]], ends: steps.map { other.bounds[$0 + 1] - base })
  }
}
