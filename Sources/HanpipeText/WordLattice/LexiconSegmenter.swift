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

  public struct Configuration: StageConfiguration, SelectingConfiguration {
    public var dictionary: ResourcePath?
    public var user: [ResourcePath] = []
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
          "mode", \.mode,
          "Whether the words inside of long ones are given out too (search); tokens then overlap, sorted by where they begin."),
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
  private let rules: LatticeRules
  private let decoders = Pool { LatticeWorker() }

  /// - Throws: `FileError` with a `DictionaryError` if a file is wrong.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    guard let path = configuration.dictionary else {
      throw SpecError.missingKey(SpecPath(), key: "dictionary", meaning: "the path of a dictionary")
    }
    var identity: [String: String] = [:]
    let skipped: ((DictionaryError) -> Void)? = configuration.skipMalformed ? { _ in } : nil
    var rules = try Self.read(path, context) { (bytes) throws(DictionaryError) in
      // A compiled one has a checksum, which is tested in any case; SHA-256 would take longer than all else.
      identity["dictionary"] = LatticeDictionary.checksum(ofCompiled: bytes) ?? SHA256.hex(bytes)
      return try LatticeRules(dictionary: bytes, skipped: skipped)
    }
    if configuration.unknown == .model, !rules.dictionary.hasModel { throw FileError(path.path, DictionaryError.noModel) }
    rules.joinsUnknown = rules.dictionary.hasModel && configuration.unknown != .characters
    for (i, path) in configuration.user.enumerated() {
      try Self.read(path, context) { (bytes) throws(DictionaryError) in
        identity["user \(i + 1)"] = SHA256.hex(bytes)
        try rules.add(user: LatticeDictionary.readWords(bytes, skipped: skipped))
      }
    }
    rules.isSearch = configuration.mode == .search
    rules.selection = configuration.selection
    self.rules = rules
    self.identity = identity
  }

  private static func read<R>(
    _ path: ResourcePath, _ context: StageContext, _ body: ([UInt8]) throws(DictionaryError) -> R
  ) throws -> R {
    let bytes = try context.resource(path)
    do { return try body(bytes) } catch { throw FileError(path.path, error) }
  }

  public func process(_ texts: Texts) throws -> Tokens {
    try decoders.lend { worker in
      var tokens = Tokens(texts)
      try texts.bytes.withUnsafeBufferPointer { bytes in
        for record in 0..<texts.count {
          let utf8 = UnsafeBufferPointer(rebasing: bytes[texts.starts[record]..<texts.starts[record + 1]])
          tokens.append(validated: try worker.spans(utf8, rules))
        }
      }
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

extension LatticeRules {
  /// The rules that a dictionary's file holds, compiled or text.
  init(dictionary bytes: [UInt8], skipped: ((DictionaryError) -> Void)?) throws(DictionaryError) {
    if LatticeDictionary.isCompiled(bytes) {
      self.init(dictionary: try LatticeDictionary(compiled: [UInt64](aligning: bytes)))
    } else {
      let (dictionary, exactWords) = try LatticeDictionary.text(bytes, skipped: skipped)
      self.init(dictionary: dictionary, exactWords: exactWords)
    }
  }

  /// Adds words of the user's. One without a frequency is worth a little more than what it would be cut into, as with jieba.
  mutating func add(user words: [DictionaryLine]) {
    var decoder = LatticeDecoder()
    var scored: [(word: ArraySlice<UInt8>, score: Int16)] = []
    for line in words {
      let units = UnitCodes.none.units(of: line.word).count
      var score = Int(dictionary.score(units: units, count: line.count ?? 1))
      if line.count == nil {
        let best = line.word.withUnsafeBufferPointer { decoder.bestScore(of: $0, self) }
        score = max(score, best + Self.preference * units)
      }
      scored.append((line.word, Int16(max(-30_000, min(30_000, score)))))
    }
    for (word, score) in scored { exactWords.insert(word, score: score) }
  }

  /// What a word without a frequency is worth above its parts, for each of its units.
  private static let preference = 32
}

extension [UInt64] {
  /// The same bytes, aligned, filled up with zeros.
  init(aligning bytes: [UInt8]) {
    self.init(repeating: 0, count: (bytes.count + 7) / 8)
    withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  }
}
