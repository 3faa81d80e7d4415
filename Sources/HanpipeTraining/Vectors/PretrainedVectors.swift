public import HanpipeCore
import HanpipeText

/// `"vectors"` of a spec's `"training"`: where embeddings begin.
///
/// Every embedding behind a vocabulary that is as wide as the vectors takes those of its words; words without one begin at random.
/// The vectors change while training, as all parameters do; a model needs the file no more.
public struct PretrainedVectors: SettingsObject, SettingValue {
  public var file: ResourcePath?
  public var scale = 0.2
  public init() {}
  public static let settings: [Setting<Self>] = [
    Setting("file", \.file, "A word and its numbers a line: the format of word2vec, fastText and GloVe."),
    Setting("scale", \.scale, in: 1e-6...1e3, "The root mean square of the numbers, after they are multiplied to have it."),
  ]
  public static var noun: String { "an object with \"file\" and \"scale\"" }

  /// Reads the file, once its words are known to be wanted.
  func table(_ resource: ResourceReader) throws -> VectorTable {
    guard let file else {
      throw SpecError.missingKey(SpecPath("training")["vectors"], key: "file", meaning: "the path of a file of vectors")
    }
    return VectorTable(name: file.path, scale: Float(scale), bytes: try resource.mapped(file))
  }

  /// Looks at every line of the file, and at the numbers of its first word.
  /// - Throws: what is wrong with the file, or that there is none.
  public func check(_ resource: ResourceReader) throws {
    let table = try table(resource)
    do { _ = try WordVectors(table.bytes, wanted: { _ in false }) } catch { throw FileError(table.name, error) }
  }
}

/// How many words of a spec's vocabularies began with a vector of a file.
public struct VectorCoverage: Sendable, Equatable {
  public let file: String
  public let found: Int
  /// Of all vocabularies whose embeddings are as wide as the vectors.
  public let words: Int
}

/// A file of vectors, to take rows from.
struct VectorTable {
  let name: String
  let scale: Float
  let bytes: any ByteStorage

  /// Gives the rows of each embedding that directly follows a vocabulary the vectors of its words. The file is read once for all.
  /// - Parameter kept: labels of stages that keep what they know.
  /// - Returns: nil if no embedding is to take a row.
  /// - Throws: `FileError` with a `VectorsError`: of the file, or `noEmbedding` if none is as wide as the vectors.
  func replaceRows(of pipeline: inout Pipeline, except kept: Set<String>) throws -> VectorCoverage? {
    let all = Self.embeddings(in: pipeline, behind: [])
    let embeddings = all.filter { !kept.contains($0.label) }
    if embeddings.isEmpty, !all.isEmpty { return nil }
    do {
      var vectors = WordVectors(words: [], width: 0, values: [])
      if !embeddings.isEmpty {
        vectors = try WordVectors(bytes, wanted: { word in embeddings.contains { $0.vocabulary.id(of: word) != TokenIDs.unknown } })
      }
      let fitting = embeddings.filter { $0.shape == [$0.vocabulary.size, vectors.width] }
      if fitting.isEmpty {
        if embeddings.count < all.count { return nil }
        throw VectorsError.noEmbedding(width: vectors.width)
      }
      var (found, words) = (0, 0)
      for embedding in fitting {
        found += replaceRows(of: embedding, in: &pipeline, by: vectors)
        words += embedding.vocabulary.size - Vocabulary.reserved.count
      }
      return VectorCoverage(file: name, found: found, words: words)
    } catch let error as VectorsError { throw FileError(name, error) }
  }

  /// - Returns: how many words have a vector.
  private func replaceRows(of embedding: Embedding, in pipeline: inout Pipeline, by vectors: WordVectors) -> Int {
    let width = vectors.width
    let ids = vectors.words.map(embedding.vocabulary.id)
    let known = ids.indices.filter { ids[$0] != TokenIDs.unknown }
    var square = 0.0
    for i in known { square = vectors.values[i * width..<(i + 1) * width].reduce(square) { $0 + Double($1) * Double($1) } }
    square /= Double(max(1, known.count * width))
    let factor = square > 0 ? scale / Float(square.squareRoot()) : 1
    pipeline.withParameters(of: embedding.stage) { parameters in
      guard let tensor = parameters.index(of: embedding.tensor) else { return }
      for i in known {
        let row = Int(ids[i]) * width
        for k in 0..<width { parameters.tensors[tensor].values[row + k] = factor * vectors.values[i * width + k] }
      }
    }
    return Set(known.map { ids[$0] }).count
  }

  // MARK: Embeddings

  /// An embedding of a vocabulary's words.
  private struct Embedding {
    /// Of the stage that it belongs to.
    let label: String
    /// That stage, or the one of the pipeline in which it stands.
    var stage: Int
    /// As that one calls it.
    let tensor: String
    let shape: [Int]
    let vocabulary: Vocabulary
  }

  /// - Parameters:
  ///   - before: the stages before the chain, from the pipeline's first.
  ///   - prefix: what stands before the names of a stage's tensors.
  private static func embeddings(
    in chain: Pipeline, behind before: [AnyStage], prefix: (_ stage: Int) -> String = { _ in "" }
  ) -> [Embedding] {
    chain.stages.indices.flatMap { i -> [Embedding] in
      let (stage, before) = (chain.stages[i], before + chain.stages[..<i])
      let inner = stage.chains.enumerated().flatMap { b, branch in
        embeddings(in: branch, behind: before) { prefix(i) + Branch.prefix(branch: b, stage: $0, branch.link($0).type) }
      }
      guard inner.isEmpty else {
        return inner.map { embedding in
          var embedding = embedding
          embedding.stage = i
          return embedding
        }
      }
      let parameters = stage.parameters
      guard let vocabulary = vocabulary(behind: before), let tensor = parameters.tensors.firstIndex(where: \.isRowSparse),
        parameters.tensors[tensor].shape.first == vocabulary.size
      else { return [] }
      return [
        Embedding(
          label: chain.link(i).label, stage: i, tensor: prefix(i) + parameters.names[tensor], shape: parameters.tensors[tensor].shape,
          vocabulary: vocabulary)
      ]
    }
  }

  /// What gave the ids that the last stage gives; nil if they are no words'.
  private static func vocabulary(behind stages: [AnyStage]) -> Vocabulary? {
    for stage in stages.reversed() {
      if let words = stage.base as? any WordIDs { return words.vocabulary }
      guard stage.base is PaddingStage else { return nil }
    }
    return nil
  }
}
