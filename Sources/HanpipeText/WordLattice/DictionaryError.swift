/// What is wrong with a dictionary file. The cases carry facts; the words are in `description` only.
public enum DictionaryError: Error, Equatable, CustomStringConvertible {
  case damaged(String)
  case otherVersion(found: Int, known: Int)
  case notUTF8(line: Int)
  case fileTooLong(bytes: Int, limit: Int)
  case lineTooLong(line: Int, bytes: Int, limit: Int)
  case noWord(line: Int)
  case badCount(line: Int, found: String)
  case whiteSpace(line: Int, word: String)
  case wordTooLong(line: Int, units: Int, limit: Int)
  case empty
  case noModel
  case noText

  public var description: String {
    switch self {
    case .damaged(let what):
      "the compiled dictionary is damaged: \(what); make it again with \"hanpipe vocabulary build --segmented\""
    case .otherVersion(let found, let known):
      "the dictionary's format has version \(found), but this hanpipe reads version \(known); make it again with "
        + "\"hanpipe vocabulary build --segmented\""
    case .notUTF8(let line): "line \(line): not UTF-8; save the file as UTF-8"
    case .fileTooLong(let bytes, let limit): "\(bytes) bytes, but a dictionary in text may have \(limit); leave words out"
    case .lineTooLong(let line, let bytes, let limit):
      "line \(line): \(bytes) bytes, but a line may have \(limit); write one word a line"
    case .noWord(let line): "line \(line): no word; expected a word, and after a TAB or space its frequency and tag, if any"
    case .badCount(let line, let found):
      "line \(line): the frequency \"\(found)\" is not allowed; expected an integer from 0 to \(DictionaryLines.largestCount)"
    case .whiteSpace(let line, let word):
      "line \(line): \"\(word)\" holds white space; end the word with a TAB, or remove the line"
    case .wordTooLong(let line, let units, let limit):
      "line \(line): the word has \(units) characters, but a word may have \(limit); remove the line"
    case .noText: "no sentence to learn from; expected lines of words separated by spaces"
    case .empty: "no word; expected lines of a word, and after a TAB or space its frequency and tag, if any"
    case .noModel:
      "a dictionary of plain text has no model of unknown words; set \"unknown\" to \"characters\", or make one with "
        + "\"hanpipe vocabulary build --segmented\""
    }
  }
}
