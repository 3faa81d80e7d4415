public import HanpipeCore
import HanpipeText

extension Tokens {
  /// Texts that people have segmented: the words of each line, and as its text those words joined without separator.
  ///
  ///     Tokens(segmented: Texts(["我 喜欢　苹果"]))   // 我喜欢苹果: 0..<3, 3..<9, 9..<15
  ///
  /// The words cover the text without a gap. This is how SIGHAN's corpora are read: two Latin words that only a space kept apart
  /// stand together in the text.
  /// - Parameter lines: words between white space (Unicode's White_Space, so TAB and U+3000 too).
  public init(segmented lines: Texts) throws {
    let words = try WhitespaceSegmenter(.init(), .none).process(lines)
    var joined = Texts()
    var utf8: [UInt8] = []
    for record in 0..<words.count {
      utf8.removeAll(keepingCapacity: true)
      for span in words.spans(of: record) { utf8.append(contentsOf: words.utf8(of: span, record: record)) }
      joined.append(validated: utf8[...])
    }
    self.init(joined)
    for record in 0..<words.count {
      var end = 0
      append(
        validated: words.spans(of: record).map { span in
          defer { end += span.range.count }
          return Span(end, end + span.range.count)
        })
    }
  }
}
