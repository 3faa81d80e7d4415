internal import HanpipeCore

/// Words of the user's that correct a segmenter's result.
///
/// Read from a file of lines `text TAB rule TAB part TAB part…`; see `init(_:)` for the format. The rules, in the order in
/// which they act:
/// - `force`: the text is a word wherever it stands, the leftmost and there the longest one first, whatever the segmenter
///   says; words that it cuts leave their rest. It never cuts a run of Latin letters and digits, nor a grapheme cluster.
/// - `split`: a word of the segmenter that equals the text falls into the parts.
/// - `prefer`: adjacent words that together equal the text become one, leftmost longest first; no word is ever cut.
///
/// Immutable, so that every thread reads the same one.
public struct Lexicon: Sendable {
  public enum Rule: String, Sendable, CaseIterable {
    case force, prefer, split
    static var names: String { allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ") }
  }

  struct Entry: Equatable {
    var rule: Rule
    /// From 1.
    var line: UInt32
    /// Lengths of the parts in bytes, as a range into `partLengths`; empty but for `split`.
    var parts: Range<UInt32>
  }

  private(set) var entries: [Entry] = []
  private(set) var partLengths: [UInt32] = []
  private(set) var trie: ScalarTrie
  /// First scalars of the entries of each rule.
  private(set) var forced = ScalarFilter(), preferred = ScalarFilter(), splitting = ScalarFilter()

  /// All prefixes of the preferred entries.
  private(set) var joins: PrefixFilter

  /// The number of different words.
  public var count: Int { entries.count }

  /// Reads a lexicon file.
  ///
  /// UTF-8; a byte order mark and CRLF are tolerated; empty lines and lines that begin with `#` are not read (`\#` begins a
  /// word with `#`). The rule may be left out: `force`. The same line twice is harmless.
  /// - Complexity: O(bytes), about 0.3 µs a word.
  public init(_ bytes: [UInt8]) throws(LexiconError) {
    // A word of three ideographs and its rule have 17 bytes, and of its three prefixes one or two are new.
    trie = ScalarTrie(edges: bytes.count / 12)
    joins = PrefixFilter(prefixes: bytes.count / 6)
    let isValid = isValidUTF8(bytes[...])
    try bytes.withUnsafeBufferPointer { (buffer) throws(LexiconError) in
      var lines = LexiconLines(buffer, isValid: isValid)
      while let line = try lines.next() { try add(line, buffer) }
    }
  }

  private mutating func add(_ line: LexiconLine, _ bytes: UnsafeBufferPointer<UInt8>) throws(LexiconError) {
    let text = UnsafeBufferPointer(rebasing: bytes[line.text])
    let entry = Entry(
      rule: line.rule, line: UInt32(line.number),
      parts: UInt32(partLengths.count)..<UInt32(partLengths.count + line.parts.count))
    if let earlier = trie.insert(text, UInt32(entries.count + 1)) {
      let old = entries[Int(earlier) - 1]
      guard old.rule == line.rule, lengths(of: old).elementsEqual(line.parts.lazy.map { UInt32($0.count) }) else {
        throw .conflict(line: line.number, text: String(decoding: text, as: UTF8.self), earlier: Int(old.line))
      }
      return
    }
    entries.append(entry)
    partLengths.append(contentsOf: line.parts.lazy.map { UInt32($0.count) })
    let first = decodeScalar(text, at: 0).scalar
    switch line.rule {
    case .force: forced.insert(first)
    case .prefer:
      preferred.insert(first)
      insertPrefixes(of: text)
    case .split: splitting.insert(first)
    }
  }

  private mutating func insertPrefixes(of text: UnsafeBufferPointer<UInt8>) {
    var hash: UInt64 = 0
    var position = 0
    while position < text.count {
      let (scalar, length) = decodeScalar(text, at: position)
      hash = PrefixFilter.extend(hash, scalar)
      joins.insert(hash)
      position += length
    }
  }

  /// The lengths in bytes of the parts into which an entry splits its text.
  func lengths(of entry: Entry) -> ArraySlice<UInt32> { partLengths[Int(entry.parts.lowerBound)..<Int(entry.parts.upperBound)] }
}
