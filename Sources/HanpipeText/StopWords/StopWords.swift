public import HanpipeCore

/// Drops words of a list, such as 的 and 了, that tell a classifier nothing.
///
///     {"type": "stop-words", "list": "stop-words.txt", "words": ["酒店"], "keep": ["不"]}
///
/// Words whose tokens are dropped stay in the text: offsets of the others are as they were. A token is dropped whole or not at all.
public struct StopWords: TokenFilter, ConfiguredStage, ReasoningStage {
  public static let type: StageType = "stop-words"
  public static let summary = "Drops the words of a list of yours."

  public struct Configuration: StageConfiguration {
    public var list: ResourcePath?
    public var words: [String] = []
    public var keep: [String] = []
    public var matching = Lexicon.Matching.folded
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("list", \.list, "A file of words to drop, one a line; a line that begins with # is a comment."),
      Setting("words", \.words, "Words to drop, beside those of the list."),
      Setting("keep", \.keep, "Words that stay, whatever the list says."),
      Setting("matching", \.matching, "Whether words are found in other case and width too (folded), or as they stand (exact)."),
    ]
    public static var schemaRules: JSONObject {
      [
        "anyOf": [
          ["required": ["list"], "properties": ["list": ["type": "string"]]],
          ["required": ["words"], "properties": ["words": ["minItems": 1]]],
        ],
        "properties": ["words": ["items": Self.word], "keep": ["items": Self.word]],
      ]
    }
    private static let word: JSON = ["pattern": #"^\S(.*\S)?$"#]

    public func validate(at path: SpecPath) throws(SpecError) {
      if list == nil, words.isEmpty {
        throw .missingKey(path, key: "list", meaning: "the path of a file of words, one a line, or \"words\", an array of them")
      }
      for (key, words) in [("words", words), ("keep", keep)] {
        for (i, word) in words.enumerated() {
          let utf8 = Array(word.utf8)
          if utf8.isEmpty || StopWordLines.trimmed(utf8, utf8.indices) != utf8.indices || word.utf8.contains(0x0A) {
            throw .badValue(path[key][i], found: word.json.excerpt, allowed: "a word without white space around it")
          }
        }
      }
    }
  }

  public let identity: [String: String]
  /// The list, as the spec names it.
  private let file: String
  private let dropped: LexiconWords
  private let kept: LexiconWords

  /// - Throws: `FileError` with a `StopWordError` that names the line.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    let list = try configuration.list.map { file in try context.parsed(file) { try StopWordLines($0) } }
    file = configuration.list?.path ?? ""
    identity = list.map { ["list": $0.hash] } ?? [:]
    let folds = configuration.matching == .folded
    var dropped = LexiconWords(folds: folds, bytes: 64 + (list?.value.bytes.count ?? 0))
    var kept = LexiconWords(folds: folds, bytes: 64)
    try dropped.insert(StopWordLines(configuration.words))
    if let list { try dropped.insert(list.value) }
    try kept.insert(StopWordLines(configuration.keep))
    (self.dropped, self.kept) = (dropped, kept)
  }

  public func keeps(_ word: String) -> Bool {
    var word = word
    return word.withUTF8 { entry($0, 0..<$0.count) == 0 }
  }

  public func process(_ tokens: Tokens) -> Tokens {
    var result = Tokens(tokens.texts)
    var spans: [Tokens.Span] = []
    tokens.texts.forEachUTF8 { record, utf8 in
      spans.removeAll(keepingCapacity: true)
      for span in tokens.spans(of: record) where entry(utf8, span.range) == 0 { spans.append(span) }
      result.append(validated: spans)
    }
    return result
  }

  public func reasons(for output: Tokens, from tokens: Tokens) -> WordReasons {
    var result = WordReasons()
    tokens.texts.forEachUTF8 { record, utf8 in
      let missed = tokens.spans(of: record).compactMap { span in
        let entry = entry(utf8, span.range)
        return entry == 0 ? nil : MissedWord(span.range, reason(entry))
      }
      result.append(Array(repeating: nil, count: output.length(of: record)), missed: missed)
    }
    return result
  }

  private func reason(_ entry: UInt32) -> WordReason {
    let line = dropped.entry(entry).line
    if line == 0 { return WordReason(Self.type.rawValue, "dropped, one of \"words\" of the stage \"\(Self.type)\"") }
    let place = WordReason.Place(file: file, line: line)
    return WordReason(Self.type.rawValue, "dropped by \(place), a stop word", place: place)
  }

  /// What drops a word; 0 if nothing does.
  private func entry(_ utf8: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> UInt32 {
    let hash = dropped.hash(of: range, in: utf8)
    let entry = dropped.find(.force, range, in: utf8, hash: hash)
    return entry == 0 || kept.find(.force, range, in: utf8, hash: hash) == 0 ? entry : 0
  }

  // MARK: Negators

  /// What turns a sentence's meaning round where it stands, and is lost on a classifier that does not see it.
  public static let negators: [String] = [
    "不", "没", "沒", "无", "無", "未", "非", "别", "別", "莫", "勿", "毋", "甭", "没有", "沒有", "不是", "不会", "不會", "不能", "不要", "不用",
    "不想", "不必", "不得", "不可", "不敢", "不肯", "不够", "不夠", "不再", "不太", "不怎么", "不如", "不到", "不行", "不好", "不对", "没什么", "没法",
    "没能", "没人", "无法", "未必", "未曾", "不曾", "从不", "从未", "从没", "并不", "并非", "并没有", "毫无", "毫不", "决不", "绝不", "也不", "也没",
    "都不", "都没", "不该", "不应", "不应该", "不至于", "不知道", "不然", "no", "not", "never", "don't", "can't", "isn't",
  ]

  /// The negators that the stage drops, with the list's lines that say so.
  public var droppedNegators: [(word: String, line: WordReason.Place?)] {
    Self.negators.compactMap { word in
      var utf8 = word
      let entry = utf8.withUTF8 { self.entry($0, 0..<$0.count) }
      return entry == 0 ? nil : (word, reason(entry).place)
    }
  }
}

extension LexiconWords {
  /// Adds words without a rule of their own.
  fileprivate mutating func insert(_ lines: StopWordLines) throws(LexiconError) {
    try lines.bytes.withUnsafeBufferPointer { (bytes) throws(LexiconError) in
      for line in lines.lines { try insert(LexiconLine(number: line.number, text: line.word, rule: .force, parts: []), bytes) }
    }
  }
}
