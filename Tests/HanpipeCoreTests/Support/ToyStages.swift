import HanpipeCore

// Small conformers of each kind, for a registry of their own.

/// Lower-case ASCII.
struct Lower: Normalizer, ConfiguredStage {
  static let type: StageType = "lower"
  static let summary = "Folds A to Z."
  init(_ configuration: NoConfiguration = NoConfiguration(), _ context: StageContext = .none) {}
  func edits(in utf8: ArraySlice<UInt8>) -> [TextEdit] {
    zip(0..., utf8).filter { (0x41...0x5A).contains($0.1) }.map { TextEdit($0.0..<$0.0 + 1, [$0.1 + 0x20]) }
  }
}

/// Fails for a text that holds ✗.
struct Picky: Stage, ConfiguredStage {
  struct Dislike: Error, CustomStringConvertible { let description: String }
  static let type: StageType = "picky"
  init(_ configuration: NoConfiguration = NoConfiguration(), _ context: StageContext = .none) {}
  func process(_ input: Texts) throws -> Texts {
    for i in 0..<input.count where input.text(of: i).contains("✗") {
      throw Dislike(description: "cannot bear \(input.text(of: i))")
    }
    return input
  }
}

/// Adds an exclamation mark, but lets it be where a `Lower` follows: a merger that a test can see.
struct Hasty: MergingStage, ConfiguredStage {
  static let type: StageType = "hasty"
  init(_ configuration: NoConfiguration = NoConfiguration(), _ context: StageContext = .none) {}
  func process(_ input: Texts) -> Texts { Texts((0..<input.count).map { input.text(of: $0) + "!" }) }
  func merged(with next: any Stage) -> (any Stage)? { next as? Lower }
}

/// Loses the last record of each batch of more than one.
struct Loser: ConfiguredStage {
  static let type: StageType = "loser"
  init(_ configuration: NoConfiguration = NoConfiguration(), _ context: StageContext = .none) {}
  func process(_ input: Texts) -> Texts { input[0..<(input.count > 1 ? input.count - 1 : input.count)] }
}

/// So many characters a word, with settings of every sort.
struct Pieces: Segmenter, ConfiguredStage {
  static let type: StageType = "pieces"
  struct Configuration: StageConfiguration {
    var size = 1
    var side = Side.post
    var share = 0.5
    var verbose = false
    var label: String?
    var limit: Int?
    var words: [String] = []
    var weights: [String: Double] = [:]
    var lexicon: ResourcePath?
    var inner = Inner()
    static let settings: [Setting<Self>] = [
      Setting("size", \.size, in: 1...8, "Characters a word."),
      Setting("side", \.side, "Where the rest goes."),
      Setting("share", \.share, in: 0...1, "A share."),
      Setting("verbose", \.verbose, "Whether to talk."),
      Setting("label", \.label, "A label."),
      Setting("limit", \.limit, in: 1...100, "The most words."),
      Setting("words", \.words, "Words to keep."),
      Setting("weights", \.weights, "Weights."),
      Setting("lexicon", \.lexicon, "A list of words."),
      Setting("inner", \.inner, "Settings of their own."),
    ]
    func validate(at path: SpecPath) throws(SpecError) {
      if size == 7, side == .pre { throw .cannot(path, "\"size\" 7 and \"side\" \"pre\" do not go together") }
    }
  }
  struct Inner: SettingsObject, SettingValue {
    var depth = 2
    static let settings: [Setting<Self>] = [Setting("depth", \.depth, in: 0...9, "How deep.")]
    static var noun: String { "an object" }
    static var schema: JSON { .object(objectSchema()) }
    static func decode(_ json: JSON, at path: SpecPath) throws(SpecError) -> Inner {
      guard case .object(let object) = json else { throw .badValue(path, found: json.description, allowed: noun) }
      return try Inner(object, at: path)
    }
    var json: JSON { ["depth": .integer(depth)] }
  }

  let size: Int
  let identity: [String: String]
  init(_ configuration: Configuration, _ context: StageContext) throws {
    size = configuration.size
    identity = try configuration.lexicon.map { ["lexicon": String(decoding: try context.resource($0), as: UTF8.self)] } ?? [:]
  }
  func words(in text: String) -> [Range<Int>] {
    let places = Array(boundaries(text.utf8))
    return stride(from: 0, to: places.count - 1, by: size).map { places[$0]..<places[min($0 + size, places.count - 1)] }
  }
}

