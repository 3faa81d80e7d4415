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
package func isWhiteSpace(_ scalar: UInt32) -> Bool {
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

/// Letters and digits of scripts that put spaces between words, Latin before all; a run of them is one word or several, never
/// the beginning of another.
func isRunCharacter(_ scalar: UInt32) -> Bool {
  if isLatinOrDigit(scalar) { return true }
  switch scalar {
  // IPA, Greek, Cyrillic, Armenian, Hebrew, Arabic and the scripts of India.
  case 0x250...0xDFF, 0x1F00...0x1FFF:
    let category = utf8proc_category(Int32(bitPattern: scalar)).rawValue
    return category >= UTF8PROC_CATEGORY_LU.rawValue && category <= UTF8PROC_CATEGORY_NO.rawValue
  default: return false
  }
}

/// Whether a cut at `position` would leave half of a Latin word, of a number, or of what a reader sees as one character.
///
/// `can't`, `ASP.NET`, `a_b`, `3.14` and `1,000` are whole words and numbers; signs elsewhere, as in `C++` or `.NET`, are not
/// joined to anything. The same signs join as in Unicode Standard Annex 29 (WB6 to WB13b), but colons, which Chinese text has
/// in times, and semicolons.
package func cutsRun(_ utf8: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
  guard position < utf8.count, let before = decodeScalar(utf8, before: position) else { return false }
  let (after, length) = decodeScalar(utf8, at: position)
  // Two ideographs: nearly always, and without the table look-ups.
  if 0x3400...0x9FFF ~= before && 0x3400...0x9FFF ~= after { return false }
  if !utf8proc_grapheme_break(Int32(bitPattern: before), Int32(bitPattern: after)) { return true }
  // What a zero-width joiner holds together takes a look at what is before it (GB11); a joiner before an emoji always has one.
  if before == 0x200D && isPictograph(after) { return true }
  if isRunCharacter(before) {
    if isRunCharacter(after) || after == 0x5F { return true }
    guard position + length < utf8.count else { return false }
    return joins(after, between: before, and: decodeScalar(utf8, at: position + length).scalar)
  }
  guard isRunCharacter(after) else { return false }
  if before == 0x5F { return true }
  return decodeScalar(utf8, before: position - utf8Length(before)).map { joins(before, between: $0, and: after) } ?? false
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
/// Whether a sign keeps what stands on both sides of it in one word or number.
private func joins(_ sign: UInt32, between left: UInt32, and right: UInt32) -> Bool {
  guard isRunCharacter(left), isRunCharacter(right) else { return false }
  switch sign {
  case 0x2E, 0xFF0E: return isDigit(left) == isDigit(right)
  case 0x27, 0x2019, 0xFF07: return !isDigit(left) && !isDigit(right)
  case 0x2C, 0xFF0C: return isDigit(left) && isDigit(right)
  default: return false
  }
}

/// Decimal digits of ASCII, and of full width.
func isDigit(_ scalar: UInt32) -> Bool { 0x30...0x39 ~= scalar || 0xFF10...0xFF19 ~= scalar }

/// Unicode's property Extended_Pictographic: emoji, and what may become one.
func isPictograph(_ scalar: UInt32) -> Bool {
  utf8proc_get_property(Int32(bitPattern: scalar)).pointee.boundclass
    == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC.rawValue
}

/// Bytes of a scalar in UTF-8.
func utf8Length(_ scalar: UInt32) -> Int { scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4 }
