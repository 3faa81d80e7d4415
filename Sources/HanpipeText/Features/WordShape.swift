/// What words have in common that a convention treats alike: how long they are, and what they begin and end with.
struct WordShape: Sendable {
  let first: UInt32
  let last: UInt32
  /// In scalars; 4 stands for more too.
  let length: UInt8

  static let longest = 4

  /// - Precondition: `utf8` is valid UTF-8 and not empty.
  init(_ utf8: UnsafeBufferPointer<UInt8>) {
    first = decodeScalar(utf8, at: 0).scalar
    last = decodeScalar(utf8, before: utf8.count) ?? first
    length = UInt8(min(Self.longest, utf8.count { $0 & 0xC0 != 0x80 }))
  }
}
