/// A stage that changes texts, for example by folding case. Write `edits(in:)`; offsets into the original are kept for you.
public protocol Normalizer: NamedStage where Input == Texts, Output == Texts {
  /// What to replace in one text: byte ranges, rising, disjoint, on character boundaries.
  ///
  /// Ranges count from the text's first byte, which `utf8` holds at `utf8.startIndex`: that is 0 for the first text of a batch only.
  func edits(in utf8: ArraySlice<UInt8>) throws -> [TextEdit]
}
extension Normalizer {
  public func process(_ texts: Texts) throws -> Texts { try texts.applying { _, utf8 in try edits(in: utf8) } }
}

/// A stage that cuts each text into words. Write `words(in:)`.
public protocol Segmenter: NamedStage where Input == Texts, Output == Tokens {
  /// The words of one text, as byte ranges into its UTF-8: rising, disjoint, not empty, on character boundaries.
  func words(in text: String) throws -> [Range<Int>]
}
extension Segmenter {
  public func process(_ texts: Texts) throws -> Tokens {
    var tokens = Tokens(texts)
    for record in 0..<texts.count { try tokens.append(words(in: texts.text(of: record))) }
    return tokens
  }
}

/// A stage that drops some of the words, such as stop words. Write `keeps(_:)`.
public protocol TokenFilter: NamedStage where Input == Tokens, Output == Tokens {
  func keeps(_ word: String) throws -> Bool
}
extension TokenFilter {
  public func process(_ tokens: Tokens) throws -> Tokens {
    var kept = Tokens(tokens.texts)
    for record in 0..<tokens.count {
      kept.append(
        validated: try tokens.spans(of: record).filter {
          try keeps(String(decoding: tokens.utf8(of: $0, record: record), as: UTF8.self))
        })
    }
    return kept
  }
}

/// A trainable stage that turns ids or steps into vectors or steps.
public typealias Encoder = TrainableStage
/// A stage that makes one vector of a record's steps.
public protocol Pooling: DifferentiableStage where Input == Sequences, Output == Vectors {}
/// A trainable stage that gives probabilities for labels.
public protocol Classifier: TrainableStage where Input == Vectors, Output == Predictions {}
/// A trainable stage that gives a tag for each step.
public protocol Tagger: TrainableStage where Input == Sequences, Output == Tags {}
