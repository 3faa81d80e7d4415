/// A word of a dictionary that is known letter for letter.
struct LetterWord: Equatable, Sendable {
  /// Signs of full width as those of ASCII.
  let text: [UInt8]
  let score: Int16
  /// How often it was counted; 0 where it is only listed.
  let count: Int
}

/// Words in which Latin letters stand beside something else, as a text and lists have them: 维生素C, 卡拉OK, K歌.
///
/// A trie knows runs of letters by their kind. So 维生素C and 维生素E make 维生素D a word too, which is right; but 卡拉OK alone would make
/// 卡拉 and any letters one. So a sequence of codes stands for all its words only where text or lists have two that differ in letters
/// alone; otherwise they are known letter for letter.
struct LetterWordForms {
  /// By codes, how often each form stands in the text.
  private var forms: [[UInt16]: [[UInt8]: Int]] = [:]

  /// Adds a word, if it is one of these.
  /// - Parameters:
  ///   - units: its codes.
  ///   - count: 0 for one of a list.
  mutating func add(_ units: ArraySlice<UInt16>, _ word: UnsafeBufferPointer<UInt8>, count: Int) {
    if Self.mixesLetters(units) { forms[Array(units), default: [:]][UnitCodes.folded(word), default: 0] += count }
  }

  private static func mixesLetters(_ units: ArraySlice<UInt16>) -> Bool {
    2...LatticeDictionary.longestWord ~= units.count
      && units.contains { $0 == UnitKind.letters.rawValue || $0 == UnitKind.mixed.rawValue }
  }

  /// The forms of a word that are known letter for letter, with their counts; nil if the codes stand for all there may be.
  func exact(_ units: [UInt16]) -> [(text: [UInt8], count: Int)]? {
    // Rare characters have the same codes too.
    guard let known = forms[units], Set(known.keys.map(Self.withoutLetters)).count == known.count else { return nil }
    return known.map { ($0.key, $0.value) }
  }

  private static func withoutLetters(_ text: [UInt8]) -> [UInt8] {
    text.withUnsafeBufferPointer { utf8 in
      var rest: [UInt8] = []
      var position = 0
      while position < utf8.count {
        let (scalar, length) = decodeScalar(utf8, at: position)
        if !isRunCharacter(scalar) { rest += utf8[position..<position + length] }
        position += length
      }
      return rest
    }
  }
}

extension UnitCodes {
  /// A text with signs of full width as those of ASCII.
  static func folded(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var position = 0
    while position < text.count {
      let (scalar, length) = decodeScalar(text, at: position)
      let folded = fold(scalar)
      if folded == scalar { result += text[position..<position + length] } else { result.append(UInt8(folded)) }
      position += length
    }
    return result
  }
}
