public import HanpipeCore

/// Puts a character before and behind each text that says by whose convention words are to be told, so that one model learns, and
/// answers, by several: He et al. 2019, "Effective Neural Solution for Multi-Criteria Word Segmentation", arXiv:1712.02856.
///
/// While training, each record says its own convention and has its marks already (`SegmentedTexts`); such a text is left as it is.
public struct CriterionMark: Normalizer, ConfiguredStage {
  public static let type: StageType = "criterion"
  public static let summary = "Marks a text by whose convention its words are to be told, for a model that learned several."

  public struct Configuration: StageConfiguration {
    public var names: [String] = []
    public var use: String?
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("names", \.names, "The conventions, as labels of the training records name them."),
      Setting("use", \.use, "The convention of answers, one of the names; null: the first."),
    ]
    public func validate(at path: SpecPath) throws(SpecError) {
      let found = names.json.description
      guard 1...CriterionMark.limit ~= names.count, Set(names).count == names.count, !names.contains("") else {
        throw .badValue(path["names"], found: found, allowed: "1 to \(CriterionMark.limit) names that differ and are not empty")
      }
      if let use, !names.contains(use) {
        throw .badValue(path["use"], found: use.json.description, allowed: names.map { "\"\($0)\"" }.joined(separator: " or "))
      }
    }
  }

  /// The most conventions that one model may know.
  static let limit = 256
  private let count: Int
  private let used: [UInt8]

  public init(_ configuration: Configuration, _ context: StageContext) {
    count = configuration.names.count
    used = Self.mark(configuration.use.flatMap(configuration.names.firstIndex) ?? 0)
  }

  /// The character of a convention: private use, beyond what fonts and texts use (plane 16).
  public static func mark(_ number: Int) -> [UInt8] {
    Array(String(UnicodeScalar(0x10_F800 + UInt32(number)).map(Character.init) ?? "\u{10F800}").utf8)
  }

  /// The convention whose mark this is; nil if it is another character.
  static func number(_ utf8: ArraySlice<UInt8>) -> Int? {
    // F4 8F A0 80 to F4 8F A3 BF.
    guard utf8.count == 4, utf8.starts(with: [0xF4, 0x8F]), let third = utf8.dropFirst(2).first, let last = utf8.last else { return nil }
    return 0xA0...0xA3 ~= third ? Int(third - 0xA0) << 6 | Int(last & 0x3F) : nil
  }

  public func edits(in utf8: ArraySlice<UInt8>) -> [TextEdit] {
    if let number = Self.number(utf8.prefix(4)), number < count { return [] }
    return [TextEdit(0..<0, used), TextEdit(utf8.count..<utf8.count, used)]
  }
}
