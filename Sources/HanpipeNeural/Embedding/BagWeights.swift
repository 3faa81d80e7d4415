import HanpipeCore

/// The different ids of a record, each with its weight in `"output": "normalized"`: 1 + ln k where it stands there k times, divided by the
/// length √Σ(1 + ln k)² of all these: sublinear term frequencies with cosine normalisation (Manning, Raghavan & Schütze 2008, sections 6.4.1
/// and 6.3), without the inverse document frequency.
struct BagWeights {
  /// In rising order.
  private(set) var ids: [Int32] = []
  private(set) var weights: [Float] = []
  /// How often each stands there.
  private(set) var counts: [Int] = []

  /// - Parameter ids: those of one record; negative ones stand for none.
  /// - Complexity: O(n log n) comparisons.
  init(_ ids: ArraySlice<Int32>) {
    for id in ids.sorted() where id >= 0 {
      if id == self.ids.last {
        counts[counts.count - 1] += 1
      } else {
        self.ids.append(id)
        counts.append(1)
      }
    }
    let terms = counts.map { $0 == 1 ? 1 : 1 + Mathematics.logarithm(Double($0)) }
    let length = terms.reduce(0) { $0 + $1 * $1 }.squareRoot()
    weights = terms.map { Float($0 / length) }
  }

  /// Out = scale · Σ weight · row of the table.
  /// - Throws: `NeuralError.unknownID` if an id is none of the table's rows.
  func add(_ table: [Float], width: Int, scale: Float, to out: inout [Float], at start: Int) throws(NeuralError) {
    if let last = ids.last, Int(last) >= table.count / width { throw .unknownID(last, vocabularySize: table.count / width) }
    for (id, weight) in zip(ids, weights) {
      let (row, factor) = (Int(id) * width, scale * weight)
      for i in 0..<width { out[start + i] += factor * table[row + i] }
    }
  }

  /// The way back: what each row of the table gets of the gradient of `add`'s result.
  func addGradient(_ gradient: ArraySlice<Float>, scale: Float, to rows: inout RowGradients) {
    for (id, weight) in zip(ids, weights) {
      let scaled = gradient.map { scale * weight * $0 }
      rows.add(scaled[...], to: id)
    }
  }

  /// What one of the places adds at which an id stands.
  func share(of id: Int32) -> Float {
    guard let i = ids.firstIndex(of: id) else { return 0 }
    return weights[i] / Float(counts[i])
  }
}
