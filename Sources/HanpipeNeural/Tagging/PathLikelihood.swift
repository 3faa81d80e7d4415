public import HanpipeCore

/// How unlikely the right paths of a linear-chain conditional random field are: −ln p(y) = ln Z − score(y), where Z sums e^score over
/// all possible paths (Lafferty et al. 2001, repository.upenn.edu/cis_papers/159), and its gradient by forward–backward.
///
/// Sums are of logarithms in double precision, so that no path is too unlikely or too likely to be told.
public struct PathLikelihood {
  private let scores: TagScores
  private let k: Int
  private let transitions: [Double]
  /// ln of the summed e^score of all paths up to, and from, each step of the present record, by tag. T×K.
  private var forward: [Double] = []
  private var backward: [Double] = []
  private var terms: [Double]

  public init(_ scores: TagScores) {
    self.scores = scores
    k = scores.tagCount
    transitions = scores.transitions.map(Double.init)
    terms = [Double](repeating: 0, count: k)
  }

  /// Made for shards, as `Loss` is: losses and gradients of shards add up to those of the batch.
  /// - Parameters:
  ///   - starts: record i has the steps starts[i]..<starts[i + 1].
  ///   - gold: the right tag of each step. A path that is impossible makes the sum infinite.
  ///   - total: what the sum and the gradient are divided by.
  /// - Returns: Σ −ln p(y) / total over the records, and its gradient with respect to the scores.
  /// - Complexity: 4·K² exponentials a step.
  public mutating func value(starts: [Int], gold: [Int32], total: Double) -> (sum: Double, gradient: TagScores) {
    precondition(gold.count * k == scores.steps.count && starts.last == gold.count, "a tag for each step")
    var gradient = Sums(k: k, steps: gold.count)
    var sum = 0.0
    for record in 0..<starts.count - 1 where starts[record] < starts[record + 1] {
      let range = starts[record]..<starts[record + 1]
      let logZ = passForward(range)
      passBackward(range)
      addMarginals(range, logZ, to: &gradient)
      sum += logZ - subtract(gold, range, from: &gradient)
    }
    return (sum / total, gradient.scores(dividedBy: total))
  }

  /// ln Σ e^terms.
  private func logSum() -> Double {
    var largest = -Double.infinity
    for term in terms where term > largest { largest = term }
    guard largest > -.infinity else { return largest }
    var sum = 0.0
    for term in terms { sum += Mathematics.exponential(term - largest) }
    return largest + Mathematics.logarithm(sum)
  }

  private func step(_ step: Int, _ tag: Int) -> Double { Double(scores.steps[step * k + tag]) }

  /// - Returns: ln Z.
  private mutating func passForward(_ range: Range<Int>) -> Double {
    if forward.count < range.count * k {
      forward = [Double](repeating: 0, count: range.count * k)
      backward = forward
    }
    for tag in 0..<k { forward[tag] = Double(scores.starts[tag]) + step(range.lowerBound, tag) }
    for t in 1..<max(range.count, 1) {
      for to in 0..<k {
        for from in 0..<k { terms[from] = forward[(t - 1) * k + from] + transitions[from * k + to] }
        forward[t * k + to] = logSum() + step(range.lowerBound + t, to)
      }
    }
    for tag in 0..<k { terms[tag] = forward[(range.count - 1) * k + tag] + Double(scores.ends[tag]) }
    return logSum()
  }

  private mutating func passBackward(_ range: Range<Int>) {
    let last = range.count - 1
    for tag in 0..<k { backward[last * k + tag] = Double(scores.ends[tag]) }
    for t in (0..<last).reversed() {
      for from in 0..<k {
        for to in 0..<k {
          terms[to] = transitions[from * k + to] + step(range.lowerBound + t + 1, to) + backward[(t + 1) * k + to]
        }
        backward[t * k + from] = logSum()
      }
    }
  }

  /// Adds the probability of each tag at each step, and of each pair of neighbours.
  private func addMarginals(_ range: Range<Int>, _ logZ: Double, to gradient: inout Sums) {
    for t in 0..<range.count {
      for tag in 0..<k {
        let p = Mathematics.exponential(forward[t * k + tag] + backward[t * k + tag] - logZ)
        gradient.steps[(range.lowerBound + t) * k + tag] += p
        if t == 0 { gradient.starts[tag] += p }
        if t == range.count - 1 { gradient.ends[tag] += p }
        guard t > 0 else { continue }
        let after = step(range.lowerBound + t, tag) + backward[t * k + tag] - logZ
        for from in 0..<k {
          gradient.transitions[from * k + tag] += Mathematics.exponential(
            forward[(t - 1) * k + from] + transitions[from * k + tag] + after)
        }
      }
    }
  }

  /// Subtracts 1 where the right path goes.
  /// - Returns: the right path's score.
  private func subtract(_ gold: [Int32], _ range: Range<Int>, from gradient: inout Sums) -> Double {
    let (first, last) = (Int(gold[range.lowerBound]), Int(gold[range.upperBound - 1]))
    var score = Double(scores.starts[first]) + Double(scores.ends[last])
    gradient.starts[first] -= 1
    gradient.ends[last] -= 1
    var before = first
    for i in range {
      let tag = Int(gold[i])
      score += step(i, tag)
      gradient.steps[i * k + tag] -= 1
      if i > range.lowerBound {
        score += transitions[before * k + tag]
        gradient.transitions[before * k + tag] -= 1
      }
      before = tag
    }
    return score
  }

  /// A gradient while it is summed.
  private struct Sums {
    var steps: [Double]
    var transitions: [Double]
    var starts: [Double]
    var ends: [Double]

    init(k: Int, steps: Int) {
      self.steps = [Double](repeating: 0, count: steps * k)
      transitions = [Double](repeating: 0, count: k * k)
      starts = [Double](repeating: 0, count: k)
      ends = starts
    }
    func scores(dividedBy total: Double) -> TagScores {
      func floats(_ sums: [Double]) -> [Float] { sums.map { Float($0 / total) } }
      return TagScores(
        steps: floats(steps), transitions: floats(transitions), starts: floats(starts), ends: floats(ends))
    }
  }
}
