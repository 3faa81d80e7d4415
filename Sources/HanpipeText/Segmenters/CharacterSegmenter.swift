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
      var start = 0
      for character in String(decoding: utf8, as: UTF8.self) {
        let end = start + character.utf8.count
        if selection.keeps(UnsafeBufferPointer(rebasing: utf8[start..<end])) { ranges.append(start..<end) }
        start = end
      }
      return ranges
    }
  }
}
