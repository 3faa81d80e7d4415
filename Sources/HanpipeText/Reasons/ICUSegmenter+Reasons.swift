public import HanpipeCore

extension ICUSegmenter: ReasoningStage {
  public func reasons(for output: Tokens, from texts: Texts) throws -> WordReasons {
    var result = WordReasons()
    try breakers.lend { breaker in
      var fixed = FixedWords()
      try texts.forEachUTF8 { record, utf8 in
        try breaker.findWords(utf8, nil)
        let before = breaker.words
        try breaker.findWords(utf8, lexicon)
        fixed.find(in: utf8)
        let reasons = lexicon.map { lexicon in
          LexiconReasons(lexicon, file: lexiconFile, utf8, closed: fixed.addresses, before: before, after: breaker.words)
        }
        let changes = reasons?.changes() ?? [:]
        let whole = Set(fixed.all.map { Int($0.start)..<Int($0.word.end) })
        let words = output.spans(of: record).map(\.range).map { range in
          changes[range] ?? (whole.contains(range) ? Self.fixed : Self.reason(UnsafeBufferPointer(rebasing: utf8[range])))
        }
        result.append(words, missed: reasons?.missed() ?? [])
      }
    }
    return result
  }

  private static let fixed = WordReason("fixed", "an address, percentage, time, keycap or row of stops, which stays whole")

  /// Which of ICU's ways made a word.
  private static func reason(_ word: UnsafeBufferPointer<UInt8>) -> WordReason {
    var position = 0
    while position < word.count {
      let (scalar, length) = decodeScalar(word, at: position)
      guard isWrittenWithoutSpaces(scalar) else {
        return WordReason("rules", "ICU's rules (Unicode Standard Annex 29)")
      }
      position += length
    }
    return WordReason("dictionary", "ICU's dictionary")
  }

  /// Ideographs, kana, Thai, Lao, Burmese and Khmer, which ICU cuts by dictionaries.
  private static func isWrittenWithoutSpaces(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3005...0x3007, 0x3041...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFD: true
    case 0x0E01...0x0E3A, 0x0E40...0x0E4E, 0x0E81...0x0EDF, 0x1000...0x109F, 0x1780...0x17D3: true
    default: false
    }
  }
}
