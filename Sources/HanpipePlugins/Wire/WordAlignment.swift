import HanpipeCore

/// Finds places for what a plug-in gave without places.
enum WordAlignment {
  /// The words' places in the text that they were cut from. White space may be left out between them, nothing else: where a word could
  /// stand in several places, nobody would know which one was meant.
  static func spans(of words: [String], in utf8: ArraySlice<UInt8>) throws(AnswerError) -> [PluginSpan] {
    var spans: [PluginSpan] = []
    spans.reserveCapacity(words.count)
    var rest = utf8
    for (i, word) in words.enumerated() {
      while !rest.starts(with: word.utf8) {
        let blank = leadingBlank(rest)
        guard blank > 0 else {
          throw .wordNotNext(number: i + 1, word: word, byte: rest.startIndex - utf8.startIndex)
        }
        rest = rest.dropFirst(blank)
      }
      let start = rest.startIndex - utf8.startIndex
      rest = rest.dropFirst(word.utf8.count)
      spans.append(PluginSpan(start: start, end: rest.startIndex - utf8.startIndex))
    }
    let end = rest.startIndex - utf8.startIndex
    while !rest.isEmpty {
      let blank = leadingBlank(rest)
      guard blank > 0 else { throw .textLeft(byte: end) }
      rest = rest.dropFirst(blank)
    }
    return spans
  }

  /// One edit that makes `new` of `old`: what both begin and end with stays as it is.
  static func edits(from old: ArraySlice<UInt8>, to new: [UInt8]) -> [PluginEdit] {
    var start = zip(old, new).prefix { $0 == $1 }.count
    if start == old.count, start == new.count { return [] }
    while start > 0, !(isBoundary(start, in: old) && isBoundary(start, in: new[...])) { start -= 1 }
    let limit = min(old.count, new.count) - start
    var tail = zip(old.reversed(), new.reversed()).prefix(limit).prefix { $0 == $1 }.count
    while tail > 0, !(isBoundary(old.count - tail, in: old) && isBoundary(new.count - tail, in: new[...])) { tail -= 1 }
    return [
      PluginEdit(span: PluginSpan(start: start, end: old.count - tail), replacement: Array(new[start..<new.count - tail]))
    ]
  }

  /// Bytes of the white space (Unicode's White_Space) that a text begins with: one character's, or 0.
  private static func leadingBlank(_ utf8: ArraySlice<UInt8>) -> Int {
    guard let scalar = String(decoding: utf8.prefix(4), as: UTF8.self).unicodeScalars.first, scalar.properties.isWhitespace else {
      return 0
    }
    return String(scalar).utf8.count
  }
}
