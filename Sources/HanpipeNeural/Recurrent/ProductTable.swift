internal import HanpipeCore
internal import Synchronization

/// Input products W·x + b of whole words, computed when a word first comes and kept: half of an encoder's arithmetic is gone.
///
/// A row, once there, neither moves nor changes; a batch takes the lock once, to have its rows computed, and reads without it.
final class ProductTable: Sendable {
  /// Bytes that the tables of one encoder may take: 49,152 words at H = 128, one direction.
  static let budget = 96 << 20

  /// V×productWidth, for each direction; rows that were not computed are undefined (and their pages never touched).
  let products: [Matrix]
  private let inputs: [InputWeights]
  private let known: Mutex<Known>

  private struct Known {
    var isThere: [Bool]
    var missing: Int
  }

  /// nil if the whole vocabulary's products do not fit into the budget.
  init?(_ cells: [any Cell], vocabularySize: Int, budget: Int) {
    let floats = cells.reduce(0) { $0 + $1.productWidth }
    guard vocabularySize <= budget / (4 * max(1, floats)) else { return nil }
    products = cells.map { Matrix(rows: vocabularySize, columns: $0.productWidth) }
    inputs = cells.map(\.input)
    known = Mutex(Known(isThere: [Bool](repeating: false, count: vocabularySize), missing: vocabularySize))
  }

  /// Makes sure that the rows of all `ids` are there.
  /// - Parameter embedding: V×E.
  /// - Precondition: the ids are in 0..<V.
  func prepare(_ ids: [Int32], embedding: Parameters.Tensor, width: Int) {
    known.withLock { known in
      guard known.missing > 0 else { return }
      var new: [Int32] = []
      for id in ids where !known.isThere[Int(id)] {
        known.isThere[Int(id)] = true
        new.append(id)
      }
      known.missing -= new.count
      // In parts, so that rows and products stay in cache.
      for start in stride(from: 0, to: new.count, by: 256) {
        let part = RowIndices(Array(new[start..<min(start + 256, new.count)]), limit: products[0].rows)
        let rows = Matrix(rows: part.count, columns: width)
        rows.gather(from: embedding, part)
        for (input, table) in zip(inputs, products) {
          let result = Matrix(rows: part.count, columns: table.columns)
          input.products(of: rows, into: result)
          result.scatter(to: table, part)
        }
      }
    }
  }
}
