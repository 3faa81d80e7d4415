import CPlugins
import HanpipeCore
import HanpipeIO

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A shared library that says it is a plug-in. It is never unloaded: its threads and what it registered may live on.
// Safety: the table and its strings are constant for ever, as hanpipe_plugin.h demands.
final class PluginLibrary: @unchecked Sendable {
  static let entryName = "hanpipe_plugin_entry"

  let path: String
  let name: String
  let release: String
  let table: hanpipe_plugin
  /// Held while an instance is created or destroyed. One for all: two stages may have the same library.
  static let lock = Monitor(())

  /// - Throws: `LibraryError`.
  init(_ path: String) throws(LibraryError) {
    self.path = path
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else { throw .load(Self.error()) }
    guard let symbol = dlsym(handle, Self.entryName) else { throw .noEntry(path) }
    typealias Entry = @convention(c) () -> UnsafePointer<hanpipe_plugin>?
    guard let pointer = unsafeBitCast(symbol, to: Entry.self)() else { throw .table(path, "\(Self.entryName) returned NULL") }
    // The version first: what else there is depends on it.
    let version = pointer.pointer(to: \.version)?.pointee ?? 0
    guard version == HANPIPE_PLUGIN_VERSION else { throw .version(path, found: version) }
    let size = pointer.pointer(to: \.size)?.pointee ?? 0
    guard Int(size) >= MemoryLayout<hanpipe_plugin>.size else {
      throw .table(path, "\"size\" is \(size); expected sizeof(hanpipe_plugin), \(MemoryLayout<hanpipe_plugin>.size) here")
    }
    table = pointer.pointee
    guard let name = table.name, let release = table.release else {
      throw .table(path, "\"\(table.name == nil ? "name" : "release")\" is NULL")
    }
    self.name = String(cString: name)
    self.release = String(cString: release)
    let functions = [
      ("create", table.create == nil), ("process", table.process == nil), ("destroy", table.destroy == nil),
      ("last_error", table.last_error == nil),
    ]
    if let missing = functions.first(where: \.1)?.0 { throw .table(path, "\"\(missing)\" is NULL") }
  }

  /// The names of the roles that it has.
  var roles: [String] {
    [
      (HANPIPE_SEGMENTER, SegmenterRole.name), (HANPIPE_NORMALIZER, NormalizerRole.name),
      (HANPIPE_TOKEN_FILTER, TokenFilterRole.name), (HANPIPE_CLASSIFIER, ClassifierRole<Texts>.name),
    ].filter { table.roles & 1 << UInt32($0.0) != 0 }.map(\.1)
  }

  private static func error() -> String { dlerror().map { String(cString: $0) } ?? "the system does not say why" }
}

/// A shared library that is no plug-in, or does not do what a plug-in must.
enum LibraryError: Error, CustomStringConvertible {
  /// In the loader's words.
  case load(String)
  case noEntry(String)
  case version(String, found: UInt32)
  case table(String, String)
  case role(String, has: [String], asked: String)
  /// In the plug-in's words.
  case create(String, String)
  case reports(found: Int, expected: Int)
  case failedWithoutRecord(String)

  var description: String {
    switch self {
    case .load(let words): "cannot load the library: \(words)"
    case .noEntry(let path): "\(path) has no function \(PluginLibrary.entryName), so it is no plug-in (hanpipe_plugin.h)"
    case .version(let path, let found):
      "\(path) was made for version \(found) of hanpipe_plugin.h; this hanpipe knows version \(HANPIPE_PLUGIN_VERSION); compile it with that header"
    case .table(let path, let what): "\(path): the plug-in's table is not in order: \(what)"
    case .role(let path, let has, let asked):
      "\(path) is no \(asked); it has \(has.isEmpty ? "no role that is known here" : "the roles \(has.joined(separator: ", "))")"
    case .create(let path, let words): "\(path) could not begin: \(words)"
    case .reports(let found, let expected): "the plug-in reported \(found) answers for \(expected) records"
    case .failedWithoutRecord(let words): "the plug-in failed after it had answered all records: \(words)"
    }
  }
}
