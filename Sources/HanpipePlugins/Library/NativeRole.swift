import CPlugins
import HanpipeCore

/// A value whose records a library can take.
protocol NativeInput: StageValue {
  /// What the words, if there are any, lie in.
  var nativeTexts: Texts { get }
  /// The words of all records, and where each record's start; nil where there are none.
  var nativeWords: (spans: [hanpipe_span], starts: [Int])? { get }
}
extension Texts: NativeInput {
  var nativeTexts: Texts { self }
  var nativeWords: (spans: [hanpipe_span], starts: [Int])? { nil }
}
extension Tokens: NativeInput {
  var nativeTexts: Texts { texts }
  var nativeWords: (spans: [hanpipe_span], starts: [Int])? {
    (spans.map { hanpipe_span(start: Int($0.start), end: Int($0.end)) }, starts)
  }
}

/// A role that a shared library can have.
protocol NativeRole: PluginRole where Input: NativeInput {
  /// As hanpipe_plugin.h numbers it.
  static var number: UInt32 { get }
  /// More items than this cannot be right: they are not looked at.
  static func mostItems(to input: Input, record: Int, _ terms: PluginTerms) -> Int
  /// Copies what was reported; not yet checked.
  static func answer(_ items: UnsafeRawPointer, count: Int) throws(AnswerError) -> Answer
}

extension SegmenterRole: NativeRole {
  static var number: UInt32 { UInt32(HANPIPE_SEGMENTER) }
  static func mostItems(to input: Texts, record: Int, _ terms: PluginTerms) -> Int { input.length(of: record) }
  static func answer(_ items: UnsafeRawPointer, count: Int) -> [PluginSpan] {
    load(items, count, as: hanpipe_span.self).map { PluginSpan($0) }
  }
}

extension NormalizerRole: NativeRole {
  static var number: UInt32 { UInt32(HANPIPE_NORMALIZER) }
  // Between any two bytes one may be inserted, and each be replaced.
  static func mostItems(to input: Texts, record: Int, _ terms: PluginTerms) -> Int { 2 * input.length(of: record) + 1 }
  static func answer(_ items: UnsafeRawPointer, count: Int) throws(AnswerError) -> [PluginEdit] {
    var edits: [PluginEdit] = []
    for edit in load(items, count, as: hanpipe_edit.self) {
      var replacement: [UInt8] = []
      if edit.size > 0 {
        guard let text = edit.text else { throw .null(count: edit.size) }
        replacement = Array(UnsafeRawBufferPointer(start: text, count: edit.size))
      }
      edits.append(PluginEdit(span: PluginSpan(edit.span), replacement: replacement))
    }
    return edits
  }
}

extension TokenFilterRole: NativeRole {
  static var number: UInt32 { UInt32(HANPIPE_TOKEN_FILTER) }
  static func mostItems(to input: Tokens, record: Int, _ terms: PluginTerms) -> Int { input.length(of: record) }
  static func answer(_ items: UnsafeRawPointer, count: Int) -> [Bool] { load(items, count, as: UInt8.self).map { $0 != 0 } }
}

extension ClassifierRole: NativeRole where Input: NativeInput {
  static var number: UInt32 { UInt32(HANPIPE_CLASSIFIER) }
  static func mostItems(to input: Input, record: Int, _ terms: PluginTerms) -> Int { terms.labels.count }
  static func answer(_ items: UnsafeRawPointer, count: Int) -> [Float] { load(items, count, as: Float.self) }
}

extension PluginSpan {
  // What is more than an Int holds comes as a negative number, which is outside of every text too.
  fileprivate init(_ span: hanpipe_span) { self.init(start: span.start, end: span.end) }
}

/// Copies items, which may lie at any address.
private func load<T: BitwiseCopyable>(_ items: UnsafeRawPointer, _ count: Int, as type: T.Type) -> [T] {
  (0..<count).map { items.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.stride, as: type) }
}
