public import HanpipeCore

extension VocabularyStage: IDDescribingStage {
  public var idFacts: [(name: String, value: String)] { vocabulary.idFacts }
}
extension VocabularyLookup: IDDescribingStage {
  public var idFacts: [(name: String, value: String)] { vocabulary.idFacts }
}

extension Vocabulary {
  /// `vocabulary`: a word a line, whose number, from 0, is its id; `unknown`: the id of all other words.
  fileprivate var idFacts: [(name: String, value: String)] { [("unknown", "\(TokenIDs.unknown)"), ("vocabulary", lines)] }

  /// The words as `tsv` writes them, without counts.
  private var lines: String {
    var bytes: [UInt8] = []
    for name in Self.reserved { bytes += Array("\(name)\n".utf8) }
    for number in 0..<table.count {
      VocabularyLines.escape(table.word(number), into: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
