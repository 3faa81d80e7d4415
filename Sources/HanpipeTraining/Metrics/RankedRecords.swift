import HanpipeCore

/// Records by rising score, for areas under the ROC curve of many samples of them: sorted once.
struct RankedRecords: Sendable {
  private let order: [Int32]
  /// Whether the record at this place of the order has the same score as the one before.
  private let isTied: [Bool]
  private let isPositive: [Bool]

  init(scores: [Float], isPositive: [Bool]) {
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    isTied = order.indices.map { $0 > 0 && scores[order[$0]] == scores[order[$0 - 1]] }
    self.isPositive = order.map { isPositive[$0] }
    self.order = order.map(Int32.init)
  }

  /// The share of pairs of a positive and a negative record in which the positive one has the higher score, ties counted as half.
  /// - Parameter weights: how often each record stands in the sample.
  /// - Returns: nil without records on both sides.
  func area(_ weights: [UInt8]) -> Double? {
    // Of all scores below, and of the present one.
    var (below, negatives, positives) = (0, 0, 0)
    var (allPositives, won) = (0, 0.0)
    for place in order.indices {
      if !isTied[place] {
        won += Double(positives) * (Double(below) + Double(negatives) / 2)
        below += negatives
        (negatives, positives) = (0, 0)
      }
      let weight = Int(weights[Int(order[place])])
      if isPositive[place] {
        positives += weight
        allPositives += weight
      } else {
        negatives += weight
      }
    }
    won += Double(positives) * (Double(below) + Double(negatives) / 2)
    below += negatives
    return allPositives > 0 && below > 0 ? won / (Double(allPositives) * Double(below)) : nil
  }
}
