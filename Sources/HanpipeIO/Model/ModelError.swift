/// Why a model directory cannot be loaded or saved.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  case missing(path: String)
  case notDirectory(path: String)
  case empty(path: String)
  /// No pipeline.json, or one without "model".
  case notModel(path: String, reason: String)
  case newerFormat(path: String, found: Int, known: Int, writtenBy: String)
  /// "model" does not hold what it should.
  case manifest(path: String, key: String, found: String, expected: String)
  case missingFile(path: String)
  case foreignTensor(path: String, name: String)
  case missingTensor(path: String, name: String)
  /// The libraries or data here differ from those that the model was trained with.
  case identities(path: String, [IdentityMismatch])
  case occupied(path: String)
  case noParent(path: String)
  case save(path: String, SystemError)
  case weights(path: String, SafetensorsError)
  case golden(path: String, failed: Int, of: Int, first: String)

  public var description: String {
    switch self {
    case .missing(let path): return "\(path): does not exist; expected a model directory"
    case .notDirectory(let path): return "\(path): is not a directory; expected a model directory"
    case .empty(let path): return "\(path): is an empty directory; expected a model directory, as `hanpipe train` writes it"
    case .notModel(let path, let reason): return "\(path): is not a model directory: \(reason)"
    case .newerFormat(let path, let found, let known, let writtenBy):
      return "\(path): has the format \(found), written by hanpipe \(writtenBy); this hanpipe knows up to \(known): update it"
    case .manifest(let path, let key, let found, let expected): return "\(path): model.\(key): found \(found); expected \(expected)"
    case .missingFile(let path): return "\(path): is missing; restore the model directory, or train again"
    case .foreignTensor(let path, let name):
      return "\(path): holds \"\(name)\", which this pipeline has not; the weights belong to another model"
    case .missingTensor(let path, let name):
      return "\(path): has no \"\(name)\", which this pipeline needs; the weights belong to another model"
    case .identities(let path, let mismatches):
      return "\(path): was trained with other libraries or data than are here: "
        + mismatches.map(\.description).joined(separator: "; ")
        + "; answers may differ: train again, or allow it with --allow-identity-mismatch"
    case .occupied(let path):
      return "\(path): exists and is not a model directory; nothing was written: choose another place, or remove it"
    case .noParent(let path): return "\(path): cannot be made: there is no directory \(splitPath(path).directory)"
    case .save(let path, let error):
      return "\(path): the model was not saved: \(error)"
        + (error.isOutOfSpace ? "; make room, and save again" : "")
    case .weights(let path, let error): return "\(path): the model was not saved: \(error)"
    case .golden(let path, let failed, let count, let first):
      return "\(path): \(failed) of \(count) stored predictions came out differently; the first: \(first); "
        + "the model's files were changed after it was saved: restore them, or train again"
    }
  }
}

/// Something that a stage recorded when it was trained, and that is different here.
public struct IdentityMismatch: Error, Equatable, Sendable, CustomStringConvertible {
  /// `stages[1] (icu)`.
  public let stage: String
  /// `ICU version`.
  public let key: String
  /// nil: not recorded.
  public let recorded: String?
  /// nil: not there.
  public let present: String?
  public var description: String { "\(stage) \(key): recorded \(recorded ?? "nothing"), here \(present ?? "nothing")" }
}
