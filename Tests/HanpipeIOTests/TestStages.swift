import HanpipeCore

/// Words between spaces. Reads a file that the spec names, and says which version it is.
struct TestSegmenter: Segmenter, ConfiguredStage {
  static let type: StageType = "test-segmenter"
  struct Configuration: StageConfiguration {
    var lexicon: ResourcePath?
    var other: ResourcePath?
    static let settings: [Setting<Self>] = [
      Setting("lexicon", \.lexicon, "A file."), Setting("other", \.other, "Another."),
    ]
  }
  let stop: [String]
  init(_ configuration: Configuration, _ context: StageContext) throws {
    stop = try [configuration.lexicon, configuration.other].compactMap { $0 }.flatMap { path in
      String(decoding: try context.resource(path), as: UTF8.self).split(separator: "\n").map(String.init)
    }
  }
  var identity: [String: String] { ["version": TestIdentity.version, "stop": "\(stop.count)"] }
  func words(in text: String) throws -> [Range<Int>] {
    let utf8 = Array(text.utf8)
    return utf8.split(separator: 0x20).map { $0.startIndex..<$0.endIndex }.filter { range in
      !stop.contains(String(decoding: utf8[range], as: UTF8.self))
    }
  }
}

enum TestIdentity {
  @TaskLocal static var version = "1"
}

/// The ids of words, in a file.
struct TestVocabulary: LearnedStage {
  typealias Input = Tokens
  typealias Output = TokenIDs
  static let type: StageType = "test-vocabulary"
  struct State: StageState {
    var words: [String]
    init(words: [String]) { self.words = words }
    init(from reader: StateReader) throws {
      words = String(decoding: try reader.file("vocabulary.tsv"), as: UTF8.self).split(separator: "\n").map(String.init)
    }
    func write(to writer: inout StateWriter) throws {
      writer.write(Array(words.map { $0 + "\n" }.joined().utf8), as: "vocabulary.tsv")
    }
  }
  let state: State
  init(_: NoConfiguration, state: State, _: StageContext) { self.state = state }
  func outputShape(for input: ValueShape) -> ValueShape { ValueShape(vocabularySize: state.words.count + 2) }
  func process(_ tokens: Tokens) throws -> TokenIDs {
    TokenIDs(
      (0..<tokens.count).map { record in
        tokens.words(of: record).map { word in state.words.firstIndex(of: word).map { Int32($0 + 2) } ?? TokenIDs.unknown }
      })
  }
}

/// Adds up a weight a word; the sigmoid of it is the answer.
struct TestClassifier: LearnedStage {
  typealias Input = TokenIDs
  typealias Output = Predictions
  static let type: StageType = "test-classifier"
  struct Configuration: StageConfiguration {
    var labels = ["no", "yes"]
    static let settings: [Setting<Self>] = [Setting("labels", \.labels, "Names.")]
  }
  let state: Parameters
  let labels: [String]
  init(_ configuration: Configuration, state: Parameters, _ context: StageContext) throws {
    guard let words = context.input.vocabularySize else { throw StateError.unknownShape("how many words there are") }
    _ = try state.tensor("weight", shape: [words, 1])
    self.state = state
    labels = configuration.labels
  }
  func process(_ ids: TokenIDs) throws -> Predictions {
    let weights = state.tensors[0].values
    let logits = (0..<ids.count).map { record in ids.ids(of: record).reduce(Float(0)) { $0 + weights[Int($1)] } }
    return Predictions(task: .binary, labels: labels, logits: logits, probabilities: logits.map { 1 / (1 + 1 / ($0 + 10)) })
  }
}

/// Passes ids on, and has a file of the same name as another stage.
struct TestNotes: LearnedStage {
  typealias Input = TokenIDs
  typealias Output = TokenIDs
  static let type: StageType = "test-notes"
  struct State: StageState {
    init() {}
    init(from reader: StateReader) throws {
      guard try reader.file("vocabulary.tsv") == [0x6E], try reader.file("README.md") == [0x6D] else {
        throw StateError.malformed("vocabulary.tsv", reason: "another stage's")
      }
    }
    func write(to writer: inout StateWriter) throws {
      writer.write([0x6E], as: "vocabulary.tsv")
      writer.write([0x6D], as: "README.md")
    }
  }
  let state: State
  init(_: NoConfiguration, state: State, _: StageContext) { self.state = state }
  func process(_ ids: TokenIDs) -> TokenIDs { ids }
}

func testRegistry() throws -> StageRegistry {
  var registry = StageRegistry()
  try registry.register(TestSegmenter.self)
  try registry.register(TestVocabulary.self)
  try registry.register(TestNotes.self)
  try registry.register(TestClassifier.self)
  return registry
}
