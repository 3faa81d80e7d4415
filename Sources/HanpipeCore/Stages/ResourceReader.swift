/// The files that a spec names, as its stages get at them. A stage opens no path of its own.
///
///     let reader = ResourceReader { path in path.path == "words.txt" ? bytes : [] }
///     let bytes = try reader(ResourcePath("words.txt"))
public struct ResourceReader: Sendable {
  private let read: @Sendable (ResourcePath) throws -> [UInt8]
  private let find: (@Sendable (ResourcePath) throws -> String)?
  private let map: (@Sendable (ResourcePath) throws -> any ByteStorage)?
  private let called: (@Sendable (ResourcePath) -> String)?
  /// For stages that would make the same of the files.
  package private(set) var shared: SharedResults?

  /// - Parameters:
  ///   - read: gives a file's content.
  ///   - locate: gives a file's place; nil where the files lie in no file system.
  ///   - map: gives a file's bytes where they lie; nil where they are in memory once they are read.
  ///   - called: gives what a user calls a file; nil where it is called as the spec names it.
  public init(
    _ read: @escaping @Sendable (ResourcePath) throws -> [UInt8],
    locate: (@Sendable (ResourcePath) throws -> String)? = nil,
    map: (@Sendable (ResourcePath) throws -> any ByteStorage)? = nil,
    called: (@Sendable (ResourcePath) -> String)? = nil
  ) {
    self.read = read
    find = locate
    self.map = map
    self.called = called
  }

  /// The content of a file.
  public func callAsFunction(_ path: ResourcePath) throws -> [UInt8] { try read(path) }

  /// The absolute path of a file, without links: for what only the system can open, such as a shared library.
  public func locate(_ path: ResourcePath) throws -> String {
    guard let find else { throw StateError.missing(path.path) }
    return try find(path)
  }

  /// The content of a file that is too large to be copied, where it lies: mapped, if it is on a disk. Whoever keeps it asks for files
  /// that are replaced by renaming only, never written over in place.
  public func mapped(_ path: ResourcePath) throws -> any ByteStorage { try map?(path) ?? AlignedBytes(try read(path)) }

  /// What a user calls a file, for messages.
  public func name(of path: ResourcePath) -> String { called?(path) ?? path.path }

  /// The same reader with a place for what stages make of the files, for as long as the files stay as they are: the making of one chain.
  package func sharingResults() -> ResourceReader {
    var reader = self
    reader.shared = shared ?? SharedResults()
    return reader
  }

  /// A reader of other paths, each turned into one of this reader's.
  public func renaming(_ path: @escaping @Sendable (ResourcePath) throws -> ResourcePath) -> ResourceReader {
    ResourceReader {
      try self(path($0))
    } locate: {
      try locate(path($0))
    } map: {
      try mapped(path($0))
    } called: { file in
      (try? path(file)).map(name) ?? file.path
    }
  }

  /// A reader of one file more, which lies in memory.
  /// - Parameter name: what a user calls it; nil: as the spec names it.
  public func adding(_ file: ResourcePath, _ bytes: [UInt8], called name: String? = nil) -> ResourceReader {
    ResourceReader {
      try $0 == file ? bytes : self($0)
    } locate: {
      try locate($0)
    } map: {
      try $0 == file ? AlignedBytes(bytes) : mapped($0)
    } called: {
      $0 == file ? name ?? file.path : self.name(of: $0)
    }
  }

  /// No file to find.
  public static let none = ResourceReader { throw StateError.missing($0.path) }
}
