internal import CUTF8Proc

/// Finds the units of a text, one after the other.
///
/// One unit each are: a character (a grapheme cluster, emoji joined by ZWJ too); white space as far as it goes; a run of Latin
/// letters and digits, with `_`, `'` and `’` between letters; a number with a decimal point or groups of three digits; a web
/// address (`scheme://…` or `www.…`) or mail address of ASCII. What belongs together beyond that, such as 1997年, is the model's
/// to say.
struct UnitScanner {
  let utf8: UnsafeBufferPointer<UInt8>
  /// Where the next unit begins.
  var position = 0

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
    if isLatinOrDigit(scalar) { return run(scalar) }
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
    // What the cluster was so far: flags come in pairs.
    var state: Int32 = 0
    while position < utf8.count {
      let (after, length) = decodeScalar(utf8, at: position)
      if Self.stands(after) && Self.stands(before)
        || utf8proc_grapheme_break_stateful(Int32(bitPattern: before), Int32(bitPattern: after), &state)
      {
        return
      }
      position += length
      before = after
    }
  }

  /// Whether a character neither extends the one before nor takes one behind it into its cluster: most of Chinese, without a look
  /// into Unicode's tables.
  private static func stands(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x20...0x7E, 0x2010...0x2027, 0x3000...0x3029, 0x3041...0x3096, 0x30A1...0x30FA, 0x3400...0x9FFF, 0xFF01...0xFF9D: true
    default: false
    }
  }

  // MARK: Runs

  private mutating func run(_ first: UInt32) -> UInt16 {
    let start = position
    if let end = addressEnd() {
      position = end
      return UnitKind.address.rawValue
    }
    var hasLetter = false
    var hasDigit = false
    var last = first
    while position < utf8.count {
      let (scalar, length) = decodeScalar(utf8, at: position)
      if isLatinOrDigit(scalar) {
        if Self.isDigit(scalar) { hasDigit = true } else { hasLetter = true }
      } else {
        let end = position + length
        guard position > start, end < utf8.count, joins(scalar, after: last, before: end, hasLetter: hasLetter) else { break }
      }
      last = scalar
      position += length
    }
    extend(from: last)
    return (hasLetter ? (hasDigit ? UnitKind.mixed : .letters) : .digits).rawValue
  }

  /// Whether a sign between `last` and what begins at `position` keeps a run together.
  private func joins(_ sign: UInt32, after last: UInt32, before position: Int, hasLetter: Bool) -> Bool {
    let next = decodeScalar(utf8, at: position).scalar
    guard isLatinOrDigit(next), isLatinOrDigit(last) else { return false }
    switch sign {
    case 0x5F: return true
    case 0x27, 0x2019: return !Self.isDigit(last) && !Self.isDigit(next)
    case 0x2E, 0xFF0E: return !hasLetter && Self.isDigit(last) && Self.isDigit(next)
    case 0x2C, 0xFF0C: return !hasLetter && Self.isDigit(last) && digits(at: position) == 3
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

  // MARK: Addresses

  /// The longest local part of a mail address (RFC 5321, section 4.5.3.1.1): how far a search for the `@` goes.
  private static let longestLocalPart = 64

  /// Where the address ends that begins at `position`; nil if none does.
  private func addressEnd() -> Int? {
    var at = position
    while at < utf8.count, at - position <= Self.longestLocalPart, Self.isName(utf8[at]) { at += 1 }
    guard at < utf8.count, at > position else { return nil }
    let name = utf8[position..<at]
    if utf8[at] == UInt8(ascii: ":"), at + 3 < utf8.count, utf8[at + 1] == UInt8(ascii: "/"), utf8[at + 2] == UInt8(ascii: "/"),
      Self.isLetter(utf8[position]), Self.isVisible(utf8[at + 3])
    {
      return webEnd(at + 3)
    }
    if name.count > 4, name.prefix(4).elementsEqual("www.".utf8) { return webEnd(position + 4) }
    if utf8[at] == UInt8(ascii: "@") { return mailEnd(at + 1) }
    return nil
  }

  private func webEnd(_ start: Int) -> Int {
    var end = start
    while end < utf8.count, Self.isVisible(utf8[end]) { end += 1 }
    // A stop or bracket at the end belongs to the sentence.
    while end > start, ".,;:!?)]}>'\"".utf8.contains(utf8[end - 1]) { end -= 1 }
    return end
  }

  private func mailEnd(_ start: Int) -> Int? {
    var end = start
    var lastDot: Int?
    while end < utf8.count, Self.isName(utf8[end]), utf8[end] != UInt8(ascii: "+") {
      if utf8[end] == UInt8(ascii: ".") { lastDot = end }
      end += 1
    }
    while end > start, !Self.isLetter(utf8[end - 1]), !(0x30...0x39 ~= utf8[end - 1]) { end -= 1 }
    guard let lastDot, lastDot > start, end - lastDot > 2 else { return nil }
    return end
  }

  private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }
  private static func isVisible(_ byte: UInt8) -> Bool { 0x21...0x7E ~= byte }
  /// Of the first part of an address: letters, digits and `. _ - +`.
  private static func isName(_ byte: UInt8) -> Bool {
    isLetter(byte) || 0x30...0x39 ~= byte || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
  }
}
