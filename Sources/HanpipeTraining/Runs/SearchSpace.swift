public import HanpipeCore

#if canImport(Glibc)
  import Glibc
#endif

/// Which settings of a spec are tried, and with which values.
///
///     try SearchSpace(["stages[4].units=32,64,128", "training.optimizer.learningRate=0.0001..0.01"])
public struct SearchSpace: Sendable, Equatable {
  /// One setting.
  struct Dimension: Sendable, Equatable {
    /// As in a `SpecAssignment`.
    let path: String
    let values: Values
  }

  enum Values: Sendable, Equatable {
    case list([JSON])
    /// Whole numbers, both ends among them.
    case integers(ClosedRange<Int>, isLogarithmic: Bool)
    case numbers(ClosedRange<Double>, isLogarithmic: Bool)
  }

  /// What is wrong with a text or a file that describes a space.
  public struct Malformed: Error, Equatable, CustomStringConvertible {
    public let description: String
  }

  private(set) var dimensions: [Dimension] = []

  /// - Parameter texts: `PATH=a,b,c` (JSON values, or strings without quotes) or `PATH=from..to`. A range whose ends differ by ten
  ///   times or more is drawn from evenly on a logarithmic scale; one of whole numbers gives whole numbers.
  public init(_ texts: [String]) throws(Malformed) {
    for text in texts { try append(Self.dimension(text)) }
    if dimensions.isEmpty { throw Malformed(description: "no setting to search for; expected PATH=a,b,c or PATH=from..to") }
  }

  /// - Parameter json: an object with a member for each setting, its path: an array of values, or
  ///   `{"from": 0.0001, "to": 0.01, "scale": "log"}`.
  public init(json: JSON) throws(Malformed) {
    guard let object = json.objectValue else {
      throw Malformed(description: "expected an object, such as {\"stages[4].units\": [32, 64]}")
    }
    for (path, value) in object.members { try append(Dimension(path: Self.checked(path), values: Self.values(value, path))) }
    if dimensions.isEmpty { throw Malformed(description: "no setting to search for; the object is empty") }
  }

  private mutating func append(_ dimension: Dimension) throws(Malformed) {
    if dimensions.contains(where: { $0.path == dimension.path }) {
      throw Malformed(description: "\(dimension.path) stands there twice")
    }
    dimensions.append(dimension)
  }

  // MARK: Reading

  private static func checked(_ path: String) throws(Malformed) -> String {
    do throws(SpecAssignment.Malformed) { _ = try SpecAssignment(path + "=0") } catch {
      throw Malformed(description: "\(path): \(error)")
    }
    return path
  }

  private static func dimension(_ text: String) throws(Malformed) -> Dimension {
    // A key in quotes may hold an equals sign of its own.
    let place = text.indices.first { text[$0] == "=" && (try? SpecAssignment(text[..<$0] + "=0")) != nil }
    guard let place else { throw Malformed(description: "\(text): expected PATH=a,b,c or PATH=from..to") }
    let path = String(text[..<place])
    let rest = text[text.index(after: place)...]
    if let dots = rest.firstRange(of: ".."),
      let from = number(rest[..<dots.lowerBound]), let to = number(rest[dots.upperBound...])
    {
      return Dimension(path: path, values: try range(from, to, isLogarithmic: nil, path))
    }
    if let array = (try? JSON(parsing: "[\(rest)]".utf8))?.arrayValue, !array.isEmpty {
      return Dimension(path: path, values: .list(array))
    }
    let values = rest.split(separator: ",", omittingEmptySubsequences: false).map { piece in
      (try? JSON(parsing: piece.utf8)) ?? .string(String(piece))
    }
    guard values.allSatisfy({ $0 != "" }) else { throw Malformed(description: "\(text): a value is missing") }
    return Dimension(path: path, values: .list(values))
  }

  private static func number(_ text: Substring) -> JSON? {
    guard let json = try? JSON(parsing: text.utf8), json.doubleValue != nil else { return nil }
    return json
  }

  private static func values(_ json: JSON, _ path: String) throws(Malformed) -> Values {
    if let array = json.arrayValue {
      if array.isEmpty { throw Malformed(description: "\(path): no value to try") }
      return .list(array)
    }
    let known = ["from", "to", "scale"]
    guard let object = json.objectValue, object.members.allSatisfy({ known.contains($0.key) }), let from = object["from"],
      let to = object["to"], from.doubleValue != nil, to.doubleValue != nil
    else {
      throw Malformed(description: "\(path): expected an array of values, or {\"from\": number, \"to\": number, \"scale\": \"log\"}")
    }
    switch object["scale"] {
    case nil: return try range(from, to, isLogarithmic: nil, path)
    case "log": return try range(from, to, isLogarithmic: true, path)
    case "linear": return try range(from, to, isLogarithmic: false, path)
    case let other?: throw Malformed(description: "\(path): the scale \(other) is not allowed; expected \"log\" or \"linear\"")
    }
  }

