public import HanpipeCore

/// What lists of words say about each token: of the words that begin, go on, or end at it, by length, how frequent the most frequent
/// one is in each source; of the token alone, how frequent it is as a word. Such features carry what the training text lacks (Zhang,
/// Liu & Fu 2018, arXiv:1711.05544), and whole words, which the n-grams of a window cut off.
public struct DictionaryFeatures: ConfiguredStage, AlignedStage {
  public static let type: StageType = "dictionary-features"
  public static let summary = "How frequent the words of a list are that begin, go on, or end at each token."

  public struct Configuration: StageConfiguration {
    public var dictionary: ResourcePath?
    public var criteria = 0
    public var lists = false
    public var ways = false
    public var lacks = false
    public var sources: Int?
    public var list: ResourcePath?
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("dictionary", \.dictionary, "A word a line, and behind it, each after a TAB, its count in each source."),
      Setting(
        "criteria", \.criteria, in: 0...CriterionMark.limit,
        "Of how many conventions of `criterion` words have ids of their own too, beside those for all."),
      Setting("lists", \.lists, "Whether words of the list that a text follows (`criterion`) have ids of their own too."),
      Setting(
        "ways", \.ways,
        "With `lists`: whether ids also say which words of that list fit beside each other (maximum matching, the most frequent words)."),
      Setting(
        "lacks", \.lacks,
        "With `ways`: whether ids also say what it tells that the list lacks a word which sources know: how many as long and frequent, "
          + "and beginning and ending so, it has; of each token, how many words that begin and end with it."),
      Setting(
        "sources", \.sources, in: 1...CountedWords.largestSourceCount,
        "How many columns, the first ones, are sources that all texts see, but for that of number n modulo so many where list n is "
          + "followed: the others are lists only. null: all are, always."),
      Setting(
        "list", \.list,
        "A word a line, in the form that texts have here: what \"list\" (`criterion`) follows. `neural` sets it from a list of yours."),
    ]
    public static var schemaRules: JSONObject { ["required": ["dictionary"], "properties": ["dictionary": ["type": "string"]]] }
    public func validate(at path: SpecPath) throws(SpecError) {
      if dictionary == nil { throw .missingKey(path, key: "dictionary", meaning: "the path of a list of words") }
      // `ways` alone was never refused without `lists`: models that say so are about.
      if lacks, !(lists && ways) {
        throw .cannot(path, "\"lacks\" tells of a list that texts follow: it needs \"lists\": true and \"ways\": true beside it")
      }
    }
  }

  public let identity: [String: String]
  private let words: CountedWords
  private let criteria: Int
  private let followsLists: Bool
  private let extent: FollowedList.Extent
  private let sources: Int
  /// Whether a text that follows a list does not see the source that the list is of.
  private let hidesSource: Bool
  /// Where what a list lacks has ids.
  private let coverages: ListCoverages?

  /// - Throws: `FileError` with a `CountedWords.Failure` that names the line, or with what reading threw.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    guard let file = configuration.dictionary else {
      throw SpecError.missingKey(SpecPath(), key: "dictionary", meaning: "the path of a list of words")
    }
    var (words, hash) = try context.parsed(file) { try CountedWords($0, keepsShapes: configuration.lacks) }
    var identity = ["dictionary": hash]
    if let file = configuration.list {
      let list = try context.parsed(file) { try WordList($0) }
      words.add(list.value)
      identity["list"] = list.hash
    }
    (self.words, self.identity) = (words, identity)
    criteria = configuration.criteria
    followsLists = configuration.lists
    extent = FollowedList.Extent(ways: configuration.lists && configuration.ways, lacks: configuration.lacks)
    sources = min(words.sourceCount, configuration.sources ?? words.sourceCount)
    hidesSource = configuration.sources != nil
    coverages = configuration.lacks ? ListCoverages() : nil
  }

  public func outputShape(for input: ValueShape) -> ValueShape {
    ValueShape(
      vocabularySize: idCount * (criteria + 1) + (followsLists ? FoundWords.roles : 0) + extent.idCount)
  }

  /// Of each source, and level, of each role.
  private var idCount: Int { sources * FoundWords.roles * CountedWords.levels }

  /// - Complexity: O(tokens · longest word + ids).
  public func process(_ tokens: Tokens) -> FeatureIDs {
    var result = FeatureIDs()
    // A token has some fifteen: a guess that saves moving what is there each time that it doubles.
    let total = tokens.starts.last ?? 0
    result.reserveCapacity(steps: total, ids: total * 16)
    var scalars = TokenScalars()
    var found = FoundWords(words)
    var followed = FollowedList(extent, words)
    let all = words.masks(columns: sources, hiding: nil)
    for record in 0..<tokens.count {
      tokens.texts.utf8(of: record).withUnsafeBufferPointer { scalars.read($0, tokens.spans(of: record)) }
      found.begin(tokens: tokens.length(of: record))
      let own = own(tokens, record)
      guard case .list(let list, _) = own else {
        words.forEachWord(in: scalars) { found.note($0, word: $1) }
        found.append(to: &result, own, all, followed, scalars)
        continue
      }
      let masks = hidesSource && list != words.listColumn ? words.masks(columns: sources, hiding: list % sources) : all
      let coverage = coverages?.coverage(of: list) { ListCoverage(of: list, in: words, masks) }
      followed.begin(tokens: tokens.length(of: record), list: list, masks, coverage)
      words.forEachWord(in: scalars) {
        found.note($0, word: $1)
        followed.note($0, word: $1)
      }
      followed.finish()
      found.append(to: &result, own, masks, followed, scalars)
    }
    return result
  }

  /// An id is made from the words that it stands for, or from its own token where there is none.
  public func origins(of output: FeatureIDs, in tokens: Tokens) -> [Range<Int>] {
    var origins = (0..<tokens.count).flatMap { record in
      (0..<tokens.length(of: record)).flatMap { token in
        repeatElement(token..<token + 1, count: output.ids(ofStep: tokens.starts[record] + token).count)
      }
    }
    var scalars = TokenScalars()
    for record in 0..<tokens.count {
      tokens.texts.utf8(of: record).withUnsafeBufferPointer { scalars.read($0, tokens.spans(of: record)) }
      let own = own(tokens, record)
      words.forEachWord(in: scalars) { range, word in
        FoundWords.forEachRole(of: range) { role, token in
          let step = tokens.starts[record] + token
          for place in output.bounds[step]..<output.bounds[step + 1] where stands(output.ids[place], for: word, role, own) {
            let known = origins[place]
            origins[place] = min(known.lowerBound, range.lowerBound)..<max(known.upperBound, range.upperBound)
          }
        }
      }
    }
    return origins
  }

  /// Whether an id of a record says that a word has a role.
  private func stands(_ id: Int32, for word: Int, _ role: Int, _ own: FoundWords.Own) -> Bool {
    if case .list(let list, let offset) = own, id >= offset {
      // What the ways say of a token is said by all words around it; it stays the token's own.
      return Int(id - offset) == role && words.level(of: word, in: list) != nil
    }
    let (slot, level) = (Int(id) % idCount).quotientAndRemainder(dividingBy: CountedWords.levels)
    return slot % FoundWords.roles == role && words.level(of: word, in: slot / FoundWords.roles) == level
  }

  /// What more ids a record has by its mark.
  private func own(_ tokens: Tokens, _ record: Int) -> FoundWords.Own {
    guard let first = tokens.spans(of: record).first else { return .none }
    let mark = tokens.utf8(of: first, record: record)
    if followsLists, let list = CriterionMark.list(mark), list < words.sourceCount || list == CriterionMark.ownList {
      return .list(min(list, words.listColumn), offset: Int32((criteria + 1) * idCount))
    }
    guard let criterion = CriterionMark.number(mark), criterion < criteria else { return .none }
    return .convention(offset: Int32((criterion + 1) * idCount))
  }
}
