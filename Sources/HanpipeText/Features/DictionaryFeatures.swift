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

  public var identity: [String: String] { dictionary.identity }
  private let dictionary: FeatureDictionary
  private let criteria: Int
  private let finder: FeatureFinder

  /// - Throws: `FileError` with a `CountedWords.Failure` that names the line, or with what reading threw.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    guard let file = configuration.dictionary else {
      throw SpecError.missingKey(SpecPath(), key: "dictionary", meaning: "the path of a list of words")
    }
    dictionary = try FeatureDictionary.shared(file, list: configuration.list, keepsShapes: configuration.lacks, context)
    criteria = configuration.criteria
    finder = FeatureFinder(dictionary, configuration)
  }

  public func outputShape(for input: ValueShape) -> ValueShape {
    ValueShape(vocabularySize: finder.wordIDCount * criteria + finder.idCount)
  }

  /// - Complexity: O(tokens · longest word + ids).
  public func process(_ tokens: Tokens) -> FeatureIDs {
    let found = finder.ids(tokens)
    return criteria == 0 ? found : withConventions(found, tokens)
  }

  /// The same with the ids of conventions, which stand between those of words for all and those of followed lists: a record that has a
  /// convention has the ids of its words once more.
  private func withConventions(_ found: FeatureIDs, _ tokens: Tokens) -> FeatureIDs {
    var result = FeatureIDs()
    result.reserveCapacity(steps: found.bounds.count - 1, ids: 2 * found.ids.count)
    var ids: [Int32] = []
    var ends: [Int] = []
    for record in 0..<found.count {
      let steps = found.starts[record]..<found.starts[record + 1]
      let bounds = found.bounds.span.extracting(steps.lowerBound..<steps.upperBound + 1)
      let size = 2 * (bounds[steps.count] - bounds[0])
      if ids.count < size { ids = [Int32](repeating: 0, count: size) }
      ends.removeAll(keepingCapacity: true)
      if let convention = convention(tokens, record) {
        Self.write(found.ids.span, bounds, again: Int32((convention + 1) * finder.wordIDCount), to: &ids, &ends)
      } else {
        write(found.ids.span, bounds, to: &ids, &ends)
      }
      result.append(ids[..<(ends.last ?? 0)], ends: ends)
    }
    return result
  }

  /// Writes each step's ids, and behind them the same with a number added.
  private static func write(
    _ found: Span<Int32>, _ bounds: Span<Int>, again offset: Int32, to ids: inout [Int32], _ ends: inout [Int]
  ) {
    var target = ids.mutableSpan
    var count = 0
    for step in 0..<bounds.count - 1 {
      let size = bounds[step + 1] - bounds[step]
      for i in 0..<size {
        let id = found[bounds[step] + i]
        target[count + i] = id
        target[count + size + i] = id &+ offset
      }
      count += 2 * size
      ends.append(count)
    }
  }

  /// Writes each step's ids, those of a list moved behind the conventions'.
  private func write(_ found: Span<Int32>, _ bounds: Span<Int>, to ids: inout [Int32], _ ends: inout [Int]) {
    let (first, moved) = (Int32(finder.wordIDCount), Int32(criteria * finder.wordIDCount))
    var target = ids.mutableSpan
    for step in 0..<bounds.count - 1 {
      for place in bounds[step]..<bounds[step + 1] {
        target[place - bounds[0]] = found[place] < first ? found[place] : found[place] &+ moved
      }
      ends.append(bounds[step + 1] - bounds[0])
    }
  }

  /// An id is made from the words that it stands for, or from its own token where there is none.
  public func origins(of output: FeatureIDs, in tokens: Tokens) -> [Range<Int>] {
    var origins = (0..<tokens.count).flatMap { record in
      (0..<tokens.length(of: record)).flatMap { token in
        repeatElement(token..<token + 1, count: output.ids(ofStep: tokens.starts[record] + token).count)
      }
    }
    let conventionIDs = criteria * finder.wordIDCount
    for record in 0..<tokens.count {
      let list = finder.list(tokens, record)
      finder.forEachWord(tokens, record) { range, word in
        FoundWords.forEachRole(of: range) { role, token in
          let step = tokens.starts[record] + token
          for place in output.bounds[step]..<output.bounds[step + 1] {
            let id = Int(output.ids[place])
            let found = id < finder.wordIDCount + conventionIDs ? id % finder.wordIDCount : id - conventionIDs
            guard finder.stands(found, for: word, role, list: list) else { continue }
            let known = origins[place]
            origins[place] = min(known.lowerBound, range.lowerBound)..<max(known.upperBound, range.upperBound)
          }
        }
      }
    }
    return origins
  }

  /// The convention of a record that has ids of its own.
  private func convention(_ tokens: Tokens, _ record: Int) -> Int? {
    CriterionMark.first(tokens, record).flatMap { CriterionMark.number($0) }.flatMap { $0 < criteria ? $0 : nil }
  }
}
