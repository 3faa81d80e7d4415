#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A directory of a caller's own, beside a model: known by a file in it, so that no other directory is ever removed.
public enum SideFolder {
  /// - Parameter mark: the name of the file by which it is known.
  public static func exists(_ path: String, marked mark: String) -> Bool { fileKind(path + "/" + mark) == .regular }

  /// Makes the directory anew, with its mark and nothing else.
  /// - Throws: `ModelError` if something else stands there, or it cannot be made.
  public static func make(_ path: String, marked mark: String, _ content: [UInt8]) throws {
    if exists(path, marked: mark) { remove(path, marked: mark) }
    guard fileKind(path, followingLinks: false) == .missing else { throw ModelError.occupied(path: path) }
    let (parent, name) = splitPath(path)
    guard !name.isEmpty, fileKind(parent) == .directory else { throw ModelError.noParent(path: path) }
    // Complete before it has its name: it is never there without its mark.
    let new = "\(parent)/.\(name).new-\(getpid())"
    do {
      try makeDirectory(new)
      try writeNewFile(new + "/" + mark, content)
      guard rename(new, path) == 0 else { throw SystemError("rename \(new) to \(path)") }
      try syncDirectory(parent)
    } catch let error as SystemError {
      removeTree(new)
      throw ModelError.save(path: path, error)
    }
  }

  /// Removes it with everything in it, the mark last. What has no mark is left alone.
  public static func remove(_ path: String, marked mark: String) {
    guard exists(path, marked: mark) else { return }
    for name in entries(path) where name != mark { removeTree(path + "/" + name) }
    removeTree(path)
  }

  /// The names in it, sorted; none if it cannot be listed.
  public static func entries(_ path: String) -> [String] { (try? directoryEntries(path)) ?? [] }
}
