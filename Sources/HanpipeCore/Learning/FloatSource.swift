internal import CKernels

/// Floats that lie somewhere else, such as in a mapped file, and are read when somebody asks for them.
///
/// What it gives never changes, and may be asked for from several threads at once.
public protocol FloatSource: Sendable {
  var count: Int { get }
  /// Copies the floats from `start` on, as many as `target` has.
  /// - Precondition: there are so many.
  func read(from start: Int, into target: inout MutableSpan<Float>)
}

extension Parameters.Tensor {
  /// A tensor whose floats stay where they are until they are asked for: `copy` reads some of them, `values` all.
  ///
  /// A model that serves asks for the rows of the words that come; one that trains owns its floats from the first change on.
  /// - Precondition: the source fills `shape`.
  public init(shape: [Int], source: any FloatSource) {
    self.init(shape: shape, storage: .elsewhere(source), isRowSparse: false)
    precondition(source.count == count, "\(source.count) values for the shape \(shape)")
  }

  /// The same tensor, with or without gradients by row.
  public func withRowSparseGradients(_ isRowSparse: Bool) -> Self {
    Self(shape: shape, storage: storage, isRowSparse: isRowSparse)
  }

  /// Copies the floats from `start` on, as many as `target` has.
  /// - Precondition: there are so many.
  public func copy(from start: Int, into target: inout MutableSpan<Float>) {
    switch storage {
    case .elsewhere(let source): source.read(from: start, into: &target)
    case .array(let values):
      precondition(start >= 0 && start <= values.count - target.count, "\(target.count) floats from \(start) of \(values.count)")
      for i in target.indices { target[i] = values[start + i] }
    }
  }

  /// The same tensor with floats of its own.
  public func owned() -> Self { Self(shape: shape, storage: .array(storage.values), isRowSparse: isRowSparse) }

  /// The floats, if the tensor has them itself.
  package var ownedValues: [Float]? { if case .array(let values) = storage { values } else { nil } }

  /// Where the floats are.
  enum Storage: Sendable {
    case array([Float])
    case elsewhere(any FloatSource)

    var values: [Float] {
      switch self {
      case .array(let values): values
      case .elsewhere(let source):
        [Float](unsafeUninitializedCapacity: source.count) { buffer, count in
          count = source.count
          if let first = buffer.baseAddress { hp_use_large_pages(first, count * MemoryLayout<Float>.stride) }
          var span = UnsafeMutableBufferPointer(rebasing: buffer[..<count]).mutableSpan
          source.read(from: 0, into: &span)
        }
      }
    }
  }
}
