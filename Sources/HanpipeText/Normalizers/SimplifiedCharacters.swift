internal import CTransliteration
public import HanpipeCore

/// Traditional characters are read as the simplified ones that stand for them, one for one, as ICU's transliterator "Hant-Hans" has it.
///
///     我喜歡吃蘋果 → 我喜欢吃苹果
///
/// What is behind it sees simplified text, so that one dictionary, vocabulary or model serves both; words are shown as they were written.
/// Which words are usual elsewhere (軟體 for 软件) is not its business.
public struct SimplifiedCharacters: Normalizer, ConfiguredStage {
  public static let type: StageType = "simplify"
  public static let summary = "Reads traditional characters as simplified ones; offsets into the original are kept."

  /// ICU's, whose table may differ from version to version.
  public let identity = ["icu": ICUSegmenter.icuVersion]
  private let images: [UInt16]

  /// - Throws: `NoSimplifiedCharacters` where ICU's transliterators are not installed.
  public init(_ configuration: NoConfiguration, _ context: StageContext) throws { images = try Self.table.get() }

  /// The characters that the table has: CJK Unified Ideographs and extension A.
  private static let range = UInt16(0x3400)..<0xA000

  /// Read from ICU once, when the first stage is made: about 0.1 s.
  private static let table: Result<[UInt16], NoSimplifiedCharacters> = {
    var images = [UInt16](repeating: 0, count: range.count)
    let failure = images.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { hp_simplified_characters(range.lowerBound, UInt32(range.count), $0) }
    }
    if let failure { return .failure(NoSimplifiedCharacters(reason: String(cString: failure))) }
    return .success(images)
  }()

  public func edits(in utf8: ArraySlice<UInt8>) -> [TextEdit] {
    var edits: [TextEdit] = []
    utf8.withUnsafeBufferPointer { text in
      images.withUnsafeBufferPointer { images in
        var position = 0
        while position < text.count {
          // All of the table is of three bytes, from E3 90 80 on.
          let first = text[position]
          guard first >= 0xE3 && first <= 0xE9 else {
            position += 1
            continue
          }
          let scalar = decodeScalar(text, at: position).scalar
          if scalar >= UInt32(Self.range.lowerBound), scalar < UInt32(Self.range.upperBound) {
            let image = UInt32(images[Int(scalar) - Int(Self.range.lowerBound)])
            if image != scalar, image >= 0x800 {
              let bytes: [UInt8] = [0xE0 | UInt8(image >> 12), 0x80 | UInt8(image >> 6 & 0x3F), 0x80 | UInt8(image & 0x3F)]
              edits.append(TextEdit(position..<position + 3, bytes))
            }
          }
          position += 3
        }
      }
    }
    return edits
  }
}

/// ICU's transliterators cannot be used.
public struct NoSimplifiedCharacters: Error, Equatable, CustomStringConvertible {
  public let reason: String
  public var description: String { "traditional characters cannot be read as simplified ones: \(reason)" }
}
