/// Words to numbers 0, 1, 2, …: one arena of bytes and an open-addressing table, nothing allocated a word.
///
/// A slot holds 32 bits of the hash beside the number, so that a word that is not there almost never costs a look into the arena.
struct WordTable: Sendable {
  private(set) var bytes: [UInt8] = []
  /// Word `i` is `bytes[starts[i]..<starts[i + 1]]`.
  private(set) var starts: [Int] = [0]
  /// High half: bits of the hash; low half: the word's number plus 1, or 0 where the slot is empty.
  private var slots: [UInt64]

  init(capacity: Int = 0) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    starts.reserveCapacity(capacity + 1)
  }

  var count: Int { starts.count - 1 }
  func word(_ number: Int) -> ArraySlice<UInt8> { bytes[starts[number]..<starts[number + 1]] }

  /// The number of a word; nil if it is not there. No allocation.
  @inline(__always)
  func number(of word: UnsafeBufferPointer<UInt8>) -> Int? {
    let hash = Self.hash(word)
    let mask = slots.count - 1
    var i = Int(truncatingIfNeeded: hash) & mask
    while slots[i] != 0 {
      let slot = slots[i]
      if slot >> 32 == hash >> 32 {
        let number = Int(slot & 0xFFFF_FFFF) - 1
        if equals(number, word) { return number }
      }
      i = (i + 1) & mask
    }
    return nil
  }

  /// The number of a word, a new one if need be.
  mutating func insert(_ word: UnsafeBufferPointer<UInt8>) -> (number: Int, isNew: Bool) {
    if let known = number(of: word) { return (known, false) }
    let number = count
    if (number + 1) * 2 > slots.count { grow() }
    bytes.append(contentsOf: word)
    starts.append(bytes.count)
    place(number, Self.hash(word))
    return (number, true)
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    bytes.withUnsafeBufferPointer { all in
      for number in 0..<count {
        place(number, Self.hash(UnsafeBufferPointer(rebasing: all[starts[number]..<starts[number + 1]])))
      }
    }
  }

  private mutating func place(_ number: Int, _ hash: UInt64) {
    let mask = slots.count - 1
    var i = Int(truncatingIfNeeded: hash) & mask
    while slots[i] != 0 { i = (i + 1) & mask }
    slots[i] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(number + 1)
  }

  @inline(__always)
  private func equals(_ number: Int, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = starts[number]
    guard starts[number + 1] - start == word.count else { return false }
    for i in 0..<word.count where bytes[start + i] != word[i] { return false }
    return true
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
    var rest: UInt64 = 0
    while position < word.count {
      rest = rest << 8 | UInt64(raw[position])
      position += 1
    }
    return fold(hash ^ rest, 0x8EBC_6AF0_9C88_C6E3)
  }

  @inline(__always)
  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}
