public import HanpipeCore

/// Words of a dictionary and a model of boundaries, weighed against each other in a word lattice; the best path wins.
///
///     我不喜欢吃苹果 → 我 | 不 | 喜欢 | 吃 | 苹果
///
/// The lattice has an edge for each word of the dictionary, and for each unknown one of up to eight characters; what speaks for its
/// boundaries are sequences of one to three characters around them. Nothing is cut inside of a unit (`UnitScanner`). Texts are
/// scored in blocks of 2,048 units that overlap by 256, so that time is linear and memory bounded however long a text is.
public struct LexiconSegmenter: Segmenter, ConfiguredStage {
  public static let type: StageType = "lexicon"
  public static let summary = "Cuts text into words with a dictionary, frequencies and a learned model of unknown words."

  public enum Mode: String, SettingValue, CaseIterable { case exact, search }
  public enum Unknown: String, SettingValue, CaseIterable { case model, characters }
  public enum UserWordsRule: String, SettingValue, CaseIterable { case win, compete }

  public struct Configuration: StageConfiguration, SelectingConfiguration {
    public var dictionary: ResourcePath?
    public var user: [ResourcePath] = []
    public var userWords = UserWordsRule.win
    public var mode = Mode.exact
    public var unknown: Unknown?
    public var skipMalformed = false
    public var keepWhitespace = false
    public var keepPunctuation = true
    public init() {}
    public static let settings: [Setting<Self>] =
      [
        Setting(
          "dictionary", \.dictionary,
          "The dictionary: as `hanpipe vocabulary build --segmented` makes it, or text of a word and its frequency a line."),
        Setting(
          "user", \.user, "More words, in text: `word [frequency] [tag]` (jieba's) or word TAB frequency. The last file wins."),
        Setting(
          "userWords", \.userWords,
          "Whether those words stand wherever they can (win; of overlapping ones those that cover most), or their frequencies decide."),
        Setting(
          "mode", \.mode,
          "Whether words of two to eight characters inside of words are given out too (search): tokens then overlap, and are sorted by "
            + "where they begin, the shorter first."),
        Setting(
          "unknown", \.unknown,
          "What is in no dictionary: words that the dictionary's model finds, or single characters. Without: the model if there is one."
        ),
        Setting("skipMalformed", \.skipMalformed, "Whether wrong lines of a dictionary in text are left out instead of refused."),
      ] + selectionSettings(\.keepWhitespace, \.keepPunctuation)
    public static var schemaRules: JSONObject { ["required": ["dictionary"], "properties": ["dictionary": ["type": "string"]]] }

    public func validate(at path: SpecPath) throws(SpecError) {
      if dictionary == nil { throw .missingKey(path, key: "dictionary", meaning: "the path of a dictionary") }
    }
  }

  public let identity: [String: String]
  /// The wrong lines that were left out.
  public let warnings: [String]
  let rules: LatticeRules
  /// The user's files, as the spec names them.
  let userFiles: [String]
  let userWordsRule: UserWordsRule
  let frequencies = WordFrequencies()
  private let decoders = Pool { LatticeWorker() }

  /// - Throws: `FileError` with a `DictionaryError` if a file is wrong.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    guard let path = configuration.dictionary else {
      throw SpecError.missingKey(SpecPath(), key: "dictionary", meaning: "the path of a dictionary")
    }
    var files = DictionaryFiles(context: context, skipsMalformed: configuration.skipMalformed)
    var rules = try files.rules(path)
    let hasModel = rules.dictionary.model == .learned
    if configuration.unknown == .model, !hasModel { throw FileError(path.path, DictionaryError.noModel) }
    rules.joinsUnknown = hasModel && configuration.unknown != .characters
    for (i, path) in configuration.user.enumerated() {
      rules.add(user: try files.text(path, as: "user \(i + 1)"), file: i + 1, win: configuration.userWords == .win)
    }
    rules.isSearch = configuration.mode == .search
    rules.selection = configuration.selection
    self.rules = rules
    userFiles = configuration.user.map(\.path)
    userWordsRule = configuration.userWords
    identity = files.identity
    warnings = files.warnings
  }

  public func process(_ texts: Texts) throws -> Tokens {
    try decoders.lend { worker in
      var tokens = Tokens(texts)
      try texts.forEachUTF8 { _, utf8 in tokens.append(validated: try worker.spans(utf8, rules)) }
      return tokens
    }
  }

  /// The words of one text, as byte ranges; with `"mode": "search"` they overlap.
  public func words(in text: String) throws -> [Range<Int>] {
    var text = text
    return try text.withUTF8 { utf8 in try decoders.lend { try $0.spans(utf8, rules).map(\.range) } }
  }
}

/// A decoder with its buffers, for one thread at a time.
// Its only mutable state is reached through the pool that lends it to one caller at a time, and no reference to it is kept.
private final class LatticeWorker: @unchecked Sendable {
  private var decoder = LatticeDecoder()
  private var spans: [Tokens.Span] = []

  func spans(_ utf8: UnsafeBufferPointer<UInt8>, _ rules: LatticeRules) throws -> [Tokens.Span] {
    guard utf8.count <= Int32.max else { throw TextTooLong(bytes: utf8.count) }
    spans.removeAll(keepingCapacity: true)
    decoder.decode(utf8, rules, into: &spans)
    return spans
  }
}

/// The files that a segmenter is made of, as they are read.
private struct DictionaryFiles {
  let context: StageContext
  let skipsMalformed: Bool
  var identity: [String: String] = [:]
  var warnings: [String] = []

  init(context: StageContext, skipsMalformed: Bool) {
    self.context = context
    self.skipsMalformed = skipsMalformed
  }

  /// The dictionary: a compiled one stays where it lies, one in text is read.
  mutating func rules(_ path: ResourcePath) throws -> LatticeRules {
    let storage = try context.resource.mapped(path)
    do {
      // A compiled one has a checksum, which is tested in any case; SHA-256 would take longer than all else.
      let checksum = storage.withBytes { LatticeDictionary.isCompiled($0) ? LatticeDictionary.storedChecksum($0) : nil }
      if let checksum {
        identity["dictionary"] = checksum
        return try LatticeRules(compiled: storage)
      }
      return try LatticeRules(text(path, as: "dictionary"))
    } catch let error as DictionaryError {
      throw FileError(path.path, error)
    }
  }

  /// A list of words.
  mutating func text(_ path: ResourcePath, as name: String) throws -> DictionaryLines {
    let bytes = try context.resource(path)
    identity[name] = SHA256.hex(bytes)
    var leftOut = LeftOutLines<DictionaryError>()
    defer { warnings += leftOut.warnings(path.path) }
    do {
      return try skipsMalformed ? DictionaryLines(bytes, skipped: { leftOut.add($0) }) : DictionaryLines(bytes)
    } catch {
      throw FileError(path.path, error)
    }
  }
}
