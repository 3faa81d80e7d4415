public import HanpipeCore

/// Every character that a reader sees is a token: Unicode's extended grapheme clusters, as the Swift library counts them.
///
///     CharacterSegmenter: 我👨‍👩‍👧é → 我 | 👨‍👩‍👧 | é
public struct CharacterSegmenter: Segmenter, ConfiguredStage {
  public static let type: StageType = "characters"
  public static let summary = "Cuts text into characters (extended grapheme clusters)."

  public struct Configuration: StageConfiguration, SelectingConfiguration {
    public var keepWhitespace = false
    public var keepPunctuation = true
    public init() {}
    public static let settings = selectionSettings(\.keepWhitespace, \.keepPunctuation)
  }

  private let selection: TokenSelection

  public init(_ configuration: Configuration, _ context: StageContext) { selection = configuration.selection }

  public func words(in text: String) -> [Range<Int>] {
    var text = text
    return text.withUTF8 { utf8 in
      var ranges: [Range<Int>] = []
      forEachCharacter(utf8) { ranges.append($0) }
      return ranges
    }
  }

  public func process(_ texts: Texts) -> Tokens {
    var tokens = Tokens(texts)
    var spans: [Tokens.Span] = []
    for record in 0..<texts.count {
      spans.removeAll(keepingCapacity: true)
      texts.utf8(of: record).withUnsafeBufferPointer { forEachCharacter($0) { spans.append(Tokens.Span($0.lowerBound, $0.upperBound)) } }
      tokens.append(validated: spans)
    }
    return tokens
  }

  /// Every character that is selected.
  private func forEachCharacter(_ utf8: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
    func give(_ range: Range<Int>) {
      if selection.keeps(UnsafeBufferPointer(rebasing: utf8[range])) { body(range) }
    }
    var start = 0
    while start < utf8.count {
      var (scalar, length) = decodeScalar(utf8, at: start)
      var end = start + length
      // Two characters that stand alone, one after the other, are parted: most of Chinese, without a look into Unicode's tables.
      if standsAlone(scalar) {
        if end == utf8.count || standsAlone(decodeScalar(utf8, at: end).scalar) {
          give(start..<end)
          start = end
          continue
        }
      }
      // Up to the next such place the Swift library says.
      while end < utf8.count {
        let before = scalar
        (scalar, length) = decodeScalar(utf8, at: end)
        if standsAlone(before) && standsAlone(scalar) { break }
        end += length
      }
      for character in String(decoding: utf8[start..<end], as: UTF8.self) {
        let next = start + character.utf8.count
        give(start..<next)
        start = next
      }
    }
  }
}
