import CKernels
import HanpipeCore

/// The floats of one tensor in a mapped file.
struct StoredFloats: FloatSource {
  /// Bytes from which on a tensor stays in its file: an embedding, of which a text needs a few rows. What is smaller is needed
  /// whole and at once.
  static let mappedFrom = 1 << 20

  private let mapping: FileMapping
  private let header: SafetensorsHeader
  private let entry: SafetensorsHeader.Entry

  init(_ mapping: FileMapping, _ header: SafetensorsHeader, _ entry: SafetensorsHeader.Entry) {
    self.mapping = mapping
    self.header = header
    self.entry = entry
  }

  var count: Int { entry.count }

  private func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    mapping.withBytes { body(header.bytes(of: entry, in: $0)) }
  }

  func tensor(shape: [Int]) -> Parameters.Tensor {
    if entry.range.count >= Self.mappedFrom { return Parameters.Tensor(shape: shape, source: self) }
    return Parameters.Tensor(shape: shape, values: withBytes { Self.array($0, entry.dtype) })
  }

  func read(from start: Int, into target: inout MutableSpan<Float>) {
    precondition(start >= 0 && start <= count - target.count, "\(target.count) floats from \(start) of \(count)")
    let width = entry.dtype.byteWidth
    target.withUnsafeMutableBufferPointer { target in
      withBytes { bytes in
        let part = UnsafeRawBufferPointer(rebasing: bytes[start * width..<(start + target.count) * width])
        Self.convert(part, entry.dtype, into: target)
      }
    }
  }

  static func array(_ bytes: UnsafeRawBufferPointer, _ dtype: SafetensorsHeader.DType) -> [Float] {
    let count = bytes.count / dtype.byteWidth
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Tables that a stage reads whole at once are small; of a large one it reads a row here and there.
      if let first = buffer.baseAddress { hp_use_large_pages(first, count * MemoryLayout<Float>.stride) }
      convert(bytes, dtype, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  /// - Precondition: there are as many floats as `target` has room for.
  private static func convert(
    _ bytes: UnsafeRawBufferPointer, _ dtype: SafetensorsHeader.DType, into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(bytes.count == target.count * dtype.byteWidth, "\(bytes.count) bytes for \(target.count) floats")
    guard let first = target.baseAddress, let source = bytes.baseAddress, !target.isEmpty else { return }
    switch dtype {
    case .f32:
      // Every platform that Swift runs on is little-endian, as the file is.
      UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
    case .bf16:
      for i in target.indices {
        let half = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
        target[i] = Float(bitPattern: UInt32(half) << 16)
      }
    case .f16 where Int(bitPattern: source) % 2 == 0:
      hp_f32_from_f16(hp_isa_best(), target.count, source.assumingMemoryBound(to: UInt16.self), first)
    case .f16:
      // Through an array: a foreign file's data may begin at an odd byte.
      let halves = (0..<target.count).map { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) }
      halves.withUnsafeBufferPointer { if let source = $0.baseAddress { hp_f32_from_f16(hp_isa_best(), $0.count, source, first) } }
    }
  }

  /// Whether there is neither NaN nor infinity. Integers and no early exit, so that the loop takes many at once.
  var isFinite: Bool {
    withBytes { bytes in
      func largest<I: FixedWidthInteger>(_ mask: I) -> I {
        var largest: I = 0
        for i in 0..<count {
          largest = max(largest, bytes.loadUnaligned(fromByteOffset: i * MemoryLayout<I>.size, as: I.self) & mask)
        }
        return largest
      }
      // Signed: SSE2, which Swift is built for, has no maximum of unsigned ones. The mask leaves no sign.
      return switch entry.dtype {
      case .f32: largest(Int32.max) < 0x7F80_0000
      case .f16: largest(Int16.max) < 0x7C00
      case .bf16: largest(Int16.max) < 0x7F80
      }
    }
  }
}
