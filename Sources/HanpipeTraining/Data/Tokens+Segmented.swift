public import HanpipeCore
import HanpipeText

extension Tokens {
  /// Texts that people have segmented: the words of each line, and as its text those words joined (`SegmentedLine`).
  ///
  ///     Tokens(segmented: Texts(["我 喜欢　苹果"]))   // 我喜欢苹果: 0..<3, 3..<9, 9..<15
  ///
  /// The words cover the text without a gap.
  public init(segmented lines: Texts) {
    let lines = (0..<lines.count).map { SegmentedLine(lines.utf8(of: $0)) }
    var joined = Texts()
    for line in lines { joined.append(validated: line.text[...]) }
    self.init(joined)
    for line in lines { append(validated: zip([0] + line.ends.dropLast(), line.ends).map(Span.init)) }
  }
}
