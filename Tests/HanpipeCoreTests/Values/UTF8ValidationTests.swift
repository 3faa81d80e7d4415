import HanpipeCore
import Testing

/// The standard library's validation is the truth.
@Suite struct UTF8ValidationTests {
  private func agrees(_ bytes: [UInt8]) -> Bool {
    // Also as a part of a larger buffer, whose neighbours would make it valid or invalid.
    let inside = [0xE4] + bytes + [0x80, 0x80]
    let truth = String(validating: bytes, as: UTF8.self) != nil
    return isValidUTF8(bytes[...]) == truth && isValidUTF8(inside[1..<1 + bytes.count]) == truth
  }

  @Test func `every pair of bytes`() {
    for a in UInt8.min ... .max {
      let wrong = (UInt8.min ... .max).first { !agrees([a, $0]) }
      #expect(wrong == nil, "after \(a)")
    }
  }

  @Test func `every lead byte with continuations at and beyond their bounds`() {
    let second: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    let later: [UInt8] = [0x7F, 0x80, 0xBF, 0xC0]
    for a in 0x80...UInt8.max {
      for b in second {
        for c in later {
          let wrong = later.first { !agrees([a, b, c]) || !agrees([a, b, c, $0]) || !agrees([0x41, a, b, c, $0, 0x80, 0x41]) }
          #expect(wrong == nil, "\(a) \(b) \(c)")
        }
      }
    }
  }

  @Test func `every byte of a text, replaced or cut off, at every alignment`() {
    let text = Array("我喜欢abcdefgh\(String(repeating: "x", count: 40))é😀中，𠮷我們\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10FFFF}end".utf8)
    for i in text.indices {
      #expect(agrees(Array(text[..<i])) && agrees(Array(text[i...])), "cut at \(i)")
      for byte: UInt8 in [0x00, 0x41, 0x80, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xE4, 0xED, 0xF0, 0xF4, 0xF5, 0xFF] {
        var changed = text
        changed[i] = byte
        #expect(agrees(changed), "\(byte) at \(i)")
      }
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>) func `random bytes and texts`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      var bytes = Array(generator.text(upTo: 60).utf8)
      if generator.chance(2), !bytes.isEmpty { bytes[generator.below(bytes.count)] = UInt8(generator.below(256)) }
      if generator.chance(4) { bytes = (0..<generator.below(8)).map { _ in UInt8(0x80 + generator.below(128)) } }
      #expect(agrees(bytes), "\(bytes)")
    }
  }
}
