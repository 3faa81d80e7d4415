import HanpipeCore

/// What the words of one text contribute to the score of one label.
public struct Explanation: Sendable, Equatable {
  /// A word (or character), and what it contributes.
  public struct Part: Sendable, Equatable {
    /// Its place in the text that was read, in bytes.
    public let range: Range<Int>
    /// Above 0 what speaks for the label, below 0 what speaks against it.
    public let score: Double
    public init(range: Range<Int>, score: Double) { (self.range, self.score) = (range, score) }
  }

  /// The number of the label that is explained.
  public let label: Int
  /// The log-odds of the label: ln p/(1 − p).
  public let score: Double
  /// The score of a text of as many steps whose vectors are all zero; nil for a method that compares with none.
  public let baseline: Double?
  /// In the order of the text, disjoint. Words come first of all; what else of the text contributes stands between them.
  public let parts: [Part]
  /// What contributes and has no place in the text, such as a mark at its beginning.
  public let elsewhere: Double

  public init(label: Int, score: Double, baseline: Double?, parts: [Part], elsewhere: Double) {
    (self.label, self.score, self.baseline, self.parts, self.elsewhere) = (label, score, baseline, parts, elsewhere)
  }

  /// The sum of what contributes.
  public var sum: Double { parts.reduce(elsewhere) { $0 + $1.score } }
  /// How far the sum is from the difference of the two scores, which it should be (completeness); nil without a baseline.
  public var gap: Double? { baseline.map { score - $0 - sum } }
  /// Whether more than a tenth of the difference is missing.
  public var isRough: Bool { baseline.map { abs(score - $0 - sum) > max(0.05, 0.1 * abs(score - $0)) } ?? false }
}

/// Of what explanations say how much it contributes.
public enum ExplainedUnit: String, CaseIterable, Sendable {
  /// The tokens of the model's segmenter; where branches of the chain have several, those of the first.
  case word
  /// Unicode characters (scalars).
  case character
}

/// How contributions are found.
public enum ExplanationMethod: Sendable, Equatable {
  /// Integrated gradients (Sundararajan, Taly & Yan 2017, arXiv:1703.01365) from vectors that are all zero to those of the words, by
  /// Lobatto's quadrature on stretches of the path, which are halved until the contributions' sum is the score less that of the zero
  /// vectors.
  /// - Parameter steps: points of the path at most, beside its two ends.
  case integratedGradients(steps: Int)
  /// The score less that of the text without the word, which is read anew: segmented, too.
  case occlusion

  /// Integrated gradients with as many steps as `hanpipe explain` takes.
  public static let standard = ExplanationMethod.integratedGradients(steps: 128)
}