/// Numbers words in the order in which they first came.
struct Numbers: FittableStage {
  static let type: StageType = "numbers"
  struct State: StageState {
    var words: [String]
    init(words: [String]) { self.words = words }
    init(from reader: StateReader) throws {
      words = String(decoding: try reader.file("words.txt"), as: UTF8.self).split(separator: "\n").map(String.init)
    }
    func write(to writer: inout StateWriter) { writer.write(Array(words.joined(separator: "\n").utf8), as: "words.txt") }
  }
  struct Fitter: StageFitter {
    var words: [String] = []
    mutating func observe(_ tokens: Tokens) {
      for i in 0..<tokens.count { for word in tokens.words(of: i) where !words.contains(word) { words.append(word) } }
    }
    consuming func finish() -> State { State(words: words) }
  }
  let state: State
  init(_ configuration: NoConfiguration, state: State, _ context: StageContext) { self.state = state }
  static func fitter(_ configuration: NoConfiguration) -> Fitter { Fitter() }
  func process(_ tokens: Tokens) -> TokenIDs {
    TokenIDs(
      (0..<tokens.count).map { record in
        tokens.words(of: record).map { word in state.words.firstIndex(of: word).map { Int32($0 + 2) } ?? TokenIDs.unknown }
      })
  }
  func outputShape(for input: ValueShape) -> ValueShape { ValueShape(vocabularySize: state.words.count + 2) }
}

struct Pad: ConfiguredStage {
  static let type: StageType = "pad"
  init(_ configuration: NoConfiguration, _ context: StageContext) {}
  func process(_ input: TokenIDs) -> PaddedIDs { PaddedIDs(input) }
}

/// The sum of its words' rows, plus a bias: V×H and H parameters.
struct Sum: TrainableStage {
  static let type: StageType = "sum"
  struct Configuration: StageConfiguration {
    var units = 2
    static let settings: [Setting<Self>] = [Setting("units", \.units, in: 1...16, "H.")]
  }
  var state: Parameters
  let units: Int
  init(_ configuration: Configuration, state: Parameters, _ context: StageContext) throws {
    guard let words = context.input.vocabularySize else { throw StateError.unknownShape("how many words there are") }
    units = configuration.units
    _ = try state.tensor("table", shape: [words, units])
    _ = try state.tensor("bias", shape: [units])
    self.state = state
  }
  static func initialParameters(
    _ configuration: Configuration, input: ValueShape, _ generator: inout some RandomNumberGenerator
  ) throws -> Parameters {
    guard let words = input.vocabularySize else { throw StateError.unknownShape("how many words there are") }
    let table = (0..<words * configuration.units).map { _ in Float.random(in: -1...1, using: &generator) }
    return Parameters([
      ("table", .init(shape: [words, configuration.units], values: table, isRowSparse: true)),
      ("bias", .init(zeros: [configuration.units])),
    ])
  }
  func outputShape(for input: ValueShape) -> ValueShape { ValueShape(width: units) }
  func process(_ input: PaddedIDs) -> Vectors {
    let table = state.tensors[0].values
    let bias = state.tensors[1].values
    return Vectors(
      values: (0..<input.count).flatMap { record in
        (0..<units).map { unit in input.ids(of: record).reduce(bias[unit]) { $0 + table[Int($1) * units + unit] } }
      }, width: units, count: input.count)
  }
  func forward(_ input: PaddedIDs, _ pass: TrainingPass) -> (output: Vectors, pullback: Pullback) {
    (
      process(input),
      { [units] gradient, gradients in
        for record in 0..<input.count {
          let row = gradient[record * units..<(record + 1) * units]
          for id in input.ids(of: record) { gradients.withRows(0) { $0.add(row, to: id) } }
          gradients.withDense(1) { bias in for (i, value) in row.enumerated() { bias[i] += value } }
        }
        return NoGradient()
      }
    )
  }
}

