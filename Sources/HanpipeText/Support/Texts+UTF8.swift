internal import HanpipeCore

extension Texts {
  /// Calls `body` with each record's number and bytes, which are borrowed for the call.
  func forEachUTF8(_ body: (_ record: Int, _ utf8: UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
    try bytes.withUnsafeBufferPointer { bytes in
      for record in 0..<count { try body(record, UnsafeBufferPointer(rebasing: bytes[starts[record]..<starts[record + 1]])) }
    }
  }
}
