internal import CKernels

/// The two tables that skip-gram learns: a vector for each word as itself, and one for it as what others predict.
public struct SkipGramTables: Sendable {
  public let width: Int
  /// Rows of `width` floats, by the word's number.
  public private(set) var vectors: [Float]
  private var outputs: [Float]
  private var scratch: [Float] = []
  package var kernels = Kernels.best

  /// - Parameter vectors: the first vectors of the words; those of what is predicted start at 0.
  public init(width: Int, vectors: [Float]) {
    precondition(width > 0 && vectors.count % width == 0, "rows of \(width) floats")
    self.width = width
    self.vectors = vectors
    outputs = [Float](repeating: 0, count: vectors.count)
  }

  /// One step: `words[0]` is likelier, and the others are less likely, near each word of `context`; see `hp_skip_gram`.
  /// - Precondition: all numbers are of rows.
  public mutating func step(context: [Int32], words: [Int32], rate: Float) {
    guard !context.isEmpty, !words.isEmpty else { return }
    let rows = vectors.count / width
    precondition(context.allSatisfy { 0..<rows ~= Int($0) } && words.allSatisfy { 0..<rows ~= Int($0) }, "words without a row")
    let needed = context.count * (words.count + width)
    if scratch.count < needed { scratch = [Float](repeating: 0, count: needed) }
    let (isa, width) = (kernels.isa, width)
    vectors.withUnsafeMutableBufferPointer { vectors in
      outputs.withUnsafeMutableBufferPointer { outputs in
        scratch.withUnsafeMutableBufferPointer { scratch in
          guard let a = vectors.baseAddress, let b = outputs.baseAddress, let scratch = scratch.baseAddress else { return }
          hp_skip_gram(isa, width, context.count, context, a, words.count, words, b, rate, scratch)
        }
      }
    }
  }
}
