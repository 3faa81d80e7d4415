public import HanpipeCore

/// `concatenate` of branches, one of which embeds words, and the encoder behind it in one: rows are not written side by side. The words'
/// part of a step's input products comes from a table, as that of an encoder's own embedding; the step adds those of the other branches'
/// rows itself. Rows side by side would be multiplied anew in each step, words and all.
struct JointEncoder<Cell: RecurrentCell, Input: StageValue, Output: RecurrentOutput>: Stage {
  private let encoder: RecurrentEncoder<Cell, Sequences, Output>
  private let branches: Concatenation<Input, Sequences>
  /// The branch whose last stage is `embedding`.
  private let wordBranch: Int
  private let embedding: EmbeddingStage<PaddedIDs, Sequences>
  private let words: RecurrentNetwork.Words

  /// nil if no branch embeds words, if it is the only one, or if the encoder's cell does not compute input products itself.
  init?(_ branches: Concatenation<Input, Sequences>, _ encoder: RecurrentEncoder<Cell, Sequences, Output>) {
    let embeddings = branches.chains.map { $0.stages.last?.base as? EmbeddingStage<PaddedIDs, Sequences> }
    guard let wordBranch = embeddings.firstIndex(where: { $0 != nil }), let embedding = embeddings[wordBranch], embeddings.count > 1,
      let widths = branches.widths, widths.reduce(0, +) == encoder.inputWidth, Cell.equations.cell.addsInputProducts
    else { return nil }
    (self.branches, self.encoder, self.wordBranch, self.embedding) = (branches, encoder, wordBranch, embedding)
    let first = widths[..<wordBranch].reduce(0, +)
    words = RecurrentNetwork.Words(
      size: embedding.state.tensors[0].shape[0], budget: encoder.tableBudget, columns: first..<first + widths[wordBranch],
      scale: Float(embedding.configuration.scale))
  }

  func process(_ input: Input) throws -> Output {
    let input = try parts(of: input)
    return Output(
      encoded: network.encode(input, Output.isSequence ? .steps : .last), starts: input.starts, width: encoder.configuration.outputWidth)
  }

  func outputShape(for input: ValueShape) -> ValueShape { encoder.outputShape(for: input) }

  private var network: RecurrentNetwork { encoder.network(words, of: embedding.revision) }

  private func parts(of input: Input) throws -> NetworkInput {
    let (value, others) = try branches.parts(of: input, before: wordBranch)
    guard let ids = value as? PaddedIDs else {
      throw ContractViolation.valueType(expected: "\(PaddedIDs.self)", found: "\(type(of: value))")
    }
    guard ids.starts == others.starts else { throw BranchMismatch(branch: max(1, wordBranch)) }
    try NeuralError.check(ids.ids, vocabularySize: words.size)
    return NetworkInput(
      steps: ids.recurrentSteps, embedding: embedding.state.tensors[0], beside: (others.values, others.width))
  }
}

extension JointEncoder: MergingStage, ProjectableStage where Output == Sequences {
  func projected(_ input: Input, by projection: Projection) throws -> Sequences {
    let input = try parts(of: input)
    return Sequences(values: network.projected(input, by: projection), starts: input.starts, width: projection.outputs)
  }
}

extension RecurrentEncoder: BranchReader where Input == Sequences {
  public func merged<Source: StageValue>(with branches: Concatenation<Source, Sequences>) -> (any Stage)? {
    JointEncoder(branches, self)
  }
}
