/// Accuracy against something else that is known of records, such as their length: in slices of about as many records each.
public struct AccuracySlice: Sendable, Equatable {
  /// The least and the greatest value in it.
  public let values: ClosedRange<Double>
  /// The mean value.
  public let mean: Double
  public let count: Int
  public let right: Int
  public var accuracy: Double { Double(right) / Double(count) }
  /// 95 %; see `wilsonInterval`.
  public var interval: ClosedRange<Double>? { wilsonInterval(right, of: count) }

  /// Cuts the records into at most `limit` slices by rising value; records of one value stay together.
  /// - Complexity: O(n log n).
  public static func slices(of values: [Double], right: [Bool], limit: Int) -> [AccuracySlice] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var slices: [AccuracySlice] = []
    var start = 0
    while start < order.count {
      // What is left, shared out among the slices that are left.
      let wanted = max(1, (order.count - start + limit - slices.count - 1) / max(1, limit - slices.count))
      var end = slices.count == limit - 1 ? order.count : min(order.count, start + wanted)
      while end < order.count, values[order[end]] == values[order[end - 1]] { end += 1 }
      let part = order[start..<end]
      slices.append(
        AccuracySlice(
          values: values[part[start]]...values[part[end - 1]], mean: part.reduce(0) { $0 + values[$1] } / Double(part.count),
          count: part.count, right: part.count { right[$0] }))
      start = end
    }
    return slices
  }
}
