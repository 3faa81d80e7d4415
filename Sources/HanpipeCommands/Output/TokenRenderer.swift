import Hanpipe

/// Writes words as they stand in the text that was read, whatever a normaliser made of it.
struct TokenRenderer: Sendable {
  /// What stands between two words in plain text.
  var separator: [UInt8] = [0x20]
  /// Whether white space between words is given out as words of its own: each stretch of it is one.
  var keepsWhitespace = false

  /// Appends one record's words, separated.
  func text(_ tokens: Tokens, _ record: Int, into output: inout [UInt8]) {
    // Lent for the whole record: a slice of the array for each word took a third of the writing.
    tokens.texts.originalUTF8(of: record).withUnsafeBufferPointer { utf8 in
      separator.withUnsafeBufferPointer { separator in
        var isFirst = true
        for range in ranges(tokens, record, utf8) {
          if !isFirst {
            if separator.count == 1 { output.append(separator[0]) } else { output.append(contentsOf: separator) }
          }
          isFirst = false
          output.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[range]))
        }
      }
    }
  }

  /// Appends one record's words as a JSON array, each with its place in bytes and in characters.
  func json(_ tokens: Tokens, _ record: Int, into output: inout [UInt8]) {
    tokens.texts.originalUTF8(of: record).withUnsafeBufferPointer { utf8 in
      var characters = CharacterCounter(utf8)
      var isFirst = true
      output.append(UInt8(ascii: "["))
      for range in ranges(tokens, record, utf8) {
        Self.append(isFirst ? "{" : ", {", to: &output)
        isFirst = false
        Self.place(range, in: utf8, &characters, into: &output)
        output.append(UInt8(ascii: "}"))
      }
      output.append(UInt8(ascii: "]"))
    }
  }

  /// Appends the members that say which word it is and where it stands.
  static func place(
    _ range: Range<Int>, in utf8: UnsafeBufferPointer<UInt8>, _ characters: inout CharacterCounter, into output: inout [UInt8]
  ) {
    append("\"text\": ", to: &output)
    JSON.write(string: UnsafeBufferPointer(rebasing: utf8[range]), to: &output)
    append(", \"start\": ", to: &output)
    JSON.write(integer: range.lowerBound, to: &output)
    append(", \"end\": ", to: &output)
    JSON.write(integer: range.upperBound, to: &output)
    append(", \"characterStart\": ", to: &output)
    JSON.write(integer: characters.count(before: range.lowerBound), to: &output)
    append(", \"characterEnd\": ", to: &output)
    JSON.write(integer: characters.count(before: range.upperBound), to: &output)
  }

  private static func append(_ text: StaticString, to output: inout [UInt8]) {
    output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// The places of the words, and of white space between them where it is kept.
  private func ranges(_ tokens: Tokens, _ record: Int, _ utf8: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    let words = tokens.originalRanges(of: record)
    guard keepsWhitespace else { return words }
    var all: [Range<Int>] = []
    var end = 0
    for word in words {
      if end < word.lowerBound { appendBlanks(in: end..<word.lowerBound, utf8, to: &all) }
      all.append(word)
      end = max(end, word.upperBound)
    }
    appendBlanks(in: end..<utf8.count, utf8, to: &all)
    return all
  }

  /// The stretches of white space in what no word covers; the rest is what the segmenter was told to leave out.
  private func appendBlanks(in gap: Range<Int>, _ utf8: UnsafeBufferPointer<UInt8>, to ranges: inout [Range<Int>]) {
    var start = gap.lowerBound
    var position = gap.lowerBound
    for scalar in String(decoding: utf8[gap], as: UTF8.self).unicodeScalars {
      let end = position + scalar.utf8.count
      if !isWhiteSpace(scalar.value) {
        if start < position { ranges.append(start..<position) }
        start = end
      }
      position = end
    }
    if start < position { ranges.append(start..<position) }
  }
}

/// Turns places in bytes into places in characters: Unicode scalars, which are what a string of Python counts.
///
/// Counts from the last place asked for to the next, so that all words of a text cost one pass.
struct CharacterCounter {
  private let utf8: UnsafeBufferPointer<UInt8>
  private var place = 0
  private var count = 0

  /// - Parameter utf8: valid.
  init(_ utf8: UnsafeBufferPointer<UInt8>) { self.utf8 = utf8 }

  /// The characters before `byte`.
  mutating func count(before byte: Int) -> Int {
    if byte >= place { count += characters(in: place..<byte) } else { count -= characters(in: byte..<place) }
    place = byte
    return count
  }

  /// All bytes but those that continue a character.
  private func characters(in range: Range<Int>) -> Int {
    var count = 0
    for i in range where utf8[i] & 0xC0 != 0x80 { count += 1 }
    return count
  }
}
