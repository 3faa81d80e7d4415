import Glibc
import Hanpipe
import HanpipeCore
import HanpipeIO
import Testing

/// A directory of a test's own, gone when the test ends.
final class TestFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/hanpipe-plugins-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!).map { String(cString: $0) } ?? "" }
    precondition(!path.isEmpty, "no temporary directory could be made")
  }
  deinit {
    for name in (try? FileNames.all(in: path)) ?? [] { unlink(self[name]) }
    rmdir(path)
  }

  subscript(name: String) -> String { path + "/" + name }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    // Not by FileContent.replace, which waits for the disk.
    let file = try #require(fopen(self[name], "we"))
    defer { fclose(file) }
    #expect(fwrite(Array(text.utf8), 1, text.utf8.count, file) == text.utf8.count)
    return self[name]
  }
  func read(_ name: String) throws -> String { String(decoding: try FileContent.read(self[name]), as: UTF8.self) }

  /// A pipeline whose spec lies here, and whose code may run.
  func pipeline(_ stages: [JSONObject], permission: CodePermission = .all) throws -> Pipeline {
    var registry = try StageRegistry.standard
    registry.permission = permission
    let blueprint = try Blueprint(PipelineSpec(stages: stages), registry: registry)
    return try Pipeline(blueprint, resource: ResourceRoot(directory: path, root: path).reader)
  }
}

private enum FileNames {
  static func all(in path: String) throws -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } })
    }
    return names
  }
}
