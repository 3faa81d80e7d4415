/// The files that a spec names, as its stages get at them. A stage opens no path of its own.
public struct ResourceReader: Sendable {
  private let read: @Sendable (ResourcePath) throws -> [UInt8]
  private let find: (@Sendable (ResourcePath) throws -> String)?

  /// - Parameters:
  ///   - read: gives a file's content.
  ///   - locate: gives a file's place; nil where the files lie in no file system.
  public init(
    _ read: @escaping @Sendable (ResourcePath) throws -> [UInt8],
    locate: (@Sendable (ResourcePath) throws -> String)? = nil
  ) {
    self.read = read
    find = locate
  }

  /// The content of a file.
  public func callAsFunction(_ path: ResourcePath) throws -> [UInt8] { try read(path) }

  /// The absolute path of a file, without links: for what only the system can open, such as a shared library.
  public func locate(_ path: ResourcePath) throws -> String {
    guard let find else { throw StateError.missing(path.path) }
    return try find(path)
  }

  /// No file to find.
  public static let none = ResourceReader { throw StateError.missing($0.path) }
}
