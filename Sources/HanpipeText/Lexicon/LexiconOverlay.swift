public import HanpipeCore

/// Words of the user's correct the words of whatever stage stands before.
///
///     {"type": "user-words", "lexicon": "mine.tsv"}    天安门 | 广场 → 天安门广场
///
/// What no token covers, such as white space, may become part of a word of the lexicon's; the rest of it stays uncovered. Of tokens
/// that overlap, as in a search mode, only the outermost are given on.
public struct LexiconOverlay: ConfiguredStage {
  public static let type: StageType = "user-words"
  public static let summary = "Corrects words by a lexicon of yours, whatever stage they come from."

  public struct Configuration: StageConfiguration {
    public var lexicon: ResourcePath?
    public var matching = Lexicon.Matching.folded
    public var skipMalformed = false
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("lexicon", \.lexicon, "TAB-separated file of words: text, rule (force, prefer, split), parts."),
      Setting("matching", \.matching, Lexicon.Matching.help),
      Setting("skipMalformed", \.skipMalformed, Lexicon.skipHelp),
    ]

    public static var schemaRules: JSONObject { ["required": ["lexicon"], "properties": ["lexicon": ["type": "string"]]] }
    public func validate(at path: SpecPath) throws(SpecError) {
      if lexicon == nil { throw .missingKey(path, key: "lexicon", meaning: "the path of a file of words") }
    }
  }

  public let identity: [String: String]
  public let warnings: [String]
  let lexicon: Lexicon
  /// The lexicon's file, as messages call it.
  let file: String

  /// Corrects by a lexicon that has been read.
  /// - Parameter file: where from.
  public init(_ lexicon: Lexicon, file: String) {
    (self.lexicon, self.file) = (lexicon, file)
    identity = [:]
    warnings = []
  }

  /// - Throws: `FileError` with a `LexiconError` if the lexicon is wrong.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    guard let path = configuration.lexicon else {
      throw SpecError.missingKey(SpecPath(), key: "lexicon", meaning: "the path of a file of words")
    }
    let file = try LexiconFile(path, configuration.matching, configuration.skipMalformed, context)
    lexicon = file.lexicon
    self.file = path.path
    identity = ["lexicon": file.hash]
    warnings = file.warnings
  }

  public func process(_ tokens: Tokens) -> Tokens {
    var result = Tokens(tokens.texts)
    var worker = Worker()
    tokens.texts.forEachUTF8 { record, utf8 in
      result.append(validated: worker.corrected(tokens.spans(of: record), utf8, lexicon))
    }
    return result
  }

  /// Buffers that are kept from record to record.
  struct Worker {
    private(set) var fixed = FixedWords()
    private(set) var words: [Word] = []
    private var scratch = Lexicon.Scratch()
    private var spans: [Tokens.Span] = []

    mutating func corrected(
      _ tokens: ArraySlice<Tokens.Span>, _ utf8: UnsafeBufferPointer<UInt8>, _ lexicon: Lexicon
    ) -> [Tokens.Span] {
      cover(tokens, utf8.count)
      fixed.find(in: utf8)
      lexicon.correct(&words, in: utf8, closed: fixed.addresses, scratch: &scratch)
      spans.removeAll(keepingCapacity: true)
      var start: Int32 = 0
      var next = tokens.startIndex
      for word in words {
        while next < tokens.endIndex, tokens[next].end <= start { next += 1 }
        // A piece that the lexicon did not make lies inside of one token, or between two.
        if word.entry != 0 || (next < tokens.endIndex && tokens[next].start <= start) {
          spans.append(Tokens.Span(Int(start), Int(word.end)))
        }
        start = word.end
      }
      return spans
    }

    /// Words that cover the text: the outermost tokens, and what lies between them.
    mutating func cover(_ tokens: ArraySlice<Tokens.Span>, _ count: Int) {
      words.removeAll(keepingCapacity: true)
      var end: Int32 = 0
      for token in tokens where token.start >= end && token.start < token.end {
        if token.start > end { words.append(Word(end: token.start, entry: 0)) }
        words.append(Word(end: token.end, entry: 0))
        end = token.end
      }
      if Int(end) < count { words.append(Word(end: Int32(count), entry: 0)) }
    }
  }
}

/// A lexicon that a spec names, as the stages that use one read it.
struct LexiconFile {
  let lexicon: Lexicon
  /// Of the file, SHA-256.
  let hash: String
  let warnings: [String]

  /// - Throws: `FileError` with a `LexiconError`.
  init(
    _ path: ResourcePath, _ matching: Lexicon.Matching, _ skipsMalformed: Bool, _ context: StageContext
  ) throws {
    let bytes = try context.resource(path)
    hash = SHA256.hex(bytes)
    do { lexicon = try Lexicon(bytes, matching: matching, skipsMalformed: skipsMalformed) } catch {
      throw FileError(path.path, error)
    }
    warnings = lexicon.skipped.count > 0 ? ["\(path.path): \(lexicon.skipped)"] : []
  }
}

extension Lexicon {
  static let skipHelp = "Whether wrong lines of the lexicon are left out, with a warning, instead of refused."
}
extension Lexicon.Matching {
  static let help = "Whether the lexicon's texts are found in other case and width too (folded), or as they stand (exact)."
}
