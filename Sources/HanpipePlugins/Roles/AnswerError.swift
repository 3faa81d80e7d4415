import HanpipeCore

/// An answer that breaks a rule of its role, or that the plug-in did not want to give. The words say which rule.
enum AnswerError: Error, Equatable, CustomStringConvertible {
  /// Another type of value than the role wants.
  case form(expected: String, found: String)
  /// Numbers count from 1.
  case span(SpanName, number: Int, PluginSpan, SpanRule)
  case wordNotNext(number: Int, word: String, byte: Int)
  case textLeft(byte: Int)
  case notUTF8(edit: Int)
  /// So many values of a thing for so many others.
  case count(found: Int, of: String, expected: Int, per: String)
  case probability(number: Int, Float)
  case probabilitySum(Double)
  case notFinite(number: Int)
  /// More items than the role can have, however they may be.
  case tooMany(found: UInt, most: Int)
  /// A pointer to nothing where there should be items.
  case null(count: Int)
  /// In the plug-in's own words.
  case refused(String)

  enum SpanName: String { case word, edit }

  enum SpanRule: Equatable {
    case empty
    case backwards
    case outside(size: Int, unit: String)
    case overlap(previousEnd: Int)
    case cutsCharacter(byte: Int)
  }

  var description: String {
    switch self {
    case .form(let expected, let found): "the plug-in answered \(found); expected \(expected)"
    case .span(let name, let number, let span, let rule):
      "the plug-in's \(name.rawValue) \(number), \(span.start)..<\(span.end), \(Self.words(rule, name))"
    case .wordNotNext(let number, let word, let byte):
      "the plug-in's word \(number), \"\(word)\", is not what stands at byte \(byte) of the text; only white space may be left out "
        + "between words (give offsets to leave out more)"
    case .textLeft(let byte):
      "the plug-in's words end at byte \(byte), but the text goes on; only white space may be left out (give offsets to leave out more)"
    case .notUTF8(let edit): "the replacement of the plug-in's edit \(edit) is not UTF-8"
    case .count(let found, let what, let expected, let per): "the plug-in gave \(found) \(what) for \(expected) \(per)"
    case .probability(let number, let value): "the plug-in's probability \(number) is \(value); expected a number from 0 to 1"
    case .probabilitySum(let sum): "the plug-in's probabilities sum to \(sum); those of \"multi-class\" must sum to 1 (to 0.001)"
    case .notFinite(let number): "number \(number) of the plug-in's vector is not finite"
    case .tooMany(let found, let most): "the plug-in reported \(found) items; at most \(most) are possible here"
    case .null(let count): "the plug-in reported \(count) items at NULL"
    case .refused(let words): "the plug-in says: \(words)"
    }
  }

  private static func words(_ rule: SpanRule, _ name: SpanName) -> String {
    switch rule {
    case .empty: "is empty"
    case .backwards: "ends before it starts"
    case .outside(let size, let unit): "reaches outside of the text, which has \(size) \(unit)"
    case .overlap(let end): "starts before the end of the \(name.rawValue) before it, \(end)"
    case .cutsCharacter(let byte): "cuts the character that byte \(byte) belongs to"
    }
  }
}

extension PluginSpan {
  /// Refuses a span that does not fit behind the one before it.
  /// - Parameter previousEnd: where that one ends; then where this one does.
  func check(
    _ name: AnswerError.SpanName, number: Int, after previousEnd: inout Int, in utf8: ArraySlice<UInt8>, mayBeEmpty: Bool
  ) throws(AnswerError) {
    if end < start { throw .span(name, number: number, self, .backwards) }
    if start < 0 || end > utf8.count { throw .span(name, number: number, self, .outside(size: utf8.count, unit: "bytes")) }
    if start == end, !mayBeEmpty { throw .span(name, number: number, self, .empty) }
    if start < previousEnd { throw .span(name, number: number, self, .overlap(previousEnd: previousEnd)) }
    for byte in [start, end] where !isBoundary(byte, in: utf8) {
      throw .span(name, number: number, self, .cutsCharacter(byte: byte))
    }
    previousEnd = end
  }
}
