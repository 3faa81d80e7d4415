extension Predictions {
  /// The same probabilities with another threshold: with two labels that exclude each other the second is given from `threshold` up,
  /// with labels that do not each one is.
  ///
  /// - Returns: nil for more than two labels that exclude each other: which of them is meant?
  public func answering(from threshold: Float) -> Predictions? {
    let second = stride(from: 1, to: probabilities.count, by: 2)
    switch task {
    case .multiLabel:
      return Predictions(task: task, labels: labels, logits: logits, probabilities: probabilities, threshold: threshold)
    case .binary:
      return Predictions(
        task: task, labels: labels, logits: logits, probabilities: second.map { probabilities[$0] }, threshold: threshold)
    case .multiClass:
      guard labels.count == 2 else { return nil }
      return Predictions(
        task: .binary, labels: labels, logits: second.map { logits[$0] - logits[$0 - 1] },
        probabilities: second.map { probabilities[$0] }, threshold: threshold)
    }
  }

  /// How sure an answer is: the probability of the label that is given or, where several may be, of the least sure decision about one,
  /// given or not.
  /// - Parameter answer: what `decision` says of the record.
  public func certainty(of answer: [Int], record: Int) -> Float {
    let row = probabilities(of: record)
    if task != .multiLabel { return answer.first.map { row[row.startIndex + $0] } ?? 0 }
    return labels.indices.map { label in
      let p = row[row.startIndex + label]
      return answer.contains(label) ? p : 1 - p
    }.min() ?? 0
  }
}
