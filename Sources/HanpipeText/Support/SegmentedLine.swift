/// A line of segmented text: words with white space (Unicode's White_Space) between them.
///
///     我 喜欢　苹果 → 我喜欢苹果; words end at 3, 9 and 15
///
/// The words joined without separator are the text, as in SIGHAN's test files: Latin words that only a space kept apart stand
/// together in it. Whatever is no white space belongs to a word.
public struct SegmentedLine: Sendable, Equatable {
  /// The words without what stood between them.
  public private(set) var text: [UInt8] = []
  /// Where each word ends, in bytes of the text: rising, the last at its end.
  public private(set) var ends: [Int] = []

  /// - Parameter line: valid UTF-8.
  public init(_ line: ArraySlice<UInt8>) {
    text.reserveCapacity(line.count)
    line.withUnsafeBufferPointer { utf8 in
      // What is copied next, and how far it has been looked at.
      var start = 0
      var position = 0
      while position < utf8.count {
        let (scalar, length) = decodeScalar(utf8, at: position)
        if isWhiteSpace(scalar) {
          close(utf8[start..<position])
          start = position + length
        }
        position += length
      }
      close(utf8[start..<position])
    }
  }

  private mutating func close(_ word: Slice<UnsafeBufferPointer<UInt8>>) {
    guard !word.isEmpty else { return }
    text.append(contentsOf: word)
    ends.append(text.count)
  }
}
