import HanpipeCore
import Testing

@testable import HanpipeIO

/// Bytes of the wire format and of the file, against those that others wrote.
@Suite struct ONNXFileTests {
  private func bytes(_ build: (inout ProtobufMessage) -> Void) throws -> [UInt8] {
    var message = ProtobufMessage()
    build(&message)
    var bytes: [UInt8] = []
    try message.write { bytes.append(contentsOf: $0) }
    #expect(message.size == bytes.count)
    return bytes
  }

  /// The examples of https://protobuf.dev/programming-guides/encoding.
  @Test func `fields are those of the format's own examples`() throws {
    #expect(try bytes { $0.add(1, 150) } == [0x08, 0x96, 0x01])
    #expect(try bytes { $0.add(2, "testing") } == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
    let negative: [UInt8] = [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
    #expect(try bytes { $0.add(1, -2) } == negative)
    var inner = ProtobufMessage()
    inner.add(1, 150)
    #expect(try bytes { $0.add(3, inner) } == [0x1a, 0x03, 0x08, 0x96, 0x01])
    #expect(try bytes { $0.add(16, 0) } == [0x80, 0x01, 0x00])
    #expect(try bytes { $0.add(4, "") } == [0x22, 0x00])
  }

  @Test func `what is written late stands where it was announced, inside of messages too`() throws {
    var inner = ProtobufMessage()
    inner.add(1, 1)
    inner.add(9, count: 3) { sink in for byte in [7, 8, 9] as [UInt8] { try [byte].withUnsafeBytes(sink) } }
    inner.add(2, 2)
    let expected: [UInt8] = [0x2a, 0x09, 0x08, 0x01, 0x4a, 0x03, 7, 8, 9, 0x10, 0x02, 0x08, 0x05]
    #expect(
      try bytes {
        $0.add(5, inner)
        $0.add(1, 5)
      } == expected)
  }

  private var graph: NetworkGraph {
    var graph = NetworkGraph()
    let x = graph.input("x", .float32, [.named("batch"), .count(2)])
    let tensor = Parameters.Tensor(shape: [1, 2], values: [0.5, -1])
    let product = graph.add("Gemm", [x, graph.weights("w", tensor)], [("transB", .integer(1))])
    graph.add("Squeeze", [product, graph.integers([1])], as: "y")
    graph.output("y", .float32, [.named("batch")])
    return graph
  }

  /// By onnx 1.23.2:
  ///
  ///     from onnx import helper as h, TensorProto as T, numpy_helper as n
  ///     import numpy as np
  ///     g = h.make_graph([h.make_node("Gemm", ["x", "w"], ["Gemm_0"], "Gemm_0_node", transB=1),
  ///         h.make_node("Squeeze", ["Gemm_0", "constant_1"], ["y"], "Squeeze_1_node")], "tiny",
  ///       [h.make_tensor_value_info("x", T.FLOAT, ["batch", 2])], [h.make_tensor_value_info("y", T.FLOAT, ["batch"])],
  ///       [n.from_array(np.array([[.5, -1]], "f4"), "w"), n.from_array(np.array([1]), "constant_1")])
  ///     m = h.make_model(g, producer_name="hanpipe", producer_version="0.1.0", ir_version=8, opset_imports=[h.make_opsetid("", 17)])
  ///     m.doc_string = "what it is"; h.set_model_props(m, {"a": "b"}); print(m.SerializeToString().hex())
  private static let hex =
    "0808120768616e706970651a05302e312e30320a776861742069742069733acb010a300a01780a0177120647656d6d5f301a0b47656d6d5f305f6e6f"
    + "6465220447656d6d2a0d0a067472616e73421801a001020a300a0647656d6d5f300a0a636f6e7374616e745f311201791a0e53717565657a655f315f"
    + "6e6f6465220753717565657a65120474696e792a130801080210014201774a080000003f000080bf2a1a08011007420a636f6e7374616e745f314a08"
    + "01000000000000005a180a017812130a110801120d0a07120562617463680a02080262140a0179120f0a0d080112090a071205626174636842040a00"
    + "101172060a0161120162"

  @Test func `a file has the bytes that onnx writes for the same graph`() throws {
    let file = try ONNXFile(graph, name: "tiny", about: "what it is", metadata: [("a", "b")])
    let found = try file.bytes()
    let hex = found.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hex == Self.hex)
    #expect(file.size == found.count)
    #expect(file.inputs == ["x"] && file.outputs == ["y"])
  }

  @Test func `what Protobuf cannot hold is refused before anything is written`() throws {
    let size = try ONNXFile(graph, name: "tiny", about: "", metadata: []).size
    #expect(ONNXFile.limit == 2_147_483_647)
    #expect(throws: ExportError.tooLarge(bytes: size, allowed: size - 1)) {
      try ONNXFile(graph, name: "tiny", about: "", metadata: [], limit: size - 1)
    }
    // 4 GB of weights that nobody ever reads.
    var large = NetworkGraph()
    _ = large.weights("w", Parameters.Tensor(shape: [1 << 20, 1 << 10], source: Nothing(count: 1 << 30)))
    #expect(throws: ExportError.self) { try ONNXFile(large, name: "large", about: "", metadata: []) }
  }

  @Test func `weights in pieces are written piece by piece, however long`() throws {
    let count = (1 << 18) * 2 + 3
    let tensor = Parameters.Tensor(shape: [count], values: (0..<count).map { Float($0) })
    var graph = NetworkGraph()
    _ = graph.weights("w", [count + 1], [.part(of: tensor, 5..<count), .values([-1]), .part(of: tensor, 0..<5)])
    let bytes = try ONNXFile(graph, name: "", about: "", metadata: []).bytes()
    let values: [Float] = Array(tensor.values[5...]) + [-1] + Array(tensor.values[..<5])
    let expected: [UInt8] = values.withUnsafeBytes { Array($0) }
    let start = try #require(bytes.firstRange(of: expected.prefix(64))).lowerBound
    #expect(bytes.dropFirst(start).starts(with: expected))
  }

  private struct Nothing: FloatSource {
    let count: Int
    func read(from start: Int, into target: inout MutableSpan<Float>) {}
  }
}
