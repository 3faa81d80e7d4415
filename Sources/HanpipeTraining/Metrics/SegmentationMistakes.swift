public import HanpipeCore

/// Which words a segmenter cuts in another way than people do, and how often.
///
/// A mistake is a stretch between two places where both segmentations have a boundary (or the segmenter gave no word at all),
/// and inside of which they have none in common. Stretches of the same words, cut in the same two ways, are one mistake.
///
/// Memory is bounded: when there are more than `capacity` different mistakes the rarest are forgotten, at least half of all.
public struct SegmentationMistakes: Sendable {
  /// One mistake, with the place where it was first made.
  public struct Mistake: Sendable, Equatable {
    public let gold: [String]
    /// No word where the segmenter gave none.
    public let given: [String]
    public let count: Int
    /// The line of the first one, from 1.
    public let line: Int
    /// What stands before and after it there, at most `contextLength` characters each.
    public let before: String
    public let after: String
  }

  /// Characters (Unicode scalars) before and after the first place.
  public static let contextLength = 8
  /// Different mistakes that are kept: about 35 MB.
  static let capacity = 131_072
  /// Longest stretch that is listed, in bytes: 40 ideographs. A longer one is a line that was not segmented, and comes once.
  static let longest = 120

  private struct Entry {
    var count: Int
    var line: Int
    var before: [UInt8]
    var after: [UInt8]
  }
  /// By the gold words, a TAB, and the given words, with a space between them: no word holds white space.
  private var entries: [[UInt8]: Entry] = [:]
  private let capacity: Int
  /// All mistakes, whether they are listed or not.
  public private(set) var total = 0
  /// Mistakes that are too long to be listed, or were forgotten.
  public private(set) var unlisted = 0

  public init() { self.init(capacity: Self.capacity) }
  init(capacity: Int) { self.capacity = capacity }

  /// Counts a batch.
  ///
  /// - Parameters:
  ///   - gold: words that cover their text without a gap.
  ///   - lines: the line on which each record stands.
  /// - Precondition: as many records in all of them.
  public mutating func add(_ given: Tokens, gold: Tokens, lines: some RandomAccessCollection<Int>) {
    precondition(given.count == gold.count && lines.count == gold.count, "a gold segmentation and a line for each record")
    for (record, line) in zip(0..<gold.count, lines) {
      add(given.originalRanges(of: record), gold.spans(of: record).map(\.range), gold.texts.utf8(of: record), line)
    }
  }

  private mutating func add(_ given: [Range<Int>], _ gold: [Range<Int>], _ utf8: ArraySlice<UInt8>, _ line: Int) {
    var firstGold = 0
    var firstGiven = 0
    var next = 0
    for (g, word) in gold.enumerated() {
      while next < given.count, given[next].upperBound <= word.upperBound { next += 1 }
      // A given word reaches over this boundary: the stretch goes on.
      if next < given.count, given[next].lowerBound < word.upperBound { continue }
      let (golds, givens) = (gold[firstGold...g], given[firstGiven..<next])
      if golds.count > 1 || !givens.contains(word) { count(golds, givens, utf8, line) }
      (firstGold, firstGiven) = (g + 1, next)
    }
  }

  private mutating func count(
    _ gold: ArraySlice<Range<Int>>, _ given: ArraySlice<Range<Int>>, _ utf8: ArraySlice<UInt8>, _ line: Int
  ) {
    total += 1
    let stretch = gold[gold.startIndex].lowerBound..<gold[gold.endIndex - 1].upperBound
    guard stretch.count <= Self.longest else {
      unlisted += 1
      return
    }
    func words(_ ranges: ArraySlice<Range<Int>>) -> some Sequence<UInt8> {
      ranges.map { utf8[utf8.startIndex + $0.lowerBound..<utf8.startIndex + $0.upperBound] }.joined(separator: [0x20])
    }
    let key = Array(words(gold)) + [0x09] + Array(words(given))
    if let entry = entries[key], entry.line <= line {
      entries[key]?.count += 1
      return
    }
    let (before, after) = context(of: stretch, in: utf8)
    merge(key, Entry(count: 1, line: line, before: before, after: after))
    if entries.count > capacity { prune() }
  }

  private func context(of stretch: Range<Int>, in utf8: ArraySlice<UInt8>) -> (before: [UInt8], after: [UInt8]) {
    func isStart(_ i: Int) -> Bool { utf8[i] & 0xC0 != 0x80 }
    let (lower, upper) = (utf8.startIndex + stretch.lowerBound, utf8.startIndex + stretch.upperBound)
    var start = lower
    for _ in 0..<Self.contextLength where start > utf8.startIndex {
      repeat { start -= 1 } while !isStart(start)
    }
    var end = upper
    for _ in 0..<Self.contextLength where end < utf8.endIndex {
      repeat { end += 1 } while end < utf8.endIndex && !isStart(end)
    }
    return (Array(utf8[start..<lower]), Array(utf8[upper..<end]))
  }

  /// Adds the counts of other records. As long as nothing had to be forgotten, the order does not matter.
  public mutating func merge(_ other: SegmentationMistakes) {
    total += other.total
    unlisted += other.unlisted
    for (key, entry) in other.entries { merge(key, entry) }
    if entries.count > capacity { prune() }
  }

  private mutating func merge(_ key: [UInt8], _ new: Entry) {
    guard let old = entries[key] else {
      entries[key] = new
      return
    }
    // Of two places the earlier one is shown; on one line, the one that was there.
    entries[key] = new.line < old.line ? new : old
    entries[key]?.count = old.count + new.count
  }

  /// Forgets the mistakes of the lowest counts, until half of them or fewer are left.
  private mutating func prune() {
    let counts = entries.values.map(\.count).sorted()
    let threshold = counts[counts.count / 2]
    unlisted += counts.lazy.filter { $0 <= threshold }.reduce(0, +)
    entries = entries.filter { $0.value.count > threshold }
  }

  /// The commonest mistakes, at most `limit`; those of the same count by the bytes of their words.
  public func commonest(_ limit: Int) -> [Mistake] {
    entries.sorted { a, b in
      a.value.count == b.value.count ? a.key.lexicographicallyPrecedes(b.key) : a.value.count > b.value.count
    }.prefix(max(0, limit)).map { key, entry in
      let sides = key.split(separator: 0x09, omittingEmptySubsequences: false).map { side in
        side.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
      }
      return Mistake(
        gold: sides[0], given: sides[1], count: entry.count, line: entry.line,
        before: String(decoding: entry.before, as: UTF8.self), after: String(decoding: entry.after, as: UTF8.self))
    }
  }
}
