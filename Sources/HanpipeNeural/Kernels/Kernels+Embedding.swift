internal import CKernels

extension Kernels {
  /// For each step the sum of the rows that its ids name, times `scale`; a negative id names none.
  ///
  /// - Parameters:
  ///   - ids: `slots` for each step.
  ///   - table: rows of `width` floats.
  /// - Precondition: every id is below the number of rows.
  static func rowSums(_ ids: ArraySlice<Int32>, slots: Int, of table: [Float], width: Int, scale: Float) -> [Float] {
    let steps = slots == 0 ? 0 : ids.count / slots
    precondition(steps * slots == ids.count && width > 0, "steps of \(slots) ids")
    var largest: Int32 = -1
    for id in ids { largest = max(largest, id) }
    precondition((Int(largest) + 1) * width <= table.count, "row \(largest) of \(table.count / width)")
    return [Float](unsafeUninitializedCapacity: steps * width) { out, count in
      ids.withUnsafeBufferPointer { ids in
        table.withUnsafeBufferPointer { table in
          if steps > 0, let out = out.baseAddress, let ids = ids.baseAddress, let table = table.baseAddress {
            hp_sum_rows(steps, slots, ids, table, width, scale, out)
          }
        }
      }
      count = steps * width
    }
  }
}
