internal import CKernels

/// The C kernels of one instruction set, with shapes checked.
///
/// A value, passed to whoever computes: nothing is global. Results for a row never depend on the rows beside it.
package struct Kernels: Sendable, CustomStringConvertible {
  let isa: hp_isa

  /// The fastest set that this processor has.
  package static let best = Kernels(isa: hp_isa_best())
  /// Every set that this processor has, the plain loops included.
  package static let available = [hp_isa.scalar, .portable, .avx2, .avx512].filter { hp_isa_available($0) }.map(Kernels.init)

  package var description: String { String(cString: hp_isa_name(isa)) }

  // MARK: Products

  /// The right side B (K×N) of many products, in the order in which the kernels read it.
  package struct Packed: Sendable {
    let buffer: FloatBuffer
    package let rows: Int
    package let columns: Int
  }

  /// - Parameter matrix: B, K×N, or N×K if `transposed`.
  package func pack(_ matrix: Matrix, transposed: Bool = false) -> Packed {
    let (k, n) = transposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    let buffer = FloatBuffer(count: hp_gemm_packed_floats(n, k))
    hp_gemm_pack_b(transposed, n, k, matrix.base, matrix.stride, buffer.pointer(at: 0))
    return Packed(buffer: buffer, rows: k, columns: n)
  }

  /// c = a·b, or c += a·b. a: M×K, b: K×N, c: M×N.
  /// - Complexity: 2·M·N·K floating-point operations.
  package func multiply(_ a: Matrix, _ b: Packed, into c: Matrix, accumulate: Bool = false) {
    precondition(
      a.columns == b.rows && c.rows == a.rows && c.columns == b.columns, "\(a.rows)×\(a.columns) · \(b.rows)×\(b.columns)")
    hp_gemm_packed(isa, c.rows, c.columns, a.columns, a.base, a.stride, b.buffer.pointer(at: 0), c.base, c.stride, accumulate)
  }

  /// c = op(a)·op(b), or c += op(a)·op(b), where op transposes on request.
  /// - Complexity: 2·M·N·K floating-point operations.
  package func multiply(
    _ a: Matrix, transposeA: Bool = false, _ b: Matrix, transposeB: Bool = false, into c: Matrix, accumulate: Bool = false
  ) {
    let (m, k) = transposeA ? (a.columns, a.rows) : (a.rows, a.columns)
    let (k2, n) = transposeB ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(k == k2 && c.rows == m && c.columns == n, "\(m)×\(k) · \(k2)×\(n) into \(c.rows)×\(c.columns)")
    let scratch = FloatBuffer(count: hp_gemm_scratch_floats(m, n, k))
    hp_gemm(
      isa, transposeA, transposeB, m, n, k, a.base, a.stride, b.base, b.stride, c.base, c.stride, accumulate,
      scratch.pointer(at: 0))
  }

  // MARK: Sums

  /// y += x, the same shape.
  package func add(_ x: Matrix, to y: Matrix) {
    precondition(x.rows == y.rows && x.columns == y.columns, "a matrix of another shape")
    if x.isContiguous, y.isContiguous { return hp_add(isa, x.count, x.base, y.base) }
    for row in 0..<x.rows { hp_add(isa, x.columns, x.base + row * x.stride, y.base + row * y.stride) }
  }
  /// y += x.
  package func add(_ x: Matrix, to y: inout [Float]) {
    precondition(x.count == y.count, "an array of another length")
    y.withUnsafeMutableBufferPointer { y in
      guard let y = y.baseAddress else { return }
      if x.isContiguous { return hp_add(isa, x.count, x.base, y) }
      for row in 0..<x.rows { hp_add(isa, x.columns, x.base + row * x.stride, y + row * x.columns) }
    }
  }
  /// Row `indices[r]` of `table` += row r of x, in the order of r.
  package func addRows(_ x: Matrix, to table: Matrix, _ indices: RowIndices) {
    precondition(indices.count == x.rows && indices.limit <= table.rows && x.columns == table.columns, "rows that do not fit")
    indices.values.withUnsafeBufferPointer { indices in
      for row in 0..<x.rows {
        hp_add(isa, x.columns, x.base + row * x.stride, table.base + Int(indices[row]) * table.stride)
      }
    }
  }
  /// sum += the rows of x, in their order. sum: 1×columns.
  package func addColumnSums(of x: Matrix, to sum: Matrix) {
    precondition(sum.rows == 1 && sum.columns == x.columns, "a row of another width")
    for row in 0..<x.rows { hp_add(isa, x.columns, x.base + row * x.stride, sum.base) }
  }
  /// Row `to` of y += a · row `from` of x.
  package func addScaled(_ a: Float, row from: Int, of x: Matrix, toRow to: Int, of y: Matrix) {
    precondition(x.columns == y.columns && x.rows > from && y.rows > to && from >= 0 && to >= 0, "rows that do not fit")
    hp_axpy(isa, x.columns, a, x.base + from * x.stride, y.base + to * y.stride)
  }
  /// The product of row `i` of x and row `j` of y.
  package func dot(row i: Int, of x: Matrix, row j: Int, of y: Matrix) -> Double {
    precondition(x.columns == y.columns && x.rows > i && y.rows > j && i >= 0 && j >= 0, "rows that do not fit")
    return hp_dot(isa, x.columns, x.base + i * x.stride, y.base + j * y.stride)
  }
  package func sumOfSquares(_ x: [Float]) -> Double {
    x.withUnsafeBufferPointer { x in x.baseAddress.map { hp_dot(isa, x.count, $0, $0) } ?? 0 }
  }

  /// x·wᵀ + bias for a few rows of w, such as the scores of four tags, for which a product's tiles are too wide.
  /// x: M×n, row by row; w: K×n; bias: K. M×K.
  package func scores(of x: [Float], _ w: [Float], _ bias: [Float]) -> [Float] {
    let (k, n) = (bias.count, w.count / max(1, bias.count))
    precondition(w.count == k * n && n > 0 && x.count % n == 0, "\(x.count) floats for rows of \(n)")
    let count = x.count / n * k
    return [Float](unsafeUninitializedCapacity: count) { out, written in
      x.withUnsafeBufferPointer { x in
        w.withUnsafeBufferPointer { w in
          bias.withUnsafeBufferPointer { bias in
            if let x = x.baseAddress, let w = w.baseAddress, let bias = bias.baseAddress, let out = out.baseAddress {
              hp_scores(isa, count / k, k, n, x, w, bias, out)
            }
          }
        }
      }
      written = count
    }
  }

  /// The same for matrices of contiguous rows. x: M×n; w: K×n; bias: 1×K; result: M×K.
  func scores(of x: Matrix, _ w: Matrix, _ bias: Matrix, into result: Matrix) {
    precondition(x.isContiguous && w.isContiguous && result.isContiguous, "rows with gaps")
    precondition(
      x.columns == w.columns && x.rows == result.rows && result.columns == w.rows && bias.rows == 1 && bias.columns == w.rows,
      "\(x.rows)×\(x.columns) · \(w.rows)×\(w.columns)")
    hp_scores(isa, x.rows, w.rows, x.columns, x.base, w.base, bias.base, result.base)
  }

  // MARK: Rows of a record

  /// Row `record` of y = the largest value of each column of x's `rows`; as it was if there are none.
  /// x: rows of `width` floats; y: likewise.
  package func maximum(ofRows rows: Range<Int>, of x: [Float], width: Int, into y: inout [Float], record: Int) {
    fold(rows, x, width, &y, record) { hp_max(isa, width, $0, $1) }
  }
  /// y = the larger of x and y, element by element; NaN where either is.
  package func maximum(of x: Matrix, and y: Matrix) {
    precondition(x.rows == y.rows && x.columns == y.columns, "matrices of two shapes")
    if x.isContiguous, y.isContiguous { return hp_max(isa, x.count, x.base, y.base) }
    for row in 0..<x.rows { hp_max(isa, x.columns, x.base + row * x.stride, y.base + row * y.stride) }
  }
  /// Row `record` of y = the sum of x's `rows`, in their order; as it was if there are none.
  package func sum(ofRows rows: Range<Int>, of x: [Float], width: Int, into y: inout [Float], record: Int) {
    fold(rows, x, width, &y, record) { hp_add(isa, width, $0, $1) }
  }
  private func fold(
    _ rows: Range<Int>, _ x: [Float], _ width: Int, _ y: inout [Float], _ record: Int,
    _ combine: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    precondition(rows.lowerBound >= 0 && rows.upperBound * width <= x.count, "rows that are not there")
    precondition(record >= 0 && (record + 1) * width <= y.count, "a record that is not there")
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        guard let first = rows.first, let x = x.baseAddress, let y = y.baseAddress else { return }
        let target = y + record * width
        target.update(from: x + first * width, count: width)
        for row in rows.dropFirst() { combine(x + row * width, target) }
      }
    }
  }

  // MARK: Functions

  /// x = tanh x.
  package func tanh(_ x: Matrix) {
    precondition(x.isContiguous, "rows with gaps")
    hp_tanh(isa, x.count, x.base, x.base)
  }
  package func tanh(_ x: inout [Float]) {
    x.withUnsafeMutableBufferPointer { x in
      guard let base = x.baseAddress else { return }
      hp_tanh(isa, x.count, base, base)
    }
  }

  // MARK: Optimisers

  /// One step of Adam for the elements `range` of a parameter w and its moments m and v; see `hp_adam_update`.
  func adam(
    _ settings: hp_adam, gradient: [Float], at offset: Int, _ m: inout [Float], _ v: inout [Float], _ w: inout [Float],
    range: Range<Int>
  ) {
    precondition(offset >= 0 && offset + range.count <= gradient.count, "a gradient that is too short")
    precondition(range.lowerBound >= 0 && range.upperBound <= min(m.count, v.count, w.count), "elements that are not there")
    withUnsafePointer(to: settings) { settings in
      gradient.withUnsafeBufferPointer { gradient in
        m.withUnsafeMutableBufferPointer { m in
          v.withUnsafeMutableBufferPointer { v in
            w.withUnsafeMutableBufferPointer { w in
              guard let g = gradient.baseAddress, let m = m.baseAddress, let v = v.baseAddress, let w = w.baseAddress
              else { return }
              let at = range.lowerBound
              hp_adam_update(isa, range.count, settings, g + offset, m + at, v + at, w + at)
            }
          }
        }
      }
    }
  }

  /// One step of gradient descent for the elements `range` of a parameter w; `velocity` is empty without momentum.
  func sgd(
    _ settings: hp_sgd, gradient: [Float], at offset: Int, _ velocity: inout [Float], _ w: inout [Float], range: Range<Int>
  ) {
    precondition(offset >= 0 && offset + range.count <= gradient.count, "a gradient that is too short")
    precondition(range.lowerBound >= 0 && range.upperBound <= w.count, "elements that are not there")
    precondition(velocity.isEmpty || velocity.count == w.count, "a velocity of another length")
    withUnsafePointer(to: settings) { settings in
      gradient.withUnsafeBufferPointer { gradient in
        velocity.withUnsafeMutableBufferPointer { velocity in
          w.withUnsafeMutableBufferPointer { w in
            guard let g = gradient.baseAddress, let w = w.baseAddress else { return }
            let at = range.lowerBound
            let v = velocity.isEmpty ? nil : velocity.baseAddress.map { $0 + at }
            hp_sgd_update(isa, range.count, settings, g + offset, v, w + at)
          }
        }
      }
    }
  }
}
