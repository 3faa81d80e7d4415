internal import HanpipeCore

/// How often words were counted, packed in whatever storage they lie: LEB128, in the order of the words' codes.
///
/// Nothing of it is read to segment a text; `hanpipe vocabulary show` prints it.
struct WordCountList: Sendable {
  /// How many words.
  let count: Int
  private let storage: any ByteStorage
  let range: Range<Int>

  init(_ counts: some Collection<Int>) {
    var packed: [UInt8] = []
    for count in counts {
      var rest = count
      while rest > 127 {
        packed.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      packed.append(UInt8(rest))
    }
    self.init(AlignedBytes(packed), packed.indices, count: counts.count)
  }

  /// - Precondition: `range` lies in the storage.
  init(_ storage: any ByteStorage, _ range: Range<Int>, count: Int) {
    self.storage = storage
    self.range = range
    self.count = count
  }

  /// Lends the packed bytes.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    storage.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// Whether there are as many numbers as words: each ends with a byte below 128.
  var isSound: Bool { withBytes { $0.reduce(0) { $0 + ($1 < 128 ? 1 : 0) } } == count && withBytes { $0.last ?? 0 } < 128 }

  var unpacked: [Int] {
    withBytes { bytes in
      var counts: [Int] = []
      counts.reserveCapacity(count)
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
  }
}
