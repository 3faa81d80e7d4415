/// What is one word to a reader, and to those who segmented corpora, but not by Unicode Standard Annex 29: web and mail addresses;
/// percentages (721 of 727 in the training parts of SXU, UD-GSD and Weibo are one word); times of day such as 12:30 (7 of 7); three
/// full stops and more (63 of 63); keycaps such as 1️⃣, which Annex 29 joins to the digits beside them; and the comma and the semicolon of
/// full width between digits, which it joins to both, but where they are a number in groups of three.
struct FixedWords {
  /// All of them, rising and disjoint.
  private(set) var all: [PlacedWord] = []
  /// The addresses among them: no word of a lexicon begins or ends inside of one.
  private(set) var addresses: [PlacedWord] = []

  /// Finds those of a text; what was found before is forgotten.
  /// - Complexity: O(bytes), less than 1 % of what ICU takes for the same text.
  mutating func find(in utf8: UnsafeBufferPointer<UInt8>) {
    all.removeAll(keepingCapacity: true)
    addresses.removeAll(keepingCapacity: true)
    var position = 0
    var last = 0
    while position < utf8.count {
      guard Self.isSign(utf8, at: position) else {
        position += Self.characterLength(utf8[position])
        continue
      }
      if let range = word(at: position, in: utf8, notBefore: last) {
        position = range.upperBound
        last = position
      } else {
        position += Self.characterLength(utf8[position])
      }
    }
  }

  /// Whether a character may tell of such a word: `@ : % . w ％ ， ；` and U+20E3.
  @inline(__always)
  private static func isSign(_ utf8: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
    let byte = utf8[position]
    // U+3000 to U+DFFF: most of Chinese.
    if byte >= 0xE3 && byte <= 0xED { return false }
    if byte < 0x80 { return asciiSigns[Int(byte >> 6)] >> UInt64(byte & 63) & 1 != 0 }
    if byte == 0xEF {
      let last = utf8[position + 2]
      return utf8[position + 1] == 0xBC && (last == 0x85 || last == 0x8C || last == 0x9B)
    }
    return byte == 0xE2 && utf8[position + 1] == 0x83 && utf8[position + 2] == 0xA3
  }
  private static let asciiSigns: SIMD2<UInt64> = {
    var bits = SIMD2<UInt64>()
    for byte in "@:%.w".utf8 { bits[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
    return bits
  }()

  @inline(__always)
  private static func characterLength(_ lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }

  /// The word that a sign at `position` tells of, which is noted; nil if there is none.
  private mutating func word(at position: Int, in utf8: UnsafeBufferPointer<UInt8>, notBefore last: Int) -> Range<Int>? {
    let range: Range<Int>?
    switch utf8[position] {
    case UInt8(ascii: "@"), UInt8(ascii: "w"), UInt8(ascii: ":"):
      if let address = AddressScanner(utf8).address(around: position, notBefore: last) {
        addresses.append(PlacedWord(address))
        all.append(PlacedWord(address))
        return address
      }
      range = Self.time(around: position, in: utf8)
    case UInt8(ascii: "%"): range = Self.percentage(to: position + 1, sign: position, in: utf8, notBefore: last)
    case UInt8(ascii: "."): range = Self.stops(from: position, in: utf8)
    case 0xE2: range = Self.keycap(to: position + 3, in: utf8)
    case 0xEF where utf8[position + 2] != 0x85: range = Self.comma(at: position, in: utf8)
    case 0xEF: range = Self.percentage(to: position + 3, sign: position, in: utf8, notBefore: last)
    default: return nil
    }
    guard let range, range.lowerBound >= last else { return nil }
    all.append(PlacedWord(range))
    return range
  }

  /// A number, with a decimal point or commas between digits, and a percent sign.
  private static func percentage(
    to end: Int, sign: Int, in utf8: UnsafeBufferPointer<UInt8>, notBefore last: Int
  ) -> Range<Int>? {
    var start = sign
    while start > last, let scalar = decodeScalar(utf8, before: start) {
      if !isDigit(scalar), !(start < sign && cutsRun(utf8, at: start)) { break }
      start -= utf8Length(scalar)
    }
    // A letter before it, as in v50%, and it is no number.
    guard start < sign, isDigit(decodeScalar(utf8, at: start).scalar), start == last || !cutsRun(utf8, at: start)
    else { return nil }
    return start..<end
  }

  /// `h:mm` or `hh:mm`, and seconds if they follow, in ASCII: with a colon of full width it is more often the score of a match.
  private static func time(around colon: Int, in utf8: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    func digits(_ place: Int) -> Bool { place + 1 < utf8.count && isASCIIDigit(utf8[place]) && isASCIIDigit(utf8[place + 1]) }
    guard utf8[colon] == UInt8(ascii: ":"), colon > 0, isASCIIDigit(utf8[colon - 1]), digits(colon + 1) else { return nil }
    let start = colon > 1 && isASCIIDigit(utf8[colon - 2]) ? colon - 2 : colon - 1
    var end = colon + 3
    if end < utf8.count, utf8[end] == UInt8(ascii: ":"), digits(end + 1) { end += 3 }
    return cutsRun(utf8, at: start) || cutsRun(utf8, at: end) ? nil : start..<end
  }

  private static func stops(from start: Int, in utf8: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var end = start
    while end < utf8.count, utf8[end] == UInt8(ascii: ".") { end += 1 }
    return end - start >= 3 && !cutsRun(utf8, at: end) ? start..<end : nil
  }

  /// A comma or semicolon of full width between digits: 28，2026 are two numbers, but 1，000 is one.
  private static func comma(at position: Int, in utf8: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var (before, after) = (0, 0)
    var start = position
    while before < 4, let scalar = decodeScalar(utf8, before: start), isDigit(scalar) {
      start -= utf8Length(scalar)
      before += 1
    }
    var end = position + 3
    while after < 4, end < utf8.count, case let (scalar, length) = decodeScalar(utf8, at: end), isDigit(scalar) {
      end += length
      after += 1
    }
    let isGroup = utf8[position + 2] == 0x8C && before <= 3 && after == 3
    return before == 0 || after == 0 || isGroup ? nil : position..<position + 3
  }

  /// A digit, `#` or `*`, U+FE0F or not, and U+20E3 (Unicode Technical Standard 51, ED-14c).
  private static func keycap(to end: Int, in utf8: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var base = end - 4
    if base >= 3, utf8[base - 2] == 0xEF, utf8[base - 1] == 0xB8, utf8[base] == 0x8F { base -= 3 }
    guard base >= 0, isASCIIDigit(utf8[base]) || utf8[base] == UInt8(ascii: "#") || utf8[base] == UInt8(ascii: "*") else {
      return nil
    }
    return base..<end
  }

  private static func isASCIIDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
}

extension PlacedWord {
  fileprivate init(_ range: Range<Int>) {
    self.init(start: Int32(range.lowerBound), word: Word(end: Int32(range.upperBound), entry: 0))
  }
}
