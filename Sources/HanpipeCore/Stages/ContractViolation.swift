/// A conformer that broke its promise.
public enum ContractViolation: Error, Equatable, CustomStringConvertible {
  case recordCount(expected: Int, found: Int)
  case valueType(expected: String, found: String)
  /// A byte range that is outside of its text, cuts a character, is empty, or does not come after the one before.
  case badRange(record: Int, Range<Int>)

  public var description: String {
    switch self {
    case .recordCount(let expected, let found): "the stage gave \(found) records for \(expected)"
    case .valueType(let expected, let found): "expected \(expected), found \(found)"
    case .badRange(_, let range):
      "the stage gave the byte range \(range.lowerBound)..<\(range.upperBound), which is empty, outside of the text, inside a"
        + " character, or not after the one before; bytes count from the beginning of the record's text"
    }
  }
}
