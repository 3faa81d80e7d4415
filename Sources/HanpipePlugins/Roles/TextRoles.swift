import HanpipeCore

/// Cuts each text into words.
enum SegmenterRole: PluginRole {
  typealias Input = Texts
  typealias Output = Tokens
  typealias Answer = [PluginSpan]
  static let name = "segmenter"

  static func check(_ answer: [PluginSpan], to input: Texts, record: Int, _ terms: PluginTerms) throws(AnswerError) {
    let utf8 = input.utf8(of: record)
    var last = 0
    for (i, span) in answer.enumerated() {
      try span.check(.word, number: i + 1, after: &last, in: utf8, mayBeEmpty: false)
    }
  }

  static func output(_ answers: [[PluginSpan]], to input: Texts, _ terms: PluginTerms) -> Tokens {
    var tokens = Tokens(input)
    for spans in answers { tokens.append(validated: spans.map { Tokens.Span($0.start, $0.end) }) }
    return tokens
  }
}

/// Changes texts.
enum NormalizerRole: PluginRole {
  typealias Input = Texts
  typealias Output = Texts
  typealias Answer = [PluginEdit]
  static let name = "normalizer"

  static func check(_ answer: [PluginEdit], to input: Texts, record: Int, _ terms: PluginTerms) throws(AnswerError) {
    let utf8 = input.utf8(of: record)
    var last = 0
    for (i, edit) in answer.enumerated() {
      try edit.span.check(.edit, number: i + 1, after: &last, in: utf8, mayBeEmpty: true)
      guard isValidUTF8(edit.replacement[...]) else { throw .notUTF8(edit: i + 1) }
    }
  }

  static func output(_ answers: [[PluginEdit]], to input: Texts, _ terms: PluginTerms) throws -> Texts {
    try input.applying { record, _ in
      answers[record].map { TextEdit($0.span.start..<$0.span.end, $0.replacement) }
    }
  }
}

/// Drops some of the words.
enum TokenFilterRole: PluginRole {
  typealias Input = Tokens
  typealias Output = Tokens
  /// Whether each word is kept.
  typealias Answer = [Bool]
  static let name = "token-filter"

  static func check(_ answer: [Bool], to input: Tokens, record: Int, _ terms: PluginTerms) throws(AnswerError) {
    guard answer.count == input.length(of: record) else {
      throw .count(found: answer.count, of: "answers", expected: input.length(of: record), per: "words")
    }
  }

  static func output(_ answers: [[Bool]], to input: Tokens, _ terms: PluginTerms) -> Tokens {
    var tokens = Tokens(input.texts)
    for (record, keeps) in answers.enumerated() {
      tokens.append(validated: zip(input.spans(of: record), keeps).lazy.filter(\.1).map(\.0))
    }
    return tokens
  }
}
