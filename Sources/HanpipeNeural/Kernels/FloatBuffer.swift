internal import CKernels
package import HanpipeCore

/// Floats in 64-byte aligned memory whose contents are undefined until somebody writes them: scratch that costs no zeroing, and
/// packed weights that the kernels read fastest.
///
/// Everything above reaches them through `Matrix`, whose initialiser checks the bounds.
package final class FloatBuffer: @unchecked Sendable {
  // A buffer is written by the call that made it, before anybody else sees it; rows of a `ProductTable` are written under its
  // lock, before anybody else is told that they are there.
  package let count: Int
  private let storage: UnsafeMutablePointer<Float>
  private let isOwned: Bool

  /// - Parameter isReadAtRandom: whether its memory should be of large pages, for a table of which most will be read.
  package init(count: Int, isReadAtRandom: Bool = false) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    storage = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(to: Float.self, capacity: count)
    isOwned = true
    if isReadAtRandom { hp_use_large_pages(storage, bytes) }
  }

  package convenience init(_ values: [Float]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { if let from = $0.baseAddress { storage.update(from: from, count: $0.count) } }
  }

  private init(borrowing memory: UnsafeMutableBufferPointer<Float>) {
    count = memory.count
    // An empty array has no address, and nothing is read from or written to this one.
    storage = memory.baseAddress ?? UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped
    isOwned = false
  }

  deinit { if isOwned { storage.deallocate() } }

  /// The address of element `offset`, for the kernels only.
  func pointer(at offset: Int) -> UnsafeMutablePointer<Float> { storage + offset }

  /// An array that `fill` writes in place, every element of it.
  /// - Precondition: `fill` keeps no reference to the buffer; checked.
  static func makeArray(count: Int, _ fill: (FloatBuffer) throws -> Void) rethrows -> [Float] {
    try [Float](unsafeUninitializedCapacity: count) { memory, initialized in
      var buffer = FloatBuffer(borrowing: UnsafeMutableBufferPointer(rebasing: memory[..<count]))
      try fill(buffer)
      precondition(isKnownUniquelyReferenced(&buffer), "the array's memory is lent for the length of the call")
      initialized = count
    }
  }
}

