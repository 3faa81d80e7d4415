/// Named float32 arrays, in a fixed order: what a trainable stage learned.
public struct Parameters: StageState, Equatable {
  public struct Tensor: Sendable, Equatable {
    public let shape: [Int]
    private(set) var storage: Storage
    /// Whether a step touches few of its rows, so that gradients come by row: an embedding.
    public let isRowSparse: Bool

    /// All floats, row by row. Of a tensor that lies elsewhere they are read each time, and owned once they are changed.
    public var values: [Float] {
      get { storage.values }
      _modify {
        // Taken out, so that the array has one owner while it changes.
        var values = storage.values
        storage = .array([])
        defer { storage = .array(values) }
        yield &values
      }
    }

    init(shape: [Int], storage: Storage, isRowSparse: Bool) {
      self.shape = shape
      self.storage = storage
      self.isRowSparse = isRowSparse
    }
    /// - Precondition: `values` fills `shape`.
    public init(shape: [Int], values: [Float], isRowSparse: Bool = false) {
      self.init(shape: shape, storage: .array(values), isRowSparse: isRowSparse)
      precondition(values.count == count, "\(values.count) values for the shape \(shape)")
    }
    public init(zeros shape: [Int], isRowSparse: Bool = false) {
      self.init(shape: shape, values: [Float](repeating: 0, count: shape.reduce(1, *)), isRowSparse: isRowSparse)
    }
    /// The number of floats.
    public var count: Int { shape.reduce(1, *) }
    /// Floats a row: all dimensions but the first.
    public var rowWidth: Int { shape.dropFirst().reduce(1, *) }

    public static func == (a: Self, b: Self) -> Bool {
      a.shape == b.shape && a.isRowSparse == b.isRowSparse && a.values == b.values
    }
  }

  public private(set) var names: [String]
  public var tensors: [Tensor]

  public init() { (names, tensors) = ([], []) }
  public init(_ pairs: [(String, Tensor)]) {
    names = pairs.map(\.0)
    tensors = pairs.map(\.1)
  }

  public func index(of name: String) -> Int? { names.firstIndex(of: name) }
  public func tensor(_ name: String) -> Tensor? { index(of: name).map { tensors[$0] } }
  /// The number of floats.
  public var count: Int { tensors.reduce(0) { $0 + $1.count } }

  /// The tensor called `name`, which must have this shape.
  /// - Parameter isOwned: whether floats that lie elsewhere are read now, once. A stage that needs a few rows at a time says no.
  /// - Throws: `StateError` if it is absent or has another.
  public func tensor(_ name: String, shape: [Int], isOwned: Bool = true) throws(StateError) -> Tensor {
    guard let tensor = tensor(name) else { throw .missing(name) }
    guard tensor.shape == shape else { throw .shape(name, found: tensor.shape, expected: shape) }
    return isOwned ? tensor.owned() : tensor
  }

  public init(from reader: StateReader) throws {
    self.init(try reader.tensorNames.map { ($0, try reader.tensor($0)) })
  }
  public func write(to writer: inout StateWriter) throws {
    for (name, tensor) in zip(names, tensors) { writer.write(tensor, as: name) }
  }
}

/// One gradient for each parameter, in the parameters' order.
public struct Gradients: Sendable {
  public enum Tensor: Sendable {
    /// As long as the parameter.
    case dense([Float])
    /// Some rows of it.
    case rows(RowGradients)
  }
  public var tensors: [Tensor]

  init(tensors: [Tensor]) { self.tensors = tensors }
  public init(zerosLike parameters: Parameters) {
    tensors = parameters.tensors.map {
      $0.isRowSparse
        ? .rows(RowGradients(width: $0.rowWidth)) : .dense([Float](repeating: 0, count: $0.count))
    }
  }

  /// Lends the dense gradient of parameter `index`, in place.
  public mutating func withDense<R>(_ index: Int, _ body: (inout [Float]) throws -> R) rethrows -> R {
    guard case .dense(var values) = tensors[index] else {
      preconditionFailure("parameter \(index) has its gradient by row")
    }
    tensors[index] = .dense([])
    defer { tensors[index] = .dense(values) }
    return try body(&values)
  }
  /// Lends the rows of the gradient of parameter `index`, in place.
  public mutating func withRows<R>(_ index: Int, _ body: (inout RowGradients) throws -> R) rethrows -> R {
    guard case .rows(var rows) = tensors[index] else { preconditionFailure("parameter \(index) has a dense gradient") }
    tensors[index] = .rows(RowGradients(width: 0))
    defer { tensors[index] = .rows(rows) }
    return try body(&rows)
  }

  /// Adds element by element, so that a sum of shards in a fixed order has the same bits on any number of threads.
  public mutating func add(_ other: Gradients) {
    for index in tensors.indices { tensors[index].add(other.tensors[index]) }
  }
}

extension Gradients.Tensor {
  /// Adds element by element.
  /// - Precondition: the other is one of the same parameter.
  public mutating func add(_ other: Self) {
    // Emptied first, so that the floats have one owner while they change.
    switch (self, other) {
    case (.dense(var mine), .dense(let values)):
      self = .dense([])
      precondition(mine.count == values.count, "a gradient of \(values.count) floats for one of \(mine.count)")
      for i in values.indices { mine[i] += values[i] }
      self = .dense(mine)
    case (.rows(var mine), .rows(let rows)):
      self = .dense([])
      mine.add(rows)
      self = .rows(mine)
    default: preconditionFailure("a dense gradient and one by row are of different parameters")
    }
  }
}

/// The gradient of a few rows of a parameter.
public struct RowGradients: Sendable {
  /// Floats a row.
  public let width: Int
  /// Which rows, each once, in the order in which they came.
  public private(set) var ids: [Int32] = []
  /// A row for each id.
  public private(set) var values: [Float] = []
  private var positions: [Int32: Int] = [:]

  public init(width: Int) { self.width = width }

  /// Adds to row `id`.
  /// - Precondition: `row` has `width` floats.
  public mutating func add(_ row: ArraySlice<Float>, to id: Int32) {
    precondition(row.count == width, "a row of \(row.count) floats for rows of \(width)")
    if let position = positions[id] {
      let base = position * width
      for i in 0..<width { values[base + i] += row[row.startIndex + i] }
    } else {
      positions[id] = ids.count
      ids.append(id)
      values.append(contentsOf: row)
    }
  }
  public mutating func add(_ other: RowGradients) {
    precondition(width == other.width, "rows of \(other.width) floats for rows of \(width)")
    if ids.isEmpty {
      self = other
      return
    }
    for (i, id) in other.ids.enumerated() { add(other.values[i * width..<(i + 1) * width], to: id) }
  }
}
