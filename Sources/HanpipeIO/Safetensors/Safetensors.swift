import CKernels
public import HanpipeCore

/// How weights are stored.
public enum WeightPrecision: String, Sendable, CaseIterable, SettingValue {
  case f32
  /// Half the bytes; a weight keeps 11 significant bits.
  case f16
}

/// Named tensors in a file of the safetensors format.
public enum Safetensors {
  public typealias Named = (name: String, tensor: Parameters.Tensor)

  /// A file's tensors as float32, in their order, and its metadata.
  public struct Content: Sendable {
    public var tensors: [Named]
    public var metadata: [String: String]
  }

  /// Reads a file. Everything is validated before anything is allocated.
  ///
  /// Large tensors stay in the file, which is mapped as long as one of them lives: only what is asked for is read.
  /// - Parameters:
  ///   - requiresFinite: whether a NaN or an infinity is refused.
  ///   - isExpected: judges the names before any tensor is read.
  /// - Throws: `FileError` with a `SafetensorsError`, and what `isExpected` throws.
  public static func read(
    _ path: String, requiresFinite: Bool = false, checking isExpected: (_ names: [String]) throws -> Void = { _ in }
  ) throws -> Content {
    let file: RegularFile
    do { file = try RegularFile(path) } catch { throw FileError(path, SafetensorsError.unreadable(error)) }
    return try read(file, named: path, requiresFinite: requiresFinite, checking: isExpected)
  }

  /// The same of a file that is open.
  /// - Parameter limit: bytes that it may have.
  static func read(
    _ file: consuming RegularFile, named path: String, limit: Int = .max, requiresFinite: Bool = false,
    checking isExpected: (_ names: [String]) throws -> Void = { _ in }
  ) throws -> Content {
    do {
      let mapping = try FileMapping(file, limit: limit)
      let header = try mapping.withBytes { bytes throws(SafetensorsError) in try SafetensorsHeader(bytes) }
      try isExpected(header.entries.map(\.name))
      let tensors = try header.entries.map { entry throws(SafetensorsError) -> Named in
        let stored = StoredFloats(mapping, header, entry)
        if requiresFinite, !stored.isFinite { throw .notFinite(tensor: entry.name) }
        return (entry.name, stored.tensor(shape: entry.shape))
      }
      return Content(tensors: tensors, metadata: header.metadata)
    } catch let error as FileReadError {
      throw FileError(path, SafetensorsError.unreadable(error))
    } catch let error as SafetensorsError {
      throw FileError(path, error)
    }
  }

  /// Reads bytes in memory.
  public static func read(_ bytes: [UInt8]) throws -> Content {
    let header = try bytes.withUnsafeBytes { bytes throws(SafetensorsError) in try SafetensorsHeader(bytes) }
    let tensors = header.entries.map { entry -> Named in
      let values = bytes.withUnsafeBytes { StoredFloats.array(header.bytes(of: entry, in: $0), entry.dtype) }
      return (entry.name, Parameters.Tensor(shape: entry.shape, values: values))
    }
    return Content(tensors: tensors, metadata: header.metadata)
  }

  // MARK: Writing

  /// The bytes of a file, piece by piece: the header first, then each tensor.
  /// - Throws: `SafetensorsError` for what cannot be stored, before the first piece; what `write` throws.
  public static func write(
    _ tensors: [Named], precision: WeightPrecision = .f32, metadata: [String: String] = [:],
    to write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try check(tensors, precision)
    let header = self.header(tensors, precision, metadata)
    try header.withUnsafeBytes(write)
    for (_, tensor) in tensors {
      switch precision {
      case .f32: try tensor.values.withUnsafeBytes(write)
      case .f16: try halves(tensor.values).withUnsafeBytes(write)
      }
    }
  }

  /// The bytes of a file.
  public static func bytes(
    _ tensors: [Named], precision: WeightPrecision = .f32, metadata: [String: String] = [:]
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try write(tensors, precision: precision, metadata: metadata) { bytes.append(contentsOf: $0) }
    return bytes
  }

  private static func header(_ tensors: [Named], _ precision: WeightPrecision, _ metadata: [String: String]) -> [UInt8] {
    var object = JSONObject()
    if !metadata.isEmpty {
      object["__metadata__"] = .object(JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
    let dtype = precision == .f32 ? SafetensorsHeader.DType.f32 : .f16
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + tensor.values.count * dtype.byteWidth
      object[name] = [
        "dtype": .string(dtype.rawValue), "shape": .array(tensor.shape.map(JSON.integer)),
        "data_offsets": [.integer(offset), .integer(end)],
      ]
      offset = end
    }
    var json: [UInt8] = []
    JSON.object(object).write(to: &json)
    // Spaces, so that the data begins at a multiple of 8, as the format asks writers to.
    json.append(contentsOf: [UInt8](repeating: 0x20, count: (8 - json.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }

  private static func check(_ tensors: [Named], _ precision: WeightPrecision) throws(SafetensorsError) {
    var names: Set<[UInt8]> = []
    for (name, tensor) in tensors {
      guard names.insert(Array(name.utf8)).inserted, name != "__metadata__" else { throw .duplicate(tensor: name) }
      guard isFinite(tensor.values) else { throw .notFinite(tensor: name) }
      // From 65520 up, rounding to nearest gives infinity.
      if precision == .f16, let value = tensor.values.first(where: { abs($0) >= 65520 }) {
        throw .halfRange(tensor: name, value: value)
      }
    }
  }

  /// Whether there is neither NaN nor infinity. Integers and no early exit, so that the loop takes many at once.
  static func isFinite(_ values: [Float]) -> Bool {
    var largest: UInt32 = 0
    for value in values { largest = max(largest, value.bitPattern & 0x7FFF_FFFF) }
    return largest < 0x7F80_0000
  }

  private static func halves(_ values: [Float]) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
      count = values.count
      values.withUnsafeBufferPointer { source in
        if let source = source.baseAddress, let target = buffer.baseAddress {
          hp_f16_from_f32(hp_isa_best(), count, source, target)
        }
      }
    }
  }
}
