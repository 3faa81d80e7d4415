import HanpipeCore

/// The scalars of one record's tokens, decoded once, for whoever looks for words from every token on.
struct TokenScalars {
  /// Stands where two tokens do not touch, and at the end: beyond Unicode, so that no word goes on with it.
  static let gap: UInt32 = 0x11_0000

  private(set) var scalars: [UInt32] = []
  /// For each scalar the token that ends with it; -1 inside of tokens.
  private(set) var ended: [Int32] = []
  /// For each token its first scalar.
  private(set) var firsts: [Int] = []

  mutating func read(_ utf8: UnsafeBufferPointer<UInt8>, _ spans: ArraySlice<Tokens.Span>) {
    scalars.removeAll(keepingCapacity: true)
    ended.removeAll(keepingCapacity: true)
    firsts.removeAll(keepingCapacity: true)
    var last: Int32 = 0
    for (token, span) in spans.enumerated() {
      if token > 0, span.start != last { append(Self.gap) }
      firsts.append(scalars.count)
      var position = Int(span.start)
      while position < Int(span.end) {
        let (scalar, length) = decodeScalar(utf8, at: position)
        append(scalar)
        position += length
      }
      if span.start < span.end { ended[ended.count - 1] = Int32(token) }
      last = span.end
    }
    append(Self.gap)
  }

  private mutating func append(_ scalar: UInt32) {
    scalars.append(scalar)
    ended.append(-1)
  }
}
