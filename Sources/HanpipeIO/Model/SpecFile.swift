public import HanpipeCore

/// A spec on disk.
public enum SpecFile {
  /// Bytes a spec may have, 16 MiB.
  static let limit = 1 << 24

  /// Reads a spec file, or the spec of a model directory.
  /// - Throws: `FileError` with a `SpecError` or `FileReadError`; `ModelError` for a directory that is no model.
  public static func load(_ path: String) throws -> (spec: PipelineSpec, root: ResourceRoot) {
    if fileKind(path) == .directory {
      let spec = try ModelDirectory.spec(of: path)
      return (spec, try ResourceRoot(directory: path, root: path))
    }
    do {
      let spec = try PipelineSpec(parsing: try readFile(path, limit: limit))
      let directory = splitPath(path).directory
      return (spec, try ResourceRoot(directory: directory, root: spec.model == nil ? nil : directory))
    } catch {
      throw FileError(path, error)
    }
  }
}
