/// Bytes that do not change, wherever they lie: in memory, or in a file that is mapped. Aligned to 8.
public protocol ByteStorage: Sendable {
  /// Lends the bytes.
  func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R
}

/// Bytes in memory, aligned as `ByteStorage` promises.
public struct AlignedBytes: ByteStorage {
  private let words: [UInt64]
  private let count: Int

  /// A copy.
  public init(_ bytes: UnsafeRawBufferPointer) {
    var words = [UInt64](repeating: 0, count: (bytes.count + 7) / 8)
    words.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
    self.words = words
    count = bytes.count
  }
  public init(_ bytes: [UInt8]) { self = bytes.withUnsafeBytes { AlignedBytes($0) } }

  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    // Not `withUnsafeBytes`, whose closure cannot throw a type of its own.
    try words.withUnsafeBufferPointer { (words) throws(E) in
      try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(words)[..<count]))
    }
  }
}

extension ByteStorage {
  /// A copy of the bytes.
  public var array: [UInt8] { withBytes { Array($0) } }
}
