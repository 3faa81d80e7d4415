public import HanpipeCore

/// How well texts were segmented, as SIGHAN's Bakeoffs measure it (Emerson 2005, https://aclanthology.org/I05-3017).
///
/// A word is right if both of its boundaries are: if the same bytes of the text that was read are one word in both
/// segmentations. Bakeoff's `score` script finds the right words by `diff`, which may also pair two equal words that stand in
/// different places; here the place counts.
///
/// Counts of batches add up to those of all records, in any order.
public struct SegmentationScore: Sendable, Equatable {
  /// Words of the gold segmentation, and how many of them were found.
  public struct Share: Sendable, Equatable {
    public fileprivate(set) var words = 0
    public fileprivate(set) var right = 0
    /// nil without a word.
    public var recall: Double? { words == 0 ? nil : Double(right) / Double(words) }
  }

  public private(set) var records = 0
  public private(set) var goldWords = 0
  public private(set) var givenWords = 0
  public private(set) var rightWords = 0
  /// The gold words that are not among the known ones, each occurrence; nil where nobody said which are known.
  public private(set) var unknown: Share?
  /// What F1 would be with other sentences of the same kind; nil if it was not asked for.
  public private(set) var bootstrap: F1Bootstrap?

  /// - Parameter bootstrap: draws the samples for a confidence interval; the same for all scores that are merged.
  public init(bootstrap: F1Bootstrap? = nil) { self.bootstrap = bootstrap }

  /// Counts a batch.
  ///
  /// - Parameters:
  ///   - given: the words that a segmenter gave, a record for each of `gold`; only their ranges in the original text matter.
  ///   - gold: the words as people see them, which cover their text without a gap: `Tokens(segmented:)`.
  ///   - known: the words of the training data; nil leaves OOV figures out.
  ///   - firstRecord: the number of the batch's first record among all, which the bootstrap draws by.
  /// - Precondition: as many records in both.
  public mutating func add(_ given: Tokens, gold: Tokens, known: KnownWords? = nil, firstRecord: Int = 0) {
    precondition(given.count == gold.count, "a gold segmentation for each record")
    if known != nil, unknown == nil { unknown = Share() }
    for record in 0..<gold.count {
      let spans = gold.spans(of: record)
      let ranges = given.originalRanges(of: record)
      let isRight = Self.agreement(spans, ranges)
      let right = isRight.count { $0 }
      records += 1
      goldWords += spans.count
      givenWords += ranges.count
      rightWords += right
      bootstrap?.add(record: firstRecord + record, right: right, words: spans.count + ranges.count)
      guard let known else { continue }
      for (span, isRight) in zip(spans, isRight) where !known.contains(gold.utf8(of: span, record: record)) {
        unknown?.words += 1
        if isRight { unknown?.right += 1 }
      }
    }
  }

  public mutating func merge(_ other: SegmentationScore) {
    records += other.records
    goldWords += other.goldWords
    givenWords += other.givenWords
    rightWords += other.rightWords
    if let more = other.unknown {
      unknown = Share(words: (unknown?.words ?? 0) + more.words, right: (unknown?.right ?? 0) + more.right)
    }
    if let more = other.bootstrap { bootstrap?.merge(more) }
  }

  /// Which words of `gold` stand in `given` too, each at most once.
  ///
  /// - Parameter given: neither starts nor ends fall. A normaliser can make words overlap in the original: ㎏ read as kg, cut.
  private static func agreement(_ gold: ArraySlice<Tokens.Span>, _ given: [Range<Int>]) -> [Bool] {
    var isRight = [Bool](repeating: false, count: gold.count)
    var g = 0
    var t = 0
    while g < gold.count, t < given.count {
      let word = gold[gold.startIndex + g].range
      if given[t] == word {
        isRight[g] = true
        g += 1
        t += 1
      } else if given[t].upperBound <= word.upperBound {
        t += 1
      } else {
        g += 1
      }
    }
    return isRight
  }

  // MARK: Figures

  /// Of the words given, the share that is right; 0 if none was given.
  public var precision: Double { Double(rightWords) / Double(max(1, givenWords)) }
  /// Of the gold words, the share that was found; 0 if there is none.
  public var recall: Double { Double(rightWords) / Double(max(1, goldWords)) }
  /// The harmonic mean of both.
  public var f1: Double { 2 * Double(rightWords) / Double(max(1, goldWords + givenWords)) }
  /// Of the gold words, the share that is not known.
  public var oovRate: Double? { unknown.flatMap { goldWords == 0 ? nil : Double($0.words) / Double(goldWords) } }
  /// Of the gold words that are not known, the share that was found.
  public var oovRecall: Double? { unknown?.recall }
  /// The gold words that are known.
  public var inVocabulary: Share? { unknown.map { Share(words: goldWords - $0.words, right: rightWords - $0.right) } }
  /// Of the gold words that are known, the share that was found.
  public var ivRecall: Double? { inVocabulary?.recall }
}
