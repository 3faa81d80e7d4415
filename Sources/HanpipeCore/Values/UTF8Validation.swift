/// Whether no character of valid UTF-8 is cut at byte `offset`.
package func isBoundary(_ offset: Int, in utf8: ArraySlice<UInt8>) -> Bool {
  offset == utf8.count || utf8[utf8.startIndex + offset] & 0xC0 != 0x80
}

/// Whether the bytes are UTF-8 as Unicode defines it (table 3-7 of its chapter 3): no overlong form, no surrogate, nothing
/// above U+10FFFF.
package func isValidUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
  bytes.withUnsafeBytes { buffer in
    var i = 0
    let n = buffer.count
    while i < n {
      let a = buffer[i]
      if a < 0x80 {
        // Safety: 32 bytes are there. Eight at a time, four times: the loop is bound by loads, not by branches.
        while i + 32 <= n {
          let w0 = buffer.loadUnaligned(fromByteOffset: i, as: UInt64.self)
          let w1 = buffer.loadUnaligned(fromByteOffset: i + 8, as: UInt64.self)
          let w2 = buffer.loadUnaligned(fromByteOffset: i + 16, as: UInt64.self)
          let w3 = buffer.loadUnaligned(fromByteOffset: i + 24, as: UInt64.self)
          if (w0 | w1 | w2 | w3) & 0x8080_8080_8080_8080 != 0 { break }
          i += 32
        }
        while i < n, buffer[i] < 0x80 { i += 1 }
        continue
      }
      // Three bytes, as Chinese is written, read as one word: lead and two continuations are one comparison. E0 and ED, whose
      // second byte is bounded more tightly, are left to the general case.
      // Safety: 4 bytes are there.
      while i + 4 <= n {
        let word = UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: i, as: UInt32.self))
        guard word & 0x00C0_C0F0 == 0x0080_80E0, word & 0xFF != 0xE0, word & 0xFF != 0xED else { break }
        i += 3
      }
      if i == n { break }
      guard let length = characterLength(buffer, i) else { return false }
      i += length
    }
    return true
  }
}

/// The length of the character at `i`, 1 to 4; nil if there is none.
@inline(__always)
private func characterLength(_ buffer: UnsafeRawBufferPointer, _ i: Int) -> Int? {
  let length: Int
  let low: UInt8
  let high: UInt8
  switch buffer[i] {
  case 0x00...0x7F: return 1
  case 0xC2...0xDF: (length, low, high) = (2, 0x80, 0xBF)
  case 0xE0: (length, low, high) = (3, 0xA0, 0xBF)
  case 0xED: (length, low, high) = (3, 0x80, 0x9F)
  case 0xE1...0xEF: (length, low, high) = (3, 0x80, 0xBF)
  case 0xF0: (length, low, high) = (4, 0x90, 0xBF)
  case 0xF1...0xF3: (length, low, high) = (4, 0x80, 0xBF)
  case 0xF4: (length, low, high) = (4, 0x80, 0x8F)
  default: return nil
  }
  guard i + length <= buffer.count, buffer[i + 1] >= low, buffer[i + 1] <= high else { return nil }
  for k in 2..<max(2, length) where buffer[i + k] & 0xC0 != 0x80 { return nil }
  return length
}
