internal import HanpipeCore

/// A trie over the codes of units, in one array: Aoe 1989, doi:10.1109/32.31365.
///
/// The child of node `n` by code `c` is node `base(n) ^ c`, if that one's parent is `n`. A node has 16 bytes, so that one look
/// into memory a step gives the child, whether a word ends there, and what the sequence of units says about word boundaries.
struct DoubleArrayTrie: Sendable {
  /// A node, 16 bytes, as it stands in a file (little-endian).
  struct Node: Equatable {
    /// Children are at `base ^ code`.
    var base: UInt32 = 0
    /// The parent's number plus 1; 0 where there is no node.
    var check: UInt32 = 0
    var payload = Payload()
  }

  /// What belongs to a sequence of units, 8 bytes.
  struct Payload: Equatable {
    /// Bytes 0 to 5: what the sequence adds to the score of a word boundary before its first unit's place − 2 + i.
    /// Bytes 6 and 7: the score of the word that it is, or `noWord`.
    private var bits = UInt64(UInt16(bitPattern: DoubleArrayTrie.noWord)) << 48

    init() {}
    init(word: Int16) { self.word = word }

    var word: Int16 {
      get { Int16(truncatingIfNeeded: Int64(bitPattern: bits) >> 48) }
      set { bits = bits & 0xFFFF_FFFF_FFFF | UInt64(UInt16(bitPattern: newValue)) << 48 }
    }
    var hasWeights: Bool { bits & 0xFFFF_FFFF_FFFF != 0 }
    /// Six weights and two zeros.
    var weights: SIMD8<Int8> {
      get { unsafeBitCast((bits & 0xFFFF_FFFF_FFFF).littleEndian, to: SIMD8<Int8>.self) }
      set {
        let new = UInt64(littleEndian: unsafeBitCast(newValue, to: UInt64.self)) & 0xFFFF_FFFF_FFFF
        bits = bits & ~0xFFFF_FFFF_FFFF | new
      }
    }
  }

  /// The score of a node at which no word ends.
  static let noWord = Int16.min
  /// The boundaries that a sequence speaks of: from two units before its first one to three behind it.
  static let window = 6
  static let root = 0

  private let storage: any ByteStorage
  private let offset: Int
  let count: Int

  /// A trie that lies in `storage` at a byte offset that is a multiple of 8.
  /// - Precondition: `isSound` was true of these nodes.
  init(_ storage: any ByteStorage, offset: Int, count: Int) {
    self.storage = storage
    self.offset = offset
    self.count = count
  }

  /// Whether no step can lead out of the array, whatever the codes below `codes` are.
  static func isSound(_ nodes: UnsafeBufferPointer<Node>, codes: Int) -> Bool {
    var block = 64
    while block < codes { block *= 2 }
    // A base inside of an array of whole blocks, xor a code smaller than a block, stays inside.
    guard !nodes.isEmpty, nodes.count % block == 0, nodes.count <= Int(UInt32.max / 2) else { return false }
    var largest: UInt32 = 0
    for node in nodes { largest = max(largest, node.base) }
    return Int(largest) < nodes.count
  }

  /// Lends the nodes.
  @inline(__always)
  func withNodes<R, E: Error>(_ body: (UnsafeBufferPointer<Node>) throws(E) -> R) throws(E) -> R {
    try storage.withBytes { (bytes) throws(E) in
      let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count * MemoryLayout<Node>.stride])
      return try body(part.assumingMemoryBound(to: Node.self))
    }
  }
}

extension UnsafeBufferPointer<DoubleArrayTrie.Node> {
  /// One step down; nil if nothing goes on so.
  ///
  /// Not checked in release: `isSound` holds for the array, and a dictionary's codes are below the number it was asked with.
  @inline(__always)
  func child(of node: Int, _ code: UInt16) -> Int? {
    let next = Int(self[node].base) ^ Int(code)
    return self[next].check == UInt32(truncatingIfNeeded: node + 1) ? next : nil
  }
}
