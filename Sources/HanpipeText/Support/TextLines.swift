/// The lines of a text file, by their numbers and places in its bytes.
///
/// A byte order mark at the very start is passed over, as editors on Windows put one there; a CR before an LF belongs to the line's
/// end, and so does one at the end of the file.
struct TextLines<Bytes: RandomAccessCollection<UInt8>> where Bytes.Index == Int {
  private let bytes: Bytes
  private var position: Int
  private var number = 0

  init(_ bytes: Bytes) {
    self.bytes = bytes
    position = bytes.startIndex + (bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
  }

  /// The next line, numbered from 1, without its end; nil after the last.
  /// - Complexity: O(bytes of the line).
  mutating func next() -> (number: Int, line: Range<Int>)? {
    guard position < bytes.endIndex else { return nil }
    let start = position
    var end = start
    while end < bytes.endIndex, bytes[end] != 0x0A { end += 1 }
    position = end + 1
    if end > start, bytes[end - 1] == 0x0D { end -= 1 }
    number += 1
    return (number, start..<end)
  }
}
