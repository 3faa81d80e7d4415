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
}

/// How many words of a spec's vocabularies began with a vector of a file.
public struct VectorCoverage: Sendable, Equatable {
  public let file: String
  public let found: Int
  /// Of all vocabularies whose embeddings are as wide as the vectors.
  public let words: Int
}

/// A file of vectors, to take rows from.
final class VectorTable {
  private let name: String
  private let scale: Float
  private let bytes: any ByteStorage
  /// The width of the file's vectors, once read.
  private var width = 0
  /// Of all embeddings that took rows; nil before one has.
  private(set) var coverage: VectorCoverage?

  init(name: String, scale: Float, bytes: any ByteStorage) {
    (self.name, self.scale, self.bytes) = (name, scale, bytes)
  }

  /// - Throws: `VectorsError.noEmbedding` if no embedding could take a row.
  func checkUsed() throws {
    if coverage == nil { throw FileError(name, VectorsError.noEmbedding(width: width)) }
  }

  /// Gives the rows of an embedding that directly follows a vocabulary the vectors of its words.
  /// - Parameter pipeline: the stages before the embedding.
  func replaceRows(of parameters: inout Parameters, after pipeline: Pipeline) throws {
    guard let vocabulary = Self.vocabulary(of: pipeline), let tensor = parameters.tensors.firstIndex(where: \.isRowSparse),
      parameters.tensors[tensor].shape.first == vocabulary.size
    else { return }
    let vectors: WordVectors
    do { vectors = try WordVectors(bytes, wanted: { vocabulary.id(of: $0) != TokenIDs.unknown }) } catch { throw FileError(name, error) }
    width = vectors.width
    guard parameters.tensors[tensor].shape == [vocabulary.size, width] else { return }
    coverage = VectorCoverage(
      file: name, found: (coverage?.found ?? 0) + Set(vectors.words).count,
      words: (coverage?.words ?? 0) + vocabulary.size - Vocabulary.reserved.count)
    let square = vectors.values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, vectors.values.count))
    let factor = square > 0 ? scale / Float(square.squareRoot()) : 1
    for (i, word) in vectors.words.enumerated() {
      let row = Int(vocabulary.id(of: word)) * vectors.width
      for k in 0..<vectors.width { parameters.tensors[tensor].values[row + k] = factor * vectors.values[i * vectors.width + k] }
    }
  }

  /// What gave the ids that the last stage gives; nil if they are no words'.
  private static func vocabulary(of pipeline: Pipeline) -> Vocabulary? {
    for stage in pipeline.stages.reversed() {
      if let words = stage.base as? any WordIDs { return words.vocabulary }
      guard stage.base is PaddingStage else { return nil }
    }
    return nil
  }
}
