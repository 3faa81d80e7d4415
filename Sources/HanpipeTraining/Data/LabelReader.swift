import HanpipeText

/// Turns the labels that stand in a file into numbers.
///
/// A label that is not in the list, but differs from exactly one of it by capitals or white space only, is read as that one: people
/// type `Positive` and `positive`. Whoever reads says so; see `Reading`.
public struct LabelReader: Sendable {
  public let labels: [String]
  private let numbers: [String: Int]
  /// By what is left of a label without capitals and white space: those of the list that are so called.
  private let alike: [String: [Int]]

  /// A label of a file, as it was understood.
  public struct Reading: Sendable, Equatable {
    public let number: Int
    /// Whether it stood there just so.
    public let isExact: Bool
  }

  /// A label may be written as its name or, where no name is itself a number, as its place in the list: 0 for the first.
  public init(_ labels: [String]) {
    self.labels = labels
    var numbers = Dictionary(labels.enumerated().map { ($1, $0) }) { first, _ in first }
    if !labels.contains(where: { Int($0) != nil }) {
      for i in labels.indices { numbers[String(i)] = i }
    }
    self.numbers = numbers
    alike = Dictionary(grouping: labels.indices) { Self.folded(labels[$0]) }
  }

  /// Whether a text is nothing but a label.
  package func knows(_ text: some Collection<UInt8>) -> Bool {
    guard text.count <= 256 else { return false }
    return (try? reading(of: String(decoding: text, as: UTF8.self))) != nil
  }

  /// - Throws: `TrainingError.unknownLabel`; `ambiguousLabel` if capitals and white space alone tell several of the list apart.
  public func reading(of label: String, line: Int? = nil) throws(TrainingError) -> Reading {
    if let number = numbers[label] { return Reading(number: number, isExact: true) }
    let candidates = alike[Self.folded(label)] ?? []
    guard let number = candidates.first else { throw .unknownLabel(label, line: line, known: labels) }
    guard candidates.count == 1 else { throw .ambiguousLabel(label, line: line, known: candidates.map { labels[$0] }) }
    return Reading(number: number, isExact: false)
  }

  private static func folded(_ label: String) -> String {
    String(String.UnicodeScalarView(label.lowercased().unicodeScalars.filter { !isWhiteSpace($0.value) }))
  }
}
