internal import HanpipeCore

/// Which tokens a segmenter gives out: the settings that all segmenters share.
struct TokenSelection: Sendable {
  /// Tokens of nothing but white space (Unicode's White_Space).
  var keepsWhitespace = false
  /// Tokens of nothing but punctuation (Unicode's general category P*).
  var keepsPunctuation = true

  /// Whether a token (not empty) is given out.
  @inline(__always)
  func keeps(_ token: UnsafeBufferPointer<UInt8>) -> Bool {
    // U+4000 to U+9FFF are ideographs (and 64 hexagrams, which are symbols): most of Chinese ends here.
    let first = token[0]
    if first >= 0xE4 && first <= 0xE9 || (keepsWhitespace && keepsPunctuation) { return true }
    return keepsOther(token)
  }

  @inline(never)
  private func keepsOther(_ token: UnsafeBufferPointer<UInt8>) -> Bool {
    var isBlank = !keepsWhitespace
    var isMark = !keepsPunctuation
    var position = 0
    while position < token.count && (isBlank || isMark) {
      let (scalar, length) = decodeScalar(token, at: position)
      isBlank = isBlank && isWhiteSpace(scalar)
      isMark = isMark && isPunctuation(scalar)
      position += length
    }
    return !(isBlank || isMark)
  }
}

/// A configuration of a segmenter that can drop white space and punctuation.
protocol SelectingConfiguration: StageConfiguration {
  var keepWhitespace: Bool { get set }
  var keepPunctuation: Bool { get set }
}

extension SelectingConfiguration {
  static func selectionSettings(
    _ whitespace: any WritableKeyPath<Self, Bool> & Sendable, _ punctuation: any WritableKeyPath<Self, Bool> & Sendable
  ) -> [Setting<Self>] {
    [
      Setting("keepWhitespace", whitespace, "Whether tokens of nothing but white space are given out."),
      Setting("keepPunctuation", punctuation, "Whether tokens of nothing but punctuation (not symbols) are given out."),
    ]
  }
  var selection: TokenSelection {
    TokenSelection(keepsWhitespace: keepWhitespace, keepsPunctuation: keepPunctuation)
  }
}
