/// How records stand in an input.
public struct RecordFormat: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// One text a line.
    case lines
    /// Fields between TABs, no quoting. Without `text` and `label` named: a label, a TAB, and the text to the end of the line.
    case tsv
    /// RFC 4180: fields between commas; in quotes they may hold commas, newlines and doubled quotes.
    case csv
    /// One JSON object a line.
    case jsonl
    /// `__label__x __label__y text`, as fastText reads it.
    case fasttext
  }

  /// Which field: by number, from 1, or by the name in the header (csv, tsv) or of the member (jsonl).
  public enum Field: Sendable, Equatable, CustomStringConvertible {
    case number(Int)
    case name(String)
    /// All digits: a number; anything else: a name.
    public init(_ text: String) {
      if let number = Int(text), number > 0, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
        self = .number(number)
      } else {
        self = .name(text)
      }
    }
    public var description: String {
      switch self {
      case .number(let number): "\(number)"
      case .name(let name): "\"\(name)\""
      }
    }
    var name: String {
      switch self {
      case .number(let number): "\(number)"
      case .name(let name): name
      }
    }
  }

  public var kind: Kind
  /// nil: jsonl "text"; csv and tsv: the column that the header calls "text"; else 2 if a label is read, otherwise 1, and of tsv what
  /// `Kind.tsv` says.
  public var text: Field?
  /// nil: jsonl "label"; csv and tsv, where a label is required: the column that the header calls "label"; else 1, or 2 where 1 is
  /// the text. Of tsv also where one is present.
  public var label: Field?
  /// A field to hand through. nil: jsonl "id", which is handed through anyway; csv and tsv: none.
  public var id: Field?
  /// Whether line 1 of each file names the columns (csv, tsv). Implied where a field is given by name.
  public var hasHeader: Bool
  /// Whether a record without a label is an error: for training and evaluation.
  public var requiresLabel: Bool
  /// Whether a record may say that it has none, for labels that do not exclude each other: by an empty field, null, [], or a line of
  /// fastText without a mark. A record without the field is an error all the same.
  public var allowsNoLabel: Bool
  /// What stands between several labels in one field (csv, tsv, a jsonl string): an ASCII character; nil: the field is one label.
  public var labelSeparator: UInt8?

  public init(
    _ kind: Kind, text: Field? = nil, label: Field? = nil, id: Field? = nil, hasHeader: Bool = false,
    requiresLabel: Bool = false, allowsNoLabel: Bool = false, labelSeparator: UInt8? = UInt8(ascii: ",")
  ) {
    self.kind = kind
    self.text = text
    self.label = label
    self.id = id
    self.hasHeader = hasHeader
    self.requiresLabel = requiresLabel
    self.allowsNoLabel = allowsNoLabel
    self.labelSeparator = labelSeparator
  }

  public static let lines = RecordFormat(.lines)

  var hasColumns: Bool { kind == .csv || kind == .tsv }
  /// Whether line 1 of a file names its columns.
  var readsHeader: Bool {
    guard hasColumns else { return false }
    return hasHeader
      || [text, label, id].contains {
        if case .name? = $0 { true } else { false }
      }
  }

  /// Whether a record whose labels are these lacks one.
  func lacksLabel(_ labels: [String]) -> Bool { requiresLabel && !allowsNoLabel && labels.isEmpty }

  /// The labels in one field.
  func labels(in field: ArraySlice<UInt8>) -> [String] {
    guard let labelSeparator, field.contains(labelSeparator) else {
      let label = trimmed(field)
      return label.isEmpty ? [] : [String(decoding: label, as: UTF8.self)]
    }
    return field.split(separator: labelSeparator).compactMap {
      let label = trimmed($0)
      return label.isEmpty ? nil : String(decoding: label, as: UTF8.self)
    }
  }
}

/// Without spaces and TABs at both ends.
func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) }) else {
    return bytes[bytes.startIndex..<bytes.startIndex]
  }
  return bytes[first...last]
}
