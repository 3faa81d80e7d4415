/// What is wrong with a lexicon file. The cases carry facts; the words are in `description` only.
public enum LexiconError: Error, Equatable, CustomStringConvertible {
  case notUTF8(line: Int)
  case lineTooLong(line: Int, bytes: Int, limit: Int)
  case noText(line: Int)
  case spaceAtEdge(line: Int, text: String)
  case unknownRule(line: Int, found: String)
  case unexpectedParts(line: Int, rule: Lexicon.Rule)
  case tooFewParts(line: Int, text: String)
  case partsDiffer(line: Int, text: String, parts: [String])
  case conflict(line: Int, text: String, earlier: Int)
  case tooManyWords(line: Int)

  public var description: String {
    switch self {
    case .notUTF8(let line): "line \(line): not UTF-8; save the file as UTF-8"
    case .lineTooLong(let line, let bytes, let limit):
      "line \(line): \(bytes) bytes, but a line may have \(limit); write one word a line"
    case .noText(let line): "line \(line): no text before the TAB; write the word in the first column, or remove the line"
    case .spaceAtEdge(let line, let text):
      "line \(line): \"\(text)\" begins or ends with white space, and would match nothing else; columns are separated by one TAB"
    case .unknownRule(let line, let found):
      "line \(line): unknown rule \"\(found)\"; expected one of \(Lexicon.Rule.names), or nothing for \"force\""
    case .unexpectedParts(let line, let rule):
      "line \(line): rule \"\(rule.rawValue)\" takes no parts; remove the columns after it, or write \"split\""
    case .tooFewParts(let line, let text):
      "line \(line): \"\(text)\" is split into fewer than two parts; write each part in a column of its own after the rule"
    case .partsDiffer(let line, let text, let parts):
      "line \(line): the parts \(parts.map { "\"\($0)\"" }.joined(separator: ", ")) do not make up \"\(text)\"; "
        + "together they must be the text exactly"
    case .conflict(let line, let text, let earlier):
      "line \(line): \"\(text)\" stands in line \(earlier) with another rule or other parts; keep one of the two"
    case .tooManyWords(let line): "line \(line): a lexicon holds at most 4 GiB of words; leave out what you do not need"
    }
  }
}
