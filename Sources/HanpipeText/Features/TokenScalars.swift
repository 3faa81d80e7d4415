import HanpipeCore

/// The scalars of one record's tokens, decoded once, for whoever looks for words from every token on.
struct TokenScalars {
  /// Stands where two tokens do not touch, and at the end: beyond Unicode, so that no word goes on with it.
  static let gap: UInt32 = 0x11_0000

  /// Perhaps more behind the last gap, of a record before.
  private(set) var scalars: [UInt32] = []
  /// For each scalar the token that ends with it; -1 inside of tokens.
  private(set) var ended: [Int32] = []
  /// For each token its first scalar.
  private(set) var firsts: [Int] = []

  mutating func read(_ utf8: UnsafeBufferPointer<UInt8>, _ spans: ArraySlice<Tokens.Span>) {
    // At most a scalar a byte, a gap a token, and the last gap.
    let room = spans.reduce(1) { $0 + Int($1.end - $1.start) + 1 }
    if scalars.count < room {
      scalars = [UInt32](repeating: Self.gap, count: room)
      ended = [Int32](repeating: -1, count: room)
    }
    firsts.removeAll(keepingCapacity: true)
    Self.read(utf8, spans, to: &scalars, &ended, &firsts)
  }

  /// Writes to arrays with room for all, which `append` would ask for each scalar.
  private static func read(
    _ utf8: UnsafeBufferPointer<UInt8>, _ spans: ArraySlice<Tokens.Span>, to scalars: inout [UInt32], _ ended: inout [Int32],
    _ firsts: inout [Int]
  ) {
    var scalars = scalars.mutableSpan
    var ended = ended.mutableSpan
    var count = 0
    var last: Int32 = 0
    for (token, span) in spans.enumerated() {
      if token > 0, span.start != last {
        (scalars[count], ended[count]) = (gap, -1)
        count += 1
      }
      firsts.append(count)
      var position = Int(span.start)
      while position < Int(span.end) {
        let (scalar, length) = decodeScalar(utf8, at: position)
        (scalars[count], ended[count]) = (scalar, -1)
        count += 1
        position += length
      }
      if span.start < span.end { ended[count - 1] = Int32(token) }
      last = span.end
    }
    (scalars[count], ended[count]) = (gap, -1)
  }
}
