/// The name of a kind of value, as messages and `hanpipe stages` show it.
public struct ValueKind: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { rawValue = value }
  public var description: String { rawValue }
}

/// What flows between two stages: one batch, stored by column.
///
/// A conforming type is named by a plural noun (`Texts`, `Tokens`): it holds `count` records and keeps their order. It is
/// never a reference to something that a later stage may change.
public protocol StageValue: Sendable {
  static var kind: ValueKind { get }
  /// The number of records, B.
  var count: Int { get }
  /// The same values for some of the records.
  subscript(records: Range<Int>) -> Self { get }
  /// How long a record is: the bytes of a text, the steps of what has steps; 1 for the rest, which is the default. What a batch
  /// takes in memory and time grows with the sum.
  func length(of record: Int) -> Int
  /// Whether both hold the same records, floating-point parts to the accuracy that the type documents.
  func matches(_ other: Self) -> Bool
}

extension StageValue {
  public func length(of record: Int) -> Int { 1 }

  /// Cuts all records into batches of at most `records`, whose lengths are together at most `length`; at least one each.
  public func batches(records: Int, length: Int) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var (start, sum) = (0, 0)
    for record in 0..<count {
      let own = self.length(of: record)
      if record > start, record - start >= records || sum + own > length {
        batches.append(start..<record)
        (start, sum) = (record, 0)
      }
      sum += own
    }
    if start < count { batches.append(start..<count) }
    return batches
  }
}

extension StageValue where Self: Equatable {
  public func matches(_ other: Self) -> Bool { self == other }
}

/// A value that gradients can flow back through.
public protocol DifferentiableValue: StageValue {
  /// The type of a gradient with respect to this value; `NoGradient` where the value is discrete.
  associatedtype Gradient: Sendable
  /// The chosen records, in the order in which they are named: how a trainer shuffles.
  subscript(records: [Int]) -> Self { get }
  /// The parts one after the other, or nil if they do not belong together (another width, say) or there is none.
  static func joined(_ parts: [Self]) -> Self?
}

/// The gradient with respect to something that cannot be changed a little.
public struct NoGradient: Sendable, Equatable {
  public init() {}
}

/// What is known of a value before any record comes: what a stage needs to size its parameters.
public struct ValueShape: Sendable, Equatable {
  /// V, the number of ids that a vocabulary gives, the reserved ones included.
  public var vocabularySize: Int?
  /// H, the floats a record (`vectors`) or a step (`sequence`).
  public var width: Int?
  public init(vocabularySize: Int? = nil, width: Int? = nil) {
    self.vocabularySize = vocabularySize
    self.width = width
  }
}

/// Whether two float arrays agree to 1e-4, relative above 1: what a different batch or instruction set may change.
func approximatelyEqual(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { x, y in
      // Infinite only where both are: next to infinity, every difference would be small.
      x == y || (x.isNaN && y.isNaN) || (x.isFinite && y.isFinite && abs(x - y) <= 1e-4 * max(1, abs(x), abs(y)))
    }
}
