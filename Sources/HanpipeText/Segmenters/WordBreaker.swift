internal import CICU
internal import HanpipeCore

/// A word of a text, by its end; it starts where the one before ends.
struct Word: Equatable {
  /// In bytes from the beginning of the record.
  var end: Int32
  /// Number of the lexicon's entry that made it a word, from 1; 0 where ICU did.
  var entry: UInt32
}

/// One of ICU's word break iterators with its buffers, for one thread at a time.
// Its only mutable state is reached through the pool that lends it to one caller at a time, and no reference to it is kept.
final class WordBreaker: @unchecked Sendable {
  private let handle: OpaquePointer
  /// Kept from record to record, so that none allocates.
  private(set) var words: [Word] = []
  private var scratch = Lexicon.Scratch()
  private var imposed: [Word] = []
  private var fixed = FixedWords()
  private var spans: [Tokens.Span] = []

  init(locale: String) throws(ICUError) {
    var error: hp_icu_error = 0
    guard let handle = hp_icu_open(locale, &error) else { throw ICUError(error) }
    self.handle = handle
  }
  deinit { hp_icu_close(handle) }

  /// Finds the words of a text, white space and punctuation included, as ICU sees them.
  private func findWords(_ utf8: UnsafeBufferPointer<UInt8>, into words: inout [Word]) throws {
    guard let first = utf8.baseAddress, !utf8.isEmpty else { return }
    guard utf8.count <= Int32.max else { throw TextTooLong(bytes: utf8.count) }
    var start = 0
    while start < utf8.count {
      var ends: UnsafePointer<UInt32>?
      var consumed = 0
      var error: hp_icu_error = 0
      let count = hp_icu_words(handle, first + start, utf8.count - start, &ends, &consumed, &error)
      guard error == 0, let ends, consumed > 0 else { throw ICUError(error) }
      // Room first, then the words: `append` asks for every one whether the array is shared and has room, 1 % of the whole stage.
      let known = words.count
      words.append(contentsOf: repeatElement(Word(end: 0, entry: 0), count: count))
      words.withUnsafeMutableBufferPointer { words in
        for i in 0..<count { words[known + i] = Word(end: Int32(start + Int(ends[i])), entry: 0) }
      }
      start += consumed
    }
  }

  /// Finds the words of a text, as ICU and then the lexicon see them.
  func findWords(_ utf8: UnsafeBufferPointer<UInt8>, _ lexicon: Lexicon?) throws {
    // Taken out of `self` while it grows: an access check for every word would cost more than the word.
    var found: [Word] = []
    swap(&found, &words)
    defer { swap(&found, &words) }
    found.removeAll(keepingCapacity: true)
    try findWords(utf8, into: &found)
    fixed.find(in: utf8)
    impose(fixed.all, on: &found, scratch: &imposed)
    lexicon?.correct(&found, in: utf8, closed: fixed.addresses, scratch: &scratch)
  }

  /// The selected words of a text.
  func spans(
    _ utf8: UnsafeBufferPointer<UInt8>, _ lexicon: Lexicon?, _ selection: TokenSelection
  ) throws -> [Tokens.Span] {
    try findWords(utf8, lexicon)
    var selected: [Tokens.Span] = []
    swap(&selected, &spans)
    defer { swap(&selected, &spans) }
    selected.removeAll(keepingCapacity: true)
    selected.append(contentsOf: repeatElement(Tokens.Span(0, 0), count: words.count))
    var count = 0
    words.withUnsafeBufferPointer { words in
      selected.withUnsafeMutableBufferPointer { selected in
        var start = 0
        for word in words {
          let end = Int(word.end)
          if selection.keeps(UnsafeBufferPointer(rebasing: utf8[start..<end])) {
            selected[count] = Tokens.Span(start, end)
            count += 1
          }
          start = end
        }
      }
    }
    selected.removeLast(words.count - count)
    return selected
  }
}

/// What ICU refused to do.
public struct ICUError: Error, Equatable, CustomStringConvertible {
  /// ICU's name for it, such as `U_MEMORY_ALLOCATION_ERROR`.
  public let name: String
  init(_ code: hp_icu_error) { name = String(cString: hp_icu_error_name(code)) }
  public var description: String { "ICU's word break iterator failed: \(name)" }
}

/// A record whose byte offsets would not fit into a token.
public struct TextTooLong: Error, Equatable, CustomStringConvertible {
  public let bytes: Int
  public var description: String {
    "a record has \(bytes) bytes, but offsets reach only to \(Int32.max); cut it into lines first"
  }
}
