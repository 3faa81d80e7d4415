/// H floats a step, for each record's steps; ragged, padding not stored.
///
/// Two batches match if their floats agree to 1e-4 (relative above 1).
public struct Sequences: DifferentiableValue {
  /// As `values`.
  public typealias Gradient = [Float]
  public static let kind: ValueKind = "sequence"

  /// Row `starts[i] + t` of H floats is step `t` of record `i`.
  public var values: [Float]
  /// In rows: record `i` has the rows `starts[i]..<starts[i + 1]`.
  public var starts: [Int]
  /// H.
  public var width: Int

  /// - Precondition: `values` holds `starts.last` rows of `width` floats.
  public init(values: [Float], starts: [Int], width: Int) {
    precondition(values.count == (starts.last ?? 0) * width, "rows of \(width) floats, \(starts.last ?? 0) of them")
    self.values = values
    self.starts = starts
    self.width = width
  }
  public var count: Int { starts.count - 1 }
  public func length(of record: Int) -> Int { starts[record + 1] - starts[record] }
  public var lengths: [Int] { (0..<count).map { starts[$0 + 1] - starts[$0] } }
  public subscript(records: Range<Int>) -> Sequences {
    let base = starts[records.lowerBound]
    return Sequences(
      values: Array(values[base * width..<starts[records.upperBound] * width]),
      starts: starts[records.lowerBound...records.upperBound].map { $0 - base }, width: width)
  }
  public subscript(records: [Int]) -> Sequences {
    var starts = [0]
    var values: [Float] = []
    for record in records {
      values.append(contentsOf: self.values[self.starts[record] * width..<self.starts[record + 1] * width])
      starts.append(starts[starts.count - 1] + self.starts[record + 1] - self.starts[record])
    }
    return Sequences(values: values, starts: starts, width: width)
  }
  public static func joined(_ parts: [Sequences]) -> Sequences? {
    guard let width = parts.first?.width, parts.allSatisfy({ $0.width == width }) else { return nil }
    var starts = [0]
    for part in parts { starts += part.starts.dropFirst().map { [base = starts[starts.count - 1]] in base + $0 } }
    return Sequences(values: Array(parts.map(\.values).joined()), starts: starts, width: width)
  }
  public func matches(_ other: Sequences) -> Bool {
    width == other.width && starts == other.starts && approximatelyEqual(values, other.values)
  }
}

/// B×H float32, row by row.
///
/// Two batches match if their floats agree to 1e-4 (relative above 1).
public struct Vectors: DifferentiableValue {
  /// As `values`.
  public typealias Gradient = [Float]
  public static let kind: ValueKind = "vectors"

  public var values: [Float]
  /// H.
  public var width: Int
  public let count: Int

  /// - Precondition: `values` holds `count` rows of `width` floats.
  public init(values: [Float], width: Int, count: Int) {
    precondition(values.count == width * count, "\(count) rows of \(width) floats")
    self.values = values
    self.width = width
    self.count = count
  }
  public subscript(records: Range<Int>) -> Vectors {
    Vectors(
      values: Array(values[records.lowerBound * width..<records.upperBound * width]), width: width, count: records.count)
  }
  public subscript(records: [Int]) -> Vectors {
    var values: [Float] = []
    values.reserveCapacity(records.count * width)
    for record in records { values.append(contentsOf: self.values[record * width..<(record + 1) * width]) }
    return Vectors(values: values, width: width, count: records.count)
  }
  public static func joined(_ parts: [Vectors]) -> Vectors? {
    guard let width = parts.first?.width, parts.allSatisfy({ $0.width == width }) else { return nil }
    return Vectors(
      values: Array(parts.map(\.values).joined()), width: width, count: parts.map(\.count).reduce(0, +))
  }
  public func matches(_ other: Vectors) -> Bool {
    width == other.width && count == other.count && approximatelyEqual(values, other.values)
  }
}
