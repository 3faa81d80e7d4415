/// Reads the files that a spec names, wherever they lie: stages open no path of their own.
///
///     let reader = ResourceReader { path in path.path == "words.txt" ? bytes : [] }
///     let bytes = try reader(ResourcePath("words.txt"))
public struct ResourceReader: Sendable {
  private let read: @Sendable (ResourcePath) throws -> [UInt8]
  private let map: @Sendable (ResourcePath) throws -> any ByteStorage

  /// A reader whose files are in memory once they are read.
  public init(_ read: @escaping @Sendable (ResourcePath) throws -> [UInt8]) {
    self.init(read: read) { AlignedBytes(try read($0)) }
  }

  /// - Parameter map: gives a file's bytes where they lie.
  public init(
    read: @escaping @Sendable (ResourcePath) throws -> [UInt8],
    map: @escaping @Sendable (ResourcePath) throws -> any ByteStorage
  ) {
    self.read = read
    self.map = map
  }

  /// No file to find.
  public static let none = ResourceReader { throw StateError.missing($0.path) }

  /// The content of a file.
  public func callAsFunction(_ path: ResourcePath) throws -> [UInt8] { try read(path) }

  /// The content of a file that is too large to be copied, where it lies: mapped, if it is on a disk. Whoever keeps it asks for files
  /// that are replaced by renaming only, never written over in place.
  public func mapped(_ path: ResourcePath) throws -> any ByteStorage { try map(path) }

  /// A reader of other paths, each turned into one of this reader's.
  public func renaming(_ path: @escaping @Sendable (ResourcePath) throws -> ResourcePath) -> ResourceReader {
    ResourceReader(read: { [read] in try read(path($0)) }, map: { [map] in try map(path($0)) })
  }
}
