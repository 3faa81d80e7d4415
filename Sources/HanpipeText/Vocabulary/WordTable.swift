/// Words to numbers 0, 1, 2, …: one arena of bytes and an open-addressing table, nothing allocated a word.
///
/// A slot holds 32 bits of the hash beside the number, so that a word that is not there almost never costs a look into the arena.
struct WordTable: Sendable {
  private(set) var bytes: [UInt8] = []
  /// Word `i` is `bytes[starts[i]..<starts[i + 1]]`. 32 bits are enough: a file has 1 GiB at most, a count keeps 256 MiB of words.
  private(set) var starts: [UInt32] = [0]
  /// High half: bits of the hash; low half: the word's number plus 1, or 0 where the slot is empty.
  private var slots: [UInt64]

  init(capacity: Int = 0) {
    var size = 16
    while Self.isFull(size, capacity) { size *= 2 }
    slots = Array(repeating: 0, count: size)
    starts.reserveCapacity(capacity + 1)
    bytes.reserveCapacity(8 * capacity)
  }

  var count: Int { starts.count - 1 }
  func word(_ number: Int) -> ArraySlice<UInt8> { bytes[range(of: number)] }
  /// Where a word's bytes are.
  @inline(__always)
  func range(of number: Int) -> Range<Int> { Int(starts[number])..<Int(starts[number + 1]) }

  /// Two of three slots at most are taken: a lookup reads two of them on average, and the table of 20,000 words stays in 256 KB.
  private static func isFull(_ slots: Int, _ words: Int) -> Bool { words * 3 > slots * 2 }

  /// The number of a word; nil if it is not there. No allocation.
  @inline(__always)
  func number(of word: UnsafeBufferPointer<UInt8>) -> Int? { find(word, Self.hash(word)).number }

  /// The number of a word, a new one if need be.
  mutating func insert(_ word: UnsafeBufferPointer<UInt8>) -> (number: Int, isNew: Bool) {
    if Self.isFull(slots.count, count + 1) { grow() }
    let hash = Self.hash(word)
    let (slot, known) = find(word, hash)
    if let known { return (known, false) }
    let number = count
    slots[slot] = Self.slot(number, hash)
    bytes.append(contentsOf: word)
    starts.append(UInt32(bytes.count))
    return (number, true)
  }

  /// The slot that holds a word and its number, or the empty slot where it would belong.
  @inline(__always)
  private func find(_ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> (slot: Int, number: Int?) {
    let mask = slots.count - 1
    var i = Int(truncatingIfNeeded: hash) & mask
    while slots[i] != 0 {
      let slot = slots[i]
      if slot >> 32 == hash >> 32 {
        let number = Int(slot & 0xFFFF_FFFF) - 1
        if equals(number, word) { return (i, number) }
      }
      i = (i + 1) & mask
    }
    return (i, nil)
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    bytes.withUnsafeBufferPointer { all in
      for number in 0..<count {
        place(number, Self.hash(UnsafeBufferPointer(rebasing: all[range(of: number)])))
      }
    }
  }

  private mutating func place(_ number: Int, _ hash: UInt64) {
    let mask = slots.count - 1
    var i = Int(truncatingIfNeeded: hash) & mask
    while slots[i] != 0 { i = (i + 1) & mask }
    slots[i] = Self.slot(number, hash)
  }

  @inline(__always)
  private static func slot(_ number: Int, _ hash: UInt64) -> UInt64 { hash & 0xFFFF_FFFF_0000_0000 | UInt64(number + 1) }

  @inline(__always)
  private func equals(_ number: Int, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
    let range = range(of: number)
    guard range.count == word.count else { return false }
    return bytes.withUnsafeBytes { bytes in
      let known = UnsafeRawBufferPointer(rebasing: bytes[range])
      let word = UnsafeRawBufferPointer(word)
      var i = 0
      while i + 4 <= word.count {
        let (a, b) = (
          known.loadUnaligned(fromByteOffset: i, as: UInt32.self), word.loadUnaligned(fromByteOffset: i, as: UInt32.self)
        )
        if a != b { return false }
        i += 4
      }
      while i < word.count {
        if known[i] != word[i] { return false }
        i += 1
      }
      return true
    }
  }

  /// Eight bytes a step, each folded by a 64 by 64 bit product, as in wyhash (Wang Yi, public domain).
  ///
  /// Not keyed: someone who chooses words to collide can slow their own run.
  @inline(__always)
  static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let raw = UnsafeRawBufferPointer(word)
    var hash = UInt64(truncatingIfNeeded: word.count) &* 0xA076_1D64_78BD_642F
    var position = 0
    while word.count - position >= 8 {
      hash = fold(hash ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self), 0xE703_7ED1_A0B4_28DB)
      position += 8
    }
    return fold(hash ^ rest(raw, from: position), 0x8EBC_6AF0_9C88_C6E3)
  }

  /// The last bytes, fewer than eight, in loads that may overlap: the length is in the hash, so no two words' rests are the same.
  @inline(__always)
  private static func rest(_ raw: UnsafeRawBufferPointer, from position: Int) -> UInt64 {
    let count = raw.count - position
    if count >= 4 {
      let first = raw.loadUnaligned(fromByteOffset: position, as: UInt32.self)
      let last = raw.loadUnaligned(fromByteOffset: raw.count - 4, as: UInt32.self)
      return UInt64(first) << 32 | UInt64(last)
    }
    if count == 0 { return 0 }
    return UInt64(raw[position]) << 16 | UInt64(raw[position + count / 2]) << 8 | UInt64(raw[raw.count - 1])
  }

  @inline(__always)
  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}
