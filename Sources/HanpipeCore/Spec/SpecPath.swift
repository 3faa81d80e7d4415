/// Where in a spec: `stages[4].units`.
public struct SpecPath: Sendable, Hashable, CustomStringConvertible {
  public let description: String
  public init(_ description: String = "") { self.description = description }
  public subscript(key: String) -> SpecPath { SpecPath(description.isEmpty ? key : description + "." + key) }
  public subscript(index: Int) -> SpecPath { SpecPath(description + "[\(index)]") }
}
