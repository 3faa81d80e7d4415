import HanpipeCore

/// Numbers for a property test; the seed is the test's argument, so that a failure names it.
extension SeededGenerator {
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
  mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

  /// Characters of one to four bytes, a combining one among them.
  mutating func text(upTo length: Int) -> String {
    let alphabet: [String] = ["a", "Z", " ", "é", "\u{301}", "中", "，", "Ａ", "\u{FFFD}", "😀", "𠮷"]
    return (0..<below(length + 1)).map { _ in alphabet[below(alphabet.count)] }.joined()
  }
}

/// The byte offsets at which a character starts or the text ends.
func boundaries(_ utf8: some Collection<UInt8>) -> [Int] {
  zip(0..., utf8).filter { $0.1 & 0xC0 != 0x80 }.map(\.0) + [utf8.count]
}

/// What `body` throws, in words; nil if it does not.
func message(_ body: () throws -> some Any) -> String? {
  do { _ = try body() } catch { return "\(error)" }
  return nil
}
