/// Area under the ROC curve by ranks (Mann & Whitney 1947, doi:10.1214/aoms/1177730491), ties counted as half.
///
/// - Returns: nil if one of the classes has no record.
/// - Complexity: O(n log n).
public func rocAUC(scores: [Float], isPositive: [Bool]) -> Double? {
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  let positives = isPositive.count { $0 }
  guard positives > 0, positives < isPositive.count else { return nil }
  var rankSum = 0.0
  var start = 0
  while start < order.count {
    var end = start
    while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
    let rank = Double(start + end + 1) / 2
    rankSum += rank * Double(order[start..<end].count { isPositive[$0] })
    start = end
  }
  let p = Double(positives)
  let n = Double(isPositive.count - positives)
  return (rankSum - p * (p + 1) / 2) / (p * n)
}
