import HanpipeIO
import Testing

@Suite struct ForeignEncodingTests {
  // 这家酒店很好，服务也不错, by Python's codecs; in Big5 in its traditional characters.
  private static let gbk: [UInt8] = [
    213, 226, 188, 210, 190, 198, 181, 234, 186, 220, 186, 195, 163, 172, 183, 254, 206, 241, 210, 178, 178, 187, 180, 237, 10,
  ]
  private static let big5: [UInt8] = [
    179, 111, 174, 97, 176, 115, 169, 177, 171, 220, 166, 110, 170, 65, 176, 200, 164, 93, 164, 163, 191, 249, 10,
  ]
  private static func utf16(_ text: String, isBig: Bool) -> [UInt8] {
    text.utf16.flatMap { isBig ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)] }
  }
  private static let text = "1\t这家酒店很好\n0\t房间太差 了\n"

  private func guess(_ bytes: [UInt8]) -> ForeignEncoding? { ForeignEncoding.guess(bytes[...]) }

  @Test func `Chinese encodings are told apart`() {
    #expect(guess(Self.gbk) == .gb18030)
    #expect(guess(Array("1\t".utf8) + Self.gbk + Array("0\t ok\n".utf8) + Self.gbk) == .gb18030)
    // An emoji has four bytes in GB 18030.
    #expect(guess(Self.gbk.dropLast() + [0x94, 0x39, 0xDA, 0x33, 10]) == .gb18030)
    #expect(guess(Self.big5) == .big5)
    #expect(guess([0xFF, 0xFE] + Self.utf16(Self.text, isBig: false)) == .utf16)
    #expect(guess([0xFE, 0xFF] + Self.utf16(Self.text, isBig: true)) == .utf16)
    #expect(guess(Self.utf16(Self.text, isBig: false)) == .utf16LittleEndian)
    #expect(guess(Self.utf16(Self.text, isBig: true)) == .utf16BigEndian)
  }

  @Test func `a few broken characters in UTF-8 are no other encoding`() {
    #expect(guess(Array(Self.text.utf8)) == nil)
    #expect(guess(Array("好的\n不好\n酒店\n".utf8) + Self.gbk) == nil)
    #expect(guess(Array("好".utf8).dropLast() + [10]) == nil)
  }

  @Test func `Latin-1 is not taken for Chinese`() {
    #expect(guess(Array("d".utf8) + [0xE9] + Array("ja vu, caf".utf8) + [0xE9] + Array(" et na".utf8) + [0xEF] + Array("f\n".utf8)) == nil)
  }

  @Test func `a reader that repairs says what the input looks like`() throws {
    let directory = try TemporaryDirectory()
    var lines = try LineReader(path: try directory.file("a.txt", Self.gbk + Self.gbk))
    while try lines.next() == .line {}
    #expect(lines.repairs.lines == 2 && lines.repairs.encoding == .gb18030)
    var mixed = try LineReader(path: try directory.file("b.txt", Array("好\n好\n".utf8) + [0xC0, 10]))
    while try mixed.next() == .line {}
    #expect(mixed.repairs.lines == 1 && mixed.repairs.encoding == nil)
  }
}
