import HanpipeCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ModelDirectory {
  /// Whether a model can be saved here, asked before hours of training rather than after.
  /// - Throws: `ModelError`: something else is in the place, or it cannot be written.
  public static func checkWritable(_ path: String) throws(ModelError) {
    let parent = try ReplacedDirectory.place(path).parent
    guard access(parent, W_OK) == 0 else { throw .save(path: path, SystemError("write to \(parent)")) }
  }

  /// Removes a model. What is not one is left alone.
  public static func remove(_ path: String) {
    if isModel(path) { removeTree(path) }
  }

  /// What identifies a model: the SHA-256 of what `sha256sum` prints of `pipeline.json`, the files that stages wrote, and the weights, in
  /// the order of their names (in the C locale). Files in `resources/` stand in `pipeline.json` with hashes of their own.
  /// - Throws: `ModelError`, `FileError`.
  public static func sha256(_ path: String) throws -> String {
    let spec = try spec(of: path)
    let manifest = try ModelManifest(spec.model ?? JSONObject(), path: path + "/" + specName, stages: spec.stages.count)
    let names = Set([specName] + manifest.files.map(\.file) + (manifest.tensors.isEmpty ? [] : [weightsName]))
    var listing = ""
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      do { listing += "\(try FileHash.sha256(path + "/" + name))  \(name)\n" } catch { throw FileError(path + "/" + name, error) }
    }
    return SHA256.hex(listing.utf8)
  }

  /// A file that was saved as one of `Contents.extraFiles`.
  /// - Throws: `FileError`.
  public static func readExtraFile(_ name: String, of path: String) throws -> [UInt8] {
    try readFile(name, of: path, limit: fileLimit)
  }

  /// Tensors that were saved as one of `Contents.extraFiles`.
  /// - Throws: `FileError` with a `SafetensorsError`.
  public static func readExtraTensors(_ name: String, of path: String) throws -> Safetensors.Content {
    try Safetensors.read(openFile(name, of: path), named: path + "/" + name, limit: weightsLimit)
  }
}

/// What identifies a file's content.
public enum FileHash {
  /// SHA-256 of a regular file, in hexadecimal; its size does not matter.
  /// - Throws: `FileReadError`; a pipe in a file's place, which has been read by then, is refused and not waited for.
  public static func sha256(_ path: String) throws(FileReadError) -> String {
    // Not mapped: weights that are in use are mapped already, and would be in memory twice.
    var hash = SHA256()
    try readInPieces(RegularFile(path)) { hash.update($0) }
    return hash.hex
  }
}
