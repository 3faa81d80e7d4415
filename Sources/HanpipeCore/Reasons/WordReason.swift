/// Why a stretch of a text is a word, or why it is none.
public struct WordReason: Sendable, Equatable {
  /// A line of a list of words.
  public struct Place: Sendable, Equatable, CustomStringConvertible {
    /// As the spec or the command line names it.
    public let file: String
    /// From 1.
    public let line: Int
    public init(file: String, line: Int) { (self.file, self.line) = (file, line) }
    /// `mine.tsv:3`, as compilers write it.
    public var description: String { "\(file):\(line)" }
  }

  /// The rule's name, for programs: `force`, `dictionary`, `run`.
  public let rule: String
  /// The line that asked for the word, of a list of the user's.
  public let place: Place?
  /// How often the word was counted, in a dictionary that knows.
  public let count: Int?
  /// The rule in words.
  public let text: String
  /// The stage whose rule it is; the pipeline writes it down.
  public internal(set) var stage: StageType = ""

  public init(_ rule: String, _ text: String, place: Place? = nil, count: Int? = nil) {
    (self.rule, self.text, self.place, self.count) = (rule, text, place, count)
  }
}

/// A stretch of a text that is no word, though a list of the user's asks for it or an earlier stage gave it.
public struct MissedWord: Sendable, Equatable {
  /// In bytes of the text as the normalisers left it, like a token's.
  public let range: Range<Int>
  /// The rule that would have made it a word, or that dropped it; `text` says why it is none.
  public internal(set) var reason: WordReason
  public init(_ range: Range<Int>, _ reason: WordReason) { (self.range, self.reason) = (range, reason) }
}

/// Why the words of a batch are words.
public struct WordReasons: Sendable {
  /// For each record and each of its tokens; nil: as the stage before says, whose word was left as it is.
  public private(set) var words: [[WordReason?]] = []
  /// For each record.
  public private(set) var missed: [[MissedWord]] = []

  public init() {}

  /// Appends the next record's.
  /// - Parameter words: one for each token.
  public mutating func append(_ words: [WordReason?], missed: [MissedWord] = []) {
    self.words.append(words)
    self.missed.append(missed)
  }
}

/// A stage that gives words and can say of each which of its rules made it one.
///
/// It is asked afterwards, about words that `process` gave: that costs nothing where nobody asks, and cannot change what is given.
public protocol ReasoningStage<Input>: Stage where Output == Tokens {
  /// - Parameters:
  ///   - output: what `process` gave for `input`.
  /// - Returns: for each record of `output` a reason for each token, and the words that were passed over.
  func reasons(for output: Tokens, from input: Input) throws -> WordReasons
}
