internal import CUTF8Proc

/// Which characters a lexicon takes for the same.
///
/// One character always becomes one, so that a match in folded text is as many characters of the text as it stands.
struct CharacterFolding: Sendable, Equatable {
  /// Whether any are: letters and their capitals; signs of ASCII and katakana, of full width and of half; white space of any kind.
  let isActive: Bool

  @inline(__always)
  func callAsFunction(_ scalar: UInt32) -> UInt32 {
    // Ideographs, and the 64 hexagrams between them: most of Chinese ends here.
    if 0x3400...0x9FFF ~= scalar || !isActive { return scalar }
    return Self.fold(scalar)
  }

  @inline(never)
  private static func fold(_ scalar: UInt32) -> UInt32 {
    if scalar < 0x80 {
      if 0x41...0x5A ~= scalar { return scalar + 0x20 }
      return 0x09...0x0D ~= scalar ? 0x20 : scalar
    }
    if isWhiteSpace(scalar) { return 0x20 }
    let narrow = ScalarMap.foldWidth(Int32(bitPattern: scalar))
    return UInt32(bitPattern: utf8proc_tolower(narrow))
  }
}
