import HanpipeCore
public import HanpipeIO
import HanpipeText

/// The words that a segmenter's training data holds; all others are out of its vocabulary (OOV).
///
/// Words are the same if their bytes are.
public struct KnownWords: Sendable {
  /// How words stand in a file.
  public enum Form: Sendable {
    /// A word a line, first in it: what follows white space, such as a count, is not looked at.
    case list
    /// Segmented text.
    case text
  }

  private var words: Set<ArraySlice<UInt8>> = []
  public init() {}
  public var count: Int { words.count }

  public func contains(_ word: ArraySlice<UInt8>) -> Bool { words.contains(word) }
  public mutating func insert(_ word: ArraySlice<UInt8>) {
    // A copy of the word alone: a slice would keep the batch that it was read with.
    if !words.contains(word) { words.insert(Array(word)[...]) }
  }

  /// How many of the words are as asked for.
  func count(where isCounted: (ArraySlice<UInt8>) -> Bool) -> Int { words.count(where: isCounted) }

  /// Adds the words of a file.
  /// - Throws: `InputError`; `RecordError` for a line that cannot be read; `NoWords` if there is none.
  public mutating func insert(contentsOf reader: RecordReader, _ form: Form, name: String) throws {
    var isEmpty = true
    while let batch = try reader.nextBatch() {
      if let error = batch.errors.min(by: { $0.key < $1.key })?.value { throw error }
      let lines = try WhitespaceSegmenter(.init(), .none).process(batch.texts)
      for record in 0..<lines.count {
        let spans = lines.spans(of: record)
        for span in form == .list ? spans.prefix(1) : spans {
          insert(lines.utf8(of: span, record: record))
          isEmpty = false
        }
      }
    }
    if isEmpty { throw NoWords(file: name, form: form) }
  }

  /// A file of words without a word.
  public struct NoWords: Error, CustomStringConvertible {
    public let file: String
    public let form: Form
    public var description: String {
      "\(file): holds no word; expected \(form == .list ? "a word a line" : "segmented text, words separated by white space")"
    }
  }
}
