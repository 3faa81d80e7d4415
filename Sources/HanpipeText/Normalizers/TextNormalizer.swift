public import HanpipeCore

/// Brings text into one form: Unicode normalisation, small letters, half-width Latin, single spaces.
///
///     ＨＴＭＬ　５，ｶﾞ → html 5,ガ
///
/// The result is what normalising the whole text at once gives, but is found cluster by cluster (a starter and what may
/// combine with it), so that offsets into the original stay exact: only what differs is an edit. utf8proc does the work;
/// characters that stay as they are, most of them, cost a table look-up.
public struct TextNormalizer: Normalizer, ConfiguredStage {
  public static let type: StageType = "normalize"
  public static let summary = "Unicode normalisation, case, width and white space; offsets into the original are kept."

  public enum Form: String, CaseIterable, Sendable, SettingValue {
    case nfc = "NFC"
    case nfkc = "NFKC"
    case none
  }
  public enum Fold: String, CaseIterable, Sendable, SettingValue {
    /// Unicode's full case folding: `ẞ` becomes `ss`.
    case `case`
    /// Full-width Latin, digits and punctuation become half-width, half-width katakana full-width. NFKC does so anyway.
    case width
  }
  public enum Whitespace: String, CaseIterable, Sendable, SettingValue {
    /// As it is, but for what the form changes: NFKC makes U+3000 a space.
    case keep
    /// A run of Unicode's White_Space becomes one space, at the text's ends nothing. Happens before the rest.
    case collapse
  }

  public struct Configuration: StageConfiguration {
    public var form = Form.nfkc
    public var fold: [Fold] = [.case, .width]
    public var whitespace = Whitespace.keep
    public init() {}
    public static let settings: [Setting<Self>] = [
      Setting("form", \.form, "Unicode normalisation form."),
      Setting("fold", \.fold, "Differences that are removed: case (A and a), width (Ａ and A, ｱ and ア)."),
      Setting("whitespace", \.whitespace, "Runs of white space: keep them, or collapse each to one space and trim the ends."),
    ]
  }

  let map: ScalarMap

  public init(_ configuration: Configuration, _ context: StageContext) { map = ScalarMap(configuration) }

  public func edits(in utf8: ArraySlice<UInt8>) -> [TextEdit] {
    utf8.withUnsafeBufferPointer { text in
      map.withClasses { classes in
        var scan = NormalizationScan(text: text, map: map, classes: classes)
        scan.run()
        return scan.edits
      }
    }
  }
}

/// One pass over one text.
private struct NormalizationScan {
  let text: UnsafeBufferPointer<UInt8>
  let map: ScalarMap
  let classes: UnsafeBufferPointer<ScalarMap.Class>
  var edits: [TextEdit] = []
  private var scratch: [Int32] = []

  init(text: UnsafeBufferPointer<UInt8>, map: ScalarMap, classes: UnsafeBufferPointer<ScalarMap.Class>) {
    self.text = text
    self.map = map
    self.classes = classes
  }

  mutating func run() {
    var position = 0
    // Where the character before begins, if what follows may combine with it; else `position` itself.
    var previous = 0
    while position < text.count {
      let first = text[position]
      // U+4000 to U+9FFF: most of Chinese, never changed, three bytes.
      if first >= 0xE4 && first <= 0xE9 {
        previous = position
        position += 3
        continue
      }
      let (scalar, length) = decodeScalar(text, at: position)
      switch map.classify(scalar, classes) {
      case .inert:
        previous = position
        position += length
      case .space:
        position = collapse(from: position)
        previous = position
      case .changes:
        position = normalize(from: position, scalar, length)
        previous = position
      case .joins, .unknown:
        position = normalizeCluster(previous..<endOfCluster(position + length))
        previous = position
      }
    }
  }

  /// Behind the last character that may combine with what is before `position`.
  private func endOfCluster(_ position: Int) -> Int {
    var end = position
    while end < text.count {
      let (scalar, length) = decodeScalar(text, at: end)
      guard map.classify(scalar, classes) == .joins else { break }
      end += length
    }
    return end
  }

  /// A run of white space becomes one space, or nothing at the text's ends. Returns where it ends.
  private mutating func collapse(from start: Int) -> Int {
    var end = start
    while end < text.count {
      let (scalar, length) = decodeScalar(text, at: end)
      guard map.classify(scalar, classes) == .space else { break }
      end += length
    }
    if start == 0 || end == text.count {
      edits.append(TextEdit(start..<end, []))
    } else if end - start > 1 || text[start] != 0x20 {
      edits.append(TextEdit(start..<end, ScalarMap.ascii[0x20]))
    }
    return end
  }

  /// A character that changes, with what may combine with it. Returns where that ends.
  private mutating func normalize(from start: Int, _ scalar: UInt32, _ length: Int) -> Int {
    let end = endOfCluster(start + length)
    if end == start + length, let byte = map.asciiImage(of: scalar) {
      edits.append(TextEdit(start..<end, ScalarMap.ascii[Int(byte)]))
      return end
    }
    return normalizeCluster(start..<end)
  }

  /// A cluster by way of utf8proc. Returns where it ends.
  private mutating func normalizeCluster(_ cluster: Range<Int>) -> Int {
    let image = map.image(of: UnsafeBufferPointer(rebasing: text[cluster]), &scratch)
    if let edit = minimalEdit(cluster, image) { edits.append(edit) }
    return cluster.upperBound
  }

  /// The edit without the characters at both ends that stay; nil if all do.
  private func minimalEdit(_ range: Range<Int>, _ image: [UInt8]) -> TextEdit? {
    var prefix = 0
    let shorter = min(range.count, image.count)
    while prefix < shorter, text[range.lowerBound + prefix] == image[prefix] { prefix += 1 }
    if prefix == range.count && prefix == image.count { return nil }
    // Back to a boundary of characters in both, and leave something to replace: an insertion would stand for nothing.
    while prefix > 0, prefix == range.count || isInside(range.lowerBound + prefix, range.upperBound) || isInside(prefix, image) {
      prefix -= 1
    }
    var suffix = 0
    while suffix < shorter - prefix, text[range.upperBound - 1 - suffix] == image[image.count - 1 - suffix] { suffix += 1 }
    while suffix > 0,
      prefix + suffix == range.count || isInside(range.upperBound - suffix, range.upperBound)
        || isInside(image.count - suffix, image)
    {
      suffix -= 1
    }
    return TextEdit(range.lowerBound + prefix..<range.upperBound - suffix, image[prefix..<image.count - suffix])
  }

  private func isInside(_ position: Int, _ end: Int) -> Bool { position < end && text[position] & 0xC0 == 0x80 }
  private func isInside(_ position: Int, _ image: [UInt8]) -> Bool { position < image.count && image[position] & 0xC0 == 0x80 }
}
