import Glibc
import HanpipeCore
import Testing

@testable import HanpipeIO

@Suite struct SafetensorsTests {
  private static let sample: [Safetensors.Named] = [
    ("b.weight", Parameters.Tensor(shape: [2, 3], values: [1, -2, 0.5, 65504, 1e-3, 0])),
    ("a.bias", Parameters.Tensor(shape: [1], values: [3])), ("empty", Parameters.Tensor(shape: [0, 4], values: [])),
    ("scalar", Parameters.Tensor(shape: [], values: [7])),
  ]

  @Test(arguments: WeightPrecision.allCases)
  func `what is written is read, in its order`(precision: WeightPrecision) throws {
    let bytes = try Safetensors.bytes(Self.sample, precision: precision, metadata: ["format": "x"])
    let content = try Safetensors.read(bytes)
    #expect(content.metadata == ["format": "x"])
    #expect(content.tensors.map(\.name) == Self.sample.map(\.name))
    for (found, expected) in zip(content.tensors, Self.sample) {
      #expect(found.tensor.shape == expected.tensor.shape)
      // Half precision keeps 11 bits: an error of at most 2^-11 of the value.
      let allowed: Float = precision == .f32 ? 0 : 0x1p-11
      #expect(zip(found.tensor.values, expected.tensor.values).allSatisfy { abs($0 - $1) <= allowed * abs($1) })
    }
    #expect(try Safetensors.bytes(content.tensors, precision: precision, metadata: ["format": "x"]) == bytes)
  }

  @Test func `the layout is the format's`() throws {
    let bytes = try Safetensors.bytes([("w", Parameters.Tensor(shape: [2], values: [1, 2]))])
    let header = #"{"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}   "#
    #expect(header.utf8.count % 8 == 0)
    #expect(bytes == [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0, 0, 128, 63, 0, 0, 0, 64])
  }

