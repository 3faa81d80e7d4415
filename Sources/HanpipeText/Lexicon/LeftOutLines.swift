/// The lines of a file that were left out because something is wrong with them: the first ten with what it is, the others counted.
public struct LeftOutLines<Failure: Error & Equatable & CustomStringConvertible>: Sendable, Equatable {
  public private(set) var count = 0
  /// What is wrong with the first of them.
  public private(set) var first: [Failure] = []
  private static var shown: Int { 10 }

  public init() {}
  public mutating func add(_ error: Failure) {
    count += 1
    if count <= Self.shown { first.append(error) }
  }

  /// A line each, for somebody to be told.
  /// - Parameter file: its name.
  public func warnings(_ file: String) -> [String] {
    let others = count - first.count
    return first.map { "\(file): \($0); left out" }
      + (others > 0 ? ["\(file): \(others) more line\(others == 1 ? "" : "s") left out"] : [])
  }
}

extension LeftOutLines: CustomStringConvertible {
  /// All on one line; empty if nothing was left out.
  public var description: String {
    guard count > 0 else { return "" }
    let more = count > first.count ? "; and \(count - first.count) more" : ""
    return "\(count) wrong \(count == 1 ? "line was" : "lines were") left out: "
      + first.map(\.description).joined(separator: "; ") + more
  }
}
