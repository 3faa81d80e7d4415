public import HanpipeCore

/// A stage that turns words into ids.
public protocol WordIDs {
  var vocabulary: Vocabulary { get }
}

/// Turns words into ids. What it knows is a `Vocabulary`, counted from training data.
public struct VocabularyStage: FittableStage, WordIDs {
  public static let type: StageType = "vocabulary"
  public static let summary = "Turns words into ids: 0 padding, 1 unknown, then the most frequent words."

  public struct Configuration: StageConfiguration {
    public var minimumCount = 1
    /// V at most, the two reserved ids included: what sizes an embedding, as in Keras' `TextVectorization(max_tokens:)`.
    public var maximumSize: Int?
    /// A vocabulary that exists already; nothing is counted then.
    public var file: ResourcePath?
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("minimumCount", \.minimumCount, in: 1...1_000_000_000, "Rarer words are unknown."),
      Setting(
        "maximumSize", \.maximumSize, in: 3...WordCounter.capacity,
        "Ids at most, the two reserved ones included; the most frequent words are kept."),
      Setting(
        "file", \.file, "A vocabulary to look words up in, as `hanpipe vocabulary build` prints it, instead of counting."),
    ]
    public static var schemaRules: JSONObject {
      [
        "if": ["properties": ["file": ["type": "string"]], "required": ["file"]],
        "then": ["properties": ["minimumCount": ["const": 1], "maximumSize": ["const": .null]]],
      ]
    }

    public func validate(at path: SpecPath) throws(SpecError) {
      guard file != nil else { return }
      if minimumCount != 1 || maximumSize != nil {
        throw .cannot(path, "\"file\" holds the vocabulary, so \"minimumCount\" and \"maximumSize\" have nothing to choose")
      }
    }
  }

  public let state: Vocabulary
  public var vocabulary: Vocabulary { state }

  /// - Throws: `StateError.malformed` if the vocabulary is larger than the configuration allows.
  public init(_ configuration: Configuration, state: Vocabulary, _ context: StageContext) throws {
    if let maximum = configuration.maximumSize, state.size > maximum {
      throw StateError.malformed(
        Vocabulary.fileName,
        reason: "\(state.size) lines, but the spec's maximumSize is \(maximum); remove lines, or raise it and train again")
    }
    self.state = state
  }

  /// How many words there will be is not known before they are counted.
  public static func outputShape(_ configuration: Configuration, for input: ValueShape) -> ValueShape { ValueShape() }
  public func outputShape(for input: ValueShape) -> ValueShape { ValueShape(vocabularySize: state.size) }

  public func process(_ tokens: Tokens) -> TokenIDs { state.ids(of: tokens) }

  public static func fitter(_ configuration: Configuration) -> VocabularyFitter { VocabularyFitter(configuration) }
}

/// Turns words into ids with a vocabulary file that the spec names: one that was counted elsewhere, or edited.
public struct VocabularyLookup: ConfiguredStage, WordIDs {
  public typealias Configuration = VocabularyStage.Configuration
  public static let type = VocabularyStage.type
  public static let summary = VocabularyStage.summary

  public let vocabulary: Vocabulary
  private let hash: String

  /// - Throws: `FileError` with a `StateError.malformed` that names the line, or with what reading threw.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    guard let file = configuration.file else {
      throw SpecError.missingKey(SpecPath(), key: "file", meaning: "the path of a vocabulary")
    }
    (vocabulary, hash) = try context.parsed(file) { try Vocabulary(tsv: $0) }
  }

  public var identity: [String: String] { ["vocabulary": hash] }
  public func outputShape(for input: ValueShape) -> ValueShape { ValueShape(vocabularySize: vocabulary.size) }
  public func process(_ tokens: Tokens) -> TokenIDs { vocabulary.ids(of: tokens) }
}

extension Vocabulary {
  /// The id of every word.
  public func ids(of tokens: Tokens) -> TokenIDs {
    var result = TokenIDs()
    var ids: [Int32] = []
    tokens.texts.bytes.withUnsafeBufferPointer { bytes in
      for record in 0..<tokens.count {
        let base = tokens.texts.starts[record]
        ids.removeAll(keepingCapacity: true)
        for span in tokens.spans(of: record) {
          ids.append(id(of: UnsafeBufferPointer(rebasing: bytes[base + Int(span.start)..<base + Int(span.end)])))
        }
        result.append(ids)
      }
    }
    return result
  }
}

/// Counts words as they pass by; memory is bounded, as `WordCounter` says.
public struct VocabularyFitter: StageFitter {
  private let configuration: VocabularyStage.Configuration
  private var counter: WordCounter

  init(_ configuration: VocabularyStage.Configuration, capacity: Int = WordCounter.capacity) {
    self.configuration = configuration
    counter = WordCounter(capacity: capacity)
  }

  public mutating func observe(_ tokens: Tokens) {
    tokens.texts.bytes.withUnsafeBufferPointer { bytes in
      for record in 0..<tokens.count {
        let base = tokens.texts.starts[record]
        for span in tokens.spans(of: record) {
          let word = UnsafeBufferPointer(rebasing: bytes[base + Int(span.start)..<base + Int(span.end)])
          // A list says what it says through its words; an id of its own would be one for each that is named later.
          if CriterionMark.list(word) == nil { counter.add(word) }
        }
      }
    }
  }

  public consuming func finish() -> Vocabulary {
    counter.vocabulary(minimumCount: configuration.minimumCount, maximumSize: configuration.maximumSize)
  }
}
