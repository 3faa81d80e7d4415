internal import CKernels

extension Kernels {
  /// An id that names no row.
  static let noRow: Int32 = -1

  /// Row by row of the result, the sum of the rows of a table that some ids name, times `scale`; a negative id names none.
  ///
  /// - Parameters:
  ///   - bounds: the ids of row r of the result are ids[bounds[r]..<bounds[r + 1]].
  ///   - table: rows of `width` floats.
  /// - Throws: `NeuralError.unknownID` if an id is not below the number of the table's rows.
  /// - Precondition: bounds rise from 0 to the number of ids.
  static func rowSums(
    _ ids: [Int32], bounds: [Int], of table: [Float], width: Int, scale: Float
  ) throws(NeuralError) -> [Float] {
    precondition(bounds.first == 0 && bounds.last == ids.count && width > 0, "bounds of other ids")
    var last = 0
    for bound in bounds {
      precondition(bound >= last, "bounds that fall")
      last = bound
    }
    let (count, rows) = (bounds.count - 1, table.count / width)
    if ids.isEmpty { return [Float](repeating: 0, count: count * width) }
    var areKnown = false
    let sums = [Float](unsafeUninitializedCapacity: count * width) { out, written in
      ids.withUnsafeBufferPointer { ids in
        bounds.withUnsafeBufferPointer { bounds in
          table.withUnsafeBufferPointer { table in
            if let out = out.baseAddress, let bounds = bounds.baseAddress, let ids = ids.baseAddress, let table = table.baseAddress {
              areKnown = hp_sum_rows(count, bounds, ids, table, rows, width, scale, out)
            }
          }
        }
      }
      written = areKnown ? count * width : 0
    }
    guard areKnown else { throw .unknownID(ids.max() ?? 0, vocabularySize: rows) }
    return sums
  }
}
