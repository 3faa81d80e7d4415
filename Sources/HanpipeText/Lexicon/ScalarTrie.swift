internal import CKernels

/// Words to numbers, one scalar a step: the edges of a trie in one open-addressing hash table.
///
/// An edge's key is (node, scalar), so that a step is one probe, mostly one cache line; words of common scripts take few
/// nodes. Against a double array: no search for free places while it is built, and any order of insertion. 16 bytes a slot.
struct ScalarTrie: Sendable {
  /// A prefix of a word; the root is 0.
  typealias Node = UInt32

  private struct Slot {
    /// The edge's node and scalar, plus 1; 0 where the slot is empty.
    var key: UInt64
    var child: Node
    /// The number of the word that ends here, from 1; 0 where none does. The highest bit: some word goes on from here.
    var value: UInt32
  }
  private static let goesOn: UInt32 = 1 << 31
  private var slots: [Slot]
  private var shift: UInt64
  /// Edges, and nodes besides the root.
  private var count: UInt32 = 0

  /// - Parameter edges: for how many there is room before the table grows.
  init(edges: Int = 0) {
    var bits = 4
    while 1 << bits < edges * 2 { bits += 1 }
    slots = [Slot](unsafeUninitializedCapacity: 1 << bits) { slots, count in
      if let first = slots.baseAddress { hp_use_large_pages(first, (1 << bits) * MemoryLayout<Slot>.stride) }
      slots.initialize(repeating: Slot(key: 0, child: 0, value: 0))
      count = 1 << bits
    }
    shift = UInt64(64 - bits)
  }

  /// The slot of an edge, or the empty one where it belongs.
  @inline(__always)
  private func index(of key: UInt64) -> Int {
    let mask = slots.count - 1
    var i = firstIndex(of: key)
    while slots[i].key != 0 && slots[i].key != key { i = (i + 1) & mask }
    return i
  }
  /// Where the search for an edge begins. Fibonacci hashing: Knuth, The Art of Computer Programming, vol. 3, section 6.4.
  @inline(__always)
  private func firstIndex(of key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> shift) }
  @inline(__always)
  private static func key(_ node: Node, _ scalar: UInt32) -> UInt64 { (UInt64(node) << 21 | UInt64(scalar)) + 1 }

  /// Where a step leads.
  struct Step {
    let node: Node
    fileprivate let bits: UInt32
    /// To the root, which no step leads to.
    static let none = Step(node: 0, bits: 0)
    /// The number of the word that ends there; 0 for none.
    @inline(__always)
    var value: UInt32 { bits & ~ScalarTrie.goesOn }
    /// Whether a further step may succeed: two of three nodes are ends, and a search less for each is a look into memory less.
    @inline(__always)
    var goesOn: Bool { bits & ScalarTrie.goesOn != 0 }
  }

  /// One step down; nil if no word goes on so.
  @inline(__always)
  func step(from node: Node, _ scalar: UInt32) -> Step? {
    let slot = slots[index(of: Self.key(node, scalar))]
    return slot.key == 0 ? nil : Step(node: slot.child, bits: slot.value)
  }

  /// Has the memory brought near that a step will read: a table of a hundred thousand words is in no near cache, and a step that waits
  /// for it keeps others waiting.
  @inline(__always)
  func prefetchStep(from node: Node, _ scalar: UInt32) {
    let place = firstIndex(of: Self.key(node, scalar))
    slots.withUnsafeBufferPointer { slots in if place < slots.count, let first = slots.baseAddress { hp_prefetch(first + place) } }
  }

  /// Gives a word (not empty) the number `value`, below 2³¹, unless it has one already: then that is the answer.
  /// - Parameter fold: what its scalars are read as, by which steps look for it.
  mutating func insert(
    _ word: UnsafeBufferPointer<UInt8>, _ value: UInt32, fold: (UInt32) -> UInt32 = { $0 }
  ) -> UInt32? {
    var node: Node = 0
    var position = 0
    var last = 0
    while position < word.count {
      let (scalar, length) = decodeScalar(word, at: position)
      let key = Self.key(node, fold(scalar))
      var place = index(of: key)
      if slots[place].key == 0 {
        if position > 0 { slots[last].value |= Self.goesOn }
        if Int(count) * 2 >= slots.count {
          grow()
          place = index(of: key)
        }
        count += 1
        slots[place] = Slot(key: key, child: count, value: 0)
      }
      last = place
      node = slots[place].child
      position += length
    }
    let known = slots[last].value & ~Self.goesOn
    if known != 0 { return known }
    slots[last].value |= value
    return nil
  }

  private mutating func grow() {
    var larger = ScalarTrie(edges: slots.count)
    larger.count = count
    for slot in slots where slot.key != 0 { larger.slots[larger.index(of: slot.key)] = slot }
    self = larger
  }
}

/// A set of scalars that may say yes too often: 4,096 bits by the scalars' last twelve, 512 bytes, always in the cache.
///
/// With a small lexicon it answers nearly every "does a word begin here?", so that most of a text costs one bit test.
struct ScalarFilter: Sendable {
  private var bits = [UInt64](repeating: 0, count: 64)
  private(set) var isEmpty = true
  mutating func insert(_ scalar: UInt32) {
    bits[Int(scalar >> 6 & 63)] |= 1 << UInt64(scalar & 63)
    isEmpty = false
  }
  @inline(__always)
  func mayContain(_ scalar: UInt32) -> Bool { bits[Int(scalar >> 6 & 63)] >> UInt64(scalar & 63) & 1 != 0 }
}
