public import HanpipeCore

/// The words that a model knows, by id.
///
/// Ids 0 and 1 are reserved (`TokenIDs.padding`, `TokenIDs.unknown`); words follow from 2, in the order of the file: by falling
/// count, words of the same count by their UTF-8 bytes.
public struct Vocabulary: StageState {
  /// Ids that stand for no word.
  public static let reserved = ["<pad>", "<unk>"]
  static let fileName = "vocabulary.tsv"

  private(set) var table: WordTable
  private var counts: [Int]
  /// Occurrences that fitting saw but did not keep for lack of memory; 0 once loaded from a file.
  public internal(set) var forgotten = 0

  init(table: WordTable, counts: [Int]) {
    self.table = table
    self.counts = counts
  }

  /// The words of `counts` that occur at least `minimumCount` times, the most frequent ones if there are too many.
  /// - Parameter maximumSize: V at most, the reserved ids included; nil for no bound.
  public init(counts: some Sequence<(word: String, count: Int)>, minimumCount: Int = 1, maximumSize: Int? = nil) {
    var counter = WordCounter()
    for (word, count) in counts {
      var word = word
      word.withUTF8 { counter.add($0, times: count) }
    }
    self = counter.vocabulary(minimumCount: minimumCount, maximumSize: maximumSize)
  }

  /// V: the number of ids, the reserved ones included.
  public var size: Int { table.count + Self.reserved.count }

  /// The id of a word; `TokenIDs.unknown` if there is none. Hash and table, no allocation: about 20 ns.
  @inline(__always)
  func id(of word: UnsafeBufferPointer<UInt8>) -> Int32 {
    guard let number = table.number(of: word) else { return TokenIDs.unknown }
    return Int32(truncatingIfNeeded: number + Self.reserved.count)
  }
  /// The id of a word; `TokenIDs.unknown` if there is none.
  public func id(of word: String) -> Int32 {
    var word = word
    return word.withUTF8 { id(of: $0) }
  }

  /// Whether the word has an id.
  package func knows(_ word: ArraySlice<UInt8>) -> Bool { word.withUnsafeBufferPointer { id(of: $0) } != TokenIDs.unknown }

  /// The word of an id, or the name of a reserved one; nil for an id that there is not.
  public func word(of id: Int32) -> String? {
    guard id >= 0, id < size else { return nil }
    let id = Int(id)
    return id < Self.reserved.count
      ? Self.reserved[id] : String(decoding: table.word(id - Self.reserved.count), as: UTF8.self)
  }
  /// How often the word of an id was counted; 0 for the reserved ones and for an id that there is not.
  public func count(of id: Int32) -> Int {
    let number = Int(id) - Self.reserved.count
    return counts.indices.contains(number) ? counts[number] : 0
  }

  // MARK: File

  public init(from reader: StateReader) throws { try self.init(tsv: reader.file(Self.fileName)) }
  public func write(to writer: inout StateWriter) throws { writer.write(tsv, as: Self.fileName) }

  /// `word TAB count` a line; a line's number, from 0, is the id.
  ///
  /// The first two lines are the reserved ids, with count 0. In a word, TAB, line feed, carriage return and backslash stand as
  /// `\t`, `\n`, `\r` and `\\`.
  public var tsv: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(table.bytes.count + table.count * 8)
    for name in Self.reserved { result += Array("\(name)\t0\n".utf8) }
    for number in 0..<table.count {
      VocabularyLines.escape(table.word(number), into: &result)
      result.append(UInt8(ascii: "\t"))
      result.append(contentsOf: String(counts[number]).utf8)
      result.append(UInt8(ascii: "\n"))
    }
    return result
  }

  /// Reads what `tsv` gives, edited by hand perhaps: the order is taken as it stands; CRLF and a byte order mark are tolerated.
  /// - Throws: `StateError.malformed` with the line.
  public init(tsv bytes: [UInt8]) throws(StateError) {
    guard isValidUTF8(bytes[...]) else {
      throw .malformed(Self.fileName, reason: "not UTF-8; save the file as UTF-8")
    }
    // Chinese words with their counts have nine bytes a line or a little more; the table grows if there are more lines.
    table = WordTable(capacity: bytes.count / 9)
    counts = []
    counts.reserveCapacity(bytes.count / 9)
    try bytes.withUnsafeBufferPointer { (buffer) throws(StateError) in
      var lines = VocabularyLines(buffer)
      for name in Self.reserved { try lines.readReserved(name) }
      while try lines.next({ word, count in
        guard table.insert(word).isNew else { return false }
        counts.append(count)
        return true
      }) {}
    }
  }
}
