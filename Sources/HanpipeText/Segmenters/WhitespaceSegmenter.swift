public import HanpipeCore

/// What stands between white space is a token: for text that has been segmented before.
///
///     WhitespaceSegmenter: 我 喜欢　苹果。 → 我 | 喜欢 | 苹果。
public struct WhitespaceSegmenter: Segmenter, ConfiguredStage {
  public static let type: StageType = "whitespace"
  public static let summary = "Cuts text at white space (Unicode's White_Space)."

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
      var start = 0
      var position = 0
      var inSpace = false
      func close() {
        guard start < position, selection.keeps(UnsafeBufferPointer(rebasing: utf8[start..<position])) else { return }
        ranges.append(start..<position)
      }
      while position < utf8.count {
        let (scalar, length) = decodeScalar(utf8, at: position)
        let isSpace = isWhiteSpace(scalar)
        if isSpace != inSpace {
          close()
          start = position
          inSpace = isSpace
        }
        position += length
      }
      close()
      return ranges
    }
  }
}
