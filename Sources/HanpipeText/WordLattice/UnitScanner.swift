internal import CUTF8Proc

/// Finds the units of a text, one after the other.
///
/// One unit each are: a character (a grapheme cluster, emoji joined by ZWJ too); white space as far as it goes; a run of letters
/// and digits of scripts with spaces between words, with `_`, `'`, `’` and `.` between letters; a run of katakana; a number with a
/// decimal point or groups of three digits; a web or mail address (`AddressScanner`). What belongs together beyond that, such as 1997年, is
/// the model's to say.
struct UnitScanner {
  let utf8: UnsafeBufferPointer<UInt8>
  /// Where the next unit begins.
  var position = 0
  /// Whether a unit so far was of a script other than ideographs.
  private(set) var sawOtherScript = false

  init(_ utf8: UnsafeBufferPointer<UInt8>) { self.utf8 = utf8 }

  /// The code of the unit at `position`, which moves behind it.
  /// - Precondition: not at the end.
  @inline(__always)
  mutating func next(_ codes: UnitCodes) -> UInt16 {
    let (scalar, length) = decodeScalar(utf8, at: position)
    // An ideograph with another one, or a sign of its block, behind it: nearly always.
    if scalar >= 0x3400 && scalar <= 0x9FFF {
      position += length
      if position == utf8.count || utf8[position] >= 0xE4 && utf8[position] <= 0xE9 { return codes.code(of: scalar) }
      extend(from: scalar)
      return codes.code(of: scalar)
    }
    return nextOther(scalar, length, codes)
  }

  @inline(never)
  private mutating func nextOther(_ scalar: UInt32, _ length: Int, _ codes: UnitCodes) -> UInt16 {
    if Self.isRun(scalar) { return run(scalar) }
    if scalar >= 0x3041 && scalar <= 0x309F { sawOtherScript = true }
    position += length
    if isWhiteSpace(scalar) {
      while position < utf8.count {
        let (next, length) = decodeScalar(utf8, at: position)
        if !isWhiteSpace(next) { break }
        position += length
      }
      return UnitKind.blank.rawValue
    }
    extend(from: scalar)
    return codes.code(of: scalar)
  }

  /// Takes what belongs to the same grapheme cluster.
  private mutating func extend(from scalar: UInt32) {
    var before = scalar
    // What emoji and flags need to know of the characters before the last one.
    var state: Int32 = 0
    while position < utf8.count {
      let (after, length) = decodeScalar(utf8, at: position)
      if standsAlone(after) && standsAlone(before)
        || utf8proc_grapheme_break_stateful(Int32(bitPattern: before), Int32(bitPattern: after), &state)
      {
        return
      }
      position += length
      before = after
    }
  }

  // MARK: Runs

  private mutating func run(_ first: UInt32) -> UInt16 {
    let start = position
    if let end = AddressScanner(utf8).end(from: position) {
      position = end
      return UnitKind.address.rawValue
    }
    var hasLetter = false
    var hasDigit = false
    // Since the run's beginning, or its last sign.
    var digits = 0
    var last = first
    let isKatakana = Self.isKatakana(first)
    while position < utf8.count {
      let (scalar, length) = decodeScalar(utf8, at: position)
      if Self.isRun(scalar), Self.isKatakana(scalar) == isKatakana {
        if Self.isDigit(scalar) { (hasDigit, digits) = (true, digits + 1) } else { (hasLetter, digits) = (true, 0) }
      } else if position == start || utf8proc_grapheme_break(Int32(bitPattern: last), Int32(bitPattern: scalar)) {
        let end = position + length
        guard position > start, end < utf8.count, joins(scalar, after: last, before: end, hasLetter: hasLetter, digits: digits)
        else { break }
        digits = 0
      }
      last = scalar
      position += length
      // A keycap: the digit behind it is another unit.
      if scalar == 0x20E3 { break }
    }
    extend(from: last)
    if hasLetter { sawOtherScript = true }
    if isKatakana { return UnitKind.kana.rawValue }
    return (hasLetter ? (hasDigit ? UnitKind.mixed : .letters) : .digits).rawValue
  }

  /// Letters and digits of scripts that put spaces between words, and katakana, in which Japanese writes foreign words.
  private static func isRun(_ scalar: UInt32) -> Bool {
    switch scalar {
    // Hangul: syllables and letters.
    case 0xAC00...0xD7A3, 0x1100...0x11FF, 0x3131...0x318E: true
    default: isRunCharacter(scalar) || isKatakana(scalar)
    }
  }
  /// With the sign that lengthens a vowel, and of half width too.
  private static func isKatakana(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x30A1...0x30FA, 0x30FC, 0x31F0...0x31FF, 0xFF66...0xFF9F: true
    default: false
    }
  }

  /// Whether a sign between `last` and what begins at `position` keeps a run together.
  /// - Parameter digits: how many there are since the last sign.
  private func joins(_ sign: UInt32, after last: UInt32, before position: Int, hasLetter: Bool, digits: Int) -> Bool {
    let next = decodeScalar(utf8, at: position).scalar
    guard isLatinOrDigit(next), isLatinOrDigit(last) else { return false }
    switch sign {
    case 0x5F: return true
    case 0x27, 0x2019: return !Self.isDigit(last) && !Self.isDigit(next)
    // Between digits, and between letters: 3.14, v1.2.3, ASP.NET.
    case 0x2E: return Self.isDigit(last) == Self.isDigit(next)
    case 0xFF0E: return !hasLetter && Self.isDigit(last) && Self.isDigit(next)
    case 0x2C, 0xFF0C: return !hasLetter && 1...3 ~= digits && self.digits(at: position) == 3
    default: return false
    }
  }

  /// How many digits stand at a place, 4 at most.
  private func digits(at start: Int) -> Int {
    var position = start
    var count = 0
    while position < utf8.count, count < 4 {
      let (scalar, length) = decodeScalar(utf8, at: position)
      if !Self.isDigit(scalar) { break }
      count += 1
      position += length
    }
    return count
  }

  static func isDigit(_ scalar: UInt32) -> Bool { 0x30...0x39 ~= scalar || 0xFF10...0xFF19 ~= scalar }
}