  private static func range(_ from: JSON, _ to: JSON, isLogarithmic: Bool?, _ path: String) throws(Malformed) -> Values {
    let (low, high) = (from.doubleValue ?? 0, to.doubleValue ?? 0)
    guard low < high, (high - low).isFinite else {
      throw Malformed(description: "\(path): the range from \(from) to \(to) is empty")
    }
    let isLogarithmic = isLogarithmic ?? (low > 0 && high / low >= 10)
    if isLogarithmic, low <= 0 {
      throw Malformed(description: "\(path): a logarithmic scale begins above 0, not at \(from)")
    }
    if case .integer(let low) = from, case .integer(let high) = to { return .integers(low...high, isLogarithmic: isLogarithmic) }
    return .numbers(low...high, isLogarithmic: isLogarithmic)
  }

  // MARK: Trying

  /// How many combinations there are; nil if they cannot be counted, or are more than a million.
  var combinationCount: Int? {
    var count = 1
    for dimension in dimensions {
      switch dimension.values {
      case .list(let values): count *= values.count
      case .integers(let range, _):
        guard range.count < 1_000_000 else { return nil }
        count *= range.count
      case .numbers: return nil
      }
      if count > 1_000_000 { return nil }
    }
    return count
  }

  /// Different combinations to try: all of them if there are no more than `limit`, else as many, drawn by the seed.
  public func trials(limit: Int, seed: UInt64) -> [[SpecAssignment]] {
    if let count = combinationCount, count <= limit { return (0..<count).map { assignments(combination($0)) } }
    var seen: Set<String> = []
    var trials: [[SpecAssignment]] = []
    // A draw that was there before is drawn again; so many that a small space is nearly exhausted first.
    for draw in 0..<limit * 20 where trials.count < limit {
      var generator = SeededGenerator(seed: seed, 0x5345_4152, UInt64(draw))
      let values = dimensions.map { $0.values.draw(&generator) }
      if seen.insert(JSON.array(values).description).inserted { trials.append(assignments(values)) }
    }
    return trials
  }

  private func combination(_ number: Int) -> [JSON] {
    var rest = number
    // The last setting changes fastest.
    return dimensions.reversed().map { dimension in
      switch dimension.values {
      case .list(let values):
        defer { rest /= values.count }
        return values[rest % values.count]
      case .integers(let range, _):
        defer { rest /= range.count }
        return .integer(range.lowerBound + rest % range.count)
      case .numbers(let range, _): return .number(range.lowerBound)
      }
    }.reversed()
  }

  private func assignments(_ values: [JSON]) -> [SpecAssignment] {
    zip(dimensions, values).compactMap { dimension, value in
      // The path was checked, and the value is JSON.
      try? SpecAssignment("\(dimension.path)=\(value)")
    }
  }
}

extension SearchSpace.Values {
  fileprivate func draw(_ generator: inout SeededGenerator) -> JSON {
    switch self {
    case .list(let values): return values[Int.random(in: 0..<values.count, using: &generator)]
    case .integers(let range, false): return .integer(Int.random(in: range, using: &generator))
    case .integers(let range, true):
      let drawn = Self.logarithmic(Double(range.lowerBound), Double(range.upperBound), &generator)
      return .integer(min(range.upperBound, max(range.lowerBound, Int(drawn.rounded()))))
    case .numbers(let range, false): return .number(Self.short(Double.random(in: range, using: &generator), in: range))
    case .numbers(let range, true):
      return .number(Self.short(Self.logarithmic(range.lowerBound, range.upperBound, &generator), in: range))
    }
  }

  private static func logarithmic(_ low: Double, _ high: Double, _ generator: inout SeededGenerator) -> Double {
    exp(Double.random(in: log(low)...log(high), using: &generator))
  }

  /// Three significant digits, so that the value can be read and typed.
  private static func short(_ value: Double, in range: ClosedRange<Double>) -> Double {
    guard value != 0 else { return 0 }
    let places = 2 - Int(floor(log10(abs(value))))
    // Division by a power of ten gives the double nearest to the digits; multiplication by its inverse may not.
    let scale = pow(10, Double(abs(places)))
    let rounded = places >= 0 ? (value * scale).rounded() / scale : (value / scale).rounded() * scale
    return min(range.upperBound, max(range.lowerBound, rounded))
  }
}
