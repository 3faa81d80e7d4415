internal import CICU
public import HanpipeCore

/// ICU's word break with its Chinese dictionary, corrected by a lexicon.
///
///     我喜欢吃苹果 → 我 | 喜欢 | 吃 | 苹果
///
/// Latin words, numbers and emoji (families joined by ZWJ too) stay whole, as Unicode Standard Annex 29 has it, and addresses,
/// percentages and times too (`FixedWords`). Plain Chinese text is cut without ICU's own loop, by its dictionary and to the same words
/// (`CICU`), at five times the speed. Texts are cut into chunks of 32,768 UTF-16 units that overlap, so that time is linear
/// in a text's length and memory bounded by its longest word; a run of ideographs beyond that without punctuation may be cut
/// differently near a chunk's end than ICU would alone.
public struct ICUSegmenter: Segmenter, ConfiguredStage {
  public static let type: StageType = "icu"
  public static let summary = "Cuts text into words with ICU's dictionary, corrected by a lexicon of yours."

  public struct Configuration: StageConfiguration, SelectingConfiguration {
    public var locale = "zh"
    public var keepWhitespace = false
    public var keepPunctuation = true
    public var lexicon: ResourcePath?
    public var matching = Lexicon.Matching.folded
    public var skipMalformed = false
    public init() {}
    public static let settings: [Setting<Self>] =
      [Setting("locale", \.locale, "Language whose rules ICU follows; its dictionary serves Chinese and Japanese in all.")]
      + selectionSettings(\.keepWhitespace, \.keepPunctuation)
      + [
        Setting("lexicon", \.lexicon, "TAB-separated file of words that correct ICU: text, rule (force, prefer, split), parts."),
        Setting("matching", \.matching, Lexicon.Matching.help),
        Setting("skipMalformed", \.skipMalformed, Lexicon.skipHelp),
      ]

    public func validate(at path: SpecPath) throws(SpecError) {
      guard !locale.utf8.contains(0), hp_icu_knows_locale(locale) != 0 else {
        throw .badValue(
          path["locale"], found: JSON.string(locale).description, allowed: "a language code such as \"zh\" or \"zh-Hant\"")
      }
    }
  }

  /// Why a token is one.
  public enum Origin: Sendable, Equatable {
    case icu
    /// An entry of the lexicon, by its rule and line.
    case lexicon(Lexicon.Rule, line: Int)
  }

  /// The version of the ICU library in this process, such as `72.1`.
  public static let icuVersion: String = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 20) { buffer in
    guard let base = buffer.baseAddress else { return "" }
    hp_icu_version(base)
    return String(cString: base)
  }

  public let identity: [String: String]
  public let warnings: [String]
  public let lexicon: Lexicon?
  /// The lexicon's file, as the spec names it.
  let lexiconFile: String
  private let selection: TokenSelection
  let breakers: Pool<WordBreaker>

  /// - Throws: `FileError` with a `LexiconError` if the lexicon is wrong, `ICUError` if ICU has no data.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    var identity = ["icu": Self.icuVersion]
    let file = try configuration.lexicon.map { path in
      try LexiconFile(path, configuration.matching, configuration.skipMalformed, context)
    }
    identity["lexicon"] = file?.hash
    lexicon = file?.lexicon
    lexiconFile = configuration.lexicon?.path ?? ""
    warnings = file?.warnings ?? []
    self.identity = identity
    selection = configuration.selection
    let locale = configuration.locale
    breakers = Pool { try WordBreaker(locale: locale) }
    // The first iterator is opened here, so that ICU without data is found now and the first record does not wait for it.
    try breakers.lend { _ in }
  }

  public func process(_ texts: Texts) throws -> Tokens {
    try breakers.lend { breaker in
      var tokens = Tokens(texts)
      try texts.forEachUTF8 { _, utf8 in tokens.append(validated: try breaker.spans(utf8, lexicon, selection)) }
      return tokens
    }
  }

  public func words(in text: String) throws -> [Range<Int>] { try explain(text).map(\.range) }

  /// The words of one text, as byte ranges, each with what made it a word.
  public func explain(_ text: String) throws -> [(range: Range<Int>, origin: Origin)] {
    var text = text
    return try text.withUTF8 { utf8 in
      let words = try breakers.lend { breaker in
        try breaker.findWords(utf8, lexicon)
        return breaker.words
      }
      var start = 0
      return words.compactMap { word in
        defer { start = Int(word.end) }
        let range = start..<Int(word.end)
        guard selection.keeps(UnsafeBufferPointer(rebasing: utf8[range])) else { return nil }
        return (range, lexicon?.origin(of: word) ?? .icu)
      }
    }
  }
}

extension Lexicon {
  fileprivate func origin(of word: Word) -> ICUSegmenter.Origin {
    guard word.entry > 0 else { return .icu }
    let (rule, line) = entry(word.entry)
    return .lexicon(rule, line: line)
  }
}
