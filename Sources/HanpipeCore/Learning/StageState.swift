/// What a learned stage knows, and how it goes to and comes from a model directory.
public protocol StageState: Sendable {
  init(from reader: StateReader) throws
  func write(to writer: inout StateWriter) throws
}

/// One stage's part of a model directory, read.
public struct StateReader: Sendable {
  private let tensors: [(name: String, tensor: Parameters.Tensor)]
  private let files: [String: [UInt8]]

  public init(tensors: [(name: String, tensor: Parameters.Tensor)], files: [String: [UInt8]]) {
    self.tensors = tensors
    self.files = files
  }
  public var tensorNames: [String] { tensors.map(\.name) }
  public func tensor(_ name: String) throws(StateError) -> Parameters.Tensor {
    guard let found = tensors.first(where: { $0.name == name }) else { throw .missing(name) }
    return found.tensor
  }
  public func file(_ name: String) throws(StateError) -> [UInt8] {
    guard let found = files[name] else { throw .missing(name) }
    return found
  }

  /// What was written under names that begin with `prefix`, by the rest of each name.
  func part(_ prefix: String) -> StateReader {
    func rest(_ name: String) -> String? { name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil }
    return StateReader(
      tensors: tensors.compactMap { name, tensor in rest(name).map { ($0, tensor) } },
      files: Dictionary(files.compactMap { name, bytes in rest(name).map { ($0, bytes) } }) { $1 })
  }
}

/// One stage's part of a model directory, being written.
public struct StateWriter: Sendable {
  public private(set) var tensors: [(name: String, tensor: Parameters.Tensor)] = []
  public private(set) var files: [(name: String, bytes: [UInt8])] = []
  public init() {}
  public mutating func write(_ tensor: Parameters.Tensor, as name: String) { tensors.append((name, tensor)) }
  /// A file of the model directory. Names are shared by all stages: say what it is, as `vocabulary.tsv` does.
  public mutating func write(_ bytes: [UInt8], as name: String) { files.append((name, bytes)) }
  /// Writes all of `part`, each name with `prefix` before it.
  public mutating func write(_ part: StateWriter, prefix: String) {
    tensors += part.tensors.map { (prefix + $0.name, $0.tensor) }
    files += part.files.map { (prefix + $0.name, $0.bytes) }
  }
  /// What was written, to be read.
  public var reader: StateReader {
    StateReader(tensors: tensors, files: Dictionary(files.map { ($0.name, $0.bytes) }) { $1 })
  }
}

/// What is wrong with a stage's learned state.
public enum StateError: Error, Equatable, CustomStringConvertible {
  case missing(String)
  case unexpected(String)
  case shape(String, found: [Int], expected: [Int])
  case malformed(String, reason: String)
  /// The stages before do not say how wide or how many.
  case unknownShape(String)

  public var description: String {
    switch self {
    case .missing(let name): "\"\(name)\" is missing from the model"
    case .unexpected(let name): "the model holds \"\(name)\", which the spec does not ask for; train again, or restore the spec"
    case .shape(let name, let found, let expected):
      "\"\(name)\" has the shape \(found), but the spec asks for \(expected); train again, or restore the spec"
    case .malformed(let name, let reason): "\(name): \(reason)"
    case .unknownShape(let what): "the stages before do not say \(what)"
    }
  }
}
