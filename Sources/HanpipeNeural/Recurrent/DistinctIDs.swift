/// The different ids of a batch, and where each of its tokens finds its own among them.
///
/// A batch repeats its words (Zipf's law): what depends on the word alone is computed once for each.
struct DistinctIDs {
  /// In the order in which they come.
  private(set) var ids: [Int32] = []
  /// For each token a number into `ids`.
  private(set) var places: [Int32] = []

  /// - Precondition: the tokens are in 0..<limit.
  init(_ tokens: [Int32], limit: Int) {
    places.reserveCapacity(tokens.count)
    // A table as long as the vocabulary is the faster one, but not for a short text.
    if tokens.count * 16 < limit {
      var known: [Int32: Int32] = [:]
      for token in tokens {
        let place = place(token, &known[token])
        places.append(place)
      }
    } else {
      var known = [Int32](repeating: -1, count: limit)
      for token in tokens {
        let index = Int(token)
        if known[index] < 0 {
          known[index] = Int32(ids.count)
          ids.append(token)
        }
        places.append(known[index])
      }
    }
  }

  private mutating func place(_ token: Int32, _ known: inout Int32?) -> Int32 {
    if let known { return known }
    let place = Int32(ids.count)
    ids.append(token)
    known = place
    return place
  }

  var rows: RowIndices { RowIndices(places, limit: ids.count) }
}
