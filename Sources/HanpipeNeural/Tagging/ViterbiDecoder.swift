internal import HanpipeCore

/// The best path of each record: Viterbi 1967, doi:10.1109/TIT.1967.1054010. Of equal paths, the one with the lower tag at the
/// last step where they differ.
struct ViterbiDecoder {
  private let k: Int
  private let scores: TagScores
  /// For each step of the longest record and each tag its best predecessor.
  private var predecessors: [UInt16] = []

  init(_ scores: TagScores) {
    self.scores = scores
    k = scores.tagCount
  }

  /// One tag a step.
  /// - Parameter starts: record i has the steps starts[i]..<starts[i + 1].
  /// - Complexity: K² operations a step.
  mutating func decode(starts: [Int]) -> [Int32] {
    var tags = [Int32](repeating: 0, count: starts.last ?? 0)
    for record in 0..<starts.count - 1 where starts[record] < starts[record + 1] {
      let range = starts[record]..<starts[record + 1]
      if predecessors.count < range.count * k { predecessors = [UInt16](repeating: 0, count: range.count * k) }
      if k == 4 { decodeFour(range, &tags) } else { decode(range, &tags) }
    }
    return tags
  }

  private mutating func decode(_ range: Range<Int>, _ tags: inout [Int32]) {
    var best = (0..<k).map { scores.starts[$0] + scores.steps[range.lowerBound * k + $0] }
    var next = best
    for (t, step) in range.enumerated().dropFirst() {
      for to in 0..<k {
        var from = 0
        var value = best[0] + scores.transitions[to]
        for other in 1..<max(k, 1) where best[other] + scores.transitions[other * k + to] > value {
          (from, value) = (other, best[other] + scores.transitions[other * k + to])
        }
        next[to] = value + scores.steps[step * k + to]
        predecessors[t * k + to] = UInt16(from)
      }
      swap(&best, &next)
      if Self.mustRebase(t), let largest = best.max(), largest.isFinite { for tag in 0..<k { best[tag] -= largest } }
    }
    follow(best, range, &tags)
  }

  /// The same for four tags, a vector of all of them at a time.
  private mutating func decodeFour(_ range: Range<Int>, _ tags: inout [Int32]) {
    func four(_ values: [Float], _ first: Int) -> SIMD4<Float> {
      SIMD4(values[first], values[first + 1], values[first + 2], values[first + 3])
    }
    let (row0, row1) = (four(scores.transitions, 0), four(scores.transitions, 4))
    let (row2, row3) = (four(scores.transitions, 8), four(scores.transitions, 12))
    var best = four(scores.starts, 0) + four(scores.steps, range.lowerBound * 4)
    scores.steps.withUnsafeBufferPointer { steps in
      predecessors.withUnsafeMutableBufferPointer { predecessors in
        for (t, step) in range.enumerated().dropFirst() {
          var value = row0 + best[0]
          var from = SIMD4<Int32>()
          for (tag, row) in [(Int32(1), row1), (2, row2), (3, row3)] {
            let other = row + best[Int(tag)]
            let isBetter = other .> value
            value.replace(with: other, where: isBetter)
            from.replace(with: tag, where: isBetter)
          }
          best = value + SIMD4(steps[step * 4], steps[step * 4 + 1], steps[step * 4 + 2], steps[step * 4 + 3])
          if Self.mustRebase(t) { best -= best.max() }
          for tag in 0..<4 { predecessors[t * 4 + tag] = UInt16(truncatingIfNeeded: from[tag]) }
        }
      }
    }
    follow([best[0], best[1], best[2], best[3]], range, &tags)
  }

  /// Only differences count. Left to grow, the sums of a long record would have no digits left for them.
  private static func mustRebase(_ t: Int) -> Bool { t % 64 == 0 }

  /// Goes back from the best tag at the end.
  private func follow(_ best: [Float], _ range: Range<Int>, _ tags: inout [Int32]) {
    var tag = 0
    for other in 1..<max(k, 1) where best[other] + scores.ends[other] > best[tag] + scores.ends[tag] { tag = other }
    for (t, step) in range.enumerated().reversed() {
      tags[step] = Int32(tag)
      tag = Int(predecessors[t * k + tag])
    }
  }
}
