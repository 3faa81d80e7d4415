public import HanpipeCore

/// The files that a spec may name: those below one directory.
///
/// Paths are relative to the spec's own directory. They may go up, but not out of the root, neither in words nor through a link;
/// what they name is a regular file of bounded size.
public struct ResourceRoot: Sendable, Equatable {
  /// The spec's directory, without links.
  public let directory: String
  /// Nothing outside of it is read.
  public let root: String
  /// Bytes a file may have.
  public var limit: Int

  public enum Refusal: Error, Equatable, CustomStringConvertible {
    case noDirectory(String)
    /// The spec itself lies outside of the root.
    case elsewhere(directory: String, root: String)
    case absolute(String)
    /// The path, or a link on it, leads out of the root.
    case outside(path: String, root: String)
    case deep(path: String)
    case missing(path: String, looked: String)
    case unreadable(path: String, FileReadError)

    public var description: String {
      switch self {
      case .noDirectory(let path): "there is no directory \(path)"
      case .elsewhere(let directory, let root): "it lies in \(directory), which is not inside of the root \(root)"
      case .absolute(let path): "\"\(path)\" is an absolute path; expected one relative to the spec's own file"
      case .outside(let path, let root): "\"\(path)\" leads out of \(root), below which a spec's files must lie"
      case .deep(let path): "\"\(path.prefix(60))…\" has more than \(ResourceRoot.deepest) names; models stand in models too deep"
      case .missing(let path, let looked): "\"\(path)\" does not exist; looked for \(looked)"
      case .unreadable(let path, let error): "\"\(path)\": \(error)"
      }
    }
  }

  /// - Parameters:
  ///   - directory: where the spec lies.
  ///   - root: nil for the directory's parent, so that `../vocab/lexicon.txt` can be named.
  ///   - limit: bytes a file may have, 1 GiB.
  public init(directory: String, root: String? = nil, limit: Int = 1 << 30) throws(Refusal) {
    guard let real = canonicalPath(directory) else { throw .noDirectory(directory) }
    self.directory = real
    guard let realRoot = root.map(canonicalPath) ?? splitPath(real).directory else { throw .noDirectory(root ?? "") }
    self.root = realRoot
    self.limit = limit
    guard contains(real) else { throw .elsewhere(directory: real, root: realRoot) }
  }

  /// Reads a file that the spec names.
  public func read(_ resource: ResourcePath) throws(Refusal) -> [UInt8] { try read(resource, limit: limit) }

  func read(_ resource: ResourcePath, limit: Int) throws(Refusal) -> [UInt8] {
    let file = try open(resource)
    do { return try readAll(file, limit: limit) } catch { throw .unreadable(path: resource.path, error) }
  }

  /// Opens a file that the spec names.
  func open(_ resource: ResourcePath) throws(Refusal) -> RegularFile {
    let real = try locate(resource)
    // What was looked at is what is opened: on the real path there is no link, and none is followed.
    let names = real.dropFirst(root.utf8.count).split(separator: "/")
    do { return try RegularFile(names, beneath: root) } catch { throw .unreadable(path: resource.path, error) }
  }

  /// Maps a file that the spec names.
  func map(_ resource: ResourcePath) throws(Refusal) -> FileMapping {
    let file = try open(resource)
    do { return try FileMapping(file, limit: limit) } catch { throw .unreadable(path: resource.path, error) }
  }

  /// The absolute path of a file that the spec names, without links. Who opens it by its path, as `dlopen` must, may meet another file there
  /// than was looked at.
  public func locate(_ resource: ResourcePath) throws(Refusal) -> String {
    let path = resource.path
    if path.hasPrefix("/") { throw .absolute(path) }
    guard path.utf8.count(where: { $0 == UInt8(ascii: "/") }) < Self.deepest else { throw .deep(path: path) }
    // In words first: whether a file outside exists is none of the spec's business.
    let looked = directory + "/" + path
    guard contains(normalized(looked)) else { throw .outside(path: path, root: root) }
    guard let real = canonicalPath(looked) else { throw .missing(path: path, looked: normalized(looked)) }
    guard contains(real) else { throw .outside(path: path, root: root) }
    return real
  }

  /// Names in a path: models inside of models would otherwise go on without end.
  private static let deepest = 64

  /// As `StageContext` and `Pipeline` want it.
  public var reader: ResourceReader { ResourceReader { try read($0) } locate: { try locate($0) } map: { try map($0) } }

  private func contains(_ path: String) -> Bool {
    root == "/" || path == root || path.utf8.starts(with: (root + "/").utf8)
  }

  private func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