/// A view of rows in a buffer: element (r, c) is `offset + r·stride + c`. A reference: a copy sees the same floats.
package struct Matrix: Sendable {
  package let buffer: FloatBuffer
  package let offset: Int
  package let rows: Int
  package let columns: Int
  package let stride: Int

  /// - Precondition: the view lies in the buffer.
  package init(_ buffer: FloatBuffer, offset: Int = 0, rows: Int, columns: Int, stride: Int? = nil) {
    let stride = stride ?? columns
    precondition(offset >= 0 && rows >= 0 && columns >= 0 && stride >= columns, "a view of no matrix")
    precondition(
      rows == 0 || offset + (rows - 1) * stride + columns <= buffer.count,
      "\(rows)×\(columns) at \(offset) of \(buffer.count) floats")
    (self.buffer, self.offset, self.rows, self.columns, self.stride) = (buffer, offset, rows, columns, stride)
  }
  /// New memory, contents undefined.
  package init(rows: Int, columns: Int) { self.init(FloatBuffer(count: rows * columns), rows: rows, columns: columns) }
  /// New memory, all zeros.
  package static func zeros(rows: Int, columns: Int) -> Matrix {
    let matrix = Matrix(rows: rows, columns: columns)
    matrix.clear()
    return matrix
  }
  /// A copy of an array's floats.
  /// - Precondition: `values` has rows·columns elements.
  package init(_ values: [Float], rows: Int, columns: Int) {
    precondition(values.count == rows * columns, "\(values.count) floats for \(rows)×\(columns)")
    self.init(FloatBuffer(values), rows: rows, columns: columns)
  }

  var isContiguous: Bool { stride == columns || rows <= 1 }
  var count: Int { rows * columns }
  /// The address of the first element, for the kernels only.
  var base: UnsafeMutablePointer<Float> { buffer.pointer(at: offset) }

  /// Some of the rows.
  package subscript(range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return Matrix(buffer, offset: offset + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }
  /// Some of the columns.
  package func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
    return Matrix(buffer, offset: offset + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }
  package subscript(row: Int, column: Int) -> Float {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns, "(\(row), \(column)) of \(rows)×\(columns)")
      return base[row * stride + column]
    }
    nonmutating set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns, "(\(row), \(column)) of \(rows)×\(columns)")
      base[row * stride + column] = newValue
    }
  }

  /// Whether every element is 0.
  var isZero: Bool {
    for row in 0..<rows {
      let first = base + row * stride
      for column in 0..<columns where first[column] != 0 { return false }
    }
    return true
  }

  // MARK: Moving floats

  package func clear() {
    if isContiguous { return base.update(repeating: 0, count: count) }
    for row in 0..<rows { (base + row * stride).update(repeating: 0, count: columns) }
  }
  /// The same shape, row by row.
  package func copy(from other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "a matrix of another shape")
    if isContiguous, other.isContiguous { return base.update(from: other.base, count: count) }
    for row in 0..<rows { (base + row * stride).update(from: other.base + row * other.stride, count: columns) }
  }
  /// Every row becomes `values`.
  package func fillRows(with values: Matrix) {
    precondition(values.rows == 1 && values.columns == columns, "a row of another width")
    for row in 0..<rows { (base + row * stride).update(from: values.base, count: columns) }
  }
  /// Row r becomes row `indices[r]` of `table`.
  package func gather(from table: Matrix, _ indices: RowIndices) {
    precondition(indices.count == rows && indices.limit <= table.rows && columns == table.columns, "rows that do not fit")
    indices.values.withUnsafeBufferPointer { indices in
      for row in 0..<rows {
        (base + row * stride).update(from: table.base + Int(indices[row]) * table.stride, count: columns)
      }
    }
  }
  /// Row r becomes row `indices[r]` of `table`, an array of rows as wide as this matrix.
  package func gather(from table: [Float], _ indices: RowIndices) {
    precondition(indices.count == rows && indices.limit * columns <= table.count, "rows that do not fit")
    table.withUnsafeBufferPointer { table in
      guard let from = table.baseAddress else { return }
      for row in 0..<rows {
        (base + row * stride).update(from: from + Int(indices.values[row]) * columns, count: columns)
      }
    }
  }
  /// Row r becomes row `indices[r]` of `table`, a tensor of rows as wide as this matrix.
  package func gather(from table: Parameters.Tensor, _ indices: RowIndices) {
    if let floats = table.ownedValues { return gather(from: floats, indices) }
    precondition(indices.count == rows && indices.limit * columns <= table.count, "rows that do not fit")
    for row in 0..<rows {
      var target = UnsafeMutableBufferPointer(start: base + row * stride, count: columns).mutableSpan
      table.copy(from: Int(indices.values[row]) * columns, into: &target)
    }
  }
  /// Row r goes to row `indices[r]` of `table`.
  package func scatter(to table: Matrix, _ indices: RowIndices) {
    precondition(indices.count == rows && indices.limit <= table.rows && columns == table.columns, "rows that do not fit")
    indices.values.withUnsafeBufferPointer { indices in
      for row in 0..<rows {
        (table.base + Int(indices[row]) * table.stride).update(from: base + row * stride, count: columns)
      }
    }
  }
  /// Row r is added to row `indices[r]` of `table`.
  package func scatter(addingTo table: Matrix, _ indices: RowIndices) {
    precondition(indices.count == rows && indices.limit <= table.rows && columns == table.columns, "rows that do not fit")
    indices.values.withUnsafeBufferPointer { indices in
      if columns == 4 {
        for row in 0..<rows {
          let (from, to) = (UnsafeRawPointer(base + row * stride), UnsafeMutableRawPointer(table.base + Int(indices[row]) * table.stride))
          to.storeBytes(
            of: to.loadUnaligned(as: SIMD4<Float>.self) + from.loadUnaligned(as: SIMD4<Float>.self), as: SIMD4<Float>.self)
        }
        return
      }
      for row in 0..<rows {
        let (from, to) = (base + row * stride, table.base + Int(indices[row]) * table.stride)
        for column in 0..<columns { to[column] += from[column] }
      }
    }
  }
  /// All elements, row by row.
  package func array() -> [Float] {
    FloatBuffer.makeArray(count: count) { Matrix($0, rows: rows, columns: columns).copy(from: self) }
  }
}

/// Numbers of rows, known to be in 0..<limit.
package struct RowIndices: Sendable {
  package let values: [Int32]
  package let limit: Int
  package var count: Int { values.count }
  /// - Precondition: every value is in 0..<limit.
  package init(_ values: [Int32], limit: Int) {
    var smallest: Int32 = 0
    var largest: Int32 = -1
    for value in values {
      smallest = min(smallest, value)
      largest = max(largest, value)
    }
    precondition(smallest >= 0 && Int(largest) < limit, "rows \(smallest) to \(largest) of \(limit)")
    (self.values, self.limit) = (values, limit)
  }
  /// Some of them, in their order.
  subscript(range: Range<Int>) -> RowIndices { RowIndices(Array(values[range]), limit: limit) }
  /// Element i is `values[order[i]]`.
  func reordered(by order: RowIndices) -> RowIndices {
    precondition(order.limit <= count, "an order of another length")
    return RowIndices(order.values.map { values[Int($0)] }, limit: limit)
  }
}
