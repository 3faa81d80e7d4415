internal import HanpipeCore

/// The entries of a lexicon by their text.
///
/// One record after the other in one array of bytes, and a hash table of where they begin: 25 to 30 bytes a word in all, and two
/// cache misses for a look-up that succeeds. A million words take about 40 MB with their filters, where a trie's edges took 128.
struct LexiconWords: Sendable {
  let fold: CharacterFolding
  /// Records, each: rule (1 byte), line (4), bytes of the text (2), the text folded, and for `split` the number of parts (2) and
  /// each one's length in characters (2).
  private var records: [UInt8] = []
  /// Open addressing: the upper half of the text's hash, and where its record begins, plus 1; 0 is an empty slot.
  private var slots: [UInt64]
  private var shift: UInt64
  private(set) var count = 0

  /// - Parameter bytes: of the file that is read: about 12 for a word of three ideographs.
  init(folds: Bool, bytes: Int) {
    fold = CharacterFolding(isActive: folds)
    var bits = 4
    while 1 << bits < bytes / 6 { bits += 1 }
    slots = Array(repeating: 0, count: 1 << bits)
    shift = UInt64(64 - bits)
    records.reserveCapacity(bytes + bytes / 2)
  }

  /// The hash of a text that is one folded character longer; of the empty one it is 0.
  @inline(__always)
  static func extend(_ hash: UInt64, _ scalar: UInt32) -> UInt64 {
    let mixed = (hash ^ UInt64(scalar)) &* 0x9E37_79B9_7F4A_7C15
    return mixed ^ mixed >> 32
  }

  /// The hash of a stretch of a text.
  @inline(__always)
  func hash(of range: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0
    var position = range.lowerBound
    while position < range.upperBound {
      let (scalar, length) = decodeScalar(text, at: position)
      hash = Self.extend(hash, fold(scalar))
      position += length
    }
    return hash
  }

  // MARK: Writing

