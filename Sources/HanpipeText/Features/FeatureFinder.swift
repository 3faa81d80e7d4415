import HanpipeCore

/// Finds what `dictionary-features` says of tokens whatever convention they follow: the ids of the words of all sources, and of a record
/// that follows a list those of that list.
struct FeatureFinder {
  /// What is looked for.
  struct Extent: Equatable {
    /// How many columns of the dictionary are sources.
    let sources: Int
    let followsLists: Bool
    /// Of a list that a record follows.
    let list: FollowedList.Extent
    /// Whether a text that follows a list does not see the source that the list is of.
    let hidesSource: Bool
  }

  private let dictionary: FeatureDictionary
  private let extent: Extent

  init(_ dictionary: FeatureDictionary, _ configuration: DictionaryFeatures.Configuration) {
    let list = FollowedList.Extent(ways: configuration.lists && configuration.ways, lacks: configuration.lacks)
    self.init(
      dictionary,
      Extent(
        sources: min(dictionary.words.sourceCount, configuration.sources ?? dictionary.words.sourceCount),
        followsLists: configuration.lists, list: list, hidesSource: configuration.sources != nil))
  }

  private init(_ dictionary: FeatureDictionary, _ extent: Extent) { (self.dictionary, self.extent) = (dictionary, extent) }

  /// How many ids words have: one for each level, in each role, of each source.
  var wordIDCount: Int { extent.sources * FoundWords.roles * CountedWords.levels }
  /// Of words, and behind those of the list that a record follows.
  var idCount: Int { wordIDCount + (extent.followsLists ? FoundWords.roles : 0) + extent.list.idCount }

  /// The list that a record follows, as a column of the dictionary; nil if it follows none.
  func list(_ tokens: Tokens, _ record: Int) -> Int? {
    guard extent.followsLists, let mark = CriterionMark.first(tokens, record), let list = CriterionMark.list(mark) else { return nil }
    return list < dictionary.words.sourceCount || list == CriterionMark.ownList ? min(list, dictionary.words.listColumn) : nil
  }

  /// The ids of all records: those that others found who read these tokens too, or found now.
  /// - Complexity: O(tokens · longest word + ids).
  func ids(_ tokens: Tokens) -> FeatureIDs {
    guard let shared = tokens.shared else { return found(tokens, lists(tokens)) }
    // Whoever follows the list finds the ids of words on the way, and its own hardly take more.
    let finder = extent.followsLists ? self : FeatureFinder(dictionary, extent.words(followsLists: true))
    let lists = finder.lists(tokens)
    guard lists.contains(where: { $0 != nil }) else {
      return shared.result(Key(dictionary, extent.words(followsLists: false))) { found(tokens, lists) }
    }
    let ids = shared.result(Key(dictionary, finder.extent)) { finder.found(tokens, lists) }
    return extent.followsLists ? ids : ids.below(Int32(wordIDCount))
  }

  /// What two finders find alike where it is equal.
  private struct Key: Equatable {
    let dictionary: ObjectIdentifier
    let extent: Extent
    init(_ dictionary: FeatureDictionary, _ extent: Extent) { (self.dictionary, self.extent) = (ObjectIdentifier(dictionary), extent) }
  }

  private func lists(_ tokens: Tokens) -> [Int?] { (0..<tokens.count).map { list(tokens, $0) } }

  private func found(_ tokens: Tokens, _ lists: [Int?]) -> FeatureIDs {
    let words = dictionary.words
    var result = FeatureIDs()
    // A guess, that saves moving what is there each time that it doubles.
    let total = tokens.starts.last ?? 0
    result.reserveCapacity(steps: total, ids: total * 16)
    var scalars = TokenScalars()
    var found = FoundWords(words)
    var followed = FollowedList(extent.list, words)
    let all = words.masks(columns: extent.sources, hiding: nil)
    for (record, list) in lists.enumerated() {
      tokens.texts.utf8(of: record).withUnsafeBufferPointer { scalars.read($0, tokens.spans(of: record)) }
      found.begin(tokens: tokens.length(of: record))
      guard let list else {
        words.forEachWord(in: scalars) { found.note($0, word: $1) }
        found.append(to: &result, all, nil)
        continue
      }
      let masks =
        extent.hidesSource && list != words.listColumn ? words.masks(columns: extent.sources, hiding: list % extent.sources) : all
      let coverage = dictionary.coverages?.coverage(of: list) { ListCoverage(of: list, in: words, masks) }
      followed.begin(tokens: tokens.length(of: record), list: list, masks, coverage)
      words.forEachWord(in: scalars) {
        found.note($0, word: $1)
        followed.note($0, word: $1)
      }
      followed.finish()
      found.append(to: &result, masks, FoundWords.Followed(list, offset: Int32(wordIDCount), followed, scalars))
    }
    return result
  }

  /// Every word of a record, as `CountedWords` numbers them.
  func forEachWord(_ tokens: Tokens, _ record: Int, _ body: (_ tokens: Range<Int>, _ word: Int) -> Void) {
    var scalars = TokenScalars()
    tokens.texts.utf8(of: record).withUnsafeBufferPointer { scalars.read($0, tokens.spans(of: record)) }
    dictionary.words.forEachWord(in: scalars, body)
  }

  /// Whether one of `ids(_:)` of a record says that a word has a role.
  func stands(_ id: Int, for word: Int, _ role: Int, list: Int?) -> Bool {
    if id >= wordIDCount {
      // What the ways say of a token is said by all words around it; it stays the token's own.
      return list.map { id - wordIDCount == role && dictionary.words.level(of: word, in: $0) != nil } ?? false
    }
    let (slot, level) = id.quotientAndRemainder(dividingBy: CountedWords.levels)
    return slot % FoundWords.roles == role && dictionary.words.level(of: word, in: slot / FoundWords.roles) == level
  }
}

extension FeatureFinder.Extent {
  /// The words of the same sources, which are all seen, and of a list no more than its words.
  fileprivate func words(followsLists: Bool) -> Self {
    Self(sources: sources, followsLists: followsLists, list: FollowedList.Extent(ways: false, lacks: false), hidesSource: false)
  }
}
