internal import HanpipeCore

/// A dictionary's file: compiled, so that it is used where it lies.
///
/// Little-endian 64-bit words: magic, version and flags, checksum of all that follows, then five numbers (characters, nodes, words,
/// bytes of counts, 0), then the scores, the characters, the nodes, and the words' counts (LEB128), each padded to 8 bytes.
extension LatticeDictionary {
  static let magic = Array("hanpipeD".utf8)
  static let version: UInt32 = 1
  private static let header = 8

  /// Whether a file is a compiled dictionary, by its beginning; else it is text.
  static func isCompiled(_ bytes: some Collection<UInt8>) -> Bool { bytes.prefix(magic.count).elementsEqual(magic) }

  /// The bytes of the file.
  func file() -> [UInt8] {
    var body: [UInt8] = []
    func pad(_ bytes: inout [UInt8]) { bytes.append(contentsOf: repeatElement(0, count: -bytes.count & 7)) }
    func append<I: FixedWidthInteger>(_ value: I) { withUnsafeBytes(of: value.littleEndian) { body.append(contentsOf: $0) } }
    var packed: [UInt8] = []
    for count in counts {
      var rest = count
      while rest > 127 {
        packed.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      packed.append(UInt8(rest))
    }
    for number in [codes.scalars.count, trie.count, counts.count, packed.count, 0] { append(UInt64(number)) }
    for score in classScores + unknownScores { append(score) }
    pad(&body)
    for scalar in codes.scalars { append(scalar) }
    pad(&body)
    trie.withNodes { body.append(contentsOf: UnsafeRawBufferPointer($0)) }
    body.append(contentsOf: packed)
    pad(&body)
    let checksum = body.withUnsafeBytes { Self.checksum($0) }
    let content = body
    body = Self.magic
    append(Self.version)
    append(UInt32(hasModel ? 1 : 0))
    append(checksum)
    return body + content
  }

  /// A dictionary that lies in a file.
  /// - Throws: `DictionaryError.damaged` or `.otherVersion`; whatever the bytes are, what is accepted cannot lead out of them.
  init(compiled storage: some LatticeStorage) throws(DictionaryError) {
    (codes, trie, classScores, unknownScores, hasModel, counts) = try storage.withBytes {
      (bytes) throws(DictionaryError) in try Self.parse(bytes, storage)
    }
  }

  private typealias Parts = (UnitCodes, DoubleArrayTrie, [Int16], [Int16], Bool, [Int])

  private static func parse(_ bytes: UnsafeRawBufferPointer, _ storage: some LatticeStorage) throws(DictionaryError) -> Parts {
    guard bytes.count % 8 == 0, bytes.count >= header * 8, isCompiled(bytes) else {
      throw .damaged("it is cut short")
    }
    let found = UInt32(littleEndian: bytes.load(fromByteOffset: 8, as: UInt32.self))
    guard found == version else { throw .otherVersion(found: Int(found), known: Int(version)) }
    let flags = UInt32(littleEndian: bytes.load(fromByteOffset: 12, as: UInt32.self))
    guard checksum(UnsafeRawBufferPointer(rebasing: bytes[24...])) == bytes.load(fromByteOffset: 16, as: UInt64.self) else {
      throw .damaged("its checksum is wrong")
    }
    var numbers: [Int] = []
    for i in 0..<5 {
      let value = UInt64(littleEndian: bytes.load(fromByteOffset: 24 + 8 * i, as: UInt64.self))
      guard value <= UInt64(bytes.count) else { throw .damaged("a length leads out of it") }
      numbers.append(Int(value))
    }
    func padded(_ count: Int) -> Int { (count + 7) & ~7 }
    let (scalars, nodes, words, packed) = (numbers[0], numbers[1], numbers[2], numbers[3])
    let scores = lengthClasses * countClasses + shortWord
    let scalarsAt = header * 8 + padded(scores * 2)
    let nodesAt = scalarsAt + padded(scalars * 4)
    let packedAt = nodesAt + nodes * 16
    guard packedAt + padded(packed) == bytes.count, scalars <= UnitCodes.limit else {
      throw .damaged("its parts do not make up its length")
    }
    let values = (0..<scores).map { Int16(littleEndian: bytes.load(fromByteOffset: header * 8 + 2 * $0, as: Int16.self)) }
    let unknown = Array(values[(lengthClasses * countClasses)...])
    // A path through single units must exist, so that every text has a segmentation.
    guard unknown[0] != DoubleArrayTrie.noWord else { throw .damaged("it has no score for unknown characters") }
    let alphabet = (0..<scalars).map { UInt32(littleEndian: bytes.load(fromByteOffset: scalarsAt + 4 * $0, as: UInt32.self)) }
    guard alphabet.allSatisfy({ Unicode.Scalar($0) != nil }) else { throw .damaged("a character is none") }
    let codes = UnitCodes(scalars: alphabet)
    let trie = DoubleArrayTrie(storage, offset: nodesAt, count: nodes)
    guard trie.withNodes({ DoubleArrayTrie.isSound($0, codes: codes.count) }) else { throw .damaged("its trie is not sound") }
    let counts = unpack(UnsafeRawBufferPointer(rebasing: bytes[packedAt..<packedAt + packed]))
    guard counts.count == words else { throw .damaged("it has not as many counts as words") }
    return (codes, trie, Array(values[..<(lengthClasses * countClasses)]), unknown, flags & 1 != 0, counts)
  }

  private static func unpack(_ bytes: UnsafeRawBufferPointer) -> [Int] {
    var counts: [Int] = []
    var value = 0
    var shift = 0
    for byte in bytes {
      value |= Int(byte & 0x7F) << min(shift, 56)
      shift += 7
      if byte & 0x80 == 0 {
        counts.append(value & Int.max)
        (value, shift) = (0, 0)
      }
    }
    return counts
  }

  /// The checksum that a compiled dictionary says it has, in hexadecimal; nil for any other file.
  static func checksum(ofCompiled bytes: [UInt8]) -> String? {
    guard isCompiled(bytes), bytes.count >= header * 8 else { return nil }
    return String(bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self)) }, radix: 16)
  }

  /// A product of all words: any single one that differs changes it.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for at in stride(from: 0, to: bytes.count - 7, by: 8) {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
    }
    return hash.littleEndian
  }
}