  /// Adds an entry, unless the same one is there.
  /// - Throws: `LexiconError.conflict` if its text has another rule or other parts, `tooManyWords`.
  mutating func insert(_ line: LexiconLine, _ file: UnsafeBufferPointer<UInt8>) throws(LexiconError) {
    let start = records.count
    guard start < Int(UInt32.max) else { throw .tooManyWords(line: line.number) }
    if 2 * count >= slots.count { grow() }
    append(line, file)
    let text = text(at: start)
    let hash = hash(at: start)
    let slot = slot(of: hash) { records[self.text(at: $0)].elementsEqual(records[text]) }
    guard slots[slot] == 0 else {
      let earlier = Int(UInt32(truncatingIfNeeded: slots[slot])) - 1
      let isSame = records[start] == records[earlier] && records[text.lowerBound...].elementsEqual(tail(at: earlier))
      records.removeSubrange(start...)
      if isSame { return }
      throw .conflict(
        line: line.number, text: String(decoding: file[line.text], as: UTF8.self), earlier: number(at: earlier + 1, bytes: 4))
    }
    slots[slot] = (hash >> 32) << 32 | UInt64(start + 1)
    count += 1
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: 0, count: 2 * old.count)
    shift -= 1
    for slot in old where slot != 0 {
      let hash = hash(at: Int(UInt32(truncatingIfNeeded: slot)) - 1)
      slots[self.slot(of: hash) { _ in false }] = slot
    }
  }

  private mutating func append(_ line: LexiconLine, _ file: UnsafeBufferPointer<UInt8>) {
    records.append(line.rule.code)
    append(line.number, bytes: 4)
    let length = records.count
    append(0, bytes: 2)
    appendFolded(UnsafeBufferPointer(rebasing: file[line.text]))
    let bytes = records.count - length - 2
    records[length] = UInt8(truncatingIfNeeded: bytes)
    records[length + 1] = UInt8(truncatingIfNeeded: bytes >> 8)
    guard line.rule == .split else { return }
    append(line.parts.count, bytes: 2)
    for part in line.parts { append(file[part].count { $0 & 0xC0 != 0x80 }, bytes: 2) }
  }

  private mutating func append(_ number: Int, bytes: Int) {
    for i in 0..<bytes { records.append(UInt8(truncatingIfNeeded: number >> (8 * i))) }
  }

  private mutating func appendFolded(_ text: UnsafeBufferPointer<UInt8>) {
    var position = 0
    while position < text.count {
      let (scalar, length) = decodeScalar(text, at: position)
      let folded = fold(scalar)
      if folded == scalar {
        records.append(contentsOf: text[position..<position + length])
      } else if let folded = Unicode.Scalar(folded) {
        records.append(contentsOf: UTF8.encode(folded) ?? UTF8.encodedReplacementCharacter)
      }
      position += length
    }
  }

  // MARK: Reading

  private func number(at place: Int, bytes: Int) -> Int {
    (0..<bytes).reduce(0) { $0 | Int(records[place + $1]) << (8 * $1) }
  }
  private func text(at record: Int) -> Range<Int> { record + 7..<record + 7 + number(at: record + 5, bytes: 2) }
  /// Text and parts.
  private func tail(at record: Int) -> ArraySlice<UInt8> {
    let text = text(at: record)
    guard records[record] == Lexicon.Rule.split.code else { return records[text] }
    return records[text.lowerBound..<text.upperBound + 2 + 2 * number(at: text.upperBound, bytes: 2)]
  }

  private func hash(at record: Int) -> UInt64 {
    records.withUnsafeBufferPointer { records in
      let text = UnsafeBufferPointer(rebasing: records[text(at: record)])
      var hash: UInt64 = 0
      var position = 0
      while position < text.count {
        let (scalar, length) = decodeScalar(text, at: position)
        hash = Self.extend(hash, scalar)
        position += length
      }
      return hash
    }
  }

  /// The slot of the text with this hash that `isMatch` finds in a record, or the empty one where it belongs.
  @inline(__always)
  private func slot(of hash: UInt64, _ isMatch: (_ record: Int) -> Bool) -> Int {
    let mask = slots.count - 1
    // Fibonacci hashing: Knuth, The Art of Computer Programming, vol. 3, section 6.4.
    var slot = Int((hash &* 0xD1B5_4A32_D192_ED03) >> shift)
    while slots[slot] != 0 {
      if slots[slot] >> 32 == hash >> 32, isMatch(Int(UInt32(truncatingIfNeeded: slots[slot])) - 1) { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  /// The entry of `rule` whose text, folded, is that of `range`; 0 if there is none.
  func find(_ rule: Lexicon.Rule, _ range: Range<Int>, in utf8: UnsafeBufferPointer<UInt8>, hash: UInt64) -> UInt32 {
    let slot = slot(of: hash) { equals($0, range, utf8) }
    let entry = UInt32(truncatingIfNeeded: slots[slot])
    return entry != 0 && records[Int(entry) - 1] == rule.code ? entry : 0
  }

  private func equals(_ record: Int, _ range: Range<Int>, _ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
    records.withUnsafeBufferPointer { records in
      let text = UnsafeBufferPointer(rebasing: records[text(at: record)])
      var place = 0
      var position = range.lowerBound
      while position < range.upperBound && place < text.count {
        let (a, aLength) = decodeScalar(utf8, at: position)
        let (b, bLength) = decodeScalar(text, at: place)
        if fold(a) != b { return false }
        position += aLength
        place += bLength
      }
      return position == range.upperBound && place == text.count
    }
  }

  func entry(_ number: UInt32) -> (rule: Lexicon.Rule, line: Int) {
    (Lexicon.Rule(code: records[Int(number) - 1]), self.number(at: Int(number), bytes: 4))
  }

  /// The lengths in characters of the parts into which a `split` entry splits its text.
  func partLengths(_ number: UInt32) -> some Sequence<Int> {
    let start = text(at: Int(number) - 1).upperBound
    return (0..<self.number(at: start, bytes: 2)).lazy.map { self.number(at: start + 2 + 2 * $0, bytes: 2) }
  }

  /// Calls `body` with the text of each entry of a rule.
  func forEachText(_ rule: Lexicon.Rule, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    records.withUnsafeBufferPointer { buffer in
      var record = 0
      while record < buffer.count {
        if buffer[record] == rule.code { body(UnsafeBufferPointer(rebasing: buffer[text(at: record)])) }
        record += 7 + tail(at: record).count
      }
    }
  }
}

extension Lexicon.Rule {
  /// As a record has it.
  fileprivate var code: UInt8 {
    switch self {
    case .force: 0
    case .prefer: 1
    case .split: 2
    }
  }
  fileprivate init(code: UInt8) {
    self =
      switch code {
      case 0: .force
      case 1: .prefer
      default: .split
      }
  }
}
