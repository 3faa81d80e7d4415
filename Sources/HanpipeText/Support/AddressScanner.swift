/// Finds web and mail addresses in valid UTF-8.
///
/// A web address is `scheme://` or `www.` and what follows of ASCII without white space, but for stops and brackets at its end,
/// which belong to the sentence; a mail address is a name of up to 64 letters, digits and `. _ - +`, `@`, and a name with a dot.
struct AddressScanner {
  let utf8: UnsafeBufferPointer<UInt8>

  init(_ utf8: UnsafeBufferPointer<UInt8>) { self.utf8 = utf8 }

  /// The longest local part of a mail address (RFC 5321, section 4.5.3.1.1): how far a search for the `@` goes.
  private static let longestLocalPart = 64

  /// Where the address ends that begins at `start`; nil if none does.
  func end(from start: Int) -> Int? {
    var at = start
    while at < utf8.count, at - start <= Self.longestLocalPart, Self.isName(utf8[at]) { at += 1 }
    guard at < utf8.count, at > start else { return nil }
    if isScheme(at), Self.isLetter(utf8[start]), at + 3 < utf8.count, Self.isVisible(utf8[at + 3]) { return webEnd(at + 3) }
    if at - start > 4, isWWW(start) { return webEnd(start + 4) }
    return utf8[at] == UInt8(ascii: "@") ? mailEnd(at + 1) : nil
  }

  /// The address that has its `@`, the colon of its `://`, or the first letter of its `www.` at `sign`.
  /// - Parameter start: where it may begin at the earliest.
  func address(around sign: Int, notBefore start: Int) -> Range<Int>? {
    guard isSign(sign) else { return nil }
    var first = utf8[sign] == UInt8(ascii: "w") ? sign : beginning(before: sign, notBefore: start)
    while first < sign, !Self.isLetter(utf8[first]), !Self.isDigit(utf8[first]) { first += 1 }
    guard let end = end(from: first), end > sign, !cutsRun(utf8, at: first) else { return nil }
    return first..<end
  }

  /// Whether an address has at this place the sign that tells it from other text: `@`, `://`, `www.`.
  private func isSign(_ place: Int) -> Bool {
    switch utf8[place] {
    case UInt8(ascii: "@"): true
    case UInt8(ascii: ":"): isScheme(place)
    case UInt8(ascii: "w"): isWWW(place)
    default: false
    }
  }
  private func isScheme(_ colon: Int) -> Bool {
    colon + 2 < utf8.count && utf8[colon] == UInt8(ascii: ":") && utf8[colon + 1] == UInt8(ascii: "/")
      && utf8[colon + 2] == UInt8(ascii: "/")
  }
  private func isWWW(_ start: Int) -> Bool {
    start + 4 < utf8.count && (0..<3).allSatisfy { utf8[start + $0] == UInt8(ascii: "w") }
      && utf8[start + 3] == UInt8(ascii: ".")
  }

  /// Where the name begins that ends before a sign.
  private func beginning(before sign: Int, notBefore start: Int) -> Int {
    var first = sign
    while first > start, sign - first < Self.longestLocalPart, Self.isName(utf8[first - 1]) { first -= 1 }
    return first
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
    while end > start, !Self.isLetter(utf8[end - 1]), !Self.isDigit(utf8[end - 1]) { end -= 1 }
    guard let lastDot, lastDot > start, end - lastDot > 2 else { return nil }
    return end
  }

  private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }
  private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
  private static func isVisible(_ byte: UInt8) -> Bool { 0x21...0x7E ~= byte }
  /// Of the first part of an address: letters, digits and `. _ - +`.
  private static func isName(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
  }
}
