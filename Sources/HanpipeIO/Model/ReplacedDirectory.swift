#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

func makeDirectory(_ path: String) throws(SystemError) {
  guard mkdir(path, 0o777) == 0 else { throw SystemError("make the directory \(path)") }
}

/// Puts a directory in a place in one step.
enum ReplacedDirectory {
  /// Makes a directory beside the target, lets `fill` fill it, syncs it, and puts it in the target's place.
  ///
  /// The target may be missing, empty, or a model; anything else is refused before anything is written. A link to a directory is
  /// followed: what it leads to is replaced.
  /// - Throws: `ModelError`, and what `fill` throws; the target is as it was then, and nothing is left beside it.
  static func write(_ path: String, _ fill: (_ temporary: String) throws -> Void) throws {
    let (target, parent, name, exists) = try place(path)
    removeLeftovers(of: name, in: parent)
    let temporary = parent + "/.\(name).new-\(getpid())-" + String(UInt32.random(in: 0 ... .max), radix: 36)
    try saving(path) { () throws(SystemError) in try makeDirectory(temporary) }
    do {
      try fill(temporary)
      for entry in try directoryEntries(temporary) where fileKind(temporary + "/" + entry) == .directory {
        try syncDirectory(temporary + "/" + entry)
      }
      try syncDirectory(temporary)
      try put(temporary, inPlaceOf: target, exists: exists)
    } catch {
      removeTree(temporary)
      switch error {
      case let error as SystemError: throw ModelError.save(path: path, error)
      case let error as SafetensorsError: throw ModelError.weights(path: path, error)
      default: throw error
      }
    }
    // The new model is in place, whatever becomes of the rest.
    removeTree(temporary)
    try? syncDirectory(parent)
  }

  /// Where a directory will go, if it may: the target without links, the directory that it stands in and its name there, and
  /// whether an older one has to make room.
  static func place(_ path: String) throws(ModelError) -> (target: String, parent: String, name: String, exists: Bool) {
    let target = canonicalPath(path) ?? path
    let kind = fileKind(target)
    if kind == .directory {
      let isEmpty = try saving(path) { () throws(SystemError) in try directoryEntries(target).isEmpty }
      guard isEmpty || ModelDirectory.isModel(target) else { throw .occupied(path: path) }
    } else if kind != .missing || fileKind(target, followingLinks: false) != .missing {
      throw .occupied(path: path)
    }
    let (parent, name) = splitPath(target)
    guard !name.isEmpty, fileKind(parent) == .directory else { throw .noParent(path: path) }
    return (target, parent, name, kind == .directory)
  }

  /// What a process that was killed while saving left behind: `.NAME.new-PID-…` of a process that is no more.
  private static func removeLeftovers(of name: String, in parent: String) {
    let prefix = ".\(name).new-"
    for entry in (try? directoryEntries(parent)) ?? [] where entry.hasPrefix(prefix) {
      guard let id = pid_t(entry.dropFirst(prefix.count).prefix { $0 != "-" }), id > 0 else { continue }
      if kill(id, 0) != 0, errno == ESRCH { removeTree(parent + "/" + entry) }
    }
  }

  private static func saving<R>(_ path: String, _ body: () throws(SystemError) -> R) throws(ModelError) -> R {
    do { return try body() } catch { throw .save(path: path, error) }
  }

  /// Afterwards `temporary` is gone, or holds what stood in the target's place.
  private static func put(_ temporary: String, inPlaceOf target: String, exists: Bool) throws(SystemError) {
    if !exists {
      guard rename(temporary, target) == 0 else { throw SystemError("rename \(temporary) to \(target)") }
      return
    }
    if !exchange(temporary, target) { try moveAside(temporary, target) }
  }

  /// Where the system or the file system cannot exchange two names: for a moment there is no model, but never a half one.
  static func moveAside(_ temporary: String, _ target: String) throws(SystemError) {
    let aside = temporary + ".old"
    guard rename(target, aside) == 0 else { throw SystemError("rename \(target) to \(aside)") }
    guard rename(temporary, target) == 0 else {
      let error = SystemError("rename \(temporary) to \(target)")
      rename(aside, target)
      throw error
    }
    removeTree(aside)
  }

  /// Lets two names change places at once (Linux 3.15, glibc 2.28).
  ///
  /// Found at run time: the declaration stands behind `_GNU_SOURCE`, which Swift's importer does not define.
  private static func exchange(_ a: String, _ b: String) -> Bool {
    typealias Rename = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
    guard let symbol = dlsym(nil, "renameat2") else { return false }
    let exchangeFlag: UInt32 = 2
    return unsafeBitCast(symbol, to: Rename.self)(AT_FDCWD, a, AT_FDCWD, b, exchangeFlag) == 0
  }
}
