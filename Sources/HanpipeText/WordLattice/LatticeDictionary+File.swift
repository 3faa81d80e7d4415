internal import HanpipeCore

/// A dictionary's file: compiled, so that it is used where it lies.
///
/// Little-endian 64-bit words: magic, version and kind, checksum of all else but the magic, then five numbers (characters, nodes,
/// words, bytes of counts, total of frequencies), then the scores, the characters, the nodes, the words' counts (LEB128), and up to the
/// end the words known letter for letter (word TAB score TAB count, a line each), each padded to 8 bytes. Version 1, which is read too,
/// has none of these.
extension LatticeDictionary {
  static let magic = Array("hanpipeD".utf8)
  static let version: UInt32 = 2
  private static let header = 8
  private static let checksumAt = 16
  private static let numbersAt = 24

  /// Whether a file is a compiled dictionary, by its beginning; else it is text.
  static func isCompiled(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.prefix(magic.count).elementsEqual(magic) }

  /// The bytes of the file.
  func file() -> [UInt8] {
    var file = Self.magic
    func pad() { file.append(contentsOf: repeatElement(0, count: -file.count & 7)) }
    func append<I: FixedWidthInteger>(_ value: I) { withUnsafeBytes(of: value.littleEndian) { file.append(contentsOf: $0) } }
    var total = 0
    if case .frequencies(let sum) = model { total = sum }
    append(Self.version)
    append(UInt32(model == .learned ? 1 : 0))
    append(UInt64(0))
    for number in [codes.scalars.count, trie.count, counts.count, counts.range.count, total] { append(UInt64(number)) }
    for score in classScores + unknownScores { append(score) }
    pad()
    for scalar in codes.scalars { append(scalar) }
    pad()
    trie.withNodes { file.append(contentsOf: UnsafeRawBufferPointer($0)) }
    counts.withBytes { file.append(contentsOf: $0) }
    pad()
    for word in letterWords { file += word.line }
    pad()
    let checksum = file.withUnsafeBytes { Self.checksum($0) }
    withUnsafeBytes(of: checksum.littleEndian) { file.replaceSubrange(Self.checksumAt..<Self.checksumAt + 8, with: $0) }
    return file
  }

  /// A dictionary that lies in a file.
  /// - Throws: `DictionaryError.damaged` or `.otherVersion`; whatever the bytes are, what is accepted cannot lead out of them.
  init(compiled storage: any ByteStorage) throws(DictionaryError) {
    self = try storage.withBytes { (bytes) throws(DictionaryError) in try Self.parse(bytes, storage) }
  }

  private static func parse(
    _ bytes: UnsafeRawBufferPointer, _ storage: any ByteStorage
  ) throws(DictionaryError) -> LatticeDictionary {
    guard bytes.count % 8 == 0, bytes.count >= header * 8, isCompiled(bytes) else { throw .damaged("it is cut short") }
    func number(_ offset: Int) -> UInt64 { UInt64(littleEndian: bytes.load(fromByteOffset: offset, as: UInt64.self)) }
    let found = UInt32(truncatingIfNeeded: number(8))
    guard 1...version ~= found else { throw .otherVersion(found: Int(found), known: Int(version)) }
    guard checksum(bytes) == number(checksumAt) else { throw .damaged("its checksum is wrong") }
    let sizes = (0..<4).map { number(numbersAt + 8 * $0) }
    guard sizes.allSatisfy({ $0 <= UInt64(bytes.count) }), let total = Int(exactly: number(numbersAt + 32)) else {
      throw .damaged("a length leads out of it")
    }
    let (scalars, nodes, words, packed) = (Int(sizes[0]), Int(sizes[1]), Int(sizes[2]), Int(sizes[3]))
    func padded(_ count: Int) -> Int { (count + 7) & ~7 }
    let scores = lengthClasses * countClasses + shortWord
    let scalarsAt = header * 8 + padded(scores * 2)
    let nodesAt = scalarsAt + padded(scalars * 4)
    let packedAt = nodesAt + nodes * MemoryLayout<DoubleArrayTrie.Node>.stride
    let lettersAt = packedAt + padded(packed)
    guard lettersAt <= bytes.count, found > 1 || lettersAt == bytes.count, scalars <= UnitCodes.limit else {
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
    let counts = WordCountList(storage, packedAt..<packedAt + packed, count: words)
    guard counts.isSound else { throw .damaged("it has not as many counts as words") }
    guard let letterWords = LetterWord.all(in: Array(bytes[lettersAt...])[...]) else { throw .damaged("a word of letters is none") }
    return LatticeDictionary(
      codes: codes, trie: trie, classScores: Array(values[..<(lengthClasses * countClasses)]), unknownScores: unknown,
      model: number(8) >> 32 & 1 != 0 ? .learned : .frequencies(total: total), counts: counts, letterWords: letterWords)
  }

  /// The checksum that a compiled dictionary says it has, in hexadecimal.
  static func storedChecksum(_ bytes: UnsafeRawBufferPointer) -> String {
    guard bytes.count >= header * 8 else { return "" }
    return String(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: checksumAt, as: UInt64.self)), radix: 16)
  }

  /// Of all words but the magic and the checksum itself: four sums at a time, each a product of all its words, so that any single
  /// word that differs changes it.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
      let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
      return product ^ product >> 32
    }
    func word(_ at: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
    var (a, b, c, d) = (word(8), UInt64(1), UInt64(2), UInt64(3))
    var at = numbersAt
    while at + 32 <= bytes.count {
      a = mix(a, word(at))
      b = mix(b, word(at + 8))
      c = mix(c, word(at + 16))
      d = mix(d, word(at + 24))
      at += 32
    }
    while at + 8 <= bytes.count {
      a = mix(a, word(at))
      at += 8
    }
    return mix(mix(mix(a, b), c), d)
  }
}

extension LetterWord {
  /// As the file has it.
  fileprivate var line: [UInt8] { text + Array("\t\(score)\t\(count)\n".utf8) }

  /// The words of a file's lines, behind which zeros fill a word of 8 bytes; nil if one is wrong.
  fileprivate static func all(in bytes: ArraySlice<UInt8>) -> [LetterWord]? {
    let lines = bytes[...(bytes.lastIndex(of: UInt8(ascii: "\n")) ?? bytes.startIndex - 1)]
    guard bytes.count - lines.count < 8, bytes[lines.endIndex...].allSatisfy({ $0 == 0 }), isValidUTF8(lines) else { return nil }
    var words: [LetterWord] = []
    for line in lines.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
      let columns = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard columns.count == 3, isWord(columns[0]),
        let score = Int16(String(decoding: columns[1], as: UTF8.self)), score != DoubleArrayTrie.noWord,
        let count = Int(String(decoding: columns[2], as: UTF8.self)), count >= 0
      else { return nil }
      words.append(LetterWord(text: Array(columns[0]), score: score, count: count))
    }
    return words
  }

  /// Whether a text may be a word: the lattice holds no longer ones.
  private static func isWord(_ text: ArraySlice<UInt8>) -> Bool {
    text.withUnsafeBufferPointer { utf8 in
      var scanner = UnitScanner(utf8)
      var units = 0
      while scanner.position < utf8.count, units <= LatticeDictionary.longestWord {
        _ = scanner.next(.none)
        units += 1
      }
      return 1...LatticeDictionary.longestWord ~= units
    }
  }
}
