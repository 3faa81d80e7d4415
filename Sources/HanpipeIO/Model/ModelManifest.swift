import HanpipeCore

/// The key "model" of a model directory's pipeline.json.
struct ModelManifest: Equatable {
  /// The newest format that is read, and the one that is written.
  static let format = 1

  /// A file that a stage wrote.
  struct StateFile: Equatable {
    var stage: Int
    /// As the stage calls it.
    var name: String
    /// As the directory calls it: the same, unless two stages write files of one name.
    var file: String
  }

  /// The version of hanpipe that wrote it.
  var hanpipe: String
  /// By stage.
  var identities: [[String: String]]
  var files: [StateFile]
  /// Names in weights.safetensors.
  var tensors: [String]
  /// Whatever else the trainer noted.
  var metadata: JSONObject

  var json: JSONObject {
    [
      "format": .integer(Self.format), "hanpipe": .string(hanpipe),
      "identities": .array(
        identities.map { .object(JSONObject($0.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })) }),
      "files": .array(
        files.map { ["stage": .integer($0.stage), "name": .string($0.name), "file": .string($0.file)] }),
      "tensors": .array(tensors.map(JSON.string)), "metadata": .object(metadata),
    ]
  }

  init(
    hanpipe: String, identities: [[String: String]], files: [StateFile], tensors: [String], metadata: JSONObject
  ) {
    self.hanpipe = hanpipe
    self.identities = identities
    self.files = files
    self.tensors = tensors
    self.metadata = metadata
  }

  /// - Parameters:
  ///   - path: pipeline.json, for messages.
  ///   - stages: how many the spec has.
  init(_ object: JSONObject, path: String, stages: Int) throws(ModelError) {
    func bad(_ key: String, _ expected: String) -> ModelError {
      .manifest(path: path, key: key, found: object[key].map(\.description) ?? "nothing", expected: expected)
    }
    guard let format = object["format"]?.intValue, format >= 1 else { throw bad("format", "a format version") }
    guard let hanpipe = object["hanpipe"]?.stringValue else { throw bad("hanpipe", "a version") }
    if format > Self.format {
      throw .newerFormat(path: path, found: format, known: Self.format, writtenBy: hanpipe)
    }
    self.hanpipe = hanpipe
    identities = []
    for element in object["identities"]?.arrayValue ?? [] {
      identities.append(Dictionary((element.objectValue?.members ?? []).map { ($0.key, $0.value.stringValue ?? "") }) { $1 })
    }
    guard identities.count == stages else { throw bad("identities", "an array of \(stages) objects, one a stage") }
    guard let files = object["files"]?.arrayValue, let tensors = object["tensors"]?.arrayValue else {
      throw bad(object["files"]?.arrayValue == nil ? "files" : "tensors", "an array")
    }
    self.files = []
    for element in files {
      guard let stage = element["stage"]?.intValue, let name = element["name"]?.stringValue,
        let file = element["file"]?.stringValue, (0..<stages).contains(stage), Self.isPlainName(file)
      else { throw bad("files", "objects with \"stage\", \"name\" and \"file\", a name in the directory") }
      self.files.append(StateFile(stage: stage, name: name, file: file))
    }
    self.tensors = tensors.compactMap(\.stringValue)
    guard self.tensors.count == tensors.count else { throw bad("tensors", "an array of names") }
    metadata = object["metadata"]?.objectValue ?? JSONObject()
  }

  /// Whether a name stays in the directory.
  static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
  }
}
