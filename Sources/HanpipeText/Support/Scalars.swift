internal import CUTF8Proc

/// The scalar at `position` of valid UTF-8 and its length in bytes.
@inline(__always)
func decodeScalar(_ utf8: UnsafeBufferPointer<UInt8>, at position: Int) -> (scalar: UInt32, length: Int) {
  let a = UInt32(utf8[position])
  if a < 0x80 { return (a, 1) }
  let b = UInt32(utf8[position + 1]) & 0x3F
  if a < 0xE0 { return ((a & 0x1F) << 6 | b, 2) }
  let c = UInt32(utf8[position + 2]) & 0x3F
  if a < 0xF0 { return ((a & 0x0F) << 12 | b << 6 | c, 3) }
  return ((a & 0x07) << 18 | b << 12 | c << 6 | UInt32(utf8[position + 3]) & 0x3F, 4)
}

/// The scalar that ends at `position` of valid UTF-8; nil at its beginning.
func decodeScalar(_ utf8: UnsafeBufferPointer<UInt8>, before position: Int) -> UInt32? {
  guard position > 0 else { return nil }
  var start = position - 1
  while utf8[start] & 0xC0 == 0x80 { start -= 1 }
  return decodeScalar(utf8, at: start).scalar
}

/// Unicode's White_Space property: 25 characters, unchanged since Unicode 6.3.
func isWhiteSpace(_ scalar: UInt32) -> Bool {
  switch scalar {
  case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
  default: false
  }
}

/// Unicode's general category P*: brackets, dashes, quotation marks, stops. Not symbols, so that emoji and `+` stay words.
func isPunctuation(_ scalar: UInt32) -> Bool {
  let category = utf8proc_category(Int32(bitPattern: scalar)).rawValue
  return category >= UTF8PROC_CATEGORY_PC.rawValue && category <= UTF8PROC_CATEGORY_PO.rawValue
}

/// Letters and digits that only make sense as a whole run: Latin letters and decimal digits, of full width too.
func isLatinOrDigit(_ scalar: UInt32) -> Bool {
  switch scalar {
  case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
  case 0xAA, 0xBA, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F, 0x1E00...0x1EFF: true
  case 0xFF10...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A: true
  default: false
  }
}

/// Whether a cut at `position` would leave half of a Latin word, of a number, or of what a reader sees as one character.
func cutsRun(_ utf8: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
  guard position < utf8.count, let before = decodeScalar(utf8, before: position) else { return false }
  let after = decodeScalar(utf8, at: position).scalar
  // Two ideographs: nearly always, and without the two table look-ups.
  if 0x3400...0x9FFF ~= before && 0x3400...0x9FFF ~= after { return false }
  return (isLatinOrDigit(before) && isLatinOrDigit(after))
    || !utf8proc_grapheme_break(Int32(bitPattern: before), Int32(bitPattern: after))
}

/// Whether a character neither extends the one before nor takes one behind it into its grapheme cluster, so that there is a boundary
/// between any two of them: printable ASCII, ideographs, kana, the punctuation between them and their full-width forms, whose
/// Grapheme_Cluster_Break is Other.
@inline(__always)
func standsAlone(_ scalar: UInt32) -> Bool {
  switch scalar {
  case 0x20...0x7E, 0x2010...0x2027, 0x3000...0x3029, 0x3041...0x3096, 0x30A1...0x30FA, 0x3400...0x9FFF, 0xFF01...0xFF9D: true
  default: false
  }
}
