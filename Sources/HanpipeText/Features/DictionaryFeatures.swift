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
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("dictionary", \.dictionary, "A word a line, and behind it, each after a TAB, its count in each source."),
      Setting(
        "criteria", \.criteria, in: 0...CriterionMark.limit,
        "Of how many conventions of `criterion` words have ids of their own too, beside those for all."),
    ]
    public static var schemaRules: JSONObject { ["required": ["dictionary"], "properties": ["dictionary": ["type": "string"]]] }
    public func validate(at path: SpecPath) throws(SpecError) {
      if dictionary == nil { throw .missingKey(path, key: "dictionary", meaning: "the path of a list of words") }
    }
  }

  private let words: CountedWords
  private let hash: String
  private let criteria: Int

  /// - Throws: `FileError` with a `CountedWords.Failure` that names the line, or with what reading threw.
  public init(_ configuration: Configuration, _ context: StageContext) throws {
    guard let file = configuration.dictionary else {
      throw SpecError.missingKey(SpecPath(), key: "dictionary", meaning: "the path of a list of words")
    }
    let bytes = try context.resource(file)
    do { words = try CountedWords(bytes) } catch { throw FileError(file.path, error) }
    hash = SHA256.hex(bytes)
    criteria = configuration.criteria
  }

  public var identity: [String: String] { ["dictionary": hash] }
  public func outputShape(for input: ValueShape) -> ValueShape { ValueShape(vocabularySize: idCount * (criteria + 1)) }

  /// Lengths that are told apart: 2, 3, 4, and 5 or more tokens.
  private static let lengths = 4
  /// Of a word that begins, goes on, or ends, by length; and of a word of one token.
  private static let roles = 3 * lengths + 1
  /// Of each source, and level, of each role.
  private var idCount: Int { words.sourceCount * Self.roles * CountedWords.levels }
  private var slots: Int { words.sourceCount * Self.roles * (criteria > 0 ? 2 : 1) }

  /// - Complexity: O(tokens · (longest word + slots)).
  public func process(_ tokens: Tokens) -> FeatureIDs {
    var ids = [Int32](repeating: FeatureIDs.none, count: tokens.spans.count * slots)
    for record in 0..<tokens.count where tokens.length(of: record) > 0 {
      tokens.texts.utf8(of: record).withUnsafeBufferPointer { utf8 in
        words.forEachWord(in: utf8, tokens.spans(of: record)) { range, word in
          let first = tokens.starts[record]
          forEachID(of: word, range) { slot, token, id in
            let place = (first + token) * slots + slot
            if ids[place] < id { ids[place] = id }
          }
        }
      }
      addOwn(tokens, record, to: &ids)
    }
    return FeatureIDs(ids, starts: tokens.starts, slots: slots)
  }

  /// An id is made from the words that it stands for, or from its own token where there is none.
  public func origins(of output: FeatureIDs, in tokens: Tokens) -> [Range<Int>] {
    var origins = (0..<tokens.count).flatMap { record in
      (0..<tokens.length(of: record)).flatMap { repeatElement($0..<$0 + 1, count: slots) }
    }
    for record in 0..<tokens.count where tokens.length(of: record) > 0 {
      let first = tokens.starts[record]
      tokens.texts.utf8(of: record).withUnsafeBufferPointer { utf8 in
        words.forEachWord(in: utf8, tokens.spans(of: record)) { range, word in
          forEachID(of: word, range) { slot, token, id in
            let place = (first + token) * slots + slot
            guard output.ids[place] == id else { return }
            let known = origins[place]
            origins[place] = min(known.lowerBound, range.lowerBound)..<max(known.upperBound, range.upperBound)
          }
        }
      }
      guard criteria > 0 else { continue }
      for token in first..<tokens.starts[record + 1] {
        for slot in token * slots..<token * slots + slots / 2 { origins[slot + slots / 2] = origins[slot] }
      }
    }
    return origins
  }

  /// What a word of the given tokens says of each of them.
  private func forEachID(of word: Int, _ tokens: Range<Int>, _ body: (_ slot: Int, _ token: Int, _ id: Int32) -> Void) {
    let length = min(tokens.count, Self.lengths + 1) - 2
    for source in 0..<words.sourceCount {
      guard let level = words.level(of: word, in: source) else { continue }
      func set(_ role: Int, _ token: Int) {
        let slot = source * Self.roles + role
        body(slot, token, Int32(slot * CountedWords.levels + level))
      }
      if length < 0 {
        set(3 * Self.lengths, tokens.lowerBound)
        continue
      }
      set(length, tokens.lowerBound)
      for token in tokens.dropFirst().dropLast() { set(Self.lengths + length, token) }
      set(2 * Self.lengths + length, tokens.upperBound - 1)
    }
  }

  /// The same ids once more, as the record's convention has them.
  private func addOwn(_ tokens: Tokens, _ record: Int, to ids: inout [Int32]) {
    guard criteria > 0, let first = tokens.spans(of: record).first,
      let criterion = CriterionMark.number(tokens.utf8(of: first, record: record)), criterion < criteria
    else { return }
    let (half, offset) = (slots / 2, Int32((criterion + 1) * idCount))
    for token in tokens.starts[record]..<tokens.starts[record + 1] {
      for slot in token * slots..<token * slots + half where ids[slot] >= 0 { ids[slot + half] = ids[slot] + offset }
    }
  }
}