  /// A file with this header and so many bytes of data.
  private func file(_ header: String, data: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  @Test func `bfloat16 and data at an odd byte are read`() throws {
    var bytes = file(#"{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}"#, data: 0)
    bytes += [0x80, 0x3F, 0x00, 0xC0]
    #expect(try Safetensors.read(bytes).tensors[0].tensor.values == [1, -2])
    bytes = file(#"{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]} }"#, data: 0) + [0x00, 0x3C, 0x00, 0xC0]
    #expect(try Safetensors.read(bytes).tensors[0].tensor.values == [1, -2])
  }

  @Test(arguments: [
    ("[]", 0, "the header is not JSON: expected an object"),
    (#"{"w":1}"#, 0, #""w": found no "dtype"; expected "dtype", a string"#),
    (
      #"{"w":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, 8,
      #""w" has the type I64; only F32, F16 and BF16 are read: convert the file"#
    ),
    (#"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, #""w": found [-1]; expected "shape", an array of sizes"#),
    (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, #""w" has 4 bytes, which the shape [2] of F32 does not fill"#),
    (
      #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4,
      #""w": found [4, 0]; expected "data_offsets", a start and an end"#
    ),
    (
      #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
      #""w" ends at byte 8 of the data, but there are 4; the file is cut short: copy it again"#
    ),
    (
      #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
      #""w" begins at byte 4 of the data; expected 0, where the tensor before it ends"#
    ),
    (
      #"{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
      #""w" begins at byte 4 of the data; expected 8, where the tensor before it ends"#
    ),
    (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "1 byte follows the last tensor; the file is damaged"),
    (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 9, "5 bytes follow the last tensor; the file is damaged"),
    (
      #"{"w":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,4]}}"#, 4,
      #""w" has the shape [4611686018427387904, 4611686018427387904], more than any memory holds"#
    ),
    (
      #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
      #"the header is not JSON: line 1, column 55: the key "w" stands twice in one object"#
    ),
    (#"{"__metadata__":{"a":1}}"#, 0, #""__metadata__": found "a": 1; expected strings only"#),
    ("{", 0, "the header is not JSON: line 1, column 2: expected a key in quotes, found end of input"),
  ])
  func `a header that promises what is not there is refused`(header: String, data: Int, expected: String) {
    #expect(message { _ = try Safetensors.read(file(header, data: data)) } == expected)
  }

  @Test func `a header that is too long is refused before it is read`() {
    let expected =
      "the header claims 18446744073709551615 bytes, but there is room for 2; the file is cut short, or not safetensors"
    #expect(message { _ = try Safetensors.read([UInt8](repeating: 255, count: 8) + [0, 0]) } == expected)
    #expect(
      message { _ = try Safetensors.read([1, 2, 3]) }
        == "3 bytes are no safetensors file, which begins with 8 bytes for its header's length")
  }

  @Test func `a file cut short anywhere is refused, and one with any byte changed does not crash`() throws {
    let bytes = try Safetensors.bytes(Self.sample, precision: .f16, metadata: ["a": "b"])
    for length in 0..<bytes.count {
      #expect(throws: SafetensorsError.self, "\(length) bytes") { try Safetensors.read(Array(bytes[..<length])) }
    }
    for seed in 0..<2_000 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      var changed = bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        changed[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      do { _ = try Safetensors.read(changed) } catch is SafetensorsError {}
    }
  }

  @Test func `what cannot be stored is refused by name`() {
    func save(_ value: Float, _ precision: WeightPrecision) -> String {
      message { _ = try Safetensors.bytes([("w", Parameters.Tensor(shape: [1], values: [value]))], precision: precision) }
    }
    #expect(save(.nan, .f32) == "\"w\" holds NaN or infinity; train again")
    #expect(save(-.infinity, .f16) == "\"w\" holds NaN or infinity; train again")
    #expect(save(70_000, .f16) == "\"w\" holds 70000.0, beyond half precision's ±65504; save it in f32")
    #expect(save(65_519, .f16) == "no error")
    let w = Parameters.Tensor(shape: [1], values: [1])
    #expect(message { _ = try Safetensors.bytes([("w", w), ("w", w)]) } == "two tensors are called \"w\"")
  }

  @Test func `a file that is missing, empty or no file is named`() throws {
    let directory = try TemporaryDirectory()
    let empty = try directory.file("empty", "")
    #expect(message { _ = try Safetensors.read("/nowhere/w") } == "/nowhere/w: no such file or directory")
    #expect(
      message { _ = try Safetensors.read(empty) }
        == "\(empty): 0 bytes are no safetensors file, which begins with 8 bytes for its header's length")
    #expect(message { _ = try Safetensors.read("/dev/zero") } == "/dev/zero: not a regular file")
  }

  /// A file of one large tensor, values k mod 1000 - 500, in the bytes of a type; `last` in the last one's place.
  private func large(_ dtype: String, last: Float = 1) -> [UInt8] {
    let count = StoredFloats.mappedFrom / 2
    func bytes(_ value: Float) -> [UInt8] {
      switch dtype {
      case "F32": withUnsafeBytes(of: value.bitPattern) { Array($0) }
      // Whole numbers up to 500 fit into both halves, but for bfloat16's eight bits of them.
      case "BF16": withUnsafeBytes(of: UInt16(value.bitPattern >> 16)) { Array($0) }
      default: withUnsafeBytes(of: Float16(value).bitPattern) { Array($0) }
      }
    }
    let thousand = (-500..<500).flatMap { bytes(Float($0)) }
    var data: [UInt8] = []
    for _ in 0...count / 1000 { data += thousand }
    data.removeLast(data.count - (count - 1) * bytes(0).count)
    data += bytes(last)
    let header = #"{"w": {"dtype": "\#(dtype)", "shape": [\#(count / 2), 2], "data_offsets": [0, \#(data.count)]}}"#
    return file(header, data: 0) + data
  }

  @Test(arguments: ["F32", "F16", "BF16"]) func `a large tensor is read from its file, whole or in part`(dtype: String) throws {
    let directory = try TemporaryDirectory()
    // The header's length moves the data to an even byte, or an odd one.
    for spaces in [" ", "  "] {
      var bytes = large(dtype)
      bytes.insert(contentsOf: Array(spaces.utf8), at: 8)
      bytes[0] += UInt8(spaces.utf8.count)
      let path = try directory.file("w\(spaces.utf8.count)", bytes)
      let expected = try Safetensors.read(bytes).tensors[0].tensor
      let tensor = try Safetensors.read(path, requiresFinite: true).tensors[0].tensor
      // Whoever has it still has it when the file is gone.
      #expect(unlink(path) == 0)
      #expect(tensor == expected)
      var row: [Float] = [0, 0, 0]
      var span = row.mutableSpan
      tensor.copy(from: 777, into: &span)
      #expect(row == (dtype == "BF16" ? Array(expected.values[777..<780]) : [277, 278, 279]))
    }
  }

  @Test(arguments: ["F32", "F16", "BF16"], [Float.nan, .infinity, -.infinity])
  func `a large tensor that is not finite is refused`(dtype: String, value: Float) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("w", large(dtype, last: value))
    #expect(
      message { _ = try Safetensors.read(path, requiresFinite: true) } == "\(path): \"w\" holds NaN or infinity; train again")
    #expect(message { _ = try Safetensors.read(path) } == "no error")
  }

  @Test func `a mapping holds the file's bytes, none of an empty one`() throws {
    let directory = try TemporaryDirectory()
    for text in ["", "a", String(repeating: "我", count: 5_000)] {
      let mapping = try FileMapping(path: directory.file("f\(text.count)", text))
      #expect(mapping.count == text.utf8.count)
      #expect(mapping.withBytes { Array($0) } == Array(text.utf8))
    }
  }
}
