public import HanpipeCore

/// A spec on disk.
public enum SpecFile {
  /// Bytes a spec may have, 4 MiB: parsed JSON takes up to 32 times as many.
  static let limit = 1 << 22

  /// Reads a spec file with what it includes, or the spec of a model directory.
  /// - Parameters:
  ///   - root: the folder that holds all files which a spec may name; nil for the folder above the spec's own. A model directory
  ///     is its own root.
  ///   - registry: says which settings of included stages are paths.
  /// - Throws: `FileError` with a `SpecError`, `FileReadError` or `ResourceRoot.Refusal`; `ModelError` for a directory that is no
  ///   model.
  public static func load(
    _ path: String, root: String? = nil, registry: StageRegistry
  ) throws -> (spec: PipelineSpec, root: ResourceRoot) {
    if fileKind(path) == .directory {
      let spec = try ModelDirectory.spec(of: path)
      return (spec, try ResourceRoot(directory: path, root: path))
    }
    do {
      let spec = try PipelineSpec(parsing: try readFile(path, limit: limit))
      let (directory, name) = splitPath(path)
      if spec.model != nil { return (spec, try ResourceRoot(directory: directory, root: directory)) }
      let files = try ResourceRoot(directory: directory, root: root)
      return (try spec.resolvingIncludes(named: name, registry: registry) { try files.read($0) }, files)
    } catch {
      throw FileError(path, error)
    }
  }

  /// Whether a file is a JSON Schema, such as `hanpipe schema` prints, which stands among specs so that editors find it.
  public static func isSchema(_ path: String) -> Bool {
    guard let bytes = try? readFile(path, limit: limit), let object = (try? JSON(parsing: bytes))?.objectValue else { return false }
    return object["stages"] == nil && object["$schema"]?.stringValue?.contains("//json-schema.org/") == true
  }
}
