public import HanpipeCore

/// A network in the file format of ONNX (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, whose field numbers stand here).
public struct ONNXFile {
  /// The format's version: that of ONNX 1.12, which brought opset 17.
  static let irVersion = 8
  /// Bytes that a Protobuf message may have.
  public static let limit = Int(Int32.max)

  private let model: ProtobufMessage
  /// Names, in their order.
  public let inputs: [String]
  public let outputs: [String]

  /// - Parameters:
  ///   - metadata: facts by name, for programs (`metadata_props`).
  ///   - about: for people (`doc_string`).
  ///   - limit: bytes that the file may have.
  /// - Throws: `ExportError.tooLarge`.
  public init(
    _ graph: NetworkGraph, name: String, about: String, metadata: [(name: String, value: String)], limit: Int = limit
  ) throws(ExportError) {
    var model = ProtobufMessage()
    model.add(1, Self.irVersion)
    model.add(2, "hanpipe")
    model.add(3, ModelDirectory.hanpipeVersion)
    model.add(6, about)
    model.add(7, Self.message(graph, name: name))
    var operators = ProtobufMessage()
    operators.add(1, "")
    operators.add(2, NetworkGraph.opset)
    model.add(8, operators)
    for (name, value) in metadata {
      var entry = ProtobufMessage()
      entry.add(1, name)
      entry.add(2, value)
      model.add(14, entry)
    }
    guard model.size <= limit else { throw .tooLarge(bytes: model.size, allowed: limit) }
    self.model = model
    inputs = graph.inputs.map(\.name)
    outputs = graph.outputs.map(\.name)
  }

  /// In bytes.
  public var size: Int { model.size }

  /// Writes the file beside `path`, synced, and puts it in its place. Weights are read as they are written, a megabyte at a time.
  /// - Throws: `FileError` with the file's name.
  public func write(to path: String) throws {
    try FileContent.replace(path) { sink in try model.write(to: sink) }
  }

  /// The file's bytes.
  package func bytes() throws -> [UInt8] {
    var bytes: [UInt8] = []
    try model.write { bytes.append(contentsOf: $0) }
    return bytes
  }

  // MARK: Messages

  private static func message(_ graph: NetworkGraph, name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    for node in graph.nodes { message.add(1, self.message(node)) }
    message.add(2, name)
    for constant in graph.constants { message.add(5, self.message(constant)) }
    for port in graph.inputs { message.add(11, self.message(port)) }
    for port in graph.outputs { message.add(12, self.message(port)) }
    return message
  }

  private static func message(_ node: NetworkGraph.Node) -> ProtobufMessage {
    var message = ProtobufMessage()
    for input in node.inputs { message.add(1, input) }
    for output in node.outputs { message.add(2, output) }
    message.add(3, node.name)
    message.add(4, node.type)
    for (name, value) in node.attributes {
      var attribute = ProtobufMessage()
      attribute.add(1, name)
      // The value's field, and the number by which its type is known.
      switch value {
      case .integer(let value):
        attribute.add(3, value)
        attribute.add(20, 2)
      case .string(let value):
        attribute.add(4, value)
        attribute.add(20, 3)
      case .integers(let values):
        for value in values { attribute.add(8, value) }
        attribute.add(20, 7)
      }
      message.add(5, attribute)
    }
    return message
  }

  private static func message(_ constant: NetworkGraph.Constant) -> ProtobufMessage {
    var message = ProtobufMessage()
    for count in constant.shape { message.add(1, count) }
    switch constant.content {
    case .floats(let pieces):
      message.add(2, NetworkGraph.ElementType.float32.rawValue)
      message.add(8, constant.name)
      let count = pieces.reduce(0) { $0 + $1.count }
      message.add(9, count: count * MemoryLayout<Float>.size) { sink in for piece in pieces { try write(piece, to: sink) } }
    case .integers(let values):
      message.add(2, NetworkGraph.ElementType.int64.rawValue)
      message.add(8, constant.name)
      // Every platform that Swift runs on is little-endian, as `raw_data` is.
      message.add(9, bytes: values.withUnsafeBytes { Array($0) })
    }
    return message
  }

  /// Floats in one go.
  private static let chunk = 1 << 18

  private static func write(_ piece: NetworkGraph.Piece, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
    switch piece {
    case .values(let values): try values.withUnsafeBytes(sink)
    case .part(let tensor, let range):
      for start in stride(from: range.lowerBound, to: range.upperBound, by: chunk) {
        var part = [Float](repeating: 0, count: min(chunk, range.upperBound - start))
        var span = part.mutableSpan
        tensor.copy(from: start, into: &span)
        try part.withUnsafeBytes(sink)
      }
    }
  }

  private static func message(_ port: NetworkGraph.Port) -> ProtobufMessage {
    var shape = ProtobufMessage()
    for dimension in port.shape {
      var message = ProtobufMessage()
      switch dimension {
      case .count(let count): message.add(1, count)
      case .named(let name): message.add(2, name)
      }
      shape.add(1, message)
    }
    var tensor = ProtobufMessage()
    tensor.add(1, port.type.rawValue)
    tensor.add(2, shape)
    var type = ProtobufMessage()
    type.add(1, tensor)
    var message = ProtobufMessage()
    message.add(1, port.name)
    message.add(2, type)
    return message
  }
}
