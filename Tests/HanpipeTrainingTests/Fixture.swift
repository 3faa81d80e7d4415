import Glibc
import Hanpipe
import Synchronization
import Testing

@testable import HanpipeIO

/// Reads `Tests/Fixtures/<name>`.
func fixture(_ name: String, file: String = #filePath) throws -> JSON {
  let folder = file[..<(try #require(file.firstRange(of: "/HanpipeTrainingTests/")).lowerBound)]
  return try JSON(parsing: readFile("\(folder)/Fixtures/\(name)"))
}

/// A new folder, for what is made once and read by all tests of a suite; it is gone when the test program ends.
func temporaryFolder(_ name: String) throws -> String {
  var template = Array("/tmp/hanpipe-\(name)-XXXXXX".utf8CString)
  _ = try #require(mkdtemp(&template))
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  temporaryFolders.withLock { folders in
    if folders.isEmpty { atexit { for path in temporaryFolders.withLock(\.self) { removeTree(path) } } }
    folders.append(path)
  }
  return path
}
private let temporaryFolders = Mutex<[String]>([])

func readFile(_ path: String) throws -> [UInt8] {
  let handle = try #require(fopen(path, "rb"))
  defer { fclose(handle) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = fread(&block, 1, block.count, handle), count > 0 { bytes += block[..<count] }
  return bytes
}

extension JSON {
  var doubles: [Double] { (arrayValue ?? []).compactMap(\.doubleValue) }
  var ints: [Int] { (arrayValue ?? []).compactMap(\.intValue) }
}

/// A spec of these stages, each `type` with settings.
func blueprint(_ stages: [JSONObject], training: JSONObject? = nil) throws -> Blueprint {
  try Blueprint(PipelineSpec(stages: stages, training: training), registry: .standard)
}

func configuration(_ object: JSONObject) throws -> TrainingConfiguration {
  try TrainingConfiguration(object, at: SpecPath("training"))
}

extension Trainer {
  init(
    _ blueprint: Blueprint, _ configuration: TrainingConfiguration, _ data: LabelledTexts,
    validation: LabelledTexts? = nil, threads: Int = 1, learned: [StateReader?]? = nil
  ) throws {
    try self.init(
      blueprint, configuration: configuration, data: data, validation: validation, threads: threads, learned: learned,
      resource: .none)
  }
  /// All weights of all stages.
  var weights: [[Float]] { pipeline.stages.flatMap { $0.parameters.tensors.map(\.values) } }
  var states: [StateReader?] { get throws { try pipeline.state().map { $0?.reader } } }
}

extension LabelledTexts {
  init(_ records: [(String, Int)]) {
    self.init(texts: Texts(records.map(\.0)), labels: records.map { [$0.1] })
  }
  /// Reviews of made-up words: half of the records hold a word that decides.
  static func madeUp(_ count: Int, seed: UInt64) -> LabelledTexts {
    var generator = SeededGenerator(seed: seed)
    let words = (0..<40).map { "w\($0)" }
    return LabelledTexts(
      (0..<count).map { i in
        var text = (0..<Int.random(in: 1...12, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }
        text.insert(i % 2 == 0 ? "bad" : "good", at: Int.random(in: 0...text.count, using: &generator))
        return (text.joined(separator: " "), i % 2)
      })
  }
}

let smallSpec: [JSONObject] = [
  ["type": "whitespace"], ["type": "vocabulary"], ["type": "padding"],
  ["type": "lstm", "units": 12, "embedding": 10, "bidirectional": true, "dropout": 0.2, "output": "sequence"],
  ["type": "max-pooling"], ["type": "sigmoid", "labels": ["bad", "good"]],
]
