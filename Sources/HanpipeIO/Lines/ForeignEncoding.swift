import HanpipeCore

/// What text that is not UTF-8 is probably written in.
///
/// A guess from a block of it, made only where most of what is beyond ASCII is in order in that encoding and not in UTF-8: a few
/// broken characters in UTF-8 are no other encoding.
public enum ForeignEncoding: String, Sendable, CaseIterable, CustomStringConvertible {
  // As iconv calls them.
  case utf16 = "UTF-16"
  /// Without a byte order mark.
  case utf16LittleEndian = "UTF-16LE"
  case utf16BigEndian = "UTF-16BE"
  /// GBK and GB 2312 are parts of it.
  case gb18030 = "GB18030"
  case big5 = "BIG5"

  public var description: String {
    switch self {
    case .gb18030: "GBK (GB 18030)"
    case .big5: "Big5"
    default: rawValue
    }
  }

  /// - Parameter block: from the beginning of a line.
  public static func guess(_ block: ArraySlice<UInt8>) -> ForeignEncoding? {
    if block.starts(with: [0xFF, 0xFE]) || block.starts(with: [0xFE, 0xFF]) { return .utf16 }
    if let guess = utf16(block) { return guess }
    guard isMostlyNotUTF8(block) else { return nil }
    return doubleByte(block)
  }

  /// UTF-16 without a mark is told by the zero byte that each LF and other ASCII character has beside it.
  private static func utf16(_ block: ArraySlice<UInt8>) -> ForeignEncoding? {
    let zeros = block.count { $0 == 0 }
    guard zeros > 0, zeros * 200 >= block.count else { return nil }
    var (before, behind) = (0, 0)
    for i in block.indices where block[i] == 0x0A || block[i] == 0x20 || block[i] == 0x09 {
      if i > block.startIndex, block[i - 1] == 0 { before += 1 }
      if i + 1 < block.endIndex, block[i + 1] == 0 { behind += 1 }
    }
    guard before + behind > 0 else { return nil }
    return before > behind ? .utf16BigEndian : .utf16LittleEndian
  }

  /// Of the lines with something beyond ASCII, more than half are not UTF-8.
  private static func isMostlyNotUTF8(_ block: ArraySlice<UInt8>) -> Bool {
    var (lines, wrong) = (0, 0)
    for line in block.split(separator: 0x0A) where line.contains(where: { $0 >= 0x80 }) {
      lines += 1
      if !isValidUTF8(line) { wrong += 1 }
    }
    return wrong * 2 > lines
  }

  /// GB 18030 and Big5 both write a Chinese character as two bytes. In GB 18030 the common ones are B0–F7 and A1–FE; in Big5 they are
  /// A4–F9 and 40–7E or A1–FE, and two in five have a second byte below 7F.
  private static func doubleByte(_ block: ArraySlice<UInt8>) -> ForeignEncoding? {
    var (pairs, bad, common, low, traditional) = (0, 0, 0, 0, 0)
    var i = block.startIndex
    while i < block.endIndex {
      let lead = block[i]
      guard lead >= 0x80 else {
        i += 1
        continue
      }
      guard i + 1 < block.endIndex else { break }
      let trail = block[i + 1]
      guard 0x81...0xFE ~= lead, 0x40...0xFE ~= trail, trail != 0x7F else {
        // Four bytes in GB 18030, such as an emoji's, have a digit second and fourth.
        let isFour = 0x30...0x39 ~= trail && i + 3 < block.endIndex && 0x30...0x39 ~= block[i + 3]
        if !isFour { bad += 1 }
        i += isFour ? 4 : 1
        continue
      }
      pairs += 1
      if 0xB0...0xF7 ~= lead, trail >= 0xA1 { common += 1 }
      if trail <= 0x7E { low += 1 }
      if 0xA4...0xC6 ~= lead, trail <= 0x7E || trail >= 0xA1 { traditional += 1 }
      i += 2
    }
    // Three characters and fewer prove nothing.
    guard pairs > 3, bad * 20 <= pairs else { return nil }
    if low * 5 > pairs, traditional * 2 > pairs { return .big5 }
    return common * 2 > pairs ? .gb18030 : nil
  }
}
