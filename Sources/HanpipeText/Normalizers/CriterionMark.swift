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
    public var lists: [String] = []
    public var use: String?
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("names", \.names, "The conventions, as labels of the training records name them."),
      Setting(
        "lists", \.lists,
        "Word lists, in the order of the columns of `dictionary-features`, that can stand for a convention: \"list:NAME\" follows one; "
          + "with any, \"list\" follows that stage's own `list`."),
      Setting("use", \.use, "The convention of answers, one of the names, of \"list:NAME\", or \"list\"; null: the first name."),
    ]
    public static var schemaRules: JSONObject {
      [
        "required": ["names"],
        "properties": [
          "names": [
            "minItems": 1, "maxItems": .integer(CriterionMark.limit), "uniqueItems": true, "items": ["minLength": 1],
          ],
          "lists": ["maxItems": .integer(CriterionMark.ownList), "uniqueItems": true, "items": ["minLength": 1]],
        ],
      ]
    }
    public func validate(at path: SpecPath) throws(SpecError) {
      guard 1...CriterionMark.limit ~= names.count, Self.areNames(names) else {
        throw .badValue(
          path["names"], found: names.json.description,
          allowed: "1 to \(CriterionMark.limit) names that differ and are not empty")
      }
      guard lists.count <= CriterionMark.ownList, Self.areNames(lists) else {
        throw .badValue(
          path["lists"], found: lists.json.description,
          allowed: "at most \(CriterionMark.ownList) names that differ and are not empty")
      }
      if let use, !conventions.labels.contains(use) {
        throw .badValue(path["use"], found: use.json.description, allowed: conventions.labels.map { "\"\($0)\"" }.joined(separator: " or "))
      }
    }
    private static func areNames(_ names: [String]) -> Bool { Set(names).count == names.count && !names.contains("") }
    var conventions: Conventions { Conventions(names: names, lists: lists) }
  }

  /// What texts can be marked with.
  public struct Conventions: Sendable {
    public let labels: [String]
    private let names: Int
    public init(names: [String], lists: [String]) {
      self.names = names.count
      labels = names + lists.map { "list:\($0)" } + (lists.isEmpty ? [] : ["list"])
    }
    /// The mark of a label, by its place.
    public func mark(_ label: Int) -> [UInt8] {
      if label < names { return CriterionMark.mark(label) }
      return CriterionMark.mark(CriterionMark.limit + (label < labels.count - 1 ? label - names : CriterionMark.ownList))
    }
  }

  /// The most conventions that one model may know, and the most lists.
  static let limit = 128
  /// The number of the list that a stage has of its own, behind those of the columns.
  static let ownList = limit - 1
  private let used: [UInt8]

  public init(_ configuration: Configuration, _ context: StageContext) {
    let conventions = configuration.conventions
    used = conventions.mark(configuration.use.flatMap(conventions.labels.firstIndex) ?? 0)
  }

  /// The character of a convention, and beyond `limit` of a list: private use, beyond what fonts and texts use (plane 16).
  public static func mark(_ number: Int) -> [UInt8] {
    Array(String(UnicodeScalar(0x10_F800 + UInt32(number)).map(Character.init) ?? "\u{10F800}").utf8)
  }

  /// What may be a record's mark: its first token.
  static func first(_ tokens: Tokens, _ record: Int) -> ArraySlice<UInt8>? {
    tokens.spans(of: record).first.map { tokens.utf8(of: $0, record: record) }
  }
  /// The convention whose mark this is; nil if it is another character.
  static func number(_ utf8: some Collection<UInt8>) -> Int? { code(utf8).flatMap { $0 < limit ? $0 : nil } }
  /// The list whose mark this is; nil if it is another character.
  static func list(_ utf8: some Collection<UInt8>) -> Int? { code(utf8).flatMap { $0 < limit ? nil : $0 - limit } }

  private static func code(_ utf8: some Collection<UInt8>) -> Int? {
    // F4 8F A0 80 to F4 8F A3 BF.
    guard utf8.count == 4, utf8.starts(with: [0xF4, 0x8F]), let third = utf8.dropFirst(2).first, let last = utf8.dropFirst(3).first
    else { return nil }
    return 0xA0...0xA3 ~= third ? Int(third - 0xA0) << 6 | Int(last & 0x3F) : nil
  }

  public func edits(in utf8: ArraySlice<UInt8>) -> [TextEdit] {
    if Self.code(utf8.prefix(4)) != nil { return [] }
    return [TextEdit(0..<0, used), TextEdit(utf8.count..<utf8.count, used)]
  }
}
