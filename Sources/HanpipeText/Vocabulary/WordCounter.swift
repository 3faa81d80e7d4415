internal import HanpipeCore

/// Counts words in bounded memory.
///
/// When more different words come than there is room for, the rarest are forgotten, at least half of all: the result is
/// the same for the same words in the same order, and a word that was forgotten starts again at 0.
struct WordCounter: Sendable {
  /// Longest word that is counted, in bytes. Longer ones are addresses, garbage, or a line without break.
  static let longestWord = 1024
  /// Different words that are kept: with their bytes about 250 MB.
  static let capacity = 4_194_304
  /// Bytes of words that are kept, for texts of long ones.
  static let byteCapacity = 1 << 28

  private var table = WordTable()
  private var counts: [Int] = []
  private let capacity: Int
  /// Occurrences of words that are not among the counts.
  private(set) var forgotten = 0

  init(capacity: Int = Self.capacity) { self.capacity = capacity }

  mutating func add(_ word: UnsafeBufferPointer<UInt8>, times: Int = 1) {
    guard word.count <= Self.longestWord, !word.isEmpty else {
      forgotten += times
      return
    }
    let (number, isNew) = table.insert(word)
    if isNew { counts.append(times) } else { counts[number] += times }
    if isNew && (table.count > capacity || table.bytes.count > Self.byteCapacity) { prune() }
  }

  /// Forgets the words of the lowest counts, until half of them or fewer are left.
  private mutating func prune() {
    let threshold = counts.sorted()[counts.count / 2]
    var keptTable = WordTable()
    var keptCounts: [Int] = []
    table.bytes.withUnsafeBufferPointer { bytes in
      for (number, count) in counts.enumerated() {
        guard count > threshold else {
          forgotten += count
          continue
        }
        _ = keptTable.insert(UnsafeBufferPointer(rebasing: bytes[table.range(of: number)]))
        keptCounts.append(count)
      }
    }
    table = keptTable
    counts = keptCounts
  }

  /// The words that occur at least `minimumCount` times, the most frequent first, at most `maximumSize` with the reserved ids.
  func vocabulary(minimumCount: Int, maximumSize: Int?) -> Vocabulary {
    let limit = max(0, (maximumSize ?? .max) - Vocabulary.reserved.count)
    let order = counts.indices.filter { counts[$0] >= minimumCount }
      .sorted { a, b in
        counts[a] == counts[b] ? table.word(a).lexicographicallyPrecedes(table.word(b)) : counts[a] > counts[b]
      }
      .prefix(limit)
    var sorted = WordTable(capacity: order.count)
    table.bytes.withUnsafeBufferPointer { bytes in
      for number in order {
        _ = sorted.insert(UnsafeBufferPointer(rebasing: bytes[table.range(of: number)]))
      }
    }
    var vocabulary = Vocabulary(table: sorted, counts: order.map { counts[$0] })
    vocabulary.forgotten = forgotten
    return vocabulary
  }
}
