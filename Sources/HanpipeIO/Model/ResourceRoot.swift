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
    case absolute(String)
    /// The path, or a link on it, leads out of the root.
    case outside(path: String, root: String)
    case missing(path: String, looked: String)
    case unreadable(path: String, FileReadError)

    public var description: String {
      switch self {
      case .noDirectory(let path): "there is no directory \(path)"
      case .absolute(let path): "\"\(path)\" is an absolute path; expected one relative to the spec's own file"
      case .outside(let path, let root): "\"\(path)\" leads out of \(root), below which a spec's files must lie"
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
  }

  /// Reads a file that the spec names.
  public func read(_ resource: ResourcePath) throws(Refusal) -> [UInt8] {
    let real = try find(resource)
    do { return try readFile(real, limit: limit) } catch { throw .unreadable(path: resource.path, error) }
  }

  /// Maps a file that the spec names.
  func map(_ resource: ResourcePath) throws(Refusal) -> FileMapping {
    let real = try find(resource)
    do { return try FileMapping(path: real, limit: limit) } catch { throw .unreadable(path: resource.path, error) }
  }

  /// Where a file really is.
  private func find(_ resource: ResourcePath) throws(Refusal) -> String {
    let path = resource.path
    if path.hasPrefix("/") { throw .absolute(path) }
    // In words first: whether a file outside exists is none of the spec's business.
    let looked = directory + "/" + path
    guard contains(normalized(looked)) else { throw .outside(path: path, root: root) }
    guard let real = canonicalPath(looked) else { throw .missing(path: path, looked: normalized(looked)) }
    guard contains(real) else { throw .outside(path: path, root: root) }
    return real
  }

  /// As `StageContext` and `Pipeline` want it.
  public var reader: ResourceReader { ResourceReader(read: { try read($0) }, map: { try map($0) }) }

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
