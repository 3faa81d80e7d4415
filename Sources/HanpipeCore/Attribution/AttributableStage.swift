/// A stage that begins by looking up a learned vector for each id of its input: where an answer can be attributed to ids.
public protocol AttributableStage<Input, Output>: DifferentiableStage {
  /// Given the gradient of a score with respect to the output: for each id of the input, in its order, the inner product of its vector
  /// with the gradient of the score with respect to that vector; 0 where an id stands for none.
  typealias Products = (_ outputGradient: Output.Gradient) throws -> [Float]

  /// What `process` gives, computed from vectors that are multiplied by a factor. Nothing is dropped, no gradient cut off.
  ///
  /// The products are of the vectors as they were learned, and of the gradient where they are scaled: the integrand of integrated
  /// gradients with a baseline of zero vectors.
  /// - Parameter factors: one for each record.
  /// - Throws: what `process` throws.
  func scaled(_ input: Input, by factors: [Float]) throws -> (output: Output, products: Products)
}

/// A stage whose ids do not stand for the steps of its input one by one, and that can say for which they do.
///
/// Of a stage that says nothing, an id belongs to the step of the input that has its step's number.
public protocol AlignedStage<Input, Output>: Stage {
  /// For each id of `output`, in its order, the steps of the record's input that it was made from; empty where there is none.
  /// - Parameter output: what `process` gave for `input`.
  func origins(of output: Output, in input: Input) -> [Range<Int>]
}

/// Why an answer cannot be attributed to words.
public enum AttributionError: Error, Equatable, CustomStringConvertible {
  /// The last stage gives something else.
  case noPrediction(ValueKind?)
  /// The first stage that learns by gradients begins with no vectors.
  case noVectors(stage: String)
  case noGradient(stage: String)
  /// It cannot be told from which words a stage made what it gives.
  case noPlaces(stage: String)
  /// No stage has gates.
  case noGates
  case unknownLabel(Int, count: Int)

  public var description: String {
    let remedy = "; leaving words out (occlusion) needs no gradient"
    return switch self {
    case .noPrediction(let kind):
      "its last stage gives \(kind?.rawValue ?? "nothing"), not predictions, which alone can be explained"
    case .noVectors(let stage): "\(stage): it learns no vector for each id, with which gradients could be multiplied" + remedy
    case .noGradient(let stage): "\(stage): no gradient passes through it" + remedy
    case .noPlaces(let stage): "\(stage): nothing says from which words its ids were made" + remedy
    case .noGates: "none of its stages reads steps (lstm, gru or rnn), whose activations could be shown"
    case .unknownLabel(let label, let count): "there is no label \(label): the classifier has \(count)"
    }
  }
}
