/// A message of Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding), as it is put together: fields in the
/// order in which they are added, and large ones written piece by piece when the message is.
struct ProtobufMessage {
  /// Gives bytes to a sink, as many as it was announced with.
  typealias Payload = (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

  private enum Piece {
    case bytes([UInt8])
    case payload(Payload)
  }
  private var pieces: [Piece] = []
  /// Bytes of the whole message.
  private(set) var size = 0

  /// How a field's value is laid out.
  private enum WireType: UInt64 {
    case varint = 0
    case lengthDelimited = 2
  }

  /// An integer or an enumeration; negative ones take ten bytes.
  mutating func add(_ field: Int, _ value: Int) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }
  mutating func add(_ field: Int, _ value: String) { add(field, bytes: Array(value.utf8)) }
  mutating func add(_ field: Int, bytes: [UInt8]) {
    key(field, .lengthDelimited)
    varint(UInt64(bytes.count))
    append(bytes)
  }
  /// Bytes that exist only while they are written.
  mutating func add(_ field: Int, count: Int, _ payload: @escaping Payload) {
    key(field, .lengthDelimited)
    varint(UInt64(count))
    pieces.append(.payload(payload))
    size += count
  }
  mutating func add(_ field: Int, _ message: ProtobufMessage) {
    key(field, .lengthDelimited)
    varint(UInt64(message.size))
    for piece in message.pieces {
      if case .bytes(let bytes) = piece { append(bytes, counting: false) } else { pieces.append(piece) }
    }
    size += message.size
  }
  /// - Throws: what `sink` throws.
  func write(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
    for piece in pieces {
      switch piece {
      case .bytes(let bytes): try bytes.withUnsafeBytes(sink)
      case .payload(let payload): try payload(sink)
      }
    }
  }

  private mutating func key(_ field: Int, _ type: WireType) { varint(UInt64(field) << 3 | type.rawValue) }

  /// Seven bits a byte, the least significant first; the highest bit says that another byte follows.
  private mutating func varint(_ value: UInt64) {
    var value = value
    var bytes: [UInt8] = []
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: value))
    append(bytes)
  }

  private mutating func append(_ bytes: [UInt8], counting: Bool = true) {
    if counting { size += bytes.count }
    if case .bytes(var last)? = pieces.last {
      // Taken out, so that the array has one owner while it grows.
      pieces.removeLast()
      last.append(contentsOf: bytes)
      pieces.append(.bytes(last))
    } else {
      pieces.append(.bytes(bytes))
    }
  }
}
