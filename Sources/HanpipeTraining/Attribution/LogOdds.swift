internal import HanpipeCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The score that explanations are of: the log-odds ln p/(1 − p) of a label, from logits.
///
/// Unlike a probability it does not level off where the model is sure, and unlike a softmax's logit it is not free up to a constant.
enum LogOdds {
  /// Of a record's label.
  static func score(_ predictions: Predictions, record: Int, label: Int) -> Double {
    let row = row(predictions, record)
    switch predictions.task {
    case .binary: return label == 1 ? row[0] : -row[0]
    case .multiLabel: return row[label]
    case .multiClass: return row[label] - logSumOfOthers(row, label)
    }
  }

  /// Its derivatives with respect to the record's logits.
  static func gradient(_ predictions: Predictions, record: Int, label: Int) -> [Float] {
    let row = row(predictions, record)
    switch predictions.task {
    case .binary: return [label == 1 ? 1 : -1]
    case .multiLabel: return row.indices.map { $0 == label ? 1 : 0 }
    case .multiClass:
      let logSum = logSumOfOthers(row, label)
      return row.indices.map { $0 == label ? 1 : Float(-exp(row[$0] - logSum)) }
    }
  }

  private static func row(_ predictions: Predictions, _ record: Int) -> [Double] {
    let width = predictions.logitWidth
    return predictions.logits[record * width..<(record + 1) * width].map(Double.init)
  }

  /// ln Σ e^z over all labels but one.
  private static func logSumOfOthers(_ row: [Double], _ label: Int) -> Double {
    let others = row.indices.filter { $0 != label }.map { row[$0] }
    let largest = others.max() ?? 0
    return largest + log(others.reduce(0) { $0 + exp($1 - largest) })
  }
}
