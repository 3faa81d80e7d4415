public import HanpipeCore

/// Words of the user's that correct a segmenter's result.
///
/// Read from a file of lines `text TAB rule TAB part TAB part…`; see `init(_:)` for the format. The rules, in the order in
/// which they act:
/// - `force`: the text is a word wherever it stands, the leftmost and there the longest one first, whatever the segmenter
///   says; words that it cuts leave their rest.
/// - `split`: a word of the segmenter that equals the text falls into the parts.
/// - `prefer`: adjacent words that together equal the text become one, leftmost longest first; no word is ever cut.
///
/// No forced word begins or ends inside of a Latin word or a number (`cutsRun`), an address, or a grapheme cluster.
///
/// Immutable, so that every thread reads the same one.
public struct Lexicon: Sendable {
  public enum Rule: String, Sendable, CaseIterable {
    case force, prefer, split
    static var names: String { allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ") }
  }

  /// Which texts count as the same.
  public enum Matching: String, Sendable, CaseIterable, SettingValue {
    /// Those that differ in case, width or the kind of white space only: `iPhone 15` and `ＩＰＨＯＮＥ　１５`.
    case folded
    /// Those whose characters are the same.
    case exact
  }

  let words: LexiconWords
  /// What is asked of texts before a word is looked for.
  let forced: WordFilter, splitting: WordFilter, preferred: WordFilter
  public let skipped: LeftOutLines<LexiconError>

  /// The number of different words.
  public var count: Int { words.count }

  /// Reads a lexicon file.
  ///
  /// UTF-8; a byte order mark and CRLF are tolerated; empty lines and lines that begin with `#` are not read (`\#` begins a
  /// word with `#`). The rule may be left out: `force`. The same line twice is harmless.
  /// - Parameters:
  ///   - matching: which texts count as the same, in the file and in what it corrects.
  ///   - skipsMalformed: whether a wrong line is left out, and told of in `skipped`, instead of thrown.
  /// - Complexity: O(bytes), about 0.2 µs a word.
  public init(_ bytes: [UInt8], matching: Matching = .folded, skipsMalformed: Bool = false) throws(LexiconError) {
    var skipped = LeftOutLines<LexiconError>()
    var words = LexiconWords(folds: matching == .folded, bytes: bytes.count)
    let isValid = isValidUTF8(bytes[...])
    try bytes.withUnsafeBufferPointer { (buffer) throws(LexiconError) in
      var lines = LexiconLines(buffer, isValid: isValid)
      while true {
        do throws(LexiconError) {
          guard let line = try lines.next() else { return }
          try words.insert(line, buffer)
        } catch {
          guard skipsMalformed else { throw error }
          skipped.add(error)
        }
      }
    }
    self.words = words
    self.skipped = skipped
    forced = WordFilter(words, .force)
    splitting = WordFilter(words, .split)
    preferred = WordFilter(words, .prefer)
  }

  /// The rule and the line of an entry that made a word.
  func entry(_ number: UInt32) -> (rule: Rule, line: Int) { words.entry(number) }
}
