import Hanpipe

/// Cuts text into pieces of a few characters: the smallest segmenter that a package can bring.
///
///     {"type": "chunks", "size": 2}
public struct Chunks: Segmenter, ConfiguredStage {
  public static let type: StageType = "chunks"
  public static let summary = "Pieces of a few characters; white space ends a piece and is left out."

  public struct Configuration: StageConfiguration {
    public var size = 2
    public init() {}
    public static let settings: [Setting<Self>] = [Setting("size", \.size, in: 1...8, "Characters a piece, at most.")]
  }

  private let size: Int
  public init(_ configuration: Configuration, _ context: StageContext) { size = configuration.size }

  public func words(in text: String) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var (start, end, length) = (0, 0, 0)
    func close() {
      if length > 0 { words.append(start..<end) }
      length = 0
    }
    for character in text {
      if character.isWhitespace || length == size { close() }
      if length == 0 { start = end }
      end += character.utf8.count
      if !character.isWhitespace { length += 1 }
    }
    close()
    return words
  }
}
