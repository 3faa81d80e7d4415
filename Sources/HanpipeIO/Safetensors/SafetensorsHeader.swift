import HanpipeCore

/// What a safetensors file says of its tensors, all of it checked against the file's length before any tensor is touched.
///
/// https://github.com/huggingface/safetensors (format of version 0.4): 8 bytes little-endian length of the header, the header in
/// JSON, then the tensors, one directly after the other.
struct SafetensorsHeader {
  enum DType: String, CaseIterable {
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    var byteWidth: Int { self == .f32 ? 4 : 2 }
  }
  struct Entry: Equatable {
    var name: String
    var dtype: DType
    var shape: [Int]
    /// In the data, which begins after the header.
    var range: Range<Int>
    var count: Int { range.count / dtype.byteWidth }
  }

  /// By their place in the file.
  let entries: [Entry]
  let metadata: [String: String]
  /// Where in the file the data begins.
  let dataStart: Int

  /// 4 MiB, some 40,000 tensors. The reference implementation allows 100 MB, of which parsed JSON would take gigabytes.
  static let maximumLength = 1 << 22
  static let maximumRank = 32

  init(_ file: UnsafeRawBufferPointer) throws(SafetensorsError) {
    guard file.count >= 8 else { throw .noHeader(bytes: file.count) }
    let length = UInt64(littleEndian: file.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    let allowed = min(file.count - 8, Self.maximumLength)
    guard length <= UInt64(allowed) else { throw .headerLength(found: length, allowed: allowed) }
    dataStart = 8 + Int(length)
    let json: JSON
    do { json = try JSON(parsing: file[8..<dataStart]) } catch { throw .headerSyntax(error.description) }
    guard let object = json.objectValue else { throw .headerSyntax("expected an object") }

    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    for (name, value) in object.members {
      if name == "__metadata__" {
        metadata = try Self.metadata(value)
      } else {
        entries.append(try Self.entry(name, value))
      }
    }
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try Self.checkLayout(entries, dataBytes: file.count - dataStart)
    self.entries = entries
    self.metadata = metadata
  }

  /// The bytes of a tensor in the file that the header was read from.
  func bytes(of entry: Entry, in file: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file[dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound])
  }

  private static func metadata(_ json: JSON) throws(SafetensorsError) -> [String: String] {
    var result: [String: String] = [:]
    for (key, value) in json.objectValue?.members ?? [] {
      guard let text = value.stringValue else {
        throw .entry(tensor: "__metadata__", found: "\"\(key)\": \(value)", expected: "strings only")
      }
      result[key] = text
    }
    guard json.objectValue != nil else {
      throw .entry(tensor: "__metadata__", found: json.description, expected: "an object of strings")
    }
    return result
  }

  private static func entry(_ name: String, _ json: JSON) throws(SafetensorsError) -> Entry {
    func integers(_ key: String) throws(SafetensorsError) -> [Int] {
      let values = json[key]?.arrayValue?.compactMap(\.intValue).filter { $0 >= 0 }
      guard let values, values.count == json[key]?.arrayValue?.count else {
        throw .entry(tensor: name, found: json[key]?.description ?? "no \"\(key)\"", expected: "\"\(key)\", an array of sizes")
      }
      return values
    }
    guard let typeName = json["dtype"]?.stringValue else {
      throw .entry(tensor: name, found: json["dtype"]?.description ?? "no \"dtype\"", expected: "\"dtype\", a string")
    }
    guard let dtype = DType(rawValue: typeName) else { throw .dtype(tensor: name, found: typeName) }
    let shape = try integers("shape")
    let offsets = try integers("data_offsets")
    guard shape.count <= maximumRank else {
      throw .entry(tensor: name, found: "\(shape.count) dimensions", expected: "at most \(maximumRank)")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw .entry(tensor: name, found: "\(offsets)", expected: "\"data_offsets\", a start and an end")
    }
    var bytes = dtype.byteWidth
    for dimension in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
      if overflow { throw .shapeTooLarge(tensor: name, shape: shape) }
      bytes = product
    }
    guard bytes == offsets[1] - offsets[0] else {
      throw .size(tensor: name, shape: shape, dtype: typeName, bytes: offsets[1] - offsets[0])
    }
    return Entry(name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Every byte of the data belongs to exactly one tensor.
  private static func checkLayout(_ entries: [Entry], dataBytes: Int) throws(SafetensorsError) {
    var expected = 0
    for entry in entries {
      guard entry.range.upperBound <= dataBytes else {
        throw .outside(tensor: entry.name, end: entry.range.upperBound, dataBytes: dataBytes)
      }
      guard entry.range.lowerBound == expected else {
        throw .gap(tensor: entry.name, start: entry.range.lowerBound, expected: expected)
      }
      expected = entry.range.upperBound
    }
    if expected < dataBytes { throw .trailing(bytes: dataBytes - expected) }
  }
}
