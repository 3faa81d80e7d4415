import HanpipeCore

/// The words that `dictionary-features` looks for, made once for all stages of a chain that read the same files.
final class FeatureDictionary: Sendable {
  let words: CountedWords
  let identity: [String: String]
  /// Where what a list lacks has ids.
  let coverages: ListCoverages?

  private init(_ words: CountedWords, _ identity: [String: String], _ coverages: ListCoverages?) {
    (self.words, self.identity, self.coverages) = (words, identity, coverages)
  }

  private struct Key: Equatable {
    let file: ResourcePath
    let list: ResourcePath?
    let keepsShapes: Bool
  }

  /// - Throws: `FileError` with a `CountedWords.Failure` that names the line, or with what reading threw.
  static func shared(
    _ file: ResourcePath, list: ResourcePath?, keepsShapes: Bool, _ context: StageContext
  ) throws -> FeatureDictionary {
    try context.shared(Key(file: file, list: list, keepsShapes: keepsShapes)) {
      var (words, hash) = try context.parsed(file) { try CountedWords($0, keepsShapes: keepsShapes) }
      var identity = ["dictionary": hash]
      if let list {
        let list = try context.parsed(list) { try WordList($0) }
        words.add(list.value)
        identity["list"] = list.hash
      }
      return FeatureDictionary(words, identity, keepsShapes ? ListCoverages() : nil)
    }
  }
}
