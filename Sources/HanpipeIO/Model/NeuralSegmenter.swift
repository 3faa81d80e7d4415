public import HanpipeCore
public import HanpipeNeural
import HanpipeText

/// Words as a trained tagger sees them: a model directory whose last stage gives the tags B, M, E, S for characters.
///
///     {"type": "neural", "model": "../models/segmenter"}
///
/// No word ends inside of a run of letters and digits, a number, a run of katakana or an address, of which training text has too few
/// to learn it (`TextRuns`). White space, which the training text had between its words, always ends a word. A record of more than 256
/// characters is read in pieces of at most so many, cut behind the last end of a sentence or clause in reach, so that time is linear in
/// its length and memory bounded; only where 256 characters have neither may the cut go through a word.
public struct NeuralSegmenter: Segmenter, ConfiguredStage {
  public static let type: StageType = "neural"
  public static let summary = "Cuts text into words with a model that was trained on segmented text."

  public struct Configuration: StageConfiguration {
    public var model: ModelPath?
    public var precision: RecurrentConfiguration.Precision?
    public var criterion: String?
    public var list: ResourcePath?
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("model", \.model, "A model directory that ends in tags, as pipelines/segmenter.json trains it."),
      Setting(
        "criterion", \.criterion, "By whose convention words are told, of those that the model learned; null: as the model says."),
      Setting(
        "list", \.list,
        "A list of words of yours, one a line, whose convention answers follow, for a model that learned to; `criterion` is then "
          + "\"list\", or left out."),
      Setting("precision", \.precision, "Of the model's recurrent products: float32, bf16 or int8; null: as the model says."),
    ]
    public static var schemaRules: JSONObject {
      let follows: JSON = ["properties": ["list": ["type": "string"]], "required": ["list"]]
      return [
        "required": ["model"], "properties": ["model": ["type": "string"]],
        "if": follows, "then": ["properties": ["criterion": ["enum": ["list", .null]]]],
        "else": ["properties": ["criterion": ["not": ["const": "list"]]]],
      ]
    }
    public func validate(at path: SpecPath) throws(SpecError) {
      if model == nil { throw .missingKey(path, key: "model", meaning: "the path of a model that gives tags") }
      if criterion == NeuralSegmenter.ownList, list == nil {
        throw .missingKey(path, key: "list", meaning: "the path of a list of words, one a line")
      }
      if list != nil, let criterion, criterion != NeuralSegmenter.ownList {
        throw .cannot(
          path, "answers follow \"list\", so \"criterion\": \(criterion.json) has nothing to choose; remove one of them")
      }
    }
  }

  /// What `criterion` is where answers follow `list`, and the name that the model reads its words by.
  private static let ownList = "list"

  public let identity: [String: String]
  private let pipeline: Pipeline
  /// The list that answers follow.
  let list: FollowedList?

  /// - Throws: `SpecError`, `ModelError`, `FileError`: what is wrong with the model, or `NotTagger`.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    guard let path = configuration.model else {
      throw SpecError.missingKey(SpecPath(), key: "model", meaning: "the path of a model that gives tags")
    }
    let model = try InnerModel(path, context.resource)
    let list = try configuration.list.map { file in try context.parsed(file) { try WordList($0) } }
    identity = ["model": model.hash].merging(list.map { ["list": $0.hash] } ?? [:]) { $1 }
    self.list = try list.flatMap { list in
      try configuration.list.map { file in
        try FollowedList(list.value, named: context.resource.name(of: file), normalizers: model.normalizers(context.registry))
      }
    }
    let criterion = list == nil ? configuration.criterion : Self.ownList
    var count = 0
    pipeline = try model.pipeline(context.registry, resource: context.resource, list: self.list?.normalized) { spec in
      if let precision = configuration.precision { _ = spec.set("precision", to: precision.json, context.registry) }
      if let criterion { count = spec.set("use", to: .string(criterion), context.registry) }
    }
    if let criterion, count == 0 {
      throw SpecError.cannot(
        SpecPath(), "\(path.path) learned one convention only, so \"criterion\": \(criterion.json) has nothing to choose")
    }
    guard pipeline.blueprint.inputKind == Texts.kind,
      pipeline.blueprint.links.contains(where: { $0.factory.outputKind == Tokens.kind }),
      let answer = try pipeline.trace(Texts()).last as? Tags,
      answer.names.allSatisfy({ "BMES".contains($0.prefix(1)) && !$0.isEmpty })
    else { throw NotTagger(path: path.path, kind: pipeline.blueprint.outputKind) }
  }

  public func words(in text: String) throws -> [Range<Int>] {
    let tokens = try process(Texts([text]))
    return tokens.spans(of: 0).map(\.range)
  }

  /// Pieces that the model reads at a time: one or two of an encoder's chunks; and bytes, so that what stages hand on stays small
  /// where pieces are long.
  private static let batch = (pieces: 256, bytes: 1 << 16)

  public func process(_ texts: Texts) throws -> Tokens {
    var result = Tokens(texts)
    for (record, ranges) in try tagged(texts).enumerated() {
      try result.append(TextRuns(texts.utf8(of: record)).mending(ranges))
    }
    return result
  }

  /// The words of each record as the model's tags have them, which may end inside of letters and digits.
  func tagged(_ texts: Texts) throws -> [[Range<Int>]] {
    // Copied, so that places in what the model reads are places in the text as it is here, whatever came before.
    var pieces = Texts()
    var owners: [(record: Int, offset: Int)] = []
    for record in 0..<texts.count {
      let utf8 = texts.utf8(of: record)
      for range in TextPieces.cut(utf8) {
        pieces.append(validated: utf8[utf8.startIndex + range.lowerBound..<utf8.startIndex + range.upperBound])
        owners.append((record, range.lowerBound))
      }
    }
    var words = [[Range<Int>]](repeating: [], count: texts.count)
    for part in pieces.batches(records: Self.batch.pieces, length: Self.batch.bytes) {
      let trace = try pipeline.trace(pieces[part])
      guard let tags = trace.last as? Tags, let tokens = trace.last(where: { $0 is Tokens }) as? Tokens else { continue }
      let endsWord = tags.names.map { $0.hasPrefix("E") || $0.hasPrefix("S") }
      for i in 0..<part.count {
        let (record, offset) = owners[part.lowerBound + i]
        for word in Self.words(tokens.originalRanges(of: i), tags.tags(of: i), endsWord: endsWord) {
          words[record].append(offset + word.lowerBound..<offset + word.upperBound)
        }
      }
    }
    return words
  }

  /// The words that a record's tags make of its characters.
  private static func words(_ characters: [Range<Int>], _ tags: ArraySlice<Int32>, endsWord: [Bool]) -> [Range<Int>] {
    var words: [Range<Int>] = []
    words.reserveCapacity(characters.count)
    /// The last character, whether its tag says that a word ends, and where the word that it is in begins; nil between words.
    var last: (character: Range<Int>, isEnd: Bool)?
    var start: Int?
    func close(before next: Int) {
      guard let (character, isEnd) = last, let first = start else { return }
      // Characters that a normaliser made of one stay together; white space before the next one parts them.
      if next < character.upperBound || (next == character.upperBound && !isEnd) { return }
      if first < character.upperBound { words.append(first..<character.upperBound) }
      start = nil
    }
    // What a stage put in is nowhere in the text: the mark of a convention.
    for (character, tag) in zip(characters, tags) where !character.isEmpty {
      close(before: character.lowerBound)
      if start == nil { start = max(character.lowerBound, words.last?.upperBound ?? 0) }
      last = (character, endsWord[Int(tag)])
    }
    close(before: .max)
    return words
  }
}

/// A model that says nothing of words.
struct NotTagger: Error, CustomStringConvertible {
  let path: String
  let kind: ValueKind?
  var description: String {
    "\(path): gives \(kind?.rawValue ?? "nothing"); expected a model that takes text, cuts it into characters and gives the tags "
      + "B, M, E, S: train pipelines/segmenter.json"
  }
}
