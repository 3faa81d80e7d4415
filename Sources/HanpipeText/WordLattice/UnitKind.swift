internal import CUTF8Proc

/// What a unit is that has no code of its own. The raw value is its code.
///
/// A unit is what a lattice never cuts: a character with its combining marks, a run of letters, a number, an address.
enum UnitKind: UInt16, CaseIterable {
  /// White space, a control character, and what is before and behind a text.
  case blank
  /// An ideograph that the dictionary does not know.
  case ideograph
  case digits
  case letters
  /// Letters and digits in one run.
  case mixed
  /// A web or mail address.
  case address
  /// A run of katakana.
  case kana
  /// Of another script; hiragana that the dictionary does not know.
  case letter
  case punctuation
  /// Emoji too.
  case symbol

  static let count = UInt16(allCases.count)

  /// Whether a unit of this code is never part of a longer word.
  @inline(__always)
  static func standsAlone(_ code: UInt16) -> Bool { code == blank.rawValue || code == address.rawValue }

  /// The kind of a single character.
  init(of scalar: UInt32) {
    switch scalar {
    case 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF, 0x3005...0x3007: self = .ideograph
    case 0x30A0...0x30FF: self = .kana
    default:
      if isWhiteSpace(scalar) {
        self = .blank
      } else {
        switch utf8proc_category(Int32(bitPattern: scalar)).rawValue {
        case UTF8PROC_CATEGORY_CC.rawValue: self = .blank
        case UTF8PROC_CATEGORY_LU.rawValue...UTF8PROC_CATEGORY_NO.rawValue: self = .letter
        case UTF8PROC_CATEGORY_PC.rawValue...UTF8PROC_CATEGORY_PO.rawValue: self = .punctuation
        default: self = .symbol
        }
      }
    }
  }
}

/// The codes of characters: what the units of a text are called in a dictionary.
///
/// Codes below `UnitKind.count` are kinds; then come the characters that the dictionary knows, the most frequent first, so that
/// what is often asked for lies together.
struct UnitCodes: Sendable {
  /// Characters with a code of their own: `scalars[i]` has the code `UnitKind.count + i`.
  let scalars: [UInt32]
  /// Codes by scalar, for the basic plane.
  private let basic: [UInt16]
  /// Codes of the others.
  private let beyond: [UInt32: UInt16]
  /// By code, in which script a unit is: letters, with or without digits, 1, katakana 2, other scripts of letters 3, ideographs 4; 0 for
  /// what goes with all of them.
  let scripts: [UInt8]

  /// The most characters that a dictionary may have, so that codes fit into 16 bits.
  static let limit = 1 << 16 - Int(UnitKind.count)

  /// - Precondition: at most `limit` different scalars.
  init(scalars: [UInt32]) {
    self.scalars = scalars
    var basic = [UInt16](repeating: 0, count: 1 << 16)
    var beyond: [UInt32: UInt16] = [:]
    for (i, scalar) in scalars.enumerated() {
      let code = UnitKind.count + UInt16(i)
      if scalar < 1 << 16 { basic[Int(scalar)] = code } else { beyond[scalar] = code }
    }
    self.basic = basic
    self.beyond = beyond
    scripts = UnitKind.allCases.map(Self.script) + scalars.map { Self.script(UnitKind(of: $0)) }
  }

  private static func script(_ kind: UnitKind) -> UInt8 {
    switch kind {
    case .letters, .mixed: 1
    case .kana: 2
    case .letter: 3
    case .ideograph: 4
    case .blank, .digits, .address, .punctuation, .symbol: 0
    }
  }

  /// No character has a code of its own: every unit is called by its kind.
  static let none = UnitCodes(scalars: [])

  /// One more than the highest code.
  var count: Int { Int(UnitKind.count) + scalars.count }

  /// The code of a character: its own, or that of its kind.
  @inline(__always)
  func code(of scalar: UInt32) -> UInt16 {
    let folded = Self.fold(scalar)
    if folded < 1 << 16 {
      let code = basic[Int(folded)]
      if code != 0 { return code }
    }
    return rareCode(of: folded)
  }

  @inline(never)
  private func rareCode(of scalar: UInt32) -> UInt16 { beyond[scalar] ?? UnitKind(of: scalar).rawValue }

  /// Signs of full width are read as those of ASCII.
  @inline(__always)
  static func fold(_ scalar: UInt32) -> UInt32 { scalar >= 0xFF01 && scalar <= 0xFF5E ? scalar - 0xFEE0 : scalar }
}
