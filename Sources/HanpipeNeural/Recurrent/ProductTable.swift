internal import HanpipeCore
internal import Synchronization

/// Input products W·x + b of whole words, computed when a word first comes and kept: half of an encoder's arithmetic is gone.
///
/// Of a vocabulary whose products take more than the budget, the first words have rows: a vocabulary that was counted begins with
/// the commonest. The products of others are computed for each batch.
///
/// A row, once there, neither moves nor changes; a batch takes the lock once, to have its rows computed, and reads without it.
final class ProductTable: Sendable {
  /// Bytes that the tables of one encoder may take: 49,152 words at H = 128, one direction.
  static let budget = 96 << 20
  /// Bytes up to which the tables of one encoder have large pages.
  private static let smallTable = 16 << 20

  /// rowCount×productWidth, for each direction; rows that were not computed are undefined (and their pages never touched).
  let products: [Matrix]
  /// Whether every word has a row.
  let isWhole: Bool
  private let inputs: [InputWeights]
  private let known: Mutex<Known>

  private struct Known {
    var isThere: [Bool]
    var missing: Int
  }

  /// nil if the budget holds no row.
  init?(_ inputs: [InputWeights], vocabularySize: Int, budget: Int) {
    let floats = inputs.reduce(0) { $0 + $1.bias.columns }
    let rowCount = min(vocabularySize, budget / (4 * max(1, floats)))
    guard rowCount > 0 else { return nil }
    // A large table is mostly of rare words, which a text does not have: small pages that nobody touches take no memory.
    let isSmall = rowCount == vocabularySize && 4 * floats * rowCount <= Self.smallTable
    products = inputs.map { input in
      let floats = FloatBuffer(count: rowCount * input.bias.columns, isReadAtRandom: isSmall)
      return Matrix(floats, rows: rowCount, columns: input.bias.columns)
    }
    isWhole = rowCount == vocabularySize
    self.inputs = inputs
    known = Mutex(Known(isThere: [Bool](repeating: false, count: rowCount), missing: rowCount))
  }

  /// The ids below have a row.
  var rowCount: Int { products[0].rows }

  /// Makes sure that the rows of all `ids` that can have one are there.
  /// - Parameter embedding: V×E.
  /// - Precondition: the ids are in 0..<V.
  func prepare(_ ids: [Int32], embedding: Parameters.Tensor, width: Int) {
    known.withLock { known in
      guard known.missing > 0 else { return }
      var new: [Int32] = []
      for id in ids where Int(id) < known.isThere.count && !known.isThere[Int(id)] {
        known.isThere[Int(id)] = true
        new.append(id)
      }
      known.missing -= new.count
      // In parts, so that rows and products stay in cache.
      for start in stride(from: 0, to: new.count, by: 256) {
        let part = Array(new[start..<min(start + 256, new.count)])
        for (result, table) in zip(computed(part, embedding: embedding, width: width), products) {
          result.scatter(to: table, RowIndices(part, limit: rowCount))
        }
      }
    }
  }

  /// The products of some words, a row each: copied where they have a row here, which `prepare` made sure of, else computed.
  /// - Parameter ids: all different.
  func rows(of ids: [Int32], embedding: Parameters.Tensor, width: Int) -> [Matrix] {
    let others = ids.indices.filter { Int(ids[$0]) >= rowCount }
    let kept = RowIndices(ids.map { Int($0) < rowCount ? $0 : 0 }, limit: rowCount)
    let places = RowIndices(others.map { Int32($0) }, limit: ids.count)
    let computed = computed(others.map { ids[$0] }, embedding: embedding, width: width)
    return zip(products, computed).map { table, computed in
      let rows = Matrix(rows: ids.count, columns: table.columns)
      rows.gather(from: table, kept)
      computed.scatter(to: rows, places)
      return rows
    }
  }

  private func computed(_ ids: [Int32], embedding: Parameters.Tensor, width: Int) -> [Matrix] {
    let rows = Matrix(rows: ids.count, columns: width)
    rows.gather(from: embedding, RowIndices(ids, limit: embedding.count / width))
    return inputs.map { $0.products(of: rows) }
  }
}