/// Twice the vectors: gradients flow through, nothing is learned.
struct Double2: DifferentiableStage, ConfiguredStage {
  static let type: StageType = "double"
  init(_ configuration: NoConfiguration, _ context: StageContext) {}
  func process(_ input: Vectors) -> Vectors { Vectors(values: input.values.map { 2 * $0 }, width: input.width, count: input.count) }
  func forward(_ input: Vectors, _ pass: TrainingPass) -> (output: Vectors, pullback: Pullback) {
    (process(input), { gradient, _ in gradient.map { 2 * $0 } })
  }
}

/// One spec type with three Swift types: by its setting it gives ids or texts, by its input it takes texts or tokens.
enum Either {
  struct Configuration: StageConfiguration {
    enum Output: String, CaseIterable, SettingValue { case ids, text, nothing }
    var output = Output.ids
    static let settings: [Setting<Self>] = [Setting("output", \.output, "What to give.")]
  }
  struct TextLengths: ConfiguredStage {
    typealias Configuration = Either.Configuration
    static let type: StageType = "either"
    init(_ configuration: Configuration, _ context: StageContext) {}
    func process(_ input: Texts) -> TokenIDs { TokenIDs((0..<input.count).map { [Int32(input.utf8(of: $0).count)] }) }
  }
  struct TokenCounts: ConfiguredStage {
    typealias Configuration = Either.Configuration
    static let type: StageType = "either"
    init(_ configuration: Configuration, _ context: StageContext) {}
    func process(_ input: Tokens) -> TokenIDs { TokenIDs((0..<input.count).map { [Int32(input.spans(of: $0).count)] }) }
  }
  struct Same: ConfiguredStage {
    typealias Configuration = Either.Configuration
    static let type: StageType = "either"
    init(_ configuration: Configuration, _ context: StageContext) {}
    func process(_ input: Texts) -> Texts { input }
  }
}

/// Another Swift type that calls itself tokens.
struct FalseTokens: StageValue, Equatable {
  static let kind: ValueKind = "tokens"
  let count: Int
  subscript(records: Range<Int>) -> FalseTokens { FalseTokens(count: records.count) }
}
struct Impostor: ConfiguredStage {
  static let type: StageType = "impostor"
  init(_ configuration: NoConfiguration, _ context: StageContext) {}
  func process(_ input: FalseTokens) -> TokenIDs { TokenIDs((0..<input.count).map { _ in [] }) }
}

/// A state that nothing here can find.
struct Given: LearnedStage {
  static let type: StageType = "given"
  let state: Parameters
  init(_ configuration: NoConfiguration, state: Parameters, _ context: StageContext) { self.state = state }
  func process(_ input: Texts) -> Texts { input }
}

func toyRegistry() throws -> StageRegistry {
  var registry = StageRegistry()
  try registry.register(Lower.self)
  try registry.register(Picky.self)
  try registry.register(Hasty.self)
  try registry.register(Loser.self)
  try registry.register(Pieces.self)
  try registry.register(Numbers.self)
  try registry.register(Pad.self)
  try registry.register(Sum.self)
  try registry.register(Double2.self)
  try registry.register(Given.self)
  try registry.register(
    "either", Either.Configuration.self, summary: "Either.", module: "HanpipeCoreTests",
    [StageFactory(Either.TextLengths.self), StageFactory(Either.TokenCounts.self), StageFactory(Either.Same.self)]
  ) { configuration, factory in
    switch configuration.output {
    case .ids: factory.outputKind == TokenIDs.kind
    case .text: factory.outputKind == Texts.kind
    case .nothing: false
    }
  }
  return registry
}

func blueprint(_ spec: String, only: Int? = nil) throws -> Blueprint {
  try Blueprint(PipelineSpec(parsing: spec.utf8), registry: toyRegistry(), only: only)
}
func blueprint(stages: String) throws -> Blueprint { try blueprint(#"{"stages": [\#(stages)]}"#) }

/// A pipeline of stages that learn nothing.
func pipeline(stages: String, files: [String: String] = [:]) throws -> Pipeline {
  try Pipeline(blueprint(stages: stages)) { path in
    guard let text = files[path.path] else { throw StateError.missing(path.path) }
    return Array(text.utf8)
  }
}
