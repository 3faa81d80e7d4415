/// One tag a step, as a number into `names`; ragged.
///
/// Two batches match if names and tags are the same; `scores`, from which the tags were decoded, are not compared.
public struct Tags: DifferentiableValue, Equatable {
  /// With respect to `scores`, of the same shape.
  public typealias Gradient = TagScores
  public static let kind: ValueKind = "tags"

  public let names: [String]
  public private(set) var values: [Int32] = []
  /// Record `i` has the tags `starts[i]..<starts[i + 1]`.
  public private(set) var starts: [Int] = [0]
  /// What a tagger weighed the tags by; nil for tags that people gave.
  public private(set) var scores: TagScores?

  /// No record yet: append them in order.
  public init(names: [String]) { self.names = names }

  /// What a tagger answers.
  /// - Precondition: a tag for each step of `scores`, numbers in `names`, and `starts` that cover them.
  public init(names: [String], values: [Int32], starts: [Int], scores: TagScores) {
    precondition(starts.first == 0 && starts.last == values.count, "starts of \(starts.last ?? 0) tags for \(values.count)")
    precondition(
      scores.tagCount == names.count && scores.steps.count == values.count * names.count, "scores of another shape")
    precondition(values.allSatisfy { $0 >= 0 && Int($0) < names.count }, "a tag without a name")
    (self.names, self.values, self.starts, self.scores) = (names, values, starts, scores)
  }

  public var count: Int { starts.count - 1 }

  /// - Precondition: the tags are numbers in `names`.
  public mutating func append(_ record: some Sequence<Int32>) {
    values.append(contentsOf: record)
    starts.append(values.count)
    scores = nil
  }
  /// One record's tags.
  public func tags(of record: Int) -> ArraySlice<Int32> { values[starts[record]..<starts[record + 1]] }

  public subscript(records: Range<Int>) -> Tags { self[Array(records)] }
  public subscript(records: [Int]) -> Tags {
    var part = Tags(names: names)
    for record in records { part.append(tags(of: record)) }
    guard var scores else { return part }
    let k = names.count
    scores.steps = records.flatMap { scores.steps[starts[$0] * k..<starts[$0 + 1] * k] }
    part.scores = scores
    return part
  }

  /// Tags of one tagger (or of none) belong together.
  public static func joined(_ parts: [Tags]) -> Tags? {
    guard let first = parts.first,
      parts.allSatisfy({ $0.names == first.names && $0.scores?.transitions == first.scores?.transitions })
    else { return nil }
    var whole = Tags(names: first.names)
    for part in parts { for record in 0..<part.count { whole.append(part.tags(of: record)) } }
    if var scores = first.scores {
      scores.steps = parts.flatMap { $0.scores?.steps ?? [] }
      whole.scores = scores
    }
    return whole
  }

  public func matches(_ other: Tags) -> Bool { names == other.names && values == other.values && starts == other.starts }
}

/// The scores of a linear-chain model: a path y of a record's T steps scores
/// starts[y₁] + Σ steps[t, y_t] + Σ transitions[y_t, y_t₊₁] + ends[y_T], and is impossible where one of these is -∞.
public struct TagScores: Sendable, Equatable {
  /// N×K, row by row: every step of every record.
  public var steps: [Float]
  /// K×K: row from, column to.
  public var transitions: [Float]
  /// K: of beginning with each tag.
  public var starts: [Float]
  /// K: of ending with each tag.
  public var ends: [Float]

  /// - Precondition: the shapes belong to one number K of tags.
  public init(steps: [Float], transitions: [Float], starts: [Float], ends: [Float]) {
    let k = starts.count
    precondition(k > 0 && ends.count == k && transitions.count == k * k && steps.count.isMultiple(of: k), "scores of K tags")
    (self.steps, self.transitions, self.starts, self.ends) = (steps, transitions, starts, ends)
  }
  /// K.
  public var tagCount: Int { starts.count }
}
